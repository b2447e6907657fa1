"""Analytic items, in which Odoo keeps both the time that was worked and what was measured of a service."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from integrations.odoo.billing.companies import belonging, companies, customer, referred
from integrations.odoo.billing.order_lines import ORDER_LINE
from integrations.odoo.billing.server import Server
from integrations.odoo.connection import Row
from integrations.odoo.partners import reference

ITEM = "account.analytic.line"
SOLD = (
    *("order_partner_id", "price_unit", "discount", "currency_id", "product_uom_qty", "qty_delivered", "qty_invoiced"),
    "product_uom",  # until 18
    "product_uom_id",  # 19 on
    *("recurring_invoice", "temporal_type"),
)


@dataclasses.dataclass(frozen=True)
class Page:
    """Some items, and the order lines that they belong to."""

    rows: Sequence[Row]
    sold: Mapping[int, Row]
    companies: Mapping[int, int]

    def line(self, row: Row) -> Row | None:
        """The order line of an item; None where it has none, or that may not be seen."""
        return self.sold.get(reference(row.get("so_line")) or 0)

    def account(self, row: Row) -> int:
        """Whose an item is: its own customer, else its order's."""
        line = self.line(row) or {}
        return customer(self.companies, row["partner_id"] or line.get("order_partner_id"))


def items(
    server: Server, ids: Collection[int], domain: Sequence[Any], fields: Collection[str], *, what: str
) -> Iterator[Page]:
    """The analytic items of these customers, page after page; none where there is no Invoicing app.

    Raises:
        AuthError: We may not read them.
    """
    asked = [*_owned(server, ids), *domain]
    for rows in server.pages(ITEM, asked, [*fields, "partner_id", "so_line"], what=what, times=2):
        if rows:
            sold = _sold(server, rows)
            partners = referred(rows, "partner_id") | referred(sold.values(), "order_partner_id")
            yield Page(rows, sold, companies(server, partners, ids))


def _owned(server: Server, ids: Collection[int]) -> list[Any]:
    """An item often names no customer where an order line does."""
    own = belonging(ids, "partner_id")
    if "so_line" not in server.fields(ITEM) or not server.has(ORDER_LINE, "order_partner_id"):
        return own
    return ["|", *own, "&", ["partner_id", "=", False], *belonging(ids, "so_line.order_partner_id")]


def _sold(server: Server, rows: Sequence[Row]) -> dict[int, Row]:
    wanted = referred(rows, "so_line")
    if not wanted or not server.fields(ORDER_LINE):
        return {}
    domain = [["id", "in", sorted(wanted)]]
    return {row["id"]: row for row in server.search(ORDER_LINE, domain, SOLD, what="read what the work was sold as")}
