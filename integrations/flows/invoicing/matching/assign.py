"""For which period an invoice line is that names none: the one that was to be billed around its day."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from integrations.core.billing import ContractLine, Invoice, Line
from integrations.flows.invoicing.facts import after
from integrations.flows.invoicing.matching.model import Billed, Row, Slot, Terms, reduced, unit_price
from integrations.flows.invoicing.matching.netting import ROUNDING, Net
from integrations.flows.invoicing.periods import Period, whole_of

MOST = 400
"""The most periods that are believed of one line."""
OLDER = Decimal("0.25")
"""The share by which an older price may differ, where the contract keeps only today's."""
LEAST = 10 * ROUNDING
"""What a period has to cost for amounts to tell how many are billed: of cents, every amount is a multiple."""


def number_billed(net: Net, terms: Terms, day: date) -> int:
    """Return how many periods of a contract line a line bills at once, at the price of a day; mostly 1.

    Its quantity is so many times the contract's at the price of a unit, or its price so many times that of a period.
    """
    line = terms.line
    invoiced, quantity, amount = net
    if not line.prices or (quantity == line.quantity and invoiced.price == line.prices[-1].amount):
        return 1
    price = unit_price(line, day)
    if price is None or price <= 0 or line.quantity <= 0 or line.metered:
        return 1
    if abs(amount - price * line.quantity) <= ROUNDING or amount <= 0 or quantity <= 0:
        return 1
    number = quantity / line.quantity
    if number == 1 or quantity == 1:
        worth = price * line.quantity
        number = (amount / worth).to_integral_value() if worth >= LEAST else Decimal(1)
        fits = abs(amount - number * worth) <= ROUNDING
    else:
        units = (amount / quantity, reduced(invoiced.price, invoiced.discount))
        fits = any(_is_price(unit, price, line) for unit in units)
    return int(number) if fits and number == int(number) and 1 < number <= MOST else 1


def _is_price(unit: Decimal, price: Decimal, line: ContractLine) -> bool:
    """Return whether it is the contract line's price, or may have been, where only today's is known."""
    history = len(line.prices) > 1 or line.prices[0].since is not None
    return abs(unit - price) <= (ROUNDING if history else max(ROUNDING, price * OLDER))


def window(slot: Slot, number: int, day: date, since: date | None) -> Sequence[Slot]:
    """The periods that are billed at once by an invoice of a day, with the one that it was matched to.

    That one and the next ones, or those before it where a line is billed at the end of a period; on its other side,
    where one of these is billed by a line of its own. None but that one, where so many are not free; but all that the
    contract has, where it has not so many.
    """
    wanted = number - 1
    step = 1 if slot.terms.line.ahead else -1
    found = _run(slot, step, wanted)
    if len(found) < wanted:
        others = [other for other in _run(slot, -step, wanted - len(found)) if _due(other, day, since)]
        if len(found) + len(others) < wanted and not _at_edge(found[-1] if found else slot):
            return (slot,)
        found += others
    return (slot, *found)


def _run(slot: Slot, step: int, most: int) -> list[Slot]:
    found: list[Slot] = []
    current: Slot | None = slot
    while current is not None and len(found) < most:
        current = current.row.beside(current, step)
        if current is None or not current.free:
            break
        found.append(current)
    return found


def _due(slot: Slot, day: date, since: date | None) -> bool:
    """Return whether it could have been billed by then, and an invoice of its own would be known."""
    return slot.period.start <= day and (since is None or slot.day >= since)


def _at_edge(slot: Slot) -> bool:
    """Return whether the contract line has no further period on the side to which it is billed."""
    line = slot.terms.line
    return slot.period.end == line.end if line.ahead else slot.period.start == line.start


NEAR = 5
"""Days around a billing day within which an invoice is that period's beyond doubt; a short rhythm has fewer."""
CATCH_UP = 92
"""Days for which a period may be billed too late, at least; longer rhythms have a whole period."""
AHEAD = 31
"""Days for which a period may be billed too early, at least; longer rhythms have a quarter of a period."""
LONGEST = 400
"""Days before the first and after the last invoice whose periods may be what it is for."""


class Entry(NamedTuple):
    """An invoice line that bills one of several contract lines of one product."""

    invoice: Invoice
    net: Net
    day: date
    """When it was invoiced; of what replaces a reversed invoice: when that one was."""
    terms: Terms | None
    """The contract line that it names itself."""

    @property
    def line(self) -> Line:
        """The invoice line."""
        return self.net[0]

    def billed(self, terms: Terms, service: Period | None) -> Billed:
        """With the contract line and the days that it is for."""
        _, quantity, amount = self.net
        return Billed(self.invoice, self.line, terms, service, service.start if service else self.day, quantity, amount)


