"""Sales orders of opportunities: who is invoiced, and when they have to pay."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from integrations.odoo.connection import Connection
from integrations.odoo.partners import name_of, reference

ORDER = "sale.order"


@dataclasses.dataclass(frozen=True)
class Order:
    """What a deal's order says. `invoiced`: the contact that the invoices go to."""

    invoiced: int | None
    payment_term: str | None


def orders(connection: Connection, leads: Sequence[int]) -> dict[int, Order]:
    """Each opportunity's order: a confirmed one before a quotation, the newest of those."""
    rows = connection.search(
        ORDER,
        [["opportunity_id", "in", list(leads)], ["state", "!=", "cancel"]],
        ["opportunity_id", "partner_invoice_id", "payment_term_id", "state"],
        what="read the deals' orders",
    )
    rows.sort(key=lambda row: (row["state"] in ("sale", "done"), row["id"]))
    return {
        row["opportunity_id"][0]: Order(reference(row["partner_invoice_id"]), name_of(row["payment_term_id"]))
        for row in rows
    }
