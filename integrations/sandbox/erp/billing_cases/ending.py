"""Notice, end and indexation of contracts."""

from __future__ import annotations

import datetime as dt

from integrations.sandbox.erp.billing_cases.agreements import billed, running, standing
from integrations.sandbox.erp.billing_cases.books import Books
from integrations.sandbox.erp.billing_cases.calendar import later
from integrations.sandbox.erp.billing_cases.case import WITH_CONTRACTS, exception, trap
from integrations.sandbox.erp.billing_cases.orders import used
from integrations.sandbox.erp.billing_cases.reference import Product

DAY = dt.timedelta(days=1)
INDEX = "Consumer prices"


@exception("notice-due", 5085, WITH_CONTRACTS)
def notice_is_near(books: Books, number: int) -> None:
    """Three weeks from now."""
    customer = books.customer(number)
    notice = books.days.ahead(20)
    made = standing(books, customer, x_notice=str(notice))
    books.expect("notice-due", customer, f"{made.id}/notice/{notice}")


@exception("ended-still-delivered", 5086, WITH_CONTRACTS)
def used_after_the_end(books: Books, number: int) -> None:
    """The backups go on."""
    customer = books.customer(number, "DE")
    days = books.days
    term = {"quantity": 5000.0, "ahead": False, "start": days.month(-6), "end": days.month(-2) - DAY, "next": None}
    made = running(books, customer, Product.STORAGE, 0.12, **term)
    for months in range(-6, -2):
        day = days.month(months + 1)
        billed(books, customer, made, months, 0.12, Product.STORAGE, quantity=5000.0, day=day)
    used(books, customer, Product.STORAGE, 4800.0, days.ago(5))
    books.expect("ended-still-delivered", customer, made.subject())


@trap("ended-still-delivered", "within the days of off-boarding", 5087, WITH_CONTRACTS)
def off_boarding(books: Books, number: int) -> None:
    """A contract that ended three weeks ago; the data was fetched since."""
    customer = books.customer(number)
    start = later(books.days.ago(20), -4)
    end = later(start, 4) - DAY
    made = running(books, customer, Product.DATABASE, 890.0, start=start, end=end, next=None)
    for months in range(4):
        period = later(start, months), later(start, months + 1) - DAY
        billed(books, customer, made, 0, 890.0, Product.DATABASE, day=period[0], period=period)
    used(books, customer, Product.DATABASE, 1.0, books.days.ago(10), product_uom_id=1)


@exception("indexation-due", 5088, WITH_CONTRACTS)
def prices_as_they_were(books: Books, number: int) -> None:
    """Two months after the day."""
    customer = books.customer(number)
    due = books.days.month(-2)
    made = standing(books, customer, x_indexed=str(due), x_index=INDEX)
    books.expect("indexation-due", customer, f"{made.id}/{due}")


@trap("indexation-due", "within the notice window", 5089, WITH_CONTRACTS)
def announced(books: Books, number: int) -> None:
    """The customer was to be told first."""
    customer = books.customer(number, "DE")
    standing(books, customer, x_indexed=str(books.days.ago(10)), x_index=INDEX)
