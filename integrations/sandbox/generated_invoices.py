"""Very many invoices, the same ones every time: what reading and judging them is measured on.

Each customer has two contracts, billed on the first of each month for two years: fifty invoices of one or two lines,
paid but for the newest of every other customer. One customer in a hundred has an exception.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from integrations.sandbox.erp.billing_cases import opened
from integrations.sandbox.erp.billing_cases.books import ROBOT, TERM_30, Books, Customer
from integrations.sandbox.erp.billing_cases.calendar import later
from integrations.sandbox.erp.billing_cases.contracts import Agreement, Term, contract
from integrations.sandbox.erp.billing_cases.invoices import PERCENT, TERM
from integrations.sandbox.erp.billing_cases.names import LANDS, vat_of
from integrations.sandbox.erp.billing_cases.reference import CURRENCIES, INCOME, RECEIVABLE, Product, seed_reference
from integrations.sandbox.erp.index import prepare
from integrations.sandbox.erp.seed import USERS
from integrations.sandbox.made_up import company_name, country_of, domain_of, place_of
from integrations.sandbox.pretend import Contracts, World
from integrations.sandbox.state import Document, Table

FIRST_CUSTOMER, FIRST_CONTACT, FIRST_RECORD = 4_000_001, 4_500_001, 1_000_001
"""Numbers of the first customer, of the first contact for invoices, and of the first invoice and contract."""
NAMES_FROM = 200_000
"""Behind the names of all other generated companies."""
MONTHS = 25
EACH = 2 * MONTHS
"""Invoices of a customer."""
EXCEPTIONS = ("period-not-invoiced", "price-differs", "unpaid", "never-sent", "no-invoice-email")
"""What customers with an exception have, in turn."""
ONE_IN = 100
_OVERDUE, _ODD = 3, 2
"""How many months ago what is not paid was invoiced, and the month that is left out or has another price."""
_MANAGERS = ("lena.gerber@acme.example", "sandro.bianchi@acme.example", "reto.frei@acme.example")
_LOOKED_UP: Mapping[str, tuple[str, ...]] = {
    "res.partner": ("commercial_partner_id", "parent_id"),
    "account.move": ("commercial_partner_id", "partner_id", "partner_shipping_id"),
    "account.move.line": ("move_id", "partner_id"),
    "contract.contract": ("partner_id", "invoice_partner_id"),
    "contract.line": ("contract_id",),
    "sale.order": ("partner_id", "partner_invoice_id"),
    "sale.order.line": ("order_id",),
}


def exception_of(index: int) -> str:
    """Return the exception of the customer of this number; empty: none."""
    return EXCEPTIONS[index // ONE_IN % len(EXCEPTIONS)] if index % ONE_IN == ONE_IN // 2 else ""


@dataclasses.dataclass(frozen=True)
class _Month:
    """A month's days as they are stored."""

    ago: int
    first: str
    last: str
    due: str
    due_late: str
    """When one is due that has a longer term."""
    year: int


@dataclasses.dataclass(frozen=True)
class _Sold:
    """Products and prices of each line of a customer's contract."""

    agreement: Agreement
    lines: tuple[tuple[Product, float], ...]


def generate_invoices(world: World, number: int) -> None:
    """Add so many invoices, as if they had always been there.

    None are added to a world that has generated ones already.
    """
    books = opened(world, FIRST_RECORD)
    if books.environment.record("res.partner", FIRST_CUSTOMER) is None:
        with world.state.transaction():
            if not world.billing.seeded:
                seed_reference(books)
            _Writer(books, number).write()
    for model, fields in _LOOKED_UP.items():
        prepare(books.environment, model, *fields)