def assigned(group: Sequence[Terms], entries: Sequence[Entry], since: date | None) -> Iterator[Billed]:
    """Each entry with its contract line and the days of service that it bills.

    A line's own service period counts. One without is for the period whose billing day is nearest: first those within
    a few days of one, then what was billed late, then what was billed early; each period is given once. A line with
    the quantity or the price of several periods is for that one and the next ones (before it, where it is billed at
    the end), while no other line bills them. What is left over is for a period that was billed already or, after the
    last one, for none.
    """
    dated = [_dated(entry, group) for entry in entries if entry.line.start is not None]
    yield from dated
    undated = sorted((entry for entry in entries if entry.line.start is None), key=_day)
    if not undated:
        return
    slots = _slots(group, undated, dated, since)
    matches: list[_Match] = []
    left: list[Entry] = []
    for entry, slot in _near(group, undated, slots):
        if slot is None:
            left.append(entry)
        elif number_billed(entry.net, slot.terms, slot.period.start) > 1:
            matches.append(_Match(entry, slot.terms, (slot,)))
        else:
            slot.own = True
            yield entry.billed(slot.terms, slot.period)
    matches = [match.spread(since) for match in matches]
    matches += _others(left, group, slots, since)
    yield from (match.billed() for match in matches)


class _Match(NamedTuple):
    """An invoice line with the contract line and the periods that it was found to be for."""

    entry: Entry
    terms: Terms
    slots: Sequence[Slot]
    """That which it was matched to first, then those that it bills besides."""

    def spread(self, since: date | None) -> _Match:
        """Over all periods that it bills at once; they are free no more."""
        slot = self.slots[0]
        number = number_billed(self.entry.net, self.terms, slot.period.start)
        if number == 1:
            slot.own = True
            return self
        slots = window(slot, number, self.entry.day, since)
        for place in slots:
            place.free = False
        return self._replace(slots=slots)

    def billed(self) -> Billed:
        """For all its periods; for its first one alone, where a line of its own bills one of the others after all."""
        slots = self.slots
        if not slots:
            return self.entry.billed(self.terms, None)
        if len(slots) == 1 or any(slot.own for slot in slots[1:]):
            return self.entry.billed(self.terms, slots[0].period)
        start, end = min(slot.period.start for slot in slots), max(slot.period.end for slot in slots)
        return self.entry.billed(self.terms, Period(start, end))


def _day(entry: Entry) -> date:
    return entry.day


def _dated(entry: Entry, group: Sequence[Terms]) -> Billed:
    start = entry.line.start or entry.day
    terms = entry.terms or _at(group, entry, start)
    end = entry.line.end
    if end is None:
        whole = whole_of(terms.line, start)
        end = whole.end if whole else start
    return entry.billed(terms, Period(start, max(start, end)))


def _at(group: Sequence[Terms], entry: Entry, day: date) -> Terms:
    """The contract line that runs on a day, by its name or amount if several do; else the one that ended last."""
    if len(group) == 1:
        return group[0]
    running = [terms for terms in group if terms.runs(day)]
    if not running:
        return max(group, key=lambda terms: terms.line.end or date.max)
    return next((terms for terms in running if _alike(entry, terms, day)), running[0])


def _alike(entry: Entry, terms: Terms, day: date) -> bool:
    """Return whether it is that contract line's by its name, or by its amount to the cent."""
    if entry.line.name and entry.line.name == terms.line.name:
        return True
    price = unit_price(terms.line, day)
    return price is not None and abs(price * terms.line.quantity - entry.net[2]) <= ROUNDING


def _length(terms: Terms, day: date) -> int:
    whole = whole_of(terms.line, day)
    return whole.days if whole else 0


def _slots(
    group: Sequence[Terms], entries: Sequence[Entry], dated: Iterable[Billed], since: date | None
) -> Sequence[Slot]:
    """The periods around these invoices that no line with a service period of its own is for, by their billing day."""
    taken: dict[str, list[Period]] = defaultdict(list)
    for billing in dated:
        if billing.service is not None:
            taken[billing.terms.line.id].append(billing.service)
    first, last = after(entries[0].day, -LONGEST), after(entries[-1].day, LONGEST)
    rows = [Row(terms, taken.get(terms.line.id, ()), first, last) for terms in group]
    slots = [slot for row in rows for slot in row.slots if since is None or slot.day >= since]
    return sorted(slots, key=_slot_day)


def _slot_day(slot: Slot) -> date:
    return slot.day


