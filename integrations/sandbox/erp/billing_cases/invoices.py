"""Invoices, credit notes and payments, each with the journal items that Odoo keeps for it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.sandbox.erp.billing_cases.books import SALESPERSON, TERM_30, Books, Customer
from integrations.sandbox.erp.billing_cases.contracts import Agreement, Period
from integrations.sandbox.erp.billing_cases.reference import BANK, CURRENCIES, INCOME, RECEIVABLE, Product, Tax

PERCENT: Mapping[int, float] = {
    Tax.SWISS: 8.1,
    Tax.SWISS_UNTIL_2023: 7.7,
    Tax.GERMAN: 19.0,
    Tax.POLISH: 23.0,
}
TERM = 30
"""Days."""


@dataclasses.dataclass(frozen=True)
class Item:
    """A line of an invoice, without tax."""

    product: Product | None
    price: float
    quantity: float = 1.0
    discount: float = 0.0
    tax: int | None = None
    """None: the ordinary one of the customer's country; 0: none at all."""
    line: int | None = None
    """The number of the contract's or the order's line that it bills."""
    agreement: Agreement | None = None
    """The contract that `line` belongs to; None: an order's line."""
    period: Period | None = None
    name: str = ""

    @property
    def amount(self) -> float:
        """Of the whole line."""
        return round(self.quantity * self.price * (1 - self.discount / 100), 2)


@dataclasses.dataclass(frozen=True)
class Bill:
    """An invoice as it is in the ERP."""

    id: int
    number: str
    total: float
    lines: tuple[int, ...]

    @property
    def subject(self) -> str:
        """The name by which findings refer to it."""
        return f"invoice:{self.id}"

    def line_subject(self, place: int = 0) -> str:
        """Return the name by which findings refer to its first line, or another."""
        return f"{self.subject}/line:{self.lines[place]}"


def invoice(
    books: Books,
    customer: Customer,
    items: Sequence[Item],
    day: dt.date | None,
    *,
    payment: str = "paid",
    left: float | None = None,
    state: str = "posted",
    kind: str = "out_invoice",
    **more: Any,
) -> Bill:
    """An invoice to a customer's contact for invoices, due after 30 days; `left`: what of it is still to be paid."""
    land = customer.land
    made = more.pop("made", day)
    untaxed, tax = _sums(items, land.tax)
    total = round(untaxed + tax, 2)
    settled = payment in ("paid", "in_payment", "reversed")
    open_ = (0.0 if settled else total) if left is None else left
    number = _number(books, day, kind, more.get("company_id", land.company)) if state == "posted" else ""
    values = {
        "name": number or False,
        "move_type": kind,
        "state": state,
        "payment_state": payment if state == "posted" else "not_paid",
        "date": str(day or made or books.days.today),
        "invoice_date": str(day) if day else False,
        "invoice_date_due": str(day + dt.timedelta(days=TERM)) if day else False,
        "partner_id": customer.invoice_contact,
        "partner_shipping_id": customer.id,
        "payment_reference": number or False,
        "invoice_user_id": books.users[SALESPERSON],
        "invoice_payment_term_id": TERM_30,
        "company_id": land.company,
        "currency_id": CURRENCIES[land.currency],
        "amount_untaxed": untaxed,
        "amount_tax": tax,
        "amount_total": total,
        "amount_residual": open_ if state == "posted" else total,
        "is_move_sent": state == "posted",
    }
    values |= more
    move = books.add("account.move", made=made, **values)
    lines = tuple(_line(books, move, item, land.tax, made) for item in items)
    if state == "posted":
        _receivable(books, move, values, -1 if kind == "out_refund" else 1, made)
    return Bill(move, number, total, lines)


def _sums(items: Sequence[Item], ordinary: int) -> tuple[float, float]:
    untaxed = round(sum(item.amount for item in items), 2)
    taxed = sum(item.amount * PERCENT.get(_tax(item, ordinary), 0.0) / 100 for item in items)
    return untaxed, round(taxed, 2)


def _tax(item: Item, ordinary: int) -> int:
    return ordinary if item.tax is None else item.tax


def _number(books: Books, day: dt.date | None, kind: str, company: int) -> str:
    """Our companies number alike, each for itself."""
    prefix = "RINV" if kind == "out_refund" else "INV"
    year = (day or books.days.today).year
    return f"{prefix}/{year}/{books.next_number(f'{company} {prefix}/{year}'):05}"


def _line(books: Books, move: int, item: Item, ordinary: int, made: dt.date | None) -> int:
    tax = _tax(item, ordinary)
    values: dict[str, Any] = {
        "move_id": move,
        "name": item.name or (item.product.title if item.product else "Note"),
        "display_type": "product",
        "product_id": int(item.product) if item.product else False,
        "quantity": item.quantity,
        "price_unit": item.price,
        "discount": item.discount,
        "tax_ids": [int(tax)] if tax else [],
        "account_id": INCOME,
    }
    if item.line and item.agreement:
        values |= item.agreement.links(item.line)
    elif item.line:
        values["sale_line_ids"] = [item.line]
    if item.period:
        first, last = (str(day) for day in item.period)
        values |= {"start_date": first, "end_date": last, "deferred_start_date": first, "deferred_end_date": last}
    return books.add("account.move.line", made=made, **values)


def _receivable(books: Books, move: int, values: Mapping[str, Any], sign: int, made: dt.date | None) -> None:
    """Add the journal item of what the customer owes, or is owed.

    The invoice's amounts are converted to our own currency one to one.
    """
    left = values["amount_residual"]
    books.add(
        "account.move.line",
        made=made,
        move_id=move,
        display_type="payment_term",
        account_id=RECEIVABLE,
        date_maturity=values["invoice_date_due"],
        balance=sign * values["amount_total"],
        amount_currency=sign * values["amount_total"],
        amount_residual=sign * left,
        amount_residual_currency=sign * left,
        reconciled=not left,
    )


def unallocated(books: Books, customer: Customer, amount: float, day: dt.date, memo: str) -> int:
    """Money of a customer that is set off against nothing; gives the number of its journal item."""
    land = customer.land
    move = books.add(
        "account.move",
        made=day,
        name=f"BNK1/{day.year}/{books.next_number('BNK1'):05}",
        move_type="entry",
        state="posted",
        date=str(day),
        partner_id=customer.id,
        ref=memo,
        company_id=land.company,
        currency_id=CURRENCIES[land.currency],
    )
    common = {"move_id": move, "display_type": "payment_term", "name": memo, "currency_id": CURRENCIES[land.currency]}
    books.add("account.move.line", made=day, **common, account_id=BANK, balance=amount, amount_currency=amount)
    return books.add(
        "account.move.line",
        made=day,
        **common,
        account_id=RECEIVABLE,
        balance=-amount,
        amount_currency=-amount,
        amount_residual=-amount,
        amount_residual_currency=-amount,
    )
