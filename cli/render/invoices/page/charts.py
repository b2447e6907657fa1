"""Charts as SVG, in percentages of the width that there is: text keeps its size on a narrow screen and on paper."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal

from cli.render.invoices.page.amounts import Series, Slice, money
from cli.render.words import safe

LONGEST_BAR = 52
"""Per cent of the width; the amount stands behind it."""
ROW = 38
"""Height of a bar with its label, in CSS pixels."""
LABEL = 44
"""Characters of a label that fit on a narrow screen."""
PLOT = 96
"""Height of the highest column, in CSS pixels."""
WIDEST_COLUMN = Decimal(8)
"""Per cent of the width: two checks are two columns, not two walls."""
ABOVE = 22
"""Room above it for the scale."""


@dataclasses.dataclass(frozen=True)
class Bar:
    """A bar: where it is and what it says."""

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
    """What a chart over time shows: when, how much, and that in words."""

    when: str
    value: Decimal
    said: str


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


def bars(name: str, slices: Sequence[Slice], one: Series) -> Bars:
    """A chart of slices in one currency."""
    most = max((abs(value) for value in one.values), default=Decimal(0)) or Decimal(1)
    rows = []
    for number, (part, value) in enumerate(zip(slices, one.values, strict=True)):
        said = money(value, one.currency)
        words = f"{safe(part.label, 100)}: {said}{f' ({part.besides})' if part.besides else ''}"
        width = _percent(abs(value) * LONGEST_BAR / most)
        rows.append(Bar(safe(part.label, LABEL), said, words, number * ROW, width, value < 0))
    spoken = "; ".join(row.words for row in rows)
    return Bars(name, one.currency, f"{name}, {one.currency}. {spoken}", len(rows) * ROW, tuple(rows))


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
        made.append(Column(f"{point.when}: {point.said}", left, _percent(width), top, _pixels(height)))
    words = f"{name}, over {len(points)} checks. From {points[0].said} ({points[0].when}) to {points[-1].said} "
    words += f"({points[-1].when}); at most {highest.said} ({highest.when})"
    first, last = f"{points[0].when}", f"{points[-1].when}: {points[-1].said}"
    return Columns(name, words, f"at most {highest.said}", first, last, tuple(made))


def _percent(value: Decimal) -> str:
    return f"{value:.4f}%"


def _pixels(value: Decimal) -> str:
    return f"{value:.3f}"