def _near(
    group: Sequence[Terms], entries: Sequence[Entry], slots: Sequence[Slot]
) -> Iterator[tuple[Entry, Slot | None]]:
    """Each invoice with the period whose billing day is within days of its own."""
    by_day: dict[int, list[Slot]] = defaultdict(list)
    for place in slots:
        by_day[place.day.toordinal()].append(place)
    reach = min([NEAR, *(_length(terms, entries[0].day) // 4 for terms in group)])
    offsets = [0, *(sign * days for days in range(1, reach + 1) for sign in (-1, 1))]
    found: dict[int, Slot] = {}
    for fits in (_alike, _is_multiple, _anything) if len(group) > 1 else (_anything,):
        for number, entry in enumerate(entries):
            if number not in found and (slot := _free(entry, by_day, offsets, fits)):
                slot.free = False
                found[number] = slot
    yield from ((entry, found.get(number)) for number, entry in enumerate(entries))


def _is_multiple(entry: Entry, terms: Terms, day: date) -> bool:
    """Return whether it is several periods' of that contract line, by its quantity or amount."""
    return number_billed(entry.net, terms, day) > 1


def _anything(_entry: Entry, _terms: Terms, _day: date) -> bool:
    return True


def _free(
    entry: Entry,
    by_day: Mapping[int, Sequence[Slot]],
    offsets: Sequence[int],
    fits: Callable[[Entry, Terms, date], bool],
) -> Slot | None:
    day = entry.day.toordinal()
    for offset in offsets:
        for slot in by_day.get(day + offset, ()):
            if (
                slot.free
                and (entry.terms is None or entry.terms is slot.terms)
                and fits(entry, slot.terms, slot.period.start)
            ):
                return slot
    return None


def _others(
    entries: Iterable[Entry], group: Sequence[Terms], slots: Sequence[Slot], since: date | None
) -> Iterator[_Match]:
    """Return what was billed late or early; what is for a period that was billed already; what is for none."""
    waiting = [slot for slot in slots if slot.free]
    for entry in entries:
        allowed = (entry.terms,) if entry.terms else group
        ended = all(over(terms, entry.day) for terms in allowed)
        slot = _late(entry, waiting, ended=ended) or (None if ended else _early(entry, waiting))
        if slot is not None:
            slot.free = False
            match = _Match(entry, slot.terms, (slot,)).spread(since)
            for place in match.slots:
                _leave(waiting, place)
            yield match
            continue
        slot = None if ended else _nearest(entry, slots)
        if slot is not None and number_billed(entry.net, slot.terms, slot.period.start) == 1:
            slot.own = True
        terms = slot.terms if slot else entry.terms or _at(group, entry, entry.day)
        yield _Match(entry, terms, (slot,) if slot else ())


def _leave(waiting: list[Slot], slot: Slot) -> None:
    """Take a period off those that wait, if it is among them."""
    number = bisect.bisect_left(waiting, slot.day, key=_slot_day)
    while number < len(waiting) and waiting[number].day == slot.day:
        if waiting[number] is slot:
            del waiting[number]
            return
        number += 1


def over(terms: Terms, day: date) -> bool:
    """Return whether an invoice of this day comes after the one for the contract line's last period."""
    line = terms.line
    return line.end is not None and day > (line.end if line.ahead else after(line.end, 1 + NEAR))


def _late(entry: Entry, waiting: Sequence[Slot], *, ended: bool) -> Slot | None:
    """The latest period that was to be billed before; once the line has ended, only its last."""
    for number in range(bisect.bisect_right(waiting, entry.day, key=_slot_day) - 1, -1, -1):
        slot = waiting[number]
        length = _billed_length(entry, slot)
        if (entry.day - slot.day).days > (length if ended else max(length, CATCH_UP)):
            return None
        if entry.terms is None or entry.terms is slot.terms:
            return slot
    return None


def _billed_length(entry: Entry, slot: Slot) -> int:
    """The days that it would bill, if it were for the periods from this one on."""
    return _length(slot.terms, slot.period.start) * number_billed(entry.net, slot.terms, slot.period.start)


def _early(entry: Entry, waiting: Sequence[Slot]) -> Slot | None:
    """The next period that is to be billed soon."""
    for number in range(bisect.bisect_right(waiting, entry.day, key=_slot_day), len(waiting)):
        slot = waiting[number]
        if (slot.day - entry.day).days > max(AHEAD, _billed_length(entry, slot) // 4):
            return None
        if entry.terms is None or entry.terms is slot.terms:
            return slot
    return None


def _nearest(entry: Entry, slots: Sequence[Slot]) -> Slot | None:
    """The period that was to be billed nearest to this day, although it has been."""
    number = bisect.bisect_left(slots, entry.day, key=_slot_day)
    near = [slot for slot in slots[max(0, number - 2) : number + 2] if entry.terms is None or entry.terms is slot.terms]
    near = [
        slot for slot in near if abs((slot.day - entry.day).days) <= max(AHEAD, _length(slot.terms, slot.period.start))
    ]
    return min(near, key=lambda slot: abs((slot.day - entry.day).days), default=None)
