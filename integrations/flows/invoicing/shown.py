"""What the ERP showed us before and does not now: what is not shown any more is not gone."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import get_args

from integrations.core.billing import Part, Survey
from integrations.core.dates import dated

SHOWN = "shown"
"""Under what name it is kept: our companies with their names, and the parts, each with the day of the last run that saw
it."""
BELIEVED = timedelta(days=7)
"""How long something that is not shown any more is taken for a lost right, or an app that is being updated."""
OF_COMPANIES: tuple[Part, ...] = ("bank", "contracts", "invoices", "orders", "payments")
"""What belongs to one of our companies: without a right on it, Odoo leaves its records out without a word."""


def unseen(kept: str | None, survey: Survey, today: date) -> dict[Part, str]:
    """The parts of which some, or all, were shown some days ago and are not now, each with why, in words."""
    companies, parts = _known(kept, today)
    found: dict[Part, str] = {}
    for number, (name, day) in companies.items():
        if number not in survey.companies:
            said = f"{name} is not shown to us any more; it was on {dated(date.fromisoformat(day))}"
            found.update({part: f"{found[part]}; {said}" if part in found else said for part in OF_COMPANIES})
    for part in get_args(Part):
        if part in parts and part in survey.absent:
            found[part] = f"{survey.absent[part]}; it was there on {dated(date.fromisoformat(parts[part]))}"
    return found


def remembered(kept: str | None, survey: Survey, today: date) -> str:
    """What is to be kept of what was shown until now."""
    companies, parts = _known(kept, today)
    day = today.isoformat()
    companies |= {number: (company.name, day) for number, company in survey.companies.items()}
    parts |= {part: day for part in get_args(Part) if part not in survey.absent}
    return json.dumps([companies, parts], sort_keys=True)


def _known(kept: str | None, today: date) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """By company its name and the day on which it was last seen, and by part that day; only what is still believed."""
    companies, parts = json.loads(kept) if kept else ({}, {})
    since = (today - BELIEVED).isoformat()
    return (
        {number: (name, day) for number, (name, day) in companies.items() if day >= since},
        {part: day for part, day in parts.items() if day >= since},
    )
