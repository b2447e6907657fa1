"""Cases of unpaid invoices, and of those that only look unpaid."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.erp.billing_cases.books import Books, Customer
from integrations.sandbox.erp.billing_cases.case import exception, trap
from integrations.sandbox.erp.billing_cases.invoices import Item, invoice
from integrations.sandbox.erp.billing_cases.reference import CURRENCIES, STALE_COMPANY, Product


def _set_up(amount: float = 1500.0, tax: int | None = None) -> list[Item]:
    return [Item(Product.SETUP, amount, tax=tax)]


def _one_paid_before(books: Books, customer: Customer) -> None:
    invoice(books, customer, _set_up(), books.days.ago(200))


@exception("unpaid", 5050)
def six_weeks_late(books: Books, number: int) -> None:
    """Reminded once."""
    customer = books.customer(number)
    _one_paid_before(books, customer)
    bill = invoice(books, customer, _set_up(), books.days.ago(75), payment="not_paid", x_dunning_level=1)
    books.expect("unpaid", customer, bill.subject)


@trap("unpaid", "its payment is registered", 5051)
def payment_registered(books: Books, number: int) -> None:
    """The bank has yet to confirm it."""
    customer = books.customer(number, "DE")
    _one_paid_before(books, customer)
    invoice(books, customer, _set_up(), books.days.ago(75), payment="in_payment")


@trap("unpaid", "the bank was not imported for long", 5052)
def bank_not_imported(books: Books, number: int) -> None:
    """A company of ours whose bank was not imported for long, so that nobody can say what came in."""
    customer = books.customer(number, "DE")
    ours: dict[str, Any] = {"company_id": STALE_COMPANY, "currency_id": CURRENCIES["EUR"]}
    invoice(books, customer, _set_up(tax=0), books.days.ago(75), payment="not_paid", **ours)


@exception("first-invoice-unpaid", 5053)
def the_first_one(books: Books, number: int) -> None:
    """Never paid anything yet; the invoice is overdue as well."""
    customer = books.customer(number, "PL")
    bill = invoice(books, customer, _set_up(6000.0), books.days.ago(50), payment="not_paid")
    books.expect("first-invoice-unpaid", customer, bill.subject)
    books.expect("unpaid", customer, bill.subject)


@exception("credit-limit", 5054)
def beyond_its_limit(books: Books, number: int) -> None:
    """A customer beyond its credit limit, with nothing due yet."""
    customer = books.customer(number, use_partner_credit_limit=True, credit_limit=1000.0)
    invoice(books, customer, _set_up(), books.days.ago(5), payment="not_paid")
    books.expect("credit-limit", customer, "account")


@trap("credit-limit", "a limit of 0 is none", 5055)
def no_limit(books: Books, number: int) -> None:
    """Odoo has 0 where nobody entered one."""
    customer = books.customer(number, use_partner_credit_limit=True, credit_limit=0.0)
    invoice(books, customer, _set_up(9000.0), books.days.ago(5), payment="not_paid")


@exception("dunning-stopped", 5056)
def no_reminders(books: Books, number: int) -> None:
    """Somebody stopped them, and did not say why."""
    customer = books.customer(number)
    _one_paid_before(books, customer)
    bill = invoice(books, customer, _set_up(), books.days.ago(50), payment="not_paid", x_dunning_blocked=True)
    books.expect("dunning-stopped", customer, bill.subject)
