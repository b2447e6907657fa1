"""Time, usage and seats that no invoice has."""

from __future__ import annotations

import hashlib

from integrations.sandbox.erp.billing_cases.agreements import standing
from integrations.sandbox.erp.billing_cases.books import Books
from integrations.sandbox.erp.billing_cases.case import WITH_CONTRACTS, exception, trap
from integrations.sandbox.erp.billing_cases.orders import PROJECT, Sold, order, order_billed, project, used, worked
from integrations.sandbox.erp.billing_cases.reference import Product

PLACE = hashlib.sha256(PROJECT.encode()).hexdigest()[:8]
"""What findings call the project."""
SEATS = 3
"""The unit."""


@exception("time-not-billed", 5090)
def hours_nobody_billed(books: Books, number: int) -> None:
    """A day's work of two months ago."""
    customer = books.customer(number)
    sold = [Sold(Product.CONSULTING, 180.0, 20.0, delivered=8.0, invoiced=0.0)]
    made = order(books, customer, sold, books.days.ago(80), invoice_status="to invoice")
    place = project(books, customer, made.lines[0])
    worked(books, customer, 8.0, books.days.ago(60), place, made.lines[0], "billable_time")
    books.expect("time-not-billed", customer, f"work:{PLACE}/CHF")


@trap("time-not-billed", "included hours", 5091)
def hours_paid_before(books: Books, number: int) -> None:
    """Out of a package."""
    customer = books.customer(number, "DE")
    sold = [Sold(Product.PREPAID_HOURS, 165.0, 20.0, delivered=12.0)]
    made = order(books, customer, sold, books.days.ago(100))
    order_billed(books, customer, made, sold, books.days.ago(95))
    place = project(books, customer, made.lines[0])
    worked(books, customer, 12.0, books.days.ago(60), place, made.lines[0], "billable_fixed")


@trap("time-not-billed", "a fixed price", 5092)
def a_fixed_price(books: Books, number: int) -> None:
    """However long it takes."""
    customer = books.customer(number)
    sold = [Sold(Product.SETUP, 1500.0)]
    made = order(books, customer, sold, books.days.ago(100))
    order_billed(books, customer, made, sold, books.days.ago(95))
    place = project(books, customer, made.lines[0])
    worked(books, customer, 16.0, books.days.ago(60), place, made.lines[0], "billable_fixed")


@exception("usage-without-order", 5093)
def used_without_an_order(books: Books, number: int) -> None:
    """For weeks."""
    customer = books.customer(number)
    for days in (40, 20):
        used(books, customer, Product.TRAFFIC, 3000.0, books.days.ago(days))
    books.expect("usage-without-order", customer, f"product:{int(Product.TRAFFIC)}/GB")


@trap("usage-without-order", "a test tenant", 5094)
def a_test_tenant(books: Books, number: int) -> None:
    """A test tenant that nobody pays for."""
    customer = books.customer(number, "DE")
    for days in (40, 20):
        used(books, customer, Product.TRAFFIC, 3000.0, books.days.ago(days), name="test-tenant 3")


@exception("seats-above-billed", 5095, WITH_CONTRACTS)
def more_seats_than_billed(books: Books, number: int) -> None:
    """Fourteen work where ten are paid for."""
    customer = books.customer(number)
    standing(books, customer, Product.SEATS, 18.0, quantity=10.0)
    used(books, customer, Product.SEATS, 14.0, books.days.ago(2), product_uom_id=SEATS, name="Accounts")
    books.expect("seats-above-billed", customer, f"product:{int(Product.SEATS)}")


@trap("seats-above-billed", "shared accounts", 5096, WITH_CONTRACTS)
def nobodys_accounts(books: Books, number: int) -> None:
    """Ten people, and a mailbox that all read."""
    customer = books.customer(number, "PL")
    standing(books, customer, Product.SEATS, 18.0, quantity=10.0)
    for name, quantity in (("Accounts", 10.0), ("Shared mailbox", 4.0)):
        used(books, customer, Product.SEATS, quantity, books.days.ago(2), product_uom_id=SEATS, name=name)
