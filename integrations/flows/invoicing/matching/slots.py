"""The periods of contract lines that wait for an invoice which does not say what days it is for."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
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
        self._extend(periods(terms.line, first, last))

    def _extend(self, several: Iterable[Period]) -> None:
        slots, terms, dated = self.slots, self.terms, self._dated
        for period in several:
            if not dated or not _touched(dated, period):
                slots.append(Slot(billed_on(terms.line, period), terms, period, self, len(slots)))

    def beside(self, slot: Slot, step: int) -> Slot | None:
        """The period directly after (1) or before (-1) one; None: it is billed by its days, or there is none."""
        place = slot.place + step
        if place == len(self.slots):
            self._extend(itertools.islice(periods(self.terms.line, after(slot.period.end, 1), date.max), 1))
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
