"""Seats that are used but not billed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pydantic import Field

from integrations.core.billing import Account, Contract, ContractLine, Usage
from integrations.core.dates import dated
from integrations.core.money import rounded, spelled
from integrations.flows.invoicing.facts import after, again, patient, says, tagged
from integrations.flows.invoicing.matching.model import unit_price
from integrations.flows.invoicing.matching.netting import served_invoices
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule
from integrations.flows.invoicing.rules.ending.yearly import in_force


class SeatsAboveBilled(RuleSettings):
    """Products that count as seats, and how many more may be used."""

    units: tuple[str, ...] = (
        *("seat", "seats", "user", "users", "licence", "licences", "license", "licenses"),
        *("Sitz", "Sitze", "Benutzer", "Lizenz", "Lizenzen"),
    )
    """The units in which seats are measured."""
    shared_words: tuple[str, ...] = ("shared", "service account", "room", "mailbox", "bot", "admin")
    """Words in the name of an account, or tags of it, by which it is nobody's seat."""
    spare: Decimal = Field(Decimal(0), ge=0)
    """So many more than billed are not reported."""
    together_days: int = Field(7, ge=0, le=92)
    """Measurements so many days before a product's newest one still count beside it."""
    recent_days: int = Field(62, ge=1, le=366)
    """Measurements older than this say nothing of today."""


class Agreed(NamedTuple):
    """Seats of a product that are billed, and the contract line that does, if any."""

    seats: Decimal
    contract: Contract | None
    line: ContractLine | None


@rule(
    "seats-above-billed",
    group="unbilled work",
    title="More seats used than billed",
    severity="medium",
    who="account manager",
    action="Agree on the further seats with the customer, and raise the quantity on the contract",
    needs={"orders", "contracts", "invoices", "usage"},
    settings=SeatsAboveBilled,
)
def seats_above_billed(account: Account, settings: SeatsAboveBilled, today: date) -> Iterator[Verdict]:
    """Products of which more seats were measured lately than are billed; one finding a product.

    Billed is what the contracts in force have, else the orders; or what the newest invoice with the product has, if
    that is more. Shared accounts are nobody's seats; where a line is metered, as many are billed as are measured. The
    amount is what the further seats cost for one of the contract line's periods. A product that is under no agreement
    is told of by `usage-without-order`.
    """
    used: dict[str, list[Usage]] = defaultdict(list)
    for usage in _seats(account, settings):
        if usage.day > today:
            yield from again(today, (usage.day,))
        else:
            used[usage.product].append(usage)
    for product, several in used.items():
        newest = max(usage.day for usage in several)
        last = after(newest, settings.recent_days)
        agreed = _agreed(account, product, newest)
        if agreed is None or today > last:
            continue
        further = _measured(several, newest, settings.together_days) - agreed.seats
        if further > settings.spare:
            yield from again(today, (after(last, 1),))
            yield patient(_hit(product, several, agreed, further, settings), settings, today)


def _seats(account: Account, settings: SeatsAboveBilled) -> Iterator[Usage]:
    """Return what was measured in seats, without shared accounts."""
    if not account.usage:
        return
    units = {unit.strip().casefold() for unit in settings.units}
    for usage in account.usage:
        if usage.product and usage.unit.strip().casefold() in units:
            shared = tagged(usage.tags, settings.shared_words) or says(usage.subject, settings.shared_words)
            if not shared:
                yield usage


def _measured(several: Sequence[Usage], newest: date, together_days: int) -> Decimal:
    """Return how many seats are used: the newest measurement of each tenant."""
    since = after(newest, -together_days)
    latest: dict[str, date] = {}
    for usage in several:
        if usage.day >= since:
            latest[usage.subject] = max(usage.day, latest.get(usage.subject, usage.day))
    return sum((usage.quantity for usage in several if latest.get(usage.subject) == usage.day), Decimal(0))


def _agreed(account: Account, product: str, day: date) -> Agreed | None:
    """Return what is billed of a product; None: it is under no agreement, or as many are billed as are measured."""
    lines = [
        (contract, line)
        for contract in account.contracts
        if contract.served == account.id
        for line in contract.lines
        if line.product == product and in_force(contract, line, day)
    ]
    if any(line.metered for _, line in lines):
        return None
    if lines:
        seats = sum((line.quantity for _, line in lines), Decimal(0))
        return Agreed(max(seats, _invoiced(account, product)), *lines[0])
    ordered = [
        max(line.quantity, line.delivered, line.invoiced)
        for order in account.orders
        if order.state == "confirmed" and order.served == account.id
        for line in order.lines
        if line.product == product
    ]
    return Agreed(max(sum(ordered, Decimal(0)), _invoiced(account, product)), None, None) if ordered else None


def _invoiced(account: Account, product: str) -> Decimal:
    """Return how many pieces of a product were invoiced on the newest day on which it was."""
    seats: dict[date, Decimal] = {}
    for invoice, lines in served_invoices(account):
        if invoice.day is not None and invoice.state == "posted":
            for line, quantity, _ in lines:
                if line.product == product:
                    seats[invoice.day] = seats.get(invoice.day, Decimal(0)) + quantity
    return seats[max(seats)] if seats else Decimal(0)


def _hit(product: str, several: Sequence[Usage], agreed: Agreed, further: Decimal, settings: SeatsAboveBilled) -> Hit:
    newest = max(several, key=lambda usage: (usage.day, usage.id))
    contract, line = agreed.contract, agreed.line
    price = unit_price(line, newest.day) if line is not None else None
    currency = contract.currency if contract is not None and price and price > 0 else ""
    amount = rounded(price * further, currency) if price and currency else None
    worth = f": {spelled(amount, currency)} a period" if amount is not None else ""
    used = f"{further + agreed.seats:f} seats of {newest.name or f'product {product}'} are used"
    shown = [Evidence(f"{newest.quantity.normalize():f} {newest.unit} on {dated(newest.day)}", newest.url)]
    if contract is not None:
        shown.append(Evidence(f"Contract {contract.number or contract.id}", contract.url))
    return Hit(
        f"product:{product}",
        f"{used}, {agreed.seats:f} are billed{worth}",
        amount,
        currency,
        tuple(shown),
        since=_since(several, agreed.seats + settings.spare),
        payer=contract.payer if contract is not None else "",
    )


def _since(several: Sequence[Usage], enough: Decimal) -> date:
    """The first day from which on every measurement was above what is enough; the newest where they come apart."""
    totals: dict[date, Decimal] = {}
    for usage in several:
        totals[usage.day] = totals.get(usage.day, Decimal(0)) + usage.quantity
    since = max(totals)
    for day in sorted(totals, reverse=True):
        if totals[day] <= enough:
            break
        since = day
    return since
