"""Invoices and credit notes with their lines and taxes; money that is set off against none."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Literal

from integrations.core.billing.party import Delivery


@dataclasses.dataclass(frozen=True, slots=True)
class Tax:
    """A tax on a line."""

    name: str
    percent: Decimal
    fits: bool | None = None
    """Whether the invoice's fiscal position leads to this tax on its day; None: that can't be told."""
    expected: str = ""
    """Where it does not fit: the tax that the fiscal position leads to."""


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A line of an invoice or credit note."""

    id: str
    name: str = ""
    product: str = ""
    """The product's id; empty for a line of words, or one without a product."""
    quantity: Decimal = Decimal(1)
    price: Decimal = Decimal(0)
    """Of one unit, before the discount."""
    discount: Decimal = Decimal(0)
    """Per cent."""
    amount: Decimal = Decimal(0)
    """Of the whole line; negative for a deduction."""
    taxes: tuple[Tax, ...] = ()
    contract_line: str = ""
    """The id of the contract line that it bills."""
    order_line: str = ""
    """The id of the order line that it bills."""
    start: date | None = None
    """The first day of the service period, where the line names one."""
    end: date | None = None
    """The last day of the service period."""


@dataclasses.dataclass(frozen=True, slots=True)
class Dispute:
    """That the customer does not accept an invoice."""

    reason: str = ""
    owner: str = ""
    """Who of us clears it up; empty: nobody yet."""
    since: date | None = None
    news: date | None = None
    """When somebody last did or wrote something about it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice or credit note to a customer."""

    id: str
    number: str = ""
    """Empty for a draft."""
    kind: Literal["invoice", "credit"] = "invoice"
    state: Literal["draft", "posted", "cancelled"] = "posted"
    day: date | None = None
    """The invoice date; a draft may have none, or one in the future."""
    due: date | None = None
    made: date | None = None
    """When somebody, or something, made the record."""
    currency: str = ""
    untaxed: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    """With tax."""
    open: Decimal = Decimal(0)
    """What of `total` is still to be paid."""
    payment: Literal["open", "partial", "registered", "paid", "reversed", "blocked"] = "open"
    """`registered`: a payment is known that the bank has yet to confirm; `blocked`: the ERP says not to expect any."""
    reference: str = ""
    """What the customer calls it: an order number of theirs."""
    origin: str = ""
    """Where it comes from, in the ERP's words: the names of orders or contracts."""
    served: str = ""
    """The id of the customer who got the service."""
    payer: str = ""
    """The id of the customer who is to pay: the same, or a parent company, a reseller."""
    company: str = ""
    """The id of our own company that invoices."""
    term: str = ""
    """The payment term's name."""
    email: str = ""
    """Where it is sent, of the contact that it is addressed to."""
    delivery: Delivery = ""
    sent: bool | None = None
    """None: the ERP does not tell."""
    reverses: str = ""
    """For a credit note: the id of the invoice that it takes back."""
    replaces: str = ""
    """The number of the invoice in whose place this one came, after that was taken back."""
    held: str = ""
    """For a draft: why it is kept back on purpose."""
    dispute: Dispute | None = None
    dunning_level: int | None = None
    """How often payment was asked for; None: the ERP does no dunning."""
    dunning_blocked: bool = False
    """No reminder goes out."""
    dunning_reason: str = ""
    """Why not."""
    fiscal_position: str = ""
    lines: tuple[Line, ...] = ()
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in, or a credit note, that is not set off against any invoice."""

    id: str
    kind: Literal["payment", "credit"] = "payment"
    number: str = ""
    day: date | None = None
    currency: str = ""
    open: Decimal = Decimal(0)
    """What of it is not allocated."""
    prepayment: bool = False
    """Meant for what is still to come."""
    url: str = ""
