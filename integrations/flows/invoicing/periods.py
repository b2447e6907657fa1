"""A contract line's periods: by the calendar, counted from the line's first day or from the day it is billed next."""

from __future__ import annotations

import calendar
import dataclasses
import functools
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from integrations.core.billing import ContractLine, Unit
from integrations.flows.invoicing.reading import after

MONTHS: dict[Unit, int] = {"month": 1, "month end": 1, "quarter": 3, "half year": 6, "year": 12}
"""How many months a unit has; those that are not here are counted in days."""
DAYS: dict[Unit, int] = {"day": 1, "week": 7}
DAY = timedelta(days=1)
MOST = 1200
"""The longest rhythm that is believed, in units: what is typed in by mistake must not leave the calendar."""


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
    """So many months later; the month's last day where it has no such day: 31 January, one month later, 28 February.

    What would lie beyond the calendar is its last or first day.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return date.max if months > 0 else date.min
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


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
    reference = _reference(line, first)
    number = _number(line, reference, max(first, since))
    while True:
        start, end = _bounds(line, reference, number)
        number += 1
        if start > until or (last is not None and start > last) or end < start:
            return
        yield Period(max(start, first), end if last is None else min(end, last))


def billed_on(line: ContractLine, period: Period) -> date:
    """The day on which a period is to be billed: its first where it is billed ahead, else the day after its last."""
    return period.start if line.ahead else period.end + DAY


def part_of(line: ContractLine, period: Period) -> Decimal:
    """What share of a whole period this one is: less than 1 only where the line begins or ends within one."""
    whole = whole_of(line, period.start)
    return Decimal(1) if whole is None or period.days >= whole.days else Decimal(period.days) / whole.days


def whole_of(line: ContractLine, day: date) -> Period | None:
    """The whole period that a day lies in, as if the line neither began nor ended in it; None: it has no first day."""
    if line.start is None:
        return None
    reference = _reference(line, line.start)
    return Period(*_bounds(line, reference, _number(line, reference, day)))


def price_on(line: ContractLine, day: date) -> Decimal | None:
    """A unit's price as of a day; None: the line has none yet."""
    found: Decimal | None = None
    for price in line.prices:
        if price.since is None or price.since <= day:
            found = price.amount
    return found


def _reference(line: ContractLine, first: date) -> date:
    """A day on which a period begins, and from which the others are counted.

    An ERP lets people move the next invoice's date, and aligns contracts to the calendar's months: the day that it
    names is then more than the line's first one (Odoo: `recurring_next_date`, `next_invoice_date`).
    """
    if line.unit == "month end":
        return first.replace(day=1)
    if line.next is None or line.next <= first:
        return first
    start, _ = _bounds(line, first, _number(line, first, line.next))
    return first if start == line.next else line.next


def _every(line: ContractLine) -> int:
    return min(max(1, line.every), MOST)


def _bounds(line: ContractLine, reference: date, number: int) -> tuple[date, date]:
    """The first and last day of the whole period so many after (or before) the one that begins on `reference`."""
    days = DAYS.get(line.unit)
    if days is not None:
        length = days * _every(line)
        return after(reference, number * length), after(reference, (number + 1) * length) - DAY
    months = MONTHS[line.unit] * _every(line)
    return later(reference, number * months), later(reference, (number + 1) * months) - DAY


def _number(line: ContractLine, reference: date, day: date) -> int:
    """The number of the period that `day` lies in: 0 begins on `reference`, those before it are negative."""
    days = DAYS.get(line.unit)
    if days is not None:
        return (day - reference).days // (days * _every(line))
    months = MONTHS[line.unit] * _every(line)
    number = ((day.year - reference.year) * 12 + day.month - reference.month) // months
    # a day of the month before the one that periods begin on belongs to the period before
    return number - 1 if later(reference, number * months) > day else number
