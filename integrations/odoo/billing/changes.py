"""Changes of billing records since a moment, with the customers that they concern."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from integrations.core.model import RecordChange
from integrations.core.rows import Failed, in_halves
from integrations.odoo.billing.companies import companies, referred
from integrations.odoo.billing.invoices.read import LINE, TYPES
from integrations.odoo.billing.server import CONTRACT, MOVE, ORDER, Server
from integrations.odoo.connection import Row
from integrations.odoo.leads import LEAD
from integrations.odoo.moment import moment, stamp
from integrations.odoo.partners import INFLIGHT, PARTNER, reference


@dataclasses.dataclass(frozen=True)
class Watched:
    """A model whose changes concern customers: the fields that lead to these, and the domain of its records."""

    model: str
    parties: tuple[str, ...]
    domain: tuple[Any, ...] = ()


PAYMENTS = (["account_id.account_type", "=", "asset_receivable"], ["move_id.move_type", "=", "entry"])
"""Domain of the items of payments; items of invoices need not be watched, for their invoice is stamped with them."""
WATCHED = (
    Watched(PARTNER, ("commercial_partner_id",)),
    Watched(MOVE, ("commercial_partner_id", "partner_shipping_id"), (["move_type", "in", list(TYPES)],)),
    Watched(LINE, ("partner_id",), PAYMENTS),
    Watched(LEAD, ("partner_id",), (["partner_id", "!=", False],)),
    Watched(ORDER, ("partner_id", "partner_invoice_id")),
    Watched("sale.order.line", ("order_partner_id",)),
    Watched(CONTRACT, ("partner_id", "invoice_partner_id")),
    Watched("contract.line", ("partner_id",)),
    Watched("account.analytic.line", ("partner_id",)),
)
"""Lines of orders and contracts are watched too, for writing to a line need not stamp its order or contract. Paying an
invoice stamps the invoice and its journal items (measured on 17 and 19)."""


def changed(server: Server, since: datetime) -> Iterator[Sequence[RecordChange | Failed]]:
    """Yield records written to at `since` or later, by model and page: one change for each of a record's customers.

    Models whose app is missing, and those that we may not read, are left out. Deletions do not show here, nor changes
    of a payment term, tax or tag.

    Raises:
        IntegrationError: A page could not be read; what came before is not the whole.
    """
    # All at once, for each has to be asked for before its first page.
    server.connection.together(*(lambda watched=watched: server.fields(watched.model) for watched in WATCHED))
    for watched in WATCHED:
        if not server.has(watched.model, "write_date", *watched.parties[:1]):
            continue
        # `>=`: the stamp is sent in seconds but kept in microseconds, so `>` (19) and `=` (17) miss rows.
        domain = [["write_date", ">=", stamp(since)], *watched.domain]
        fields = ("write_date", *watched.parties, INFLIGHT)
        for rows in server.pages(watched.model, domain, fields, what=f"read what changed in {watched.model}"):
            real = [row for row in rows if not row.get(INFLIGHT)]
            read = functools.partial(_touches, server, watched)
            touches = tuple(in_halves(server.connection.name, real, read, name=functools.partial(_record, watched)))
            if touches:
                yield touches


def _record(watched: Watched, row: Row) -> str:
    return f"{watched.model},{row['id']}"


def _touches(server: Server, watched: Watched, rows: Sequence[Row]) -> Iterator[RecordChange]:
    known = referred(rows, "commercial_partner_id")
    owners = companies(server, referred(rows, *watched.parties), known)
    for row in rows:
        found = {owners[value[0]] for field in watched.parties if (value := row.get(field))}
        if watched.model == PARTNER and reference(row["commercial_partner_id"]) is None:
            found = {row["id"]}
        for customer in sorted(found):
            yield RecordChange(contact=_record(watched, row), customer=str(customer), changed=moment(row["write_date"]))
