"""Sales that can't be billed: a deal without an order, a contract without lines."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from pydantic import Field

from integrations.core.billing import Account, Contract, ContractLine, Won
from integrations.core.dates import dated
from integrations.core.money import rounded
from integrations.flows.invoicing.facts import after, again, tagged
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule


class WonSettings(RuleSettings):
    """`[invoices.rules.won-not-ordered]`."""

    grace_days: int = Field(14, ge=0, le=3650)
    """Days after the win within which the order has to be there."""
    window_days: int = Field(30, ge=0, le=366)
    """How many days before the win an order that names no deal may have been made to be taken for its order; deals
    won within so many days of each other may share one."""
    without_order: tuple[str, ...] = ("framework", "framework agreement", "rahmenvertrag", "pilot", "free pilot")
    """Tags of deals that bring no order by themselves."""


@rule(
    "won-not-ordered",
    group="before the first invoice",
    title="Won deal without an order",
    severity="high",
    who="account manager",
    action="Enter the order or the contract in the ERP, or tag the deal as one that brings none",
    needs={"deals", "orders", "contracts"},
    settings=WonSettings,
)
def won_not_ordered(account: Account, settings: WonSettings, today: date) -> Iterator[Verdict]:
    """A deal was won some time ago, and there is neither an order nor a contract.

    One that names its deal is that deal's, whoever ordered; one that names none goes to the last deal won before it.
    Framework agreements and free pilots bring no order. Deals of before `account.since` are history. At risk is what is
    paid once plus the first month.
    """
    asked = [deal for deal in account.deals if deal.day is not None and not _brings_none(deal, settings)]
    if account.since is not None:
        asked = [deal for deal in asked if deal.day is not None and deal.day >= account.since]
    if not asked:
        return
    ordered, unlinked, whole = _ordered(account)
    if whole:
        return
    covered = _covered(account, unlinked, settings.window_days)
    days: list[date] = []
    for deal in asked:
        if deal.day is None or deal.ordered or deal.id in ordered or deal.id in covered:
            continue
        deadline = after(deal.day, settings.grace_days + 1)
        days.append(deadline)
        if deadline <= today:
            yield _deal(deal, deal.day)
    yield from again(today, days)


def _deal(deal: Won, day: date) -> Hit:
    known = [amount for amount in (deal.once, deal.monthly) if amount is not None]
    amount = sum(known, Decimal(0)) if known and deal.currency else None
    return Hit(
        f"deal:{deal.id}",
        f"Deal {deal.id}, won on {dated(day)}, has neither an order nor a contract",
        amount=amount,
        currency=deal.currency if amount is not None else "",
        evidence=(Evidence(f"Deal {deal.id}", deal.url),),
        since=day,
    )


def _brings_none(deal: Won, settings: WonSettings) -> bool:
    free = not (deal.once is None and deal.monthly is None) and not deal.once and not deal.monthly
    return free or tagged(deal.tags, settings.without_order)


def _ordered(account: Account) -> tuple[set[str], list[date], bool]:
    """The deals that orders and contracts name; the days of those that name none; whether one of these has no day."""
    named: set[str] = set()
    unlinked: list[date | None] = []
    for order in account.orders:
        if order.state != "confirmed":
            continue
        if order.deal:
            named.add(order.deal)
        else:
            unlinked.append(order.day)
    for contract in account.contracts:
        if contract.state == "draft":
            continue
        if contract.deal:
            named.add(contract.deal)
        else:
            started = {contract.start, *(line.start for line in contract.lines)}
            unlinked.extend(started - {None} or {None})
    days = [day for day in unlinked if day is not None]
    return named, days, len(days) < len(unlinked)


def _covered(account: Account, unlinked: list[date], window: int) -> set[str]:
    """The deals that orders without a deal may come from: the last ones won before each."""
    won = sorted((deal.day, deal.id) for deal in account.deals if deal.day is not None)
    days = [day for day, _ in won]
    covered: set[str] = set()
    for day in set(unlinked):
        last = bisect.bisect_right(days, after(day, window))
        if last:
            first = bisect.bisect_left(days, after(days[last - 1], -window))
            covered.update(deal for _, deal in won[first:last])
    return covered


@rule(
    "contract-without-lines",
    group="before the first invoice",
    title="Contract that nothing is billed from",
    severity="high",
    who="account manager",
    action="Enter the contract's lines, each with the day of its next invoice",
    needs={"contracts"},
)
def contract_without_lines(account: Account, settings: RuleSettings, today: date) -> Iterator[Verdict]:
    """A running contract without lines, or a running line that the ERP has no next day to bill for.

    Silent before the contract or the line starts, after its end, for a line whose last period is billed, and for one
    that is free.
    """
    days: list[date] = []
    for contract in account.contracts:
        if contract.served != account.id or contract.state != "running":
            continue
        if contract.end is not None and contract.end < today:
            continue
        if not contract.lines:
            hit = _contract(contract, f"Contract {contract.number or contract.id} has no lines")
            yield from _within(hit, contract.start, contract.end, settings, today, days)
        for line in contract.lines:
            if line.next is None and not line.ended and not _settled(line):
                start = max((day for day in (line.start, contract.start) if day is not None), default=None)
                end = min((day for day in (line.end, contract.end) if day is not None), default=None)
                yield from _within(_line(contract, line), start, end, settings, today, days)
    yield from again(today, days)


def _within(
    hit: Hit, start: date | None, end: date | None, settings: RuleSettings, today: date, days: list[date]
) -> Iterator[Hit]:
    """The hit, between start (with grace) and end; the days on which that changes are added to `days`."""
    deadline = after(start, settings.grace_days) if start is not None else date.min
    over = after(end, 1) if end is not None else date.max
    if deadline >= over:
        return
    days.extend((deadline, over))
    if deadline <= today < over:
        yield hit


def _settled(line: ContractLine) -> bool:
    billed = line.end is not None and line.billed_to is not None and line.billed_to >= line.end
    return billed or (bool(line.prices) and not any(price.amount for price in line.prices))


def _line(contract: Contract, line: ContractLine) -> Hit:
    known = line.prices and contract.currency
    amount = rounded(line.quantity * line.prices[-1].amount, contract.currency) if known else None
    called = f"Contract {contract.number or contract.id} has a line without a day of its next invoice"
    return _contract(contract, called, f"/{line.id}", amount)


def _contract(contract: Contract, message: str, line: str = "", amount: Decimal | None = None) -> Hit:
    return Hit(
        f"{contract.id}{line}",
        message,
        amount=amount,
        currency=contract.currency if amount is not None else "",
        evidence=(Evidence(f"Contract {contract.number or contract.id}", contract.url),),
        since=contract.start,
        payer=contract.payer,
    )
