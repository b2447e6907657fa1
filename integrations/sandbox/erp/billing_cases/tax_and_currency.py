"""Taxes and currencies."""

from __future__ import annotations

import datetime as dt

from integrations.sandbox.erp.billing_cases.agreements import billed, running
from integrations.sandbox.erp.billing_cases.books import Books
from integrations.sandbox.erp.billing_cases.case import WITH_CONTRACTS, exception, trap
from integrations.sandbox.erp.billing_cases.invoices import Item, invoice
from integrations.sandbox.erp.billing_cases.reference import CURRENCIES, Position, Product, Tax

LAST_OF_THE_OLD_RATE = dt.date(2023, 12, 31)
"""From the next day on Swiss VAT is 8.1 per cent."""


@exception("tax-does-not-fit", 5080)
def taxed_abroad(books: Books, number: int) -> None:
    """An export with the tax of home."""
    customer = books.customer(number, property_account_position_id=int(Position.EXPORT))
    position = int(Position.EXPORT)
    bill = invoice(books, customer, [Item(Product.SETUP, 1500.0)], books.days.ago(20), fiscal_position_id=position)
    books.expect("tax-does-not-fit", customer, bill.subject)


@trap("tax-does-not-fit", "the rate of the days of service", 5081)
def the_old_rate(books: Books, number: int) -> None:
    """Billed late, for a month in which the old rate was right."""
    customer = books.customer(number, property_account_position_id=int(Position.DOMESTIC))
    period = LAST_OF_THE_OLD_RATE.replace(day=1), LAST_OF_THE_OLD_RATE
    item = Item(Product.TRAFFIC, 0.05, 4000.0, tax=Tax.SWISS_UNTIL_2023, period=period)
    invoice(books, customer, [item], books.days.ago(20), fiscal_position_id=int(Position.DOMESTIC))


@exception("currency-differs", 5082, WITH_CONTRACTS)
def another_currency(books: Books, number: int) -> None:
    """A contract in francs, billed in euros this month."""
    customer = books.customer(number)
    made = running(books, customer)
    for months in range(-4, 0):
        billed(books, customer, made, months)
    wrong = billed(books, customer, made, 0, currency_id=CURRENCIES["EUR"])
    books.expect("currency-differs", customer, wrong.subject)
