"""Rules of the group “the whole chain”."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import Field

from integrations.core.billing import Account, Order, Won
from integrations.core.calendar import later
from integrations.core.dates import dated
from integrations.core.money import rounded, spelled
from integrations.flows.invoicing.chain import Piece, pieces
from integrations.flows.invoicing.facts import after, again, tagged
from integrations.flows.invoicing.rule import Evidence, Hit, Rule, RuleSettings, Verdict, rule


class StoppedOnTheWay(RuleSettings):
    """Days that a deal may stand at each stage."""

    months: int = Field(24, ge=1, le=120)
    """Deals that were won longer ago are history."""
    ordered_days: int = Field(90, ge=0, le=3650)
    """Days after the order within which something of it is to be delivered or invoiced."""
    delivered_days: int = Field(60, ge=0, le=3650)
    """Days after the order within which what is delivered is to be invoiced, where no go-live is entered."""
    paused_tags: tuple[str, ...] = ("on hold", "paused", "sistiert")
    """Tags of deals and orders that wait on purpose."""


@rule(
    "stopped-on-the-way",
    group="the whole chain",
    title="Won deal stopped on the way",
    severity="medium",
    who="project manager",
    action="Get the delivery going, enter the day of the go-live, or have what is delivered invoiced",
    needs={"deals", "orders", "contracts", "invoices"},
    settings=StoppedOnTheWay,
)
def stopped_on_the_way(account: Account, settings: StoppedOnTheWay, today: date) -> Iterator[Verdict]:
    """Won deals whose orders stand still: nothing of them delivered, or delivered and not invoiced, for too long.

    It tells what no other rule does: orders for which no go-live is entered, not even a planned one, and whose lines
    wait for no milestone that is reached (`one-time-fee-unbilled` tells of these). Deals without an order are
    `won-not-ordered`'s, contracts `period-not-invoiced`'s, invoices `unpaid`'s; what a draft bills is
    `draft-too-old`'s. One finding a deal and currency; the amount is what stands still, without tax.
    """
    days: list[date | None] = [deal.day for deal in account.deals]
    drafted = _drafted(account) if account.deals else frozenset()
    for deal, several in pieces(account, today, settings.months):
        if deal.day is None or tagged(deal.tags, settings.paused_tags):
            continue
        stopped: dict[str, list[Piece]] = defaultdict(list)
        for piece in several:
            deadline = _told(piece, drafted, settings)
            days.append(deadline)
            if deadline is not None and deadline <= today:
                stopped[piece.currency].append(piece)
        if stopped:
            days.append(after(later(deal.day, settings.months), 1))
        for currency, pieces_ in stopped.items():
            yield from _hit(deal, currency, pieces_)
    yield from again(today, days)


def _drafted(account: Account) -> frozenset[str]:
    """Order lines that a draft bills."""
    return frozenset(
        line.order_line
        for invoice in account.invoices
        if invoice.state == "draft" and invoice.kind == "invoice"
        for line in invoice.lines
        if line.order_line
    )


def _told(piece: Piece, drafted: frozenset[str], settings: StoppedOnTheWay) -> date | None:
    """The day from which a part has stood still for too long; None: another rule tells of it, or nothing does."""
    order, line = piece.source, piece.line
    if line is None or not isinstance(order, Order) or piece.since is None or not piece.currency:
        return None
    if order.live is not None or line.milestone or line.id in drafted or tagged(order.tags, settings.paused_tags):
        return None
    if piece.stage == "delivered":
        return after(piece.since, settings.delivered_days + settings.grace_days + 1)
    if any(line.delivered > 0 or line.invoiced > 0 for line in order.lines):
        return None
    return after(piece.since, settings.ordered_days + settings.grace_days + 1)


def _hit(deal: Won, currency: str, stopped: Sequence[Piece]) -> Iterator[Hit]:
    """Return what is said of the part that came least far; a deduction alone stops nothing."""
    stage = "ordered" if any(piece.stage == "ordered" for piece in stopped) else "delivered"
    here = [piece for piece in stopped if piece.stage == stage]
    amount = rounded(sum((piece.amount for piece in here), Decimal(0)), currency)
    orders = {piece.source.id: piece.source for piece in here if isinstance(piece.source, Order)}
    first = min(orders.values(), key=lambda order: (order.day or date.max, order.id))
    if amount <= 0 or first.day is None:
        return
    state = "is not delivered, and no go-live is entered" if stage == "ordered" else "is delivered, but not invoiced"
    yield Hit(
        f"deal:{deal.id}" if currency == deal.currency else f"deal:{deal.id}/{currency}",
        f"Deal {deal.id}, ordered on {dated(first.day)}, {state}: {spelled(amount, currency)}",
        amount,
        currency,
        (*(Evidence(f"Order {order.number or id_}", order.url) for id_, order in orders.items()), _evidence(deal)),
        since=first.day,
        payer=first.payer,
        person=first.manager,
    )


def _evidence(deal: Won) -> Evidence:
    return Evidence(f"Deal {deal.id}", deal.url)


RULES: tuple[Rule[Any], ...] = (stopped_on_the_way,)
