"""The customers that the sandbox has anyway, as far as their billing would depend on the day, or lacks something."""

from __future__ import annotations

import datetime as dt

from integrations.sandbox.erp.billing_cases.books import Books
from integrations.sandbox.erp.billing_cases.names import vat_of
from integrations.sandbox.erp.environment import SYSTEM
from integrations.sandbox.seed import COMPANIES

SEEDED_ON = dt.date(2026, 11, 22)
"""The day for which their records were written."""
_DAYS = {
    "account.move": ("date", "invoice_date", "invoice_date_due", "create_date", "write_date"),
    "crm.lead": ("date_closed", "date_last_stage_update"),
    "sale.order": ("date_order",),
}


def complete_older(books: Books) -> None:
    """Give every company a valid VAT number, and shift the dates of invoices and sales relative to today."""
    for company in COMPANIES:
        books.change("res.partner", company.id, vat=vat_of(company.id, company.country))
    distance = books.days.today - SEEDED_ON
    for model, names in _DAYS.items():
        for key, document in list(books.world.state.table(SYSTEM, model).items()):
            moved = {name: _later(document[name], distance) for name in names if document.get(name)}
            books.change(model, int(key), **moved)


def _later(moment: str, distance: dt.timedelta) -> str:
    """A day, or a time, so many days later."""
    return f"{dt.date.fromisoformat(moment[:10]) + distance}{moment[10:]}"
