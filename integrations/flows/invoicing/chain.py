"""The whole chain: how far each won deal came, from the win to the money, and what stopped on the way."""

from __future__ import annotations

import bisect
import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from integrations.core.billing import Account, Contract, Invoice, Line, Order, OrderLine, Won
from integrations.core.calendar import later
from integrations.core.money import rounded
from integrations.flows.invoicing.facts import after
from integrations.flows.invoicing.matching.model import unit_price
from integrations.flows.invoicing.matching.netting import served_invoices
from integrations.flows.invoicing.periods import DAYS, MONTHS

Stage = Literal["won", "ordered", "delivered", "invoiced", "paid"]
STAGES: tuple[Stage, ...] = ("won", "ordered", "delivered", "invoiced", "paid")

WINDOW = 30
"""So many days before the win an order that names no deal may have been made, to be taken for that deal's."""
Billing = Mapping[str, Sequence[tuple[Invoice, Line, Decimal]]]
"""By order line or contract line, what bills it, with what is left of its amount after credit notes."""


@dataclasses.dataclass(frozen=True, slots=True)
class ChainProgress:
    """Progress of a deal on its way to the first payment.

    Attributes:
        deal: Its id.
        stage: Where it stands: the last stage that all of it has reached.
        since: Since when: the day of the win, the order, the go-live or start, the invoice. Of what was delivered on a
            day that the ERP does not know, the order's. None: paid, or no day is known.
        amounts: What stands there, by currency, without tax: what is paid once and, of what is paid regularly, one
            month; empty: nothing, or we may not read it.
        url: The record at which it stands.
    """

    deal: str
    stage: Stage
    since: date | None
    amounts: tuple[tuple[str, Decimal], ...]
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """A part of a deal that stands at one stage; `source`: the order, contract or invoice at which it does."""

    stage: Stage
    since: date | None
    currency: str
    amount: Decimal
    source: Won | Order | Contract | Invoice
    line: OrderLine | None = None
    """For what an order has still to deliver, or to be invoiced."""


def chain_progress(account: Account, today: date, months: int) -> tuple[ChainProgress, ...]:
    """Return where each deal stands that was won in the last so many months, the oldest first.

    An order or contract that names its deal is that deal's; one that names none goes to the last deal that was won
    before it. What is not in the facts because it was settled long ago counts as paid.
    """
    return tuple(_standing(deal, several) for deal, several in pieces(account, today, months))


def pieces(account: Account, today: date, months: int) -> Iterator[tuple[Won, Sequence[Piece]]]:
    """Each deal of the last months with its parts; one without an order or contract is one part, at `won`.

    One that somebody else ordered, as a reseller does, is left out: its parts are not this customer's.
    """
    deals = sorted(
        (deal for deal in account.deals if deal.day is not None and _counts(deal.day, today, months)),
        key=lambda deal: (deal.day, len(deal.id), deal.id),
    )
    if not deals:
        return
    orders, contracts = _of_deals(account)
    billing = _billing(account)
    for deal in deals:
        found = [
            *(piece for order in orders.get(deal.id, ()) for piece in _of_order(order, billing, today)),
            *(piece for contract in contracts.get(deal.id, ()) for piece in _of_contract(contract, billing, today)),
        ]
        if deal.id not in orders and deal.id not in contracts:
            if deal.ordered:
                continue
            found = [Piece("won", deal.day, deal.currency, (deal.once or Decimal(0)) + (deal.monthly or 0), deal)]
        yield deal, found


def _counts(day: date, today: date, months: int) -> bool:
    return day <= today <= later(day, months)


def _standing(deal: Won, several: Sequence[Piece]) -> ChainProgress:
    stage: Stage = min((piece.stage for piece in several), key=STAGES.index, default="paid")
    here = [piece for piece in several if piece.stage == stage]
    if stage == "paid":
        return ChainProgress(deal.id, stage, None, (), here[0].source.url if here else deal.url)
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for piece in here:
        amounts[piece.currency] += piece.amount
    first = min(here, key=lambda piece: piece.since or date.max)
    stands = tuple((currency, rounded(amounts[currency], currency)) for currency in sorted(amounts) if currency)
    return ChainProgress(deal.id, stage, first.since, tuple(stand for stand in stands if stand[1]), first.source.url)


