"""Cases of disputed invoices, of credit notes, and of money that is set off against nothing."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.erp.billing_cases.books import Books
from integrations.sandbox.erp.billing_cases.case import exception, trap
from integrations.sandbox.erp.billing_cases.invoices import Item, invoice, unallocated
from integrations.sandbox.erp.billing_cases.reference import Product

SET_UP = [Item(Product.SETUP, 1500.0)]


@exception("dispute-stuck", 5060)
def nobodys_dispute(books: Books, number: int) -> None:
    """The customer objects, and nobody of us has taken that on."""
    customer = books.customer(number)
    invoice(books, customer, SET_UP, books.days.ago(200))
    bill = invoice(books, customer, SET_UP, books.days.ago(75), payment="not_paid", x_dispute="Set-up was included")
    books.expect("dispute-stuck", customer, bill.subject)


@trap("dispute-stuck", "somebody is at it", 5061)
def a_dispute_that_moves(books: Books, number: int) -> None:
    """Written to two days ago; overdue, but nobody asks for the money meanwhile."""
    customer = books.customer(number, "DE")
    invoice(books, customer, SET_UP, books.days.ago(200))
    dispute: dict[str, Any] = {"x_dispute": "Falscher Ansatz", "x_dispute_owner": "Lena Gerber"}
    bill = invoice(books, customer, SET_UP, books.days.ago(75), payment="not_paid", **dispute)
    books.change("account.move", bill.id, write_date=f"{books.days.ago(2)} 08:00:00.250000")


@exception("credited-often", 5062)
def a_third_taken_back(books: Books, number: int) -> None:
    """A customer with one of three invoices credited, and none in its place."""
    customer = books.customer(number)
    for days in (100, 40):
        invoice(books, customer, SET_UP, books.days.ago(days))
    wrong = invoice(books, customer, SET_UP, books.days.ago(70), payment="reversed")
    invoice(books, customer, SET_UP, books.days.ago(65), kind="out_refund", reversed_entry_id=wrong.id)
    books.expect("credited-often", customer, "account/CHF")


@trap("credited-often", "corrected and made anew", 5063)
def corrected(books: Books, number: int) -> None:
    """The same invoice to the right address."""
    customer = books.customer(number, "PL")
    wrong = invoice(books, customer, SET_UP, books.days.ago(70), payment="reversed")
    invoice(books, customer, SET_UP, books.days.ago(65), kind="out_refund", reversed_entry_id=wrong.id)
    invoice(books, customer, SET_UP, books.days.ago(65), invoice_origin=wrong.number)


@exception("not-allocated", 5064)
def money_for_nothing(books: Books, number: int) -> None:
    """Paid a month ago, and nobody knows for what."""
    customer = books.customer(number)
    payment = unallocated(books, customer, 750.0, books.days.ago(30), "Customer payment")
    books.expect("not-allocated", customer, f"payment:{payment}")


@trap("not-allocated", "a prepayment", 5065)
def paid_ahead(books: Books, number: int) -> None:
    """For what is still to come."""
    customer = books.customer(number, "DE")
    unallocated(books, customer, 5000.0, books.days.ago(30), "Vorauszahlung nach Absprache")
