"""What was won, sold, worked and used."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Literal

from integrations.core.model import Person


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
    """What was sold once, or is billed as it is delivered."""

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
    """What was measured of a service: how much of a product, on a day."""

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
