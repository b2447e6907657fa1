"""Services that were invoiced twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from pydantic import Field

from integrations.core.billing import Account, Invoice, Line
from integrations.core.dates import dated
from integrations.core.money import rounded, spelled
from integrations.flows.invoicing.facts import patient, titled
from integrations.flows.invoicing.matching.netting import served_invoices
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule

SHOWN = 3
"""How many of the earlier invoices are shown."""


class BilledTwice(RuleSettings):
    """Likeness that counts as the same service."""

    tolerance: Decimal = Field(Decimal("0.05"), ge=0, le=100)
    """Amounts that differ by no more than this, in their currency, are the same."""
    overlap_days: int = Field(1, ge=0, le=31)
    """By so many days two service periods may overlap: some write the last day as the first of the next."""
    share: Decimal = Field(Decimal("0.5"), gt=0, le=1)
    """A further line for a period bills it again from this share of the first one's amount on; below, it adds to it."""
    days: int = Field(25, ge=0, le=365)
    """The days within which an order's line that is billed beyond what was ordered was billed twice, not regularly."""


class Item(NamedTuple):
    """A line of an invoice with what is left of it after credit notes; `place` orders by when it was entered."""

    place: int
    invoice: Invoice
    line: Line
    quantity: Decimal
    amount: Decimal


Taken = tuple[str, Decimal, str]
"""A product, an amount, and its currency."""


class Repeat(NamedTuple):
    """Part of `again` that `first` billed already."""

    first: Item
    again: Item
    amount: Decimal


@rule(
    "billed-twice",
    group="duplicates",
    title="Billed twice",
    severity="high",
    who="finance",
    action="Credit one of the two invoices, or delete the draft",
    needs={"orders", "contracts", "invoices"},
    settings=BilledTwice,
)
def billed_twice(account: Account, settings: BilledTwice, today: date) -> Iterator[Verdict]:
    """Invoices that bill again what an earlier one bills: one finding for each later invoice.

    The same is: a contract line for overlapping days, also on one invoice; on different invoices, an equal line
    (product, text, amount) for the same period or, without one, of the same invoice date, unless they name different
    orders or contracts; an order's line beyond what was ordered and delivered. What was taken back by a credit note was
    not billed. The amount is what is billed again, without tax.
    """
    items = _items(account)
    again: dict[str, dict[str, Repeat]] = defaultdict(dict)
    credited = _credited(account)
    for repeat in (*_periods(items, settings), *_equals(items), *_orders(account, items, settings)):
        again[repeat.again.invoice.id].setdefault(repeat.again.line.id, repeat)
    for repeats in again.values():
        left = [repeat for repeat in repeats.values() if not _taken_back(repeat.again, credited)]
        if sum(repeat.amount for repeat in left) > settings.tolerance:
            yield patient(_hit(left), settings, today)


def _items(account: Account) -> list[Item]:
    """Return what was billed to this customer, in the order in which it was entered; drafts last."""
    served = sorted(served_invoices(account), key=lambda pair: (not pair[0].number, len(pair[0].id), pair[0].id))
    return [
        Item(place, invoice, line, quantity, amount)
        for place, (invoice, lines) in enumerate(served)
        for line, quantity, amount in lines
        if amount
    ]


def _credited(account: Account) -> Counter[Taken]:
    """Credit notes that name no invoice: how often they take back a product's amount."""
    return Counter(
        (line.product, rounded(abs(line.amount), note.currency), note.currency)
        for note in account.invoices
        if note.kind == "credit" and note.state == "posted" and not note.reverses and note.served == account.id
        for line in note.lines
    )


def _taken_back(item: Item, credited: Counter[Taken]) -> bool:
    """Return whether such a credit note takes it back: each takes back one line, whichever way that was found."""
    taken = (item.line.product, rounded(item.amount, item.invoice.currency), item.invoice.currency)
    if credited[taken] <= 0:
        return False
    credited[taken] -= 1
    return True


def _periods(items: Sequence[Item], settings: BilledTwice) -> Iterator[Repeat]:
    """A contract line for days that are billed already."""
    lines: dict[str, list[tuple[date, date, Item]]] = defaultdict(list)
    for item in items:
        line = item.line
        if line.contract_line and line.start and line.end and line.start <= line.end and item.amount > 0:
            lines[line.contract_line].append((line.start, line.end, item))
    for spans in lines.values():
        if len(spans) == 1:
            continue
        spans.sort(key=lambda span: (span[0], span[2].place))
        latest = spans[0]
        for span in spans[1:]:
            if span[0] <= latest[1]:
                first, again = sorted((latest, span), key=lambda candidate: candidate[2].place)
                yield from _overlap(first, again, settings)
            latest = max(latest, span, key=lambda candidate: candidate[1])


