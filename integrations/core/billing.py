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
"""A contract line's billing period; `month end`: a month, billed on its last day."""


@dataclasses.dataclass(frozen=True, slots=True)
class Price:
    """Price of one unit from a day on."""

    since: date | None
    """None: from the beginning."""
    amount: Decimal


@dataclasses.dataclass(frozen=True, slots=True)
class ContractLine:
    """A line of a contract: something that is delivered and billed repeatedly."""

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
    """A partial period, or a change within a period, is billed by the day."""
    ended: bool = False
    """Cancelled or closed in the ERP, whatever its dates say."""
    metered: bool = False
    """Each bill's quantity is measured or computed: `quantity` is not an agreed one."""
    changed: date | None = None
    """The day of the last write, by a person or by billing itself; None: the ERP does not say."""


@dataclasses.dataclass(frozen=True, slots=True)
class Contract:
    """An agreement that is billed regularly, whichever of its shapes the ERP keeps it in."""

    id: str
    """Prefixed with its shape, because each shape has ids of its own: `contract:7`, `subscription:12`."""
    number: str = ""
    state: Literal["draft", "running", "ended"] = "running"
    start: date | None = None
    end: date | None = None
    notice: date | None = None
    """The last day on which notice can be given for the next possible end."""
    renews: bool | None = None
    """Whether it renews by itself unless notice is given; None: the ERP does not say."""
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
    """The name of the index; contracts that share one share the cause of a missing adjustment."""
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
    """The one-time amount; None: we may not read it."""
    monthly: Decimal | None = None
    ordered: bool = False
    """A confirmed order names it, though it may be another customer's: a reseller's."""
    tags: frozenset[str] = frozenset()
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of an order: something that was sold once, or is billed as it is delivered."""

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
    """Whether the milestone that triggers its billing is reached; None: it has no milestone."""
    to_bill: Decimal | None = None
    """The quantity still to be billed by now, where the ERP measures the delivery itself, by time sheets or goods sent
    out; None: the delivered quantity is entered by hand, or not at all."""


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
    """Time worked for the customer that no invoice has billed."""

    id: str
    day: date
    hours: Decimal
    kind: Literal["billable", "included", "fixed", "internal"] = "billable"
    """`included`: covered by what the customer pays anyway; `fixed`: covered by a fixed price."""
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
    """The measured object: a tenant, an instance."""
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
    """There is a contact for invoices, its own or the parent's; False: the company's own address is used."""
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
    """The product's id; empty for a text line, or a line without a product."""
    quantity: Decimal = Decimal(1)
    price: Decimal = Decimal(0)
    """Per unit, before the discount."""
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
    """The person of our staff who resolves it; empty: nobody yet."""
    since: date | None = None
    news: date | None = None
    """The day of the last action or note about it."""


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
    """The day on which the record was created, by a person or by billing."""
    currency: str = ""
    untaxed: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    """With tax."""
    open: Decimal = Decimal(0)
    """The part of `total` that is still to be paid."""
    payment: Literal["open", "partial", "registered", "paid", "reversed", "blocked"] = "open"
    """`registered`: a payment is known that the bank has yet to confirm; `blocked`: the ERP says not to expect any."""
    reference: str = ""
    """The customer's own reference, such as an order number."""
    origin: str = ""
    """The source documents as the ERP names them: orders or contracts."""
    served: str = ""
    """The id of the customer who got the service."""
    payer: str = ""
    """The id of the customer who is to pay: the same, or a parent company, a reseller."""
    company: str = ""
    """The id of our own company that invoices."""
    term: str = ""
    """The payment term's name."""
    email: str = ""
    """The recipient's e-mail address."""
    delivery: Delivery = ""
    sent: bool | None = None
    """Whether it was sent to the customer; None: the ERP does not say."""
    reverses: str = ""
    """For a credit note: the id of the invoice that it reverses."""
    replaces: str = ""
    """The number of the invoice that it replaces, after that one was reversed."""
    held: str = ""
    """For a draft: the reason for which it is held back on purpose."""
    dispute: Dispute | None = None
    dunning_level: int | None = None
    """The number of reminders sent; None: the ERP does no dunning."""
    dunning_blocked: bool = False
    """Reminders are blocked."""
    dunning_reason: str = ""
    """The reason for the block."""
    fiscal_position: str = ""
    lines: tuple[Line, ...] = ()
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Payment:
    """An incoming payment or a credit note that is not allocated to any invoice."""

    id: str
    kind: Literal["payment", "credit"] = "payment"
    number: str = ""
    day: date | None = None
    currency: str = ""
    open: Decimal = Decimal(0)
    """The part that is not allocated."""
    prepayment: bool = False
    """Meant for invoices still to come."""
    url: str = ""


Part = Literal["account", "twins", "deals", "orders", "contracts", "invoices", "payments", "bank", "work", "usage"]
"""The parts of an account, each of which may be unreadable or out of date on its own.

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
    """The day on which it was entered in the ERP: there are no invoices from before."""
    is_company: bool = True
    active: bool = True
    vat: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    """Its own, ISO 3166-1 alpha-2; empty where the ERP does not say."""
    vat_exempt: bool = False
    """The ERP's fiscal position says that it needs no VAT number."""
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
    """The most that it may owe, with tax, in `credit_currency`; None or 0: no limit."""
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
    """Settled invoices from before this day were not read, so nothing is known of periods before it; None: all were."""
    unread: Mapping[Part, str] = dataclasses.field(default_factory=dict)
    """The parts that could not be read or are incomplete, each with the reason, in words."""


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
        denied: Those of them that our account may not read, which an administrator can grant.
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
