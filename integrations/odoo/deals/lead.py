"""An opportunity out of its record: what it is about, and whether it is won."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from integrations.core.address import addresses, joined, unreadable
from integrations.core.text import one_line
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
    "function",
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
        company: The company's name as the salesperson typed it; None where that is no name.
        contact: The person's, as typed; `sender`: as the first address says it, which a mail has where nobody typed
            anything.
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
    sender: str | None
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
        company=_name(row["partner_name"]),
        contact=_name(row["contact_name"]),
        sender=_sender(row["email_from"] or ""),
        email=joined(row["email_from"] or "") or None,
        unread_email=row["email_from"] if unreadable(row["email_from"] or "") else None,
        user=reference(row["user_id"]),
        row=row,
    )


def _sender(field: str) -> str | None:
    """The name before the first address: nothing is named without brackets."""
    if "<" not in field and "[" not in field:
        return None
    return next((_name(address.name) for address in addresses(field) if address.email), None)


def _name(value: Any) -> str | None:
    """A name as one line; None where there is none: a dash, or an e-mail address alone."""
    text = str(value or "")
    if "@" in text:
        mail = next((address for address in addresses(text) if address.email), None)
        text = mail.name if mail else text
    return one_line(text) if any(sign.isalnum() for sign in text) else None


def _stage(row: Row, stages: Mapping[int, Row]) -> Stage:
    """Won and lost as Odoo 19 tells them, and as earlier versions mean them; archived alone is neither."""
    if row.get("won_status"):
        kinds: dict[str, Stage] = {"won": "won", "lost": "lost"}
        return kinds.get(row["won_status"], "open")
    if not row["active"] and row["probability"] == 0:
        return "lost"
    stage = stages.get(reference(row["stage_id"]) or 0)
    return "won" if stage is not None and stage["is_won"] else "open"