def _overlap(first: tuple[date, date, Item], again: tuple[date, date, Item], settings: BilledTwice) -> Iterator[Repeat]:
    common = (min(first[1], again[1]) - max(first[0], again[0])).days + 1
    days = [(end - start).days + 1 for start, end, _ in (first, again)]
    if common <= settings.overlap_days and (common < days[0] or common < days[1]):
        return
    if again[2].amount * days[0] >= settings.share * first[2].amount * days[1]:
        yield Repeat(first[2], again[2], rounded(again[2].amount * common / days[1], again[2].invoice.currency))


def _equals(items: Sequence[Item]) -> Iterator[Repeat]:
    """Lines of different invoices that are equal in all that they say."""
    same: dict[object, list[Item]] = defaultdict(list)
    for item in items:
        line, invoice = item.line, item.invoice
        when = (line.start, line.end) if line.start and line.end else invoice.day
        if when and (line.product or line.name):
            amount = rounded(item.amount, invoice.currency)
            same[line.product, line.name, when, amount, invoice.currency].append(item)
    for several in same.values():
        if len(several) > 1 and several[0].place != several[-1].place:
            yield from _beyond_first(several)


def _beyond_first(several: Sequence[Item]) -> Iterator[Repeat]:
    """Return the lines of later invoices that repeat the first one's: two servers in one month are two lines."""
    firsts = [item for item in several if item.place == several[0].place]
    taken: Counter[int] = Counter()
    for item in several[len(firsts) :]:
        number = taken[item.place]
        if number < len(firsts) and not _different(firsts[number], item):
            taken[item.place] += 1
            yield Repeat(firsts[number], item, item.amount)


def _different(first: Item, other: Item) -> bool:
    """Return whether both say what they bill, and that is not the same."""
    return any(
        left and right and left != right
        for left, right in (
            (first.line.contract_line, other.line.contract_line),
            (first.line.order_line, other.line.order_line),
            (first.invoice.origin, other.invoice.origin),
            (first.invoice.reference, other.invoice.reference),
        )
    )


def _orders(account: Account, items: Sequence[Item], settings: BilledTwice) -> Iterator[Repeat]:
    """An order's line that equal lines bill shortly after each other, beyond what was ordered and delivered."""
    due = {
        line.id: max(line.quantity, line.delivered)
        for order in account.orders
        if order.state == "confirmed" and order.served == account.id
        for line in order.lines
    }
    billed: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.line.order_line in due and item.amount > 0:
            billed[item.line.order_line].append(item)
    for name, several in billed.items():
        beyond = sum(item.quantity for item in several) - due[name]
        for first, item in pairwise(several):
            if 0 < item.quantity <= beyond and _shortly_after(first, item, settings):
                beyond -= item.quantity
                yield Repeat(first, item, item.amount)


def _shortly_after(first: Item, item: Item, settings: BilledTwice) -> bool:
    days = (first.invoice.day, item.invoice.day)
    if first.place == item.place or abs(first.amount - item.amount) > settings.tolerance:
        return False
    return days[0] is None or days[1] is None or abs((days[1] - days[0]).days) <= settings.days


def _hit(repeats: Sequence[Repeat]) -> Hit:
    invoice = repeats[0].again.invoice
    firsts = {repeat.first.invoice.id: repeat.first.invoice for repeat in repeats}
    earlier = [original for id_, original in firsts.items() if id_ != invoice.id]
    amount = sum((repeat.amount for repeat in repeats), Decimal(0))
    spans = {(repeat.again.line.start, repeat.again.line.end) for repeat in repeats}
    start, end = next(iter(spans)) if len(spans) == 1 else (None, None)
    period = f" for {dated(start)} to {dated(end)}" if start and end else ""
    return Hit(
        f"invoice:{invoice.id}",
        f"{titled(invoice)} bills {_what(earlier)}{period}: {spelled(amount, invoice.currency)}",
        amount,
        invoice.currency,
        tuple(Evidence(titled(invoice), invoice.url) for invoice in (invoice, *earlier[:SHOWN])),
        since=invoice.made or invoice.day,
        action="" if earlier else "Credit what the invoice bills twice, or delete the line from the draft",
        payer=invoice.payer,
    )


def _what(earlier: Sequence[Invoice]) -> str:
    if not earlier:
        return "the same twice"
    name = titled(earlier[0])
    billed = f"{name[0].lower()}{name[1:]}" if len(earlier) == 1 else f"{len(earlier)} earlier invoices"
    return f"again what {billed} billed"
