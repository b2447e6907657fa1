"""The periods of contract lines that wait for an invoice which does not say what days it is for."""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date

from integrations.flows.invoicing.matching.model import Terms
from integrations.flows.invoicing.periods import Period, billed_on, periods
from integrations.flows.invoicing.reading import after


@dataclasses.dataclass(eq=False, slots=True)
class Slot:
    """A period that waits for its invoice."""

    day: date
    """The day on which it is to be billed."""
    terms: Terms
    period: Period
    row: Row
    place: int
    """Its place in the row."""
    free: bool = True
    """Nothing bills it."""
    own: bool = False
    """A line bills it that is for this period alone."""


class Row:
    """A contract line's periods that no line with a service period of its own is for, the earliest first."""

    def __init__(self, terms: Terms, dated: Iterable[Period], first: date, last: date) -> None:
        self.terms = terms
        self.slots: list[Slot] = []
        self._dated = spans(dated)
        for period in periods(terms.line, first, last):
            self._append(period)

    def _append(self, period: Period) -> None:
        if not _touched(self._dated, period):
            day = billed_on(self.terms.line, period)
            self.slots.append(Slot(day, self.terms, period, self, len(self.slots)))

    def beside(self, slot: Slot, step: int) -> Slot | None:
        """The period directly after (1) or before (-1) one; None: it is billed by its days, or there is none."""
        place = slot.place + step
        if place == len(self.slots):
            following = next(periods(self.terms.line, after(slot.period.end, 1), date.max), None)
            if following is not None:
                self._append(following)
        if not 0 <= place < len(self.slots):
            return None
        other = self.slots[place]
        before, behind = (slot, other) if step > 0 else (other, slot)
        return other if after(before.period.end, 1) == behind.period.start else None


def spans(found: Iterable[Period]) -> Sequence[Period]:
    """Days of service, joined where they touch or overlap, the earliest first."""
    joined: list[Period] = []
    for one in sorted(found, key=lambda period: period.start):
        if joined and one.start <= after(joined[-1].end, 1):
            if one.end > joined[-1].end:
                joined[-1] = Period(joined[-1].start, one.end)
        else:
            joined.append(one)
    return joined


def _touched(covered: Sequence[Period], period: Period) -> bool:
    number = bisect.bisect_left(covered, period.start, key=lambda span: span.end)
    return number < len(covered) and covered[number].start <= period.end
