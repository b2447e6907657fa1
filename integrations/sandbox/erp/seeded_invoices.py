"""Invoices of the seeded customers: to an invoice contact, to a person, to somebody who has left."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from integrations.sandbox.erp.seeded_partners import Put


@dataclasses.dataclass(frozen=True)
class SeededInvoice:
    """An invoice, or a credit note (`out_refund`); without a `number` it is a draft. Amounts are without tax."""

    id: int
    number: str | None
    partner: int
    day: str
    amount: float
    company: str
    paid: bool = True
    move_type: str = "out_invoice"


INVOICES = (
    SeededInvoice(601, "INV/2025/00017", 310, "2025-12-31", 450.0, "CHF"),
    SeededInvoice(602, "INV/2026/00011", 310, "2026-10-31", 450.0, "CHF", paid=False),
    SeededInvoice(603, None, 310, "2026-11-11", 450.0, "CHF", paid=False),
    SeededInvoice(604, "INV/2026/00009", 308, "2026-09-30", 1200.0, "CHF"),
    SeededInvoice(605, "INV/2026/00010", 423, "2026-09-30", 300.0, "CHF"),
    SeededInvoice(606, "RINV/2026/00002", 308, "2026-10-05", 200.0, "CHF", move_type="out_refund"),
    SeededInvoice(607, "INV/2026/00003", 305, "2026-10-15", 9800.0, "EUR"),
    SeededInvoice(608, "INV/2024/00005", 416, "2024-03-31", 780.0, "CHF"),
    SeededInvoice(609, "INV/2026/00012", 302, "2026-10-31", 2400.0, "CHF", paid=False),
)
TAX = {"CHF": 0.081, "EUR": 0.19, "PLN": 0.23}
TERM = dt.timedelta(days=30)


def seed_invoices(put: Put, ours: Mapping[str, int], currencies: Mapping[str, int], user: int) -> None:
    """All of them; `ours`: our own companies, by the currency in which they invoice."""
    for one in INVOICES:
        tax = round(one.amount * TAX[one.company], 2)
        total = round(one.amount + tax, 2)
        put(
            "account.move",
            one.id,
            name=one.number or False,
            move_type=one.move_type,
            state="posted" if one.number else "draft",
            payment_state="paid" if one.paid else "not_paid",
            date=one.day,
            invoice_date=one.day,
            invoice_date_due=str(dt.date.fromisoformat(one.day) + TERM),
            partner_id=one.partner,
            payment_reference=one.number or False,
            invoice_user_id=user,
            company_id=ours[one.company],
            currency_id=currencies[one.company],
            amount_untaxed=one.amount,
            amount_tax=tax,
            amount_total=total,
            amount_residual=0.0 if one.paid else total,
            is_move_sent=bool(one.number),
        )
