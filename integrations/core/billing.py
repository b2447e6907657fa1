"""The ERP's contracts, orders, invoices and payments of one customer: the facts that invoicing rules look at.

Plain frozen dataclasses: a run makes millions of them. Every amount is a `Decimal` in the currency that
stands beside it (ISO 4217), without tax unless stated otherwise, and never negative for being a credit:
`kind` tells that. `""` and None mean that the ERP has no value; a part that could not be read is in
`Account.unread`, and is then empty here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from integrations.core.model import Person

Unit = Literal["day", "week", "month", "month end", "quarter", "half year", "year"]
"""A contract line's rhythm; `month end`: on the last day of each month."""


@dataclasses.dataclass(frozen=True, slots=True)
class Price:
    """A unit's price from a day on."""

    since: date | None
    """None: from the beginning."""
    amount: Decimal


@dataclasses.dataclass(frozen=True, slots=True)
class ContractLine:
    """Line of a contract: something that is delivered and billed repeatedly."""

    id: str
    name: str = ""
    product: str = ""
    quantity: Decimal = Decimal(1)
    prices: tuple[Price, ...] = ()
    """The unit's prices, the oldest first."""
    discount: Decimal = Decimal(0)
    """Per cent."""
    discount_until: date | None = None
    """The last day of the discount; None: as long as the line runs."""
    start: date | None = None
    end: date | None = None
    """The last day; None: no end is agreed."""
    every: int = 1
    unit: Unit = "month"
    ahead: bool = True
    """Billed at the beginning of a period (pre-paid), else at its end (post-paid)."""
    next: date | None = None
    """The day on which the ERP will bill it next."""
    billed_to: date | None = None
    """The last day that was billed, where the ERP keeps that."""
    prorated: bool = False
    """A part of a period, or a change within one, is billed by the day."""
    ended: bool = False
    """Cancelled or closed in the ERP, whatever its dates say."""
    metered: bool = False
    """How much is billed is measured or computed each time: its quantity agrees nothing."""
    changed: date | None = None
    """When somebody, or billing itself, last wrote to it; None: the ERP does not say."""


@dataclasses.dataclass(frozen=True, slots=True)
class Contract:
    """An agreement that is billed regularly, whichever of its shapes the ERP keeps it in."""

    id: str
    """With its shape before it, so that no two records share one: `contract:7`, `subscription:12`."""
    number: str = ""
    state: Literal["draft", "running", "ended"] = "running"
    start: date | None = None
    end: date | None = None
    notice: date | None = None
    """The last day on which notice can be given for the next possible end."""
    renews: bool | None = None
    """By itself, unless notice is given; None: the ERP does not say."""
    currency: str = ""
    reference: str = ""
    """The customer's order number."""
    deal: str = ""
    """The id of the opportunity that it comes from."""
    served: str = ""
    payer: str = ""
    company: str = ""
    term: str = ""
    indexed: date | None = None
    """The day from which prices are to be adjusted next."""
    index: str = ""
    """What they are adjusted by; contracts that share one share the cause of what is missing."""
    manager: Person | None = None
    tags: frozenset[str] = frozenset()
    lines: tuple[ContractLine, ...] = ()
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Won:
    """A won deal."""

    id: str
    title: str = ""
    day: date | None = None
    currency: str = ""
    once: Decimal | None = None
    """What is paid once; None: we may not read it."""
    monthly: Decimal | None = None
    ordered: bool = False
    """A confirmed order names it, though it may be another customer's: a reseller's."""
    tags: frozenset[str] = frozenset()
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class OrderLine:
    """Line of an order: something that was sold once, or is billed as it is delivered."""

    id: str
    name: str = ""
    product: str = ""
    quantity: Decimal = Decimal(1)
    delivered: Decimal = Decimal(0)
    invoiced: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    """Of the whole line as sold."""
    milestone: bool | None = None
    """Whether the milestone that it is billed by is reached; None: it is billed by none."""
    to_bill: Decimal | None = None
    """How many more are to be billed by now, where the ERP itself measures what was delivered, by time sheets or goods
    that went out; None: somebody enters that by hand, or nobody does."""


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """A confirmed order, or a quotation."""

    id: str
    number: str = ""
    state: Literal["quotation", "confirmed", "cancelled"] = "confirmed"
    day: date | None = None
    live: date | None = None
    """The day of the go-live or of the delivery; None: not yet, or not known."""
    currency: str = ""
    untaxed: Decimal = Decimal(0)
    reference: str = ""
    """The customer's order number."""
    deal: str = ""
    """The id of the opportunity that it comes from."""
    served: str = ""
    payer: str = ""
    company: str = ""
    term: str = ""
    renews: str = ""
    """The number of the order that it renews."""
    manager: Person | None = None
    """Who leads the project, or sold it."""
    tags: frozenset[str] = frozenset()
    lines: tuple[OrderLine, ...] = ()
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """Time that somebody worked for the customer and that no invoice has billed."""

    id: str
    day: date
    hours: Decimal
    kind: Literal["billable", "included", "fixed", "internal"] = "billable"
    """`included`: in what the customer pays anyway; `fixed`: at a fixed price."""
    amount: Decimal | None = None
    """What it is worth; None: the ERP has no price for it."""
    currency: str = ""
    project: str = ""
    manager: Person | None = None
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Usage:
    """Measured usage of a service: the quantity of a product on a day."""

    id: str
    day: date
    product: str = ""
    name: str = ""
    quantity: Decimal = Decimal(0)
    unit: str = ""
    """In the ERP's words: `Units`, `GB`, `Seats`."""
    subject: str = ""
    """What it was measured on: a tenant, an instance."""
    order_line: str = ""
    """The order line that bills it."""
    contract_line: str = ""
    """The contract line that bills it."""
    tags: frozenset[str] = frozenset()
    url: str = ""


