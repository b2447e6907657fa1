"""Won deals on their way to the money."""

from __future__ import annotations

from integrations.sandbox.erp.billing_cases.books import Books
from integrations.sandbox.erp.billing_cases.case import exception, trap
from integrations.sandbox.erp.billing_cases.orders import Sold, deal, order
from integrations.sandbox.erp.billing_cases.reference import Product

WAITING = Sold(Product.MIGRATION, 9600.0, delivered=0.0, invoiced=0.0)
"""Neither delivered nor invoiced."""


@exception("stopped-on-the-way", 5098)
def ordered_and_left(books: Books, number: int) -> None:
    """Four months ago, and nobody began."""
    customer = books.customer(number)
    won = deal(books, customer, books.days.ago(130), 9600.0)
    order(books, customer, [WAITING], books.days.ago(120), opportunity_id=won, invoice_status="no")
    books.expect("stopped-on-the-way", customer, f"deal:{won}")


@trap("stopped-on-the-way", "its go-live is planned", 5099)
def ordered_for_later(books: Books, number: int) -> None:
    """The customer wants it next month."""
    customer = books.customer(number, "DE")
    won = deal(books, customer, books.days.ago(130), 9600.0)
    live = str(books.days.ahead(20))
    order(books, customer, [WAITING], books.days.ago(120), opportunity_id=won, invoice_status="no", x_go_live=live)
