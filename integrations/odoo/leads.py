"""Opportunities, as far as both deals and customers need them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from integrations.core.calendar import company
from integrations.odoo.connection import Connection, Row
from integrations.odoo.moment import stamp
from integrations.odoo.partners import reference

LEAD = "crm.lead"
CLOSED = ("date_closed", "date_last_stage_update", "create_date")
"""The fields that tell when an opportunity was won or lost: of those that are set, the first.

Odoo may leave the closing empty on one that was created in a won stage (`create` sets it from 19 on): then it is the
moment when it reached its stage."""


def closing(row: Row) -> str:
    """The moment when an opportunity was won or lost, as Odoo writes it; empty where nothing tells."""
    return next((str(row[field]) for field in CLOSED if row[field]), "")


def closed_since(day: date) -> list[Any]:
    """Opportunities of which `closing` is on a day of the company's or later, as one term of a domain."""
    first = stamp(company().begin(day))
    *before, last = CLOSED
    found: list[Any] = [[last, ">=", first]]
    for field in reversed(before):
        found = ["|", [field, ">=", first], "&", [field, "=", False], *found]
    return found


def linked_partners(connection: Connection, leads: Iterable[str]) -> dict[str, int | None]:
    """The contact that each opportunity is linked to, now; those that are gone or hidden are left out."""
    ids = sorted({int(lead) for lead in leads if lead.isascii() and lead.isdigit()})
    if not ids:
        return {}
    rows = connection.search(LEAD, [["id", "in", ids]], ["partner_id"], what="read whose the deals are")
    return {str(row["id"]): reference(row["partner_id"]) for row in rows}
