"""The customer's own order number, which some do not pay an invoice without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from integrations.core.billing import Account, Contract, Invoice, Order
from integrations.core.money import rounded
from integrations.flows.invoicing.facts import after, again, tagged, titled
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule

WHICH = "no order number of the customer, which its invoices have to carry"


class OrderNumberSettings(RuleSettings):
    """`[invoices.rules.order-number-missing]`."""

    blanket: tuple[str, ...] = ("blanket order", "framework order", "rahmenbestellung", "abrufbestellung")
    """Tags of an order or contract whose order number holds for all that the customer buys, or of a customer who has
    one."""


@rule(
    "order-number-missing",
    group="before the first invoice",
    title="Customer's order number missing",
    severity="high",
    who="account manager",
    action="Ask the customer for its order number and enter it",
    needs={"account", "orders", "contracts", "invoices"},
    settings=OrderNumberSettings,
)
def order_number_missing(account: Account, settings: OrderNumberSettings, today: date) -> Iterator[Verdict]:
    """The payer wants its order number on invoices, and an order, a contract or a draft has none.

    Orders count until all of them is invoiced, contracts until their end; a draft only where its order or contract is
    not told of already. One number for everything (a blanket order) is enough. A customer about whom nothing is known
    yet is told of itself.
    """
    if account.order_number_required is not True or not account.active or _blanket(account, settings, today):
        return
    contracts = [
        contract for contract in account.contracts if contract.payer == account.id and _lacks_contract(contract, today)
    ]
    orders = [order for order in account.orders if order.payer == account.id and _lacks_order(order)]
    lines = {line.id for contract in contracts for line in contract.lines} | {
        line.id for order in orders for line in order.lines
    }
    for order in orders:
        amount = rounded(_unbilled(order), order.currency) if order.currency else None
        yield _hit(account, order, f"order:{order.id}", f"Order {order.number or order.id}", amount)
    for contract in contracts:
        yield _hit(account, contract, contract.id, f"Contract {contract.number or contract.id}", None)
    for draft in account.invoices:
        if draft.state == "draft" and draft.payer == account.id and _lacks_draft(draft, lines):
            amount = draft.untaxed if draft.currency else None
            yield _hit(account, draft, f"invoice:{draft.id}", titled(draft), amount)
    if account.bill_to is None and not (account.orders or account.contracts or account.invoices):
        evidence = (Evidence("Customer", account.url),)
        yield Hit("account", "Invoices have to carry the customer's order number, and none is known", evidence=evidence)
    yield from again(today, (after(contract.end, 1) for contract in account.contracts if contract.end is not None))


def _hit(
    account: Account, record: Order | Contract | Invoice, subject: str, called: str, amount: Decimal | None
) -> Hit:
    served = (Evidence(f"For customer {record.served}"),) if record.served not in ("", account.id) else ()
    return Hit(
        subject,
        f"{called} has {WHICH}",
        amount=amount,
        currency=record.currency if amount is not None else "",
        evidence=(Evidence(called, record.url), *served),
    )


def _blanket(account: Account, settings: OrderNumberSettings, today: date) -> bool:
    """Return whether one order number holds for all."""
    if tagged(account.tags, settings.blanket):
        return True
    valid: list[Order | Contract] = [order for order in account.orders if order.state == "confirmed"]
    valid += [contract for contract in account.contracts if _runs(contract, today)]
    return any(
        order.payer == account.id and order.reference.strip() and tagged(order.tags, settings.blanket)
        for order in valid
    )


def _runs(contract: Contract, today: date) -> bool:
    return contract.state == "running" and (contract.end is None or contract.end >= today)


def _lacks_contract(contract: Contract, today: date) -> bool:
    return not contract.reference.strip() and _runs(contract, today)


def _lacks_order(order: Order) -> bool:
    if order.state != "confirmed" or order.reference.strip():
        return False
    if not order.lines:
        return order.untaxed != 0  # a subscription that bills nothing once: its contract is told of
    return any(line.quantity and line.invoiced / line.quantity < 1 for line in order.lines)


def _lacks_draft(draft: Invoice, lines: set[str]) -> bool:
    if draft.reference.strip() or draft.kind != "invoice":
        return False
    return not any(line.order_line in lines or line.contract_line in lines for line in draft.lines)


def _unbilled(order: Order) -> Decimal:
    """Return what of an order is not invoiced yet, without tax."""
    if not order.lines:
        return order.untaxed
    open_lines = [line for line in order.lines if line.quantity and line.invoiced / line.quantity < 1]
    return sum((line.amount * (1 - line.invoiced / line.quantity) for line in open_lines), Decimal(0))
