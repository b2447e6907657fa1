"""What is delivered and billed again and again."""

from __future__ import annotations

import dataclasses
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
    """What is delivered and billed again and again."""

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