class _Writer:
    """Writer of documents as they are stored, without deriving anything.

    It writes a hundred thousand in seconds.
    """

    def __init__(self, books: Books, number: int) -> None:
        self._books, self._left = books, number
        self._moves, self._lines = self._table("account.move"), self._table("account.move.line")
        self._next_move = self._next_line = FIRST_RECORD
        self._months = [_month(books, ago) for ago in range(MONTHS - 1, -1, -1)]
        stamp = f"{books.days.ago(2)} 08:00:00.250000"
        self._stamps = {"create_date": stamp, "write_date": stamp, "create_uid": ROBOT, "write_uid": ROBOT}
        self._taxes = {land.tax: [land.tax] for land in LANDS.values()}
        self._enterprise = books.contracts is Contracts.ENTERPRISE

    def write(self) -> None:
        """All of them."""
        for index in range(-(-self._left // EACH)):
            customer = self._customer(index)
            sold = [self._sold(index, customer, place) for place in range(2)]
            for month in self._months:
                for item in sold:
                    if self._left > 0:
                        self._left -= 1
                        self._invoice(index, customer, item, month, is_first=item is sold[0])

    def _table(self, model: str) -> Table:
        return self._books.environment.table(model)

    def _customer(self, index: int) -> Customer:
        number, name = FIRST_CUSTOMER + index, NAMES_FROM + index
        country, (code, town) = country_of(name), place_of(name)
        place = {"zip": code, "city": town, "country_id": Books.country(country.code)}
        place["street"] = f"{country.street} {1 + index % 150}"
        contact = FIRST_CONTACT + index if exception_of(index) != "no-invoice-email" else number
        values = {"is_company": True, "customer_rank": 1, "lang": country.lang, "property_payment_term_id": TERM_30}
        values |= {"vat": vat_of(number, country.code), "user_id": USERS[_MANAGERS[index % len(_MANAGERS)]], **place}
        made = self._books.days.ago(900)
        self._books.keep("res.partner", number, made=made, name=company_name(name), **values)
        if contact != number:
            email = f"invoices@{domain_of(name)}"
            named = {"name": "Accounting", "type": "invoice", "parent_id": number, "email": email}
            self._books.keep("res.partner", contact, made=made, **named, **place)
        return Customer(number, LANDS[country.code], contact)

    def _sold(self, index: int, customer: Customer, place: int) -> _Sold:
        base = 100.0 + index * 37 % 900
        lines = [(Product.DATABASE, base + 240.0)] if place else [(Product.HOSTING, base)]
        if not place and index % 2:
            lines.append((Product.SUPPORT, 300.0))
        start, following = self._books.days.month(1 - MONTHS), self._books.days.month(1)
        terms = [Term(product, price, start, next=following) for product, price in lines]
        return _Sold(contract(self._books, customer, terms), tuple(lines))

    def _invoice(self, index: int, customer: Customer, sold: _Sold, month: _Month, *, is_first: bool) -> None:
        odd = exception_of(index) if is_first else ""
        if odd == "period-not-invoiced" and month.ago == _ODD:
            return
        rise = 10.0 if odd == "price-differs" and month.ago == _ODD else 0.0
        lines = [(product, price + rise) for product, price in sold.lines]
        late = odd == "unpaid" and month.ago == _OVERDUE
        unsent = odd == "never-sent" and month.ago == 1
        is_open = late or unsent or (month.ago == 0 and index % 2 == 0)
        untaxed = round(sum(price for _, price in lines), 2)
        tax = round(untaxed * PERCENT[customer.land.tax] / 100, 2)
        total = round(untaxed + tax, 2)
        number, self._next_move = self._next_move, self._next_move + 1
        self._moves[str(number)] = {
            "id": number,
            "name": f"INV/{month.year}/{number}",
            "move_type": "out_invoice",
            "state": "posted",
            "payment_state": "not_paid" if is_open else "paid",
            "date": month.first,
            "invoice_date": month.first,
            "invoice_date_due": month.due_late if unsent else month.due,
            "partner_id": customer.invoice_contact,
            "commercial_partner_id": customer.id,
            "partner_shipping_id": customer.id,
            "invoice_payment_term_id": TERM_30,
            "company_id": customer.land.company,
            "currency_id": CURRENCIES[customer.currency],
            "amount_untaxed": untaxed,
            "amount_tax": tax,
            "amount_total": total,
            "amount_residual": total if is_open else 0.0,
            "is_move_sent": not unsent,
            "x_dunning_level": 2 if late else 0,
            **self._stamps,
        }
        for place, (product, price) in enumerate(lines):
            self._line(number, customer, month, _line_values(sold, place, product, price))
        if is_open:
            self._receivable(number, customer, month, total)

    def _line(self, move: int, customer: Customer, month: _Month, values: Mapping[str, Any]) -> None:
        period = "deferred_start_date", "deferred_end_date"
        first, last = period if self._enterprise else ("start_date", "end_date")
        tax = self._taxes[customer.land.tax]
        service = {first: month.first, last: month.last, "tax_ids": tax, "account_id": INCOME}
        self._item(move, customer, month, {"display_type": "product", **values, **service})

    def _receivable(self, move: int, customer: Customer, month: _Month, total: float) -> None:
        owed = dict.fromkeys(("balance", "amount_currency", "amount_residual", "amount_residual_currency"), total)
        values: Document = {"display_type": "payment_term", "account_id": RECEIVABLE, "date_maturity": month.due}
        self._item(move, customer, month, {**values, **owed})

    def _item(self, move: int, customer: Customer, month: _Month, values: Document) -> None:
        number, self._next_line = self._next_line, self._next_line + 1
        self._lines[str(number)] = {
            "id": number,
            "move_id": move,
            "partner_id": customer.invoice_contact,
            "company_id": customer.land.company,
            "currency_id": CURRENCIES[customer.currency],
            "date": month.first,
            **values,
            **self._stamps,
        }


def _line_values(sold: _Sold, place: int, product: Product, price: float) -> Document:
    values: Document = {"name": product.title, "product_id": int(product), "quantity": 1.0, "price_unit": price}
    return {**values, "price_subtotal": price, **sold.agreement.links(sold.agreement.lines[place])}


def _month(books: Books, ago: int) -> _Month:
    first = books.days.month(-ago)
    last = later(first, 1) - dt.timedelta(days=1)
    due, due_late = (str(first + dt.timedelta(days=days)) for days in (TERM, 3 * TERM))
    return _Month(ago, str(first), str(last), due, due_late, first.year)
