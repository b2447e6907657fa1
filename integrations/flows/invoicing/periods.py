"""A contract line's periods: by the calendar, counted from the line's first day or from the day it is billed next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from integrations.core.billing import ContractLine, Unit
from integrations.core.calendar import later
from integrations.flows.invoicing.facts import after

MONTHS: dict[Unit, int] = {"month": 1, "month end": 1, "quarter": 3, "half year": 6, "year": 12}
"""How many months a unit has; those that are not here are counted in days."""
DAYS: dict[Unit, int] = {"day": 1, "week": 7}
DAY = timedelta(days=1)
MOST = 1200
"""The longest rhythm that is believed, in units: what is typed in by mistake must not leave the calendar."""


class Period(NamedTuple):
    """Days of service, both ends included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.end - self.start).days + 1


def periods(line: ContractLine, since: date, until: date) -> Iterator[Period]:
    """The line's periods that end on or after `since` and begin on or before `until`, the earliest first.

    They tile the line's days without gap or overlap. Each begins so many months after the line's own first day, not
    after the period before: from 31 January on, they begin on 31 January, 28 February, 31 March. Where the ERP bills
    the line next on a day on which no such period begins, that day tells the rhythm, and the first period is a part of
    one. With `month end` they are the calendar's months. The last is cut off at the line's end. A line without a first
    day has none.
    """
    first, last = line.start, line.end
    if first is None or first > until or (last is not None and last < max(first, since)):
        return
    rhythm = _rhythm(line, first)
    number = _number(rhythm, max(first, since))
    start = _start(rhythm, number)
    while start <= until and (last is None or start <= last):
        number += 1
        following = _start(rhythm, number)
        if following <= start:
            return
        end = following - DAY
        yield Period(max(start, first), end if last is None or end < last else last)
        start = following


def billed_on(line: ContractLine, period: Period) -> date:
    """The day on which a period is to be billed: its first where it is billed ahead, else the day after its last."""
    return period.start if line.ahead else after(period.end, 1)


def part_of(line: ContractLine, period: Period) -> Decimal:
    """Return what share of a whole period this one is: less than 1 only where the line begins or ends within one."""
    whole = whole_of(line, period.start)
    return Decimal(1) if whole is None or period.days >= whole.days else Decimal(period.days) / whole.days


def whole_of(line: ContractLine, day: date) -> Period | None:
    """The whole period that a day lies in, as if the line neither began nor ended in it; None: it has no first day."""
    if line.start is None:
        return None
    rhythm = _rhythm(line, line.start)
    number = _number(rhythm, day)
    return Period(_start(rhythm, number), after(_start(rhythm, number + 1), -1))


def count_of(line: ContractLine, days: Period) -> int:
    """Return how many of the line's periods these days are, at least 1: parts of periods are added up and rounded.

    Periods are counted, not days: a year from February on has 13 times February's. A first or last one that the line
    itself cuts off counts in full.
    """
    first, last = whole_of(line, days.start), whole_of(line, days.end)
    if line.start is None or first is None or last is None or days.end <= first.end:
        return 1
    rhythm = _rhythm(line, line.start)
    between = _number(rhythm, days.end) - _number(rhythm, days.start) - 1
    begun = 1 if days.start == line.start else Decimal((first.end - days.start).days + 1) / first.days
    ended = 1 if days.end == line.end else Decimal((days.end - last.start).days + 1) / last.days
    return max(1, between + round(begun + ended))


def price_on(line: ContractLine, day: date) -> Decimal | None:
    """A unit's price as of a day; None: the line has none yet."""
    found: Decimal | None = None
    for price in line.prices:
        if price.since is None or price.since <= day:
            found = price.amount
    return found


class _Rhythm(NamedTuple):
    """A day on which a period begins, and the length of all."""

    reference: date
    months: int
    days: int
    """Where they are not counted in months."""


def _rhythm(line: ContractLine, first: date) -> _Rhythm:
    """Return how a line's periods follow each other; `first` is its first day.

    An ERP lets people move the next invoice's date, and aligns contracts to the calendar's months: the day that it
    names is then more than the line's first one (Odoo: `recurring_next_date`, `next_invoice_date`).
    """
    every = min(max(1, line.every), MOST)
    days = DAYS.get(line.unit, 0) * every
    rhythm = _Rhythm(first, 0 if days else MONTHS[line.unit] * every, days)
    if line.unit == "month end":
        return rhythm._replace(reference=first.replace(day=1))
    if line.next is None or line.next <= first or _start(rhythm, _number(rhythm, line.next)) == line.next:
        return rhythm
    return rhythm._replace(reference=line.next)


def _start(rhythm: _Rhythm, number: int) -> date:
    """The first day of the whole period so many after (or before) the one that begins on the reference."""
    reference, months, days = rhythm
    return after(reference, number * days) if days else later(reference, number * months)


def _number(rhythm: _Rhythm, day: date) -> int:
    """The number of the period that `day` lies in: 0 begins on the reference, those before it are negative."""
    reference, months, days = rhythm
    if days:
        return (day - reference).days // days
    number = ((day.year - reference.year) * 12 + day.month - reference.month) // months
    # a day of the month before the one that periods begin on belongs to the period before
    return number - 1 if later(reference, number * months) > day else number
