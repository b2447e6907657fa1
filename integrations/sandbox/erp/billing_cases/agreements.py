"""Contracts that are billed as they should be, month by month: what most customers have."""

from __future__ import annotations

import datetime as dt
from typing import Any

from integrations.sandbox.erp.billing_cases.books import Books, Customer
from integrations.sandbox.erp.billing_cases.contracts import Agreement, Period, Term, contract
from integrations.sandbox.erp.billing_cases.invoices import Bill, Item, invoice
from integrations.sandbox.erp.billing_cases.reference import Product


def whole_month(books: Books, months: int) -> Period:
    """The days of the month so many months from this one."""
    return books.days.month(months), books.days.month(months + 1) - dt.timedelta(days=1)


def running(
    books: Books, customer: Customer, product: Product = Product.HOSTING, price: float = 450.0, **more: Any
) -> Agreement:
    """A contract over one thing for the last four months, paid for at the beginning of each, without its invoices."""
    fields = {name: more.pop(name) for name in list(more) if name not in _OF_TERM}
    ahead = more.get("ahead", True)
    values: dict[str, Any] = {"start": books.days.month(-4), "next": books.days.month(1), "ahead": ahead, **more}
    return contract(books, customer, [Term(product, price, **values)], **fields)


_OF_TERM = frozenset({"start", "quantity", "discount", "end", "unit", "ahead", "next", "variable", "name", "more"})


def billed(
    books: Books,
    customer: Customer,
    agreement: Agreement,
    months: int,
    price: float = 450.0,
    product: Product = Product.HOSTING,
    **more: Any,
) -> Bill:
    """The invoice for the month so many months from this one, of its first day."""
    of_item = {name: more.pop(name) for name in ("quantity", "discount", "tax", "name") if name in more}
    day = more.pop("day", books.days.month(months))
    period = more.pop("period", whole_month(books, months))
    line = agreement.lines[0] if agreement.lines else None
    item = Item(product, price, line=line, agreement=agreement, period=period, **of_item)
    return invoice(books, customer, [item], day, **more)


def standing(
    books: Books, customer: Customer, product: Product = Product.HOSTING, price: float = 450.0, **more: Any
) -> Agreement:
    """A contract for the last four months and this one, each of them invoiced, sent and paid."""
    made = running(books, customer, product, price, **more)
    for months in range(-4, 1):
        billed(books, customer, made, months, price, product, quantity=more.get("quantity", 1.0))
    return made
