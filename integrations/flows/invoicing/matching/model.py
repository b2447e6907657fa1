"""Results of matching: the invoice line that bills a contract line, and for which days."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from integrations.core.billing import Contract, ContractLine, Invoice, Line
from integrations.flows.invoicing.facts import after
from integrations.flows.invoicing.periods import Period, billed_on, part_of, periods, price_on


class Terms(NamedTuple):
    """A contract's line as it applies."""

    contract: Contract
    line: ContractLine
    """With the first and last day that apply: its own, else the contract's."""

    @property
    def subject(self) -> str:
        """Return what findings call it: `contract:7/contract-line:3`."""
        return f"{self.contract.id}/{self.line.id}"

    @property
    def known(self) -> bool:
        """Return whether its first and last day can be told: not where it was closed without saying when."""
        closed = self.line.ended or self.contract.state == "ended"
        return self.line.start is not None and (self.line.end is not None or not closed)

    def runs(self, day: date) -> bool:
        """Return whether it is in force on a day."""
        line = self.line
        return (line.start is None or line.start <= day) and (line.end is None or day <= line.end)


class Billed(NamedTuple):
    """A line of an invoice, or of a draft, that bills a contract line."""

    invoice: Invoice
    line: Line
    terms: Terms
    service: Period | None
    """The days that it is for; None: none that the contract line has."""
    day: date
    """The first day of service, else the day by which the line was matched."""
    quantity: Decimal
    """Less what was credited or deducted since."""
    amount: Decimal
    """Less what was credited or deducted since, in the invoice's currency."""

    @property
    def draft(self) -> bool:
        """Not posted yet."""
        return self.invoice.state == "draft"


class Loose(NamedTuple):
    """A line of an invoice, or of a draft, that bills no contract line."""

    invoice: Invoice
    line: Line
    amount: Decimal
    """Less what was credited or deducted since."""


@dataclasses.dataclass(frozen=True, slots=True)
class Matched:
    """All that was invoiced for what one customer is served, beside its contracts.

    What was taken back as a whole is not in it; neither are credit notes and cancelled invoices.

    Attributes:
        terms: The lines of contracts that run or have ended, in the contracts' order.
        billed: By contract line, the earliest service first.
        loose: What bills none, the oldest first.
        undated: Contract lines that a draft without any day bills: for which period is not known.
        contractual: The ids of invoices that bill a contract line.
        covered: By contract line, the days that are billed: spans apart from each other, the earliest first.
    """

    terms: Sequence[Terms]
    billed: Mapping[str, Sequence[Billed]]
    loose: Sequence[Loose]
    undated: frozenset[str]
    contractual: frozenset[str]

    covered: Mapping[str, Sequence[Period]]

    def unbilled(self, terms: Terms, period: Period) -> int:
        """Return how many days of a period nobody billed."""
        spans = self.covered.get(terms.line.id, ())
        number = bisect.bisect_left(spans, period.start, key=_end)
        missing, left = 0, period.start
        while number < len(spans) and spans[number].start <= period.end:
            missing += max(0, (spans[number].start - left).days)
            left = after(spans[number].end, 1)
            number += 1
        return missing + max(0, (period.end - left).days + 1)


def _end(span: Period) -> date:
    return span.end


WHOLE = Decimal(100)


def discount_on(line: ContractLine, day: date) -> Decimal:
    """The discount that is agreed as of a day, in per cent; 0 once it is past its last day."""
    past = line.discount_until is not None and day > line.discount_until
    return Decimal(0) if past else line.discount


def reduced(price: Decimal, discount: Decimal) -> Decimal:
    """A price less a discount in per cent."""
    return price if not discount else price * (WHOLE - discount) / WHOLE


def unit_price(line: ContractLine, day: date) -> Decimal | None:
    """Return what a unit costs as of a day, after the discount; None: the line has no price then."""
    price = price_on(line, day)
    return None if price is None else reduced(price, discount_on(line, day))


def worth(line: ContractLine, period: Period) -> Decimal | None:
    """Return what is to be billed for a period, at the price of its first day; None: no price or no quantity is agreed.

    A part of a period costs its share where the line is prorated, else as much as a whole one.
    """
    price = unit_price(line, period.start)
    if price is None or line.metered:
        return None
    amount = price * line.quantity
    return amount * part_of(line, period) if line.prorated else amount


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
    for span in sorted(found, key=lambda period: period.start):
        if joined and span.start <= after(joined[-1].end, 1):
            if span.end > joined[-1].end:
                joined[-1] = Period(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def _touched(covered: Sequence[Period], period: Period) -> bool:
    number = bisect.bisect_left(covered, period.start, key=lambda span: span.end)
    return number < len(covered) and covered[number].start <= period.end
