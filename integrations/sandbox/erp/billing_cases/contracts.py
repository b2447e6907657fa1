"""Contracts: OCA's, or Enterprise's subscriptions, or, where the ERP keeps neither, nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from integrations.sandbox.erp.billing_cases.books import SALESPERSON, TERM_30, Books, Customer
from integrations.sandbox.erp.billing_cases.reference import CURRENCIES, PLANS, Product
from integrations.sandbox.pretend import Contracts

Period = tuple[dt.date, dt.date]
"""The first and the last day of service."""
_RHYTHMS = {"month": "monthly", "quarter": "quarterly", "year": "yearly", "month end": "monthlylastday"}


@dataclasses.dataclass(frozen=True)
class Term:
    """A contract's line."""

    product: Product
    price: float
    start: dt.date
    quantity: float = 1.0
    discount: float = 0.0
    end: dt.date | None = None
    unit: str = "month"
    ahead: bool = True
    next: dt.date | None = None
    """The day on which it is billed next."""
    variable: bool = False
    """Billed by what was used, or by the day."""
    name: str = ""
    more: dict[str, Any] = dataclasses.field(default_factory=dict)
    """Further fields of OCA's line."""


@dataclasses.dataclass(frozen=True)
class Agreement:
    """A contract as it is in the ERP; in an ERP without any its numbers lead nowhere."""

    shape: Contracts
    number: int
    lines: tuple[int, ...]

    @property
    def id(self) -> str:
        """The name by which findings refer to it."""
        return f"{'subscription' if self.shape is Contracts.ENTERPRISE else 'contract'}:{self.number}"

    def line_id(self, place: int = 0) -> str:
        """Return the name by which findings refer to its first line, or another."""
        kind = "order-line" if self.shape is Contracts.ENTERPRISE else "contract-line"
        return f"{kind}:{self.lines[place]}"

    def subject(self, place: int = 0) -> str:
        """Return the beginning of the subject of findings about a line."""
        return f"{self.id}/{self.line_id(place)}"

    def links(self, line: int) -> dict[str, Any]:
        """Return the fields of an invoice's line that bills one of these."""
        if self.shape is Contracts.OCA:
            return {"contract_line_id": line}
        return {"sale_line_ids": [line], "subscription_id": self.number} if self.shape is Contracts.ENTERPRISE else {}


def contract(books: Books, customer: Customer, terms: Sequence[Term], **more: Any) -> Agreement:
    """A running contract. `more` are OCA's fields, such as `date_end`, `x_notice`, `code` (the customer's number)."""
    if books.contracts is Contracts.ENTERPRISE:
        return _subscription(books, customer, terms, more)
    number = books.add(
        "contract.contract",
        **{
            "name": f"C-{customer.id}",
            "partner_id": customer.id,
            "invoice_partner_id": customer.invoice_contact,
            "user_id": books.users[SALESPERSON],
            "company_id": customer.land.company,
            "currency_id": CURRENCIES[customer.currency],
            "payment_term_id": TERM_30,
            "date_start": str(min((term.start for term in terms), default=books.days.month(-6))),
            **more,
        },
    )
    lines = tuple(_line(books, number, term) for term in terms)
    following = [str(term.next) for term in terms if term.next]
    if books.contracts is Contracts.OCA and following:
        books.change("contract.contract", number, recurring_next_date=min(following))
    return Agreement(books.contracts, number, lines)


def _line(books: Books, number: int, term: Term) -> int:
    return books.add(
        "contract.line",
        **{
            "contract_id": number,
            "name": term.name or term.product.title,
            "product_id": int(term.product),
            "quantity": term.quantity,
            "price_unit": term.price,
            "discount": term.discount,
            "date_start": str(term.start),
            "date_end": str(term.end) if term.end else False,
            "recurring_rule_type": _RHYTHMS[term.unit],
            "recurring_invoicing_type": "pre-paid" if term.ahead else "post-paid",
            "recurring_next_date": str(term.next) if term.next else False,
            "qty_type": "variable" if term.variable else "fixed",
            **term.more,
        },
    )


_AS_ORDER = {
    "code": "client_order_ref",
    "date_end": "end_date",
    "date_start": "start_date",
    "invoice_partner_id": "partner_invoice_id",
    **{
        name: name
        for name in (
            "payment_term_id",
            "x_notice",
            "x_indexed",
            "x_index",
            "x_discount_until",
            "tag_ids",
            "currency_id",
        )
    },
}
"""What OCA's fields of a contract are called in a subscription."""


def _subscription(books: Books, customer: Customer, terms: Sequence[Term], more: dict[str, Any]) -> Agreement:
    start = min((term.start for term in terms), default=books.days.month(-6))
    following = [term.next for term in terms if term.next]
    ends = [term.end for term in terms if term.end]
    unit = terms[0].unit if terms else "month"
    values: dict[str, Any] = {
        "name": f"S{books.next_number('S'):05}",
        "partner_id": customer.id,
        "partner_invoice_id": customer.invoice_contact,
        "partner_shipping_id": customer.id,
        "state": "sale",
        "date_order": f"{start} 09:00:00.000000",
        "company_id": customer.land.company,
        "currency_id": CURRENCIES[customer.currency],
        "payment_term_id": TERM_30,
        "user_id": books.users[SALESPERSON],
        "team_id": 1,
        "is_subscription": True,
        "plan_id": PLANS["month" if unit == "month end" else unit][0],
        "subscription_state": "3_progress",
        "start_date": str(start),
        "end_date": str(max(ends)) if len(ends) == len(terms) and ends else False,
        "next_invoice_date": str(min(following)) if following else False,
        "invoice_status": "invoiced",
    }
    values |= {_AS_ORDER[name]: value for name, value in more.items() if name in _AS_ORDER}
    number = books.add("sale.order", **values)
    lines = tuple(
        books.add(
            "sale.order.line",
            order_id=number,
            name=term.name or term.product.title,
            product_id=int(term.product),
            product_uom_qty=term.quantity,
            qty_delivered=term.quantity,
            qty_invoiced=term.quantity,
            price_unit=term.price,
            discount=term.discount,
        )
        for term in terms
    )
    amount = round(sum(term.price * term.quantity * (1 - term.discount / 100) for term in terms), 2)
    books.change("sale.order", number, amount_untaxed=amount, amount_total=amount)
    return Agreement(Contracts.ENTERPRISE, number, lines)
