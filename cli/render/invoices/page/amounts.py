"""Amounts side by side: in the report currency where each has a dated rate, else currency by currency."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from cli.render.words import GLUE
from integrations.core.money import spelled
from integrations.flows.invoicing.totals import Exchange, Total

NOTHING = Decimal(0)


@dataclasses.dataclass(frozen=True)
class Slice:
    """A part of a whole.

    Attributes:
        amounts: By currency.
        besides: What is told with it: `3 findings`.
    """

    label: str
    amounts: Mapping[str, Decimal]
    besides: str = ""


@dataclasses.dataclass(frozen=True)
class Series:
    """The same slices in one currency; `values` add up to what `Exchange.total` makes of the whole."""

    currency: str
    values: tuple[Decimal, ...]


def added(amounts: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """The sum of several, by currency."""
    sums: dict[str, Decimal] = {}
    for one in amounts:
        for currency, amount in one.items():
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    return sums


def series(slices: Sequence[Slice], exchange: Exchange) -> list[Series]:
    """One in the report currency, or one for each currency that there is."""
    everything = added(one.amounts for one in slices)
    if exchange.total({currency: Decimal(1) for currency in everything}).converted is None:
        return [
            Series(currency, tuple(one.amounts.get(currency, NOTHING) for one in slices))
            for currency in sorted(everything)
        ]
    return [Series(exchange.into, tuple(_differences(slices, exchange)))] if everything else []


def briefly(total: Total) -> str:
    """A sum without its rates: `CHF 1'850.00`, or each currency by itself; empty where there is nothing."""
    if total.converted is not None:
        return money(total.converted.amount, total.converted.currency) if total.amounts else ""
    return " and ".join(money(amount, currency) for currency, amount in total.amounts.items())


def money(amount: Decimal, currency: str) -> str:
    """`CHF 1'850.00`, which no line break takes apart."""
    return spelled(amount, currency).replace(" ", GLUE)


def _differences(slices: Sequence[Slice], exchange: Exchange) -> Iterable[Decimal]:
    """Each slice as what it adds to those before it: rounded one by one they would not add up to the whole."""
    before = Decimal(0)
    for number in range(1, len(slices) + 1):
        converted = exchange.total(added(one.amounts for one in slices[:number])).converted
        if converted is None:
            raise AssertionError
        yield converted.amount - before
        before = converted.amount
