"""One customer with all that is known about its billing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from integrations.core.billing.contract import Contract
from integrations.core.billing.invoice import Invoice, Payment
from integrations.core.billing.order import Order, Usage, Won, Work
from integrations.core.billing.party import Address, Payer, Twin
from integrations.core.model import Person

Part = Literal["account", "twins", "deals", "orders", "contracts", "invoices", "payments", "bank", "work", "usage"]
"""What is read of an account, and may fail to be read, or be too old, on its own.

`bank`: how fresh the registered payments are; `twins`: other customers that are alike."""


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """One customer with all that is known about its billing: what a rule is given.

    Invoices, contracts and orders are here that serve this customer, and those that it pays for somebody else:
    `served` and `payer` tell which.
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
    invoice_address: Address = Address()  # noqa: RUF009  (frozen: one for all does no harm)
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
