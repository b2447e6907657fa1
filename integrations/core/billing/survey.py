"""What the ERP has of billing at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from integrations.core.billing.account import Part


@dataclasses.dataclass(frozen=True, slots=True)
class OurCompany:
    """One of our own companies."""

    id: str
    name: str
    currency: str
    bank: date | None = None
    """The day of the newest bank statement; None: none was ever imported."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is worth in another, on a day."""

    currency: str
    into: str
    value: Decimal
    day: date


@dataclasses.dataclass(frozen=True)
class Survey:
    """What the ERP has, asked once a run.

    Attributes:
        shapes: The kinds of recurring contract that it keeps, in its own words: `sale.order`, `contract.contract`.
        companies: Our own, by id.
        rates: By currency, into the first company's; only where the ERP has a dated one.
        absent: Parts that this ERP does not have at all, or that our account may not read, with why, in words.
        denied: Those of them that our account may not read: somebody can grant that.
        unknown: Facts that it does not have, or for which the settings name no field, in words; rules that need
            them find nothing.
    """

    shapes: tuple[str, ...] = ()
    companies: Mapping[str, OurCompany] = dataclasses.field(default_factory=dict)
    rates: Mapping[str, Rate] = dataclasses.field(default_factory=dict)
    absent: Mapping[Part, str] = dataclasses.field(default_factory=dict)
    denied: frozenset[Part] = frozenset()
    unknown: tuple[str, ...] = ()