Delivery = Literal["", "email", "post", "electronic", "hand"]
"""How invoices reach the customer; `electronic`: e-bill, Peppol."""


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """Address for invoices: the payer's contact for invoices, else the payer itself."""

    name: str = ""
    email: str = ""
    street: str = ""
    zip: str = ""
    city: str = ""
    country_code: str = ""
    """ISO 3166-1 alpha-2."""
    delivery: Delivery = ""
    own: bool = False
    """A contact for invoices of its own, or the parent's; False: the company's own address is used."""
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Payer:
    """Company that pays for a customer in its place: a parent company, a reseller."""

    id: str
    name: str = ""
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Twin:
    """Another customer in the ERP that is alike and could be the same."""

    id: str
    name: str
    vat: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    """ISO 3166-1 alpha-2; empty where the ERP does not say."""
    group: str = ""
    """The id of the topmost company above it; its own where there is none."""
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Tax:
    """A tax on a line."""

    name: str
    percent: Decimal
    fits: bool | None = None
    """Whether the invoice's fiscal position leads to this tax on its day; None: that is not known."""
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
    """A customer's refusal to accept an invoice."""

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


Part = Literal["account", "twins", "deals", "orders", "contracts", "invoices", "payments", "bank", "work", "usage"]
"""What is read of an account, and may fail to be read, or be too old, on its own.

`bank`: how fresh the registered payments are; `twins`: other customers that are alike."""


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """Customer with everything known about its billing: the input of a rule.

    It holds the invoices, contracts and orders that serve this customer, and those that it pays for another
    customer: `served` and `payer` tell which.
    """

    id: str
    name: str = ""
    url: str = ""
    made: date | None = None
    """When somebody entered it in the ERP: nothing was invoiced to it before."""
    is_company: bool = True
    active: bool = True
    vat: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    """Its own, ISO 3166-1 alpha-2; empty where the ERP does not say."""
    vat_exempt: bool = False
    """It needs no VAT number: the ERP says so by a fiscal position."""
    group: str = ""
    """The id of the topmost company above it; its own where there is none."""
    tags: frozenset[str] = frozenset()
    account_manager: Person | None = None
    bill_to: Payer | None = None
    """Who pays; None: the customer itself."""
    invoice_address: Address = Address()
    term: str = ""
    """The payment term's name."""
    order_number_required: bool | None = None
    """Whether invoices have to carry the customer's order number; None: the ERP does not say."""
    credit_limit: Decimal | None = None
    """What it may owe, with tax, in `credit_currency`; None or 0: no limit."""
    credit_currency: str = ""
    twins: tuple[Twin, ...] = ()
    deals: tuple[Won, ...] = ()
    orders: tuple[Order, ...] = ()
    contracts: tuple[Contract, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    """Those since the day that was asked for, and older ones that are drafts or not paid; the oldest first."""
    payments: tuple[Payment, ...] = ()
    work: tuple[Work, ...] = ()
    usage: tuple[Usage, ...] = ()
    since: date | None = None
    """Settled invoices of before this day are not here: nothing can be said of periods before it; None: all are."""
    unread: Mapping[Part, str] = dataclasses.field(default_factory=dict)
    """The parts that could not be read, or are not complete, each with why, in words."""


@dataclasses.dataclass(frozen=True, slots=True)
class OurCompany:
    """A company of our own."""

    id: str
    name: str
    currency: str
    bank: date | None = None
    """The day of the newest bank statement; None: none was ever imported."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rate:
    """Value of one unit of a currency in another, on a day."""

    currency: str
    into: str
    value: Decimal
    day: date


@dataclasses.dataclass(frozen=True)
class Survey:
    """The kinds of billing data that the ERP has, read once a run.

    Attributes:
        shapes: The kinds of recurring contract that it keeps, by the ERP's names: `sale.order`,
            `contract.contract`.
        companies: Our own, by id.
        rates: By currency, into the first company's; only where the ERP has a dated one.
        absent: Parts that this ERP does not have at all, or that our account may not read, with why, in
            words.
        denied: Those of them that our account may not read: somebody can grant that.
        unknown: Facts that it does not have, or for which the settings name no field, in words; rules that
            need them find nothing.
    """

    shapes: tuple[str, ...] = ()
    companies: Mapping[str, OurCompany] = dataclasses.field(default_factory=dict)
    rates: Mapping[str, Rate] = dataclasses.field(default_factory=dict)
    absent: Mapping[Part, str] = dataclasses.field(default_factory=dict)
    denied: frozenset[Part] = frozenset()
    unknown: tuple[str, ...] = ()


__all__ = [
    "Account",
    "Address",
    "Contract",
    "ContractLine",
    "Delivery",
    "Dispute",
    "Invoice",
    "Line",
    "Order",
    "OrderLine",
    "OurCompany",
    "Part",
    "Payer",
    "Payment",
    "Price",
    "Rate",
    "Survey",
    "Tax",
    "Twin",
    "Unit",
    "Usage",
    "Won",
    "Work",
]