def _of_deals(account: Account) -> tuple[dict[str, list[Order]], dict[str, list[Contract]]]:
    """The confirmed orders, and the contracts, by the deal that they come from."""
    won = sorted((deal.day, deal.id) for deal in account.deals if deal.day is not None)
    days = [day for day, _ in won]

    def deal_of(named: str, day: date | None) -> str:
        if named or day is None:
            return named
        last = bisect.bisect_right(days, after(day, WINDOW))
        return won[last - 1][1] if last else ""

    orders: dict[str, list[Order]] = defaultdict(list)
    for order in account.orders:
        if order.state == "confirmed" and order.served == account.id:
            orders[deal_of(order.deal, order.day)].append(order)
    contracts: dict[str, list[Contract]] = defaultdict(list)
    for contract in account.contracts:
        if contract.state != "draft" and contract.served == account.id:
            contracts[deal_of(contract.deal, contract.start)].append(contract)
    return orders, contracts


def _billing(account: Account) -> Billing:
    found: dict[str, list[tuple[Invoice, Line, Decimal]]] = defaultdict(list)
    for invoice, lines in served_invoices(account):
        if invoice.state == "posted":
            for line, _, amount in lines:
                if line.contract_line or line.order_line:
                    found[line.contract_line or line.order_line].append((invoice, line, amount))
    return found


def _of_order(order: Order, billing: Billing, today: date) -> Iterator[Piece]:
    """Return the parts of an order that wait for delivery, invoice or money; one paid part if nothing does."""
    live = order.live is not None and order.live <= today
    waits = not order.lines
    if waits:
        yield Piece("delivered" if live else "ordered", order.day, order.currency, order.untaxed, order)
    for line in order.lines:
        if not line.amount or line.quantity <= 0:
            continue
        delivered = line.quantity if live or line.milestone else min(line.delivered, line.quantity)
        invoiced = min(line.invoiced, line.quantity)
        waiting: tuple[tuple[Stage, date | None, Decimal], ...] = (
            ("ordered", order.day, line.quantity - max(delivered, invoiced)),
            ("delivered", order.live if live else order.day, delivered - invoiced),
        )
        for stage, since, quantity in waiting:
            if quantity > 0:
                waits = True
                yield Piece(stage, since, order.currency, line.amount * quantity / line.quantity, order, line)
        for piece in _unpaid(billing.get(line.id, ())):
            waits = True
            yield piece
    if not waits:
        yield Piece("paid", None, order.currency, Decimal(0), order)


def _of_contract(contract: Contract, billing: Billing, today: date) -> Iterator[Piece]:
    """A contract's lines that were never invoiced, with a month's worth, and what of it is not paid."""
    billed = [bills for line in contract.lines if (bills := billing.get(line.id))]
    unpaid = [piece for bills in billed for piece in _unpaid(bills)]
    if billed or contract.state == "ended":
        yield from unpaid or [Piece("paid", None, contract.currency, Decimal(0), contract)]
        return
    began = contract.start is not None and contract.start <= today
    day = contract.start or date.max
    month = sum((_monthly(contract, number, day) for number in range(len(contract.lines))), Decimal(0))
    yield Piece("delivered" if began else "ordered", contract.start, contract.currency, month, contract)


def _monthly(contract: Contract, number: int, day: date) -> Decimal:
    line = contract.lines[number]
    price = unit_price(line, day)
    if price is None:
        return Decimal(0)
    every = max(1, line.every)
    months = Decimal(DAYS[line.unit] * every * 12) / 365 if line.unit in DAYS else Decimal(MONTHS[line.unit] * every)
    return price * line.quantity / months


def _unpaid(bills: Sequence[tuple[Invoice, Line, Decimal]]) -> Iterator[Piece]:
    """Return what of these lines is not paid: of each its share of what is open of its invoice."""
    for invoice, _, amount in bills:
        if invoice.open > 0 and invoice.total > 0 and invoice.payment not in {"paid", "registered", "reversed"}:
            share = min(Decimal(1), invoice.open / invoice.total)
            yield Piece("invoiced", invoice.day, invoice.currency, amount * share, invoice)
