"""A contract line's periods: by the calendar, each counted from the line's first day."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from integrations.core.billing import ContractLine, Unit

MONTHS: dict[Unit, int] = {"month": 1, "month end": 1, "quarter": 3, "half year": 6, "year": 12}
"""How many months a unit has; those that are not here are counted in days."""
DAYS: dict[Unit, int] = {"day": 1, "week": 7}
DAY = timedelta(days=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Period:
    """Days of service, both ends included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1


@functools.lru_cache(maxsize=65_536)
def later(day: date, months: int) -> date:
    """So many months later; the month's last day where it has no such day: 31 January, one month later, 28 February."""
    return day + relativedelta(months=months)


def periods(line: ContractLine, since: date, until: date) -> Iterator[Period]:
    """The line's periods that end on or after `since` and begin on or before `until`, the earliest first.

    Each begins so many months after the line's own first day, not after the period before: from 31 January on, they
    begin on 31 January, 28 February, 31 March. With `month end` they end with the calendar's months. The last is cut
    off at the line's end. A line without a first day has none.
    """
    if line.start is None:
        return
    number = max(0, _number(line, since) - 1)
    while True:
        start, end = _bounds(line, number)
        number += 1
        if start > until or (line.end is not None and start > line.end):
            return
        if line.end is not None and end > line.end:
            end = line.end
        if end >= since:
            yield Period(start, end)


def billed_on(line: ContractLine, period: Period) -> date:
    """The day on which a period is to be billed: its first where it is billed ahead, else the day after its last."""
    return period.start if line.ahead else period.end + DAY


def part_of(line: ContractLine, period: Period) -> Decimal:
    """What share of a whole period this one is: less than 1 only where the line's end cuts it off."""
    start, end = _bounds(line, _number(line, period.start))
    whole = (end - start).days + 1
    return Decimal(1) if period.days >= whole else Decimal(period.days) / whole


def price_on(line: ContractLine, day: date) -> Decimal | None:
    """A unit's price as of a day; None: the line has none yet."""
    found: Decimal | None = None
    for price in line.prices:
        if price.since is None or price.since <= day:
            found = price.amount
    return found


def _bounds(line: ContractLine, number: int) -> tuple[date, date]:
    start = line.start
    if start is None:
        raise ValueError("a line without a first day has no periods")
    every = max(1, line.every)
    if line.unit in DAYS:
        length = timedelta(days=DAYS[line.unit] * every)
        return start + number * length, start + (number + 1) * length - DAY
    months = MONTHS[line.unit] * every
    if line.unit == "month end":
        first = start.replace(day=1)
        begins = later(first, number * months)
        return max(start, begins), later(first, (number + 1) * months) - DAY
    return later(start, number * months), later(start, (number + 1) * months) - DAY


def _number(line: ContractLine, day: date) -> int:
    """The number of the period that `day` lies in; 0 before the first."""
    start = line.start
    if start is None or day <= start:
        return 0
    every = max(1, line.every)
    if line.unit in DAYS:
        return (day - start).days // (DAYS[line.unit] * every)
    number = ((day.year - start.year) * 12 + day.month - start.month) // (MONTHS[line.unit] * every)
    while _bounds(line, number)[0] > day:
        number -= 1
    while _bounds(line, number)[1] < day:
        number += 1
    return number
