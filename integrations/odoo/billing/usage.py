"""What was measured of services: analytic items with a product that are neither time nor an invoice's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from integrations.core.billing import Usage
from integrations.odoo.billing.analytic import ITEM, Page, items
from integrations.odoo.billing.companies import by_account
from integrations.odoo.billing.order_lines import is_recurring, product
from integrations.odoo.billing.orders import names
from integrations.odoo.billing.server import Server
from integrations.odoo.connection import Row
from integrations.odoo.partners import name_of, reference

TAG = "account.analytic.tag"
FIELDS = (
    *("date", "name", "product_id", "product_uom_id", "unit_amount"),
    "tag_ids",  # the community's account_analytic_tag
)


def usage(server: Server, ids: Collection[int], since: dt.date | None = None) -> dict[int, list[Usage]]:
    """Each customer's measured usage since a day, with whom it was measured for alone, not with who pays.

    Quantities are in Odoo's own unit. Items that a posted invoice or bill made itself are none: they bear its journal
    item (`move_line_id`).

    Raises:
        AuthError: We may not read analytic items.
    """
    return by_account(ids, _usage(server, ids, since))


def _usage(server: Server, ids: Collection[int], since: dt.date | None) -> Iterator[tuple[tuple[int, ...], Usage]]:
    known = server.fields(ITEM)
    domain: list[Any] = [["product_id", "!=", False]]
    domain += [[field, "=", False] for field in ("project_id", "move_line_id") if field in known]
    if since:
        domain.append(["date", ">=", since.isoformat()])
    for page in items(server, ids, domain, FIELDS, what="read what was measured of services"):
        tags = names(server, TAG, page.rows)
        for row in page.rows:
            if made := _item(server, row, page, tags):
                yield (page.account(row),), made


def _item(server: Server, row: Row, page: Page, tags: Mapping[int, str]) -> Usage | None:
    day, line = server.day(row["date"]), page.line(row)
    if day is None:
        return None
    number = reference(row.get("so_line"))
    order_line = f"order-line:{number}" if number else ""
    return Usage(
        id=str(row["id"]),
        day=day,
        product=product(row),
        name=name_of(row["product_id"]) or "",
        quantity=server.number(row["unit_amount"]),
        unit=name_of(row["product_uom_id"]) or "",
        subject=str(row["name"] or "").strip(),
        order_line=order_line,
        contract_line=order_line if line is not None and is_recurring(line) else "",
        tags=frozenset(tags[tag] for tag in row.get("tag_ids") or () if tag in tags),
        url=server.link(ITEM, row["id"]),
    )
