"""An opportunity out of its record: what it is about, and whether it is won."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Literal

from integrations.core.address import joined, unreadable
from integrations.odoo.connection import Row
from integrations.odoo.leads import CLOSED, closing
from integrations.odoo.moment import day
from integrations.odoo.partners import name_of, reference

ALWAYS = (
    "name",
    "active",
    "probability",
    "stage_id",
    *CLOSED,
    "partner_id",
    "partner_name",
    "contact_name",
    "email_from",
    "phone",
    "street",
    "street2",
    "zip",
    "city",
    "country_id",
    "company_currency",
    "user_id",
)
PERHAPS = ("won_status", "expected_revenue", "recurring_revenue_monthly")
"""Fields of some versions, or that a group may be kept from."""
ORDERS = "order_ids"
"""There only where the Sales app is installed."""

Stage = Literal["open", "won", "lost"]


@dataclasses.dataclass(frozen=True)
class Lead:
    """An opportunity.

    Attributes:
        partner: The contact it is linked to: a company or one of its people.
        company: The company's name as the salesperson typed it.
        email: The addresses, clean.
        unread_email: The field as it was typed, where one of them can't be read.
        row: All that was read.
    """

    id: int
    title: str
    stage: Stage
    won_on: date | None
    partner: int | None
    partner_label: str | None
    company: str | None
    contact: str | None
    email: str | None
    unread_email: str | None
    user: int | None
    row: Row


def lead(row: Row, stages: Mapping[int, Row]) -> Lead:
    """An opportunity out of its record; `stages` are needed where the version has no `won_status`."""
    stage = _stage(row, stages)
    return Lead(
        id=row["id"],
        title=row["name"] or "",
        stage=stage,
        won_on=day(closing(row)) if stage == "won" else None,
        partner=reference(row["partner_id"]),
        partner_label=name_of(row["partner_id"]),
        company=row["partner_name"] or None,
        contact=row["contact_name"] or None,
        email=joined(row["email_from"] or "") or None,
        unread_email=row["email_from"] if unreadable(row["email_from"] or "") else None,
        user=reference(row["user_id"]),
        row=row,
    )


def _stage(row: Row, stages: Mapping[int, Row]) -> Stage:
    """Won and lost as Odoo 19 tells them, and as earlier versions mean them; archived alone is neither."""
    if row.get("won_status"):
        told: dict[str, Stage] = {"won": "won", "lost": "lost"}
        return told.get(row["won_status"], "open")
    if not row["active"] and row["probability"] == 0:
        return "lost"
    stage = stages.get(reference(row["stage_id"]) or 0)
    return "won" if stage is not None and stage["is_won"] else "open"
