"""Sums of what is at risk: by currency, and in one currency only where a dated rate is known for each."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from integrations.core.billing import Rate
from integrations.core.model import Money
from integrations.core.money import rounded
from integrations.flows.invoicing.judging import Finding

AGES: Sequence[tuple[str, int | None]] = (
    ("not due yet", 0),
    ("1 to 30 days", 30),
    ("31 to 60 days", 60),
    ("61 to 90 days", 90),
    ("more than 90 days", None),
)
"""The buckets of what is owed, by days past due: up to and with this many."""


@dataclasses.dataclass(frozen=True)
class Total:
    """A sum.

    Attributes:
        amounts: By currency.
        converted: All of it in one currency; None where a rate is not known.
        rates: Those that were used.
    """

    amounts: Mapping[str, Decimal]
    converted: Money | None = None
    rates: tuple[Rate, ...] = ()


@dataclasses.dataclass(frozen=True)
class Exchange:
    """Converts into the report currency, where the ERP has dated rates.

    Attributes:
        into: The report currency; empty: none is known.
        rates: By currency, into one and the same.
    """

    into: str = ""
    rates: Mapping[str, Rate] = dataclasses.field(default_factory=dict)

    def total(self, amounts: Mapping[str, Decimal]) -> Total:
        """The sum of amounts in several currencies."""
        kept = {currency: amount for currency, amount in sorted(amounts.items()) if amount}
        if not self.into:
            return Total(kept)
        converted, used = Decimal(0), dict[str, Rate]()
        for currency, amount in kept.items():
            value = self._value(currency, used)
            if value is None:
                return Total(kept)
            converted += amount * value
        return Total(kept, Money(amount=rounded(converted, self.into), currency=self.into), tuple(used.values()))

    def _value(self, currency: str, used: dict[str, Rate]) -> Decimal | None:
        """What one unit is worth in the report currency."""
        if currency == self.into:
            return Decimal(1)
        rate, other = self.rates.get(currency), self.rates.get(self.into)
        if rate is not None and rate.into == self.into:
            used[currency] = rate
            return rate.value
        if other is not None and (other.into == currency or (rate is not None and rate.into == other.into)):
            used[self.into] = other
            if rate is not None and other.into != currency:
                used[currency] = rate
                return rate.value / other.value
            return 1 / other.value
        return None


def at_risk(findings: Iterable[Finding]) -> dict[str, Decimal]:
    """What is at risk in all, by currency: an invoice that several rules find counts once, with the largest amount."""
    sums: dict[str, Decimal] = {}
    for one in counted(findings):
        sums[one.currency] = sums.get(one.currency, Decimal(0)) + abs(one.amount or Decimal(0))
    return sums


def counted(findings: Iterable[Finding]) -> list[Finding]:
    """Those whose amounts make up what is at risk: of an invoice's in one currency, the first with the largest."""
    found: dict[tuple[str, str, str], Finding] = {}
    for number, one in enumerate(findings):
        if one.amount is None:
            continue
        record = one.subject.partition("/")[0]
        subject = record if record.startswith("invoice:") else f"{number}"
        place = (one.account, subject, one.currency)
        if place not in found or abs(one.amount) > abs(found[place].amount or Decimal(0)):
            found[place] = one
    return list(found.values())


def aging(items: Iterable[Sequence[str]], today: date) -> list[tuple[str, dict[str, Decimal]]]:
    """What is owed (due day, currency, amount), by how long it is past due and by currency."""
    buckets: list[dict[str, Decimal]] = [{} for _ in AGES]
    for due, currency, amount in items:
        days = (today - date.fromisoformat(due)).days
        place = next(number for number, (_, most) in enumerate(AGES) if most is None or days <= most)
        buckets[place][currency] = buckets[place].get(currency, Decimal(0)) + Decimal(amount)
    return [(name, bucket) for (name, _), bucket in zip(AGES, buckets, strict=True)]
