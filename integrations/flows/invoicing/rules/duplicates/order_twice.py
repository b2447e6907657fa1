"""Orders of a customer that were entered twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from pydantic import Field

from integrations.core.billing import Account, Order
from integrations.core.money import spelled
from integrations.flows.invoicing.facts import patient, tagged
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule


class OrderTwice(RuleSettings):
    """Orders that may share the customer's order number."""

    within_days: int = Field(365, ge=1, le=3650)
    """Orders further apart than this may share it."""
    tolerance: Decimal = Field(Decimal("0.05"), ge=0, le=100)
    """Amounts that differ by no more than this, in their currency, are the same."""
    call_offs: int = Field(3, ge=3, le=1000)
    """So many orders under one number are called off from it, with or without a tag: an order for a whole year."""
    call_off_days: int = Field(7, ge=0, le=365)
    """Call-offs of one amount within so many days are one that was entered twice."""
    blanket_tags: tuple[str, ...] = ("blanket order", "framework", "call-off", "Rahmenvertrag", "Abruf")
    """Tags of orders that are called off, one after the other, from one order of the customer."""
    no_reference: tuple[str, ...] = ("-", "n/a", "none", "keine", "e-mail", "email", "mail", "phone", "verbal")
    """What people enter where the customer named no order number."""


@rule(
    "order-twice",
    group="duplicates",
    title="Order entered twice",
    severity="high",
    who="account manager",
    action="Cancel one of the orders, or enter on it which order it renews",
    needs={"orders"},
    settings=OrderTwice,
)
def order_twice(account: Account, settings: OrderTwice, today: date) -> Iterator[Verdict]:
    """Two confirmed orders with one order number of the customer: high where their amounts are equal, else low.

    One that renews the other is not meant, nor call-offs from a blanket order: its tag tells, or that there are many
    of them, of other amounts or on other days. The amount is the later order's.
    """
    unsaid = {text.strip().casefold() for text in settings.no_reference}
    same: dict[tuple[str, str], list[Order]] = defaultdict(list)
    for order in account.orders:
        if order.reference and order.state == "confirmed" and order.served == account.id:
            reference = " ".join(order.reference.split()).casefold()
            if reference and reference not in unsaid and not tagged(order.tags, settings.blanket_tags):
                same[reference, order.company].append(order)
    for several in same.values():
        if len(several) > 1:
            several.sort(key=lambda order: (len(order.id), order.id))
            for hit in _hits(several, settings):
                yield patient(hit, settings, today)


def _hits(several: Sequence[Order], settings: OrderTwice) -> Iterator[Hit]:
    """Each order beside the last one before it that it may repeat."""
    for near in _runs(several, settings.within_days):
        called_off = len(near) >= settings.call_offs
        for first, order in pairwise(near):
            if not called_off or (_equal(first, order, settings) and _near(first, order, settings.call_off_days)):
                yield _hit(first, order, settings)


def _runs(several: Sequence[Order], days: int) -> Sequence[Sequence[Order]]:
    """Orders that renew none of the others, those together that follow each other within so many days."""
    numbers = {order.number for order in several if order.number}
    runs: list[list[Order]] = []
    for order in several:
        if order.renews in numbers:
            continue
        if runs and _near(runs[-1][-1], order, days):
            runs[-1].append(order)
        else:
            runs.append([order])
    return runs


def _near(first: Order, order: Order, days: int) -> bool:
    return first.day is None or order.day is None or abs((order.day - first.day).days) <= days


def _equal(first: Order, order: Order, settings: OrderTwice) -> bool:
    return first.currency == order.currency and abs(first.untaxed - order.untaxed) <= settings.tolerance


def _hit(first: Order, order: Order, settings: OrderTwice) -> Hit:
    names = [order.number or order.id for order in (first, order)]
    return Hit(
        f"order:{order.id}",
        f"Orders {names[0]} and {names[1]} have one order number of the customer; "
        f"the second is for {spelled(order.untaxed, order.currency)}",
        order.untaxed,
        order.currency,
        (Evidence(f"Order {names[1]}", order.url), Evidence(f"Order {names[0]}", first.url)),
        since=order.day,
        severity=None if _equal(first, order, settings) else "low",
        payer=order.payer,
    )
