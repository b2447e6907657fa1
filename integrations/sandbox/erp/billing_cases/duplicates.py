"""Cases of wrong duplicates and of legitimate ones."""

from __future__ import annotations

from integrations.sandbox.erp.billing_cases.agreements import billed, running, standing
from integrations.sandbox.erp.billing_cases.books import Books
from integrations.sandbox.erp.billing_cases.case import exception, trap
from integrations.sandbox.erp.billing_cases.names import vat_of
from integrations.sandbox.erp.billing_cases.orders import Sold, order, order_billed
from integrations.sandbox.erp.billing_cases.reference import Product


@exception("billed-twice", 5070)
def the_same_month_again(books: Books, number: int) -> None:
    """Last month's invoice was made twice."""
    customer = books.customer(number)
    made = standing(books, customer)
    again = billed(books, customer, made, -1, day=books.days.month(0))
    books.expect("billed-twice", customer, again.subject)


@trap("billed-twice", "replaced after it was reversed", 5071)
def replaced(books: Books, number: int) -> None:
    """Taken back, and made anew."""
    customer = books.customer(number, "DE")
    made = running(books, customer)
    for months in (-4, -3, -2, 0):
        billed(books, customer, made, months)
    wrong = billed(books, customer, made, -1, payment="reversed")
    day = books.days.month(0)
    billed(books, customer, made, -1, day=day, kind="out_refund", reversed_entry_id=wrong.id)
    billed(books, customer, made, -1, day=day, invoice_origin=wrong.number)


@exception("customer-twice", 5073)
def entered_twice(books: Books, number: int) -> None:
    """Somebody entered the company again, with the same VAT number."""
    books.customer(number - 1)
    customer = books.customer(number, vat=vat_of(number - 1, "CH"))
    books.expect("customer-twice", customer, f"customer:{number - 1}")


@trap("customer-twice", "a legal group", 5075)
def one_group(books: Books, number: int) -> None:
    """A subsidiary under its parent's VAT number."""
    parent = books.customer(number - 1, "DE")
    books.customer(number, "DE", parent_id=parent.id, vat=vat_of(number - 1, "DE"))


@exception("order-twice", 5076)
def one_reference(books: Books, number: int) -> None:
    """Two orders of one number of the customer's."""
    customer = books.customer(number)
    sold = [Sold(Product.SETUP, 1500.0)]
    both = []
    for days in (90, 80):
        both.append(order(books, customer, sold, books.days.ago(days), client_order_ref="PO-2207"))
        order_billed(books, customer, both[-1], sold, books.days.ago(days - 5))
    books.expect("order-twice", customer, f"order:{both[1].id}")


@trap("order-twice", "a renewal", 5077)
def a_renewal(books: Books, number: int) -> None:
    """The second goes on with the first."""
    customer = books.customer(number, "PL")
    sold = [Sold(Product.SUPPORT, 3600.0)]
    first = order(books, customer, sold, books.days.ago(200), client_order_ref="ZAM-118")
    order_billed(books, customer, first, sold, books.days.ago(195))
    second = order(books, customer, sold, books.days.ago(20), client_order_ref="ZAM-118", x_renews=first.number)
    order_billed(books, customer, second, sold, books.days.ago(15))
