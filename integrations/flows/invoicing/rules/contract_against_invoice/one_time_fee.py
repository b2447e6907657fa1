"""One-time fees that nobody billed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from pydantic import Field

from integrations.core.billing import Account, Order, OrderLine
from integrations.core.dates import dated
from integrations.core.money import rounded, spelled
from integrations.flows.invoicing.facts import after, again
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule
from integrations.flows.invoicing.rules.contract_against_invoice.comparison import GROUP


class OneTimeFee(RuleSettings):
    """Settings of `one-time-fee-unbilled`."""

    grace_days: int = Field(14, ge=0, le=3650)
    """Days after the go-live."""


@rule(
    "one-time-fee-unbilled",
    group=GROUP,
    title="One-time fee not billed after go-live",
    severity="high",
    who="project manager",
    action="Have the rest of the order invoiced",
    needs={"invoices", "orders"},
    settings=OneTimeFee,
)
def one_time_fee_unbilled(account: Account, settings: OneTimeFee, today: date) -> Iterator[Verdict]:
    """Lines of confirmed orders that are not wholly billed, although the go-live plus grace is past.

    One finding per order line; the amount is the share that is not billed. Of what is delivered bit by bit only what
    was delivered has to be billed, and no more than the ERP would bill where it measures that itself. A line that waits
    for its milestone has time; once that is reached, it is due whenever the go-live is. Nothing is due that a draft
    bills, or that costs nothing.
    """
    orders = [order for order in account.orders if order.served == account.id and order.state == "confirmed"]
    if not orders:
        return
    prepared = _prepared(account)
    days: set[date] = set()
    for order in orders:
        live = after(order.live, settings.grace_days + 1) if order.live else None
        for line in order.lines:
            amount = _rest(line)
            if amount <= 0 or line.milestone is False or line.id in prepared:
                continue
            if line.milestone or (live is not None and live <= today):
                yield _hit(order, line, amount)
            elif live is not None:
                days.add(live)
    yield from again(today, days)


def _prepared(account: Account) -> frozenset[str]:
    """Order lines that a draft bills."""
    return frozenset(
        line.order_line
        for invoice in account.invoices
        if invoice.state == "draft" and invoice.kind == "invoice"
        for line in invoice.lines
        if line.order_line
    )


def _rest(line: OrderLine) -> Decimal:
    """Return what of a line's amount is due and not billed."""
    if line.amount <= 0 or line.quantity <= 0:
        return Decimal(0)
    due = min(line.delivered, line.quantity) if line.delivered > 0 else line.quantity
    amount = due - line.invoiced if line.to_bill is None else min(due - line.invoiced, line.to_bill)
    return line.amount * max(Decimal(0), amount) / line.quantity


def _hit(order: Order, line: OrderLine, amount: Decimal) -> Hit:
    called = f"Order {order.number or order.id}"
    if line.milestone:
        reason = f"{called} has a reached milestone"
    else:
        reason = f"{called} went live on {dated(order.live)}" if order.live else called
    return Hit(
        subject=f"order:{order.id}/{line.id}",
        message=f"{reason}: {spelled(amount, order.currency)} of a one-time fee is not billed",
        amount=rounded(amount, order.currency),
        currency=order.currency,
        evidence=(Evidence(f"{called}: {spelled(order.untaxed, order.currency)} without tax", order.url),),
        since=None if line.milestone else order.live,
        payer=order.payer,
        person=order.manager,
    )
