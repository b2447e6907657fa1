"""Opportunities: what deals and customers both need of them."""

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
"""The fields that may hold when an opportunity was won or lost; the first that is set counts.

Odoo may leave the closing empty on one that was created in a won stage (`create` sets it from 19 on): then it is the
moment when it reached its stage."""


def closing(row: Row) -> str:
    """The moment when an opportunity was won or lost, in UTC as Odoo writes it; empty where no field is set."""
    return next((str(row[field]) for field in CLOSED if row[field]), "")


def closed_since(day: date) -> list[Any]:
    """The domain of opportunities that were closed on this day or later, by our company's calendar; one term."""
    first = stamp(company().begin(day))
    *before, last = CLOSED
    found: list[Any] = [[last, ">=", first]]
    for field in reversed(before):
        found = ["|", [field, ">=", first], "&", [field, "=", False], *found]
    return found


def linked_partners(connection: Connection, leads: Iterable[str]) -> dict[str, int | None]:
    """The partner that each opportunity names now, or None; opportunities that are gone or hidden are left out."""
    ids = sorted({int(lead) for lead in leads if lead.isascii() and lead.isdigit()})
    if not ids:
        return {}
    rows = connection.search(LEAD, [["id", "in", ids]], ["partner_id"], what="read whose the deals are")
    return {str(row["id"]): reference(row["partner_id"]) for row in rows}
