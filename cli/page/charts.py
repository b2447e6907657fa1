"""Charts as SVG, in percentages of the width that there is: text keeps its size on a narrow screen and on paper."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from cli.render.words import GLUE, safe
from integrations.core.money import spelled
from integrations.flows.invoicing.outcome import Exchange, Total

NOTHING = Decimal(0)


@dataclasses.dataclass(frozen=True)
class Slice:
    """A part of a whole.

    Attributes:
        amounts: By currency.
        besides: The words beside the amount: `3 findings`.
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
    for part in amounts:
        for currency, amount in part.items():
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    return sums


def series(slices: Sequence[Slice], exchange: Exchange) -> list[Series]:
    """The series in the report currency, or one for each currency where rates are missing."""
    everything = added(part.amounts for part in slices)
    if exchange.total({currency: Decimal(1) for currency in everything}).converted is None:
        return [
            Series(currency, tuple(part.amounts.get(currency, NOTHING) for part in slices))
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
        converted = exchange.total(added(part.amounts for part in slices[:number])).converted
        if converted is None:
            raise AssertionError
        yield converted.amount - before
        before = converted.amount


LONGEST_BAR = 52
"""Per cent of the width; the amount stands behind it."""
ROW = 38
"""Height of a bar with its label, in CSS pixels."""
LABEL = 44
"""Characters of a label that fit on a narrow screen."""
PLOT = 96
"""Height of the highest column, in CSS pixels."""
WIDEST_COLUMN = Decimal(8)
"""Per cent of the width that a column takes at most, for charts of few checks."""
ABOVE = 22
"""Room above it for the scale."""


@dataclasses.dataclass(frozen=True)
class Bar:
    """A bar: its place and its texts."""

    label: str
    value: str
    words: str
    top: int
    width: str
    """Per cent of the chart's width."""
    is_negative: bool


@dataclasses.dataclass(frozen=True)
class Bars:
    """A chart of bars, one below the other; all lengths are in proportion to the amounts."""

    name: str
    currency: str
    words: str
    height: int
    rows: tuple[Bar, ...]


@dataclasses.dataclass(frozen=True)
class Point:
    """A point of a chart over time: the day, the value, and the value in words."""

    when: str
    value: Decimal
    text: str


@dataclasses.dataclass(frozen=True)
class Column:
    """A column: where it is and what it says; `left`, `width` are per cent, `top`, `height` CSS pixels."""

    words: str
    left: str
    width: str
    top: str
    height: str


@dataclasses.dataclass(frozen=True)
class Columns:
    """A chart over time, the oldest at the left; all heights are in proportion to the values."""

    name: str
    words: str
    most: str
    first: str
    last: str
    columns: tuple[Column, ...]
    top: int = ABOVE
    bottom: int = ABOVE + PLOT
    height: int = ABOVE + PLOT + 24


def bars(name: str, slices: Sequence[Slice], figures: Series) -> Bars:
    """A chart of slices in one currency."""
    most = max((abs(value) for value in figures.values), default=Decimal(0)) or Decimal(1)
    rows = []
    for number, (part, value) in enumerate(zip(slices, figures.values, strict=True)):
        amount = money(value, figures.currency)
        words = f"{safe(part.label, 100)}: {amount}{f' ({part.besides})' if part.besides else ''}"
        width = _percent(abs(value) * LONGEST_BAR / most)
        rows.append(Bar(safe(part.label, LABEL), amount, words, number * ROW, width, value < 0))
    spoken = "; ".join(row.words for row in rows)
    return Bars(name, figures.currency, f"{name}, {figures.currency}. {spoken}", len(rows) * ROW, tuple(rows))


def columns(name: str, points: Sequence[Point]) -> Columns:
    """A chart over time of at least one point."""
    highest = max(points, key=lambda point: point.value)
    most = highest.value or Decimal(1)
    share = Decimal(100) / len(points)
    made = []
    for number, point in enumerate(points):
        height = max(Decimal(0), point.value) * PLOT / most
        width = min(share * 3 / 4, WIDEST_COLUMN)
        top = _pixels(ABOVE + PLOT - height)
        left = _percent(share * number + (share - width) / 2)
        made.append(Column(f"{point.when}: {point.text}", left, _percent(width), top, _pixels(height)))
    words = f"{name}, over {len(points)} checks. From {points[0].text} ({points[0].when}) to {points[-1].text} "
    words += f"({points[-1].when}); at most {highest.text} ({highest.when})"
    first, last = f"{points[0].when}", f"{points[-1].when}: {points[-1].text}"
    return Columns(name, words, f"at most {highest.text}", first, last, tuple(made))


def _percent(value: Decimal) -> str:
    return f"{value:.4f}%"


def _pixels(value: Decimal) -> str:
    return f"{value:.3f}"
