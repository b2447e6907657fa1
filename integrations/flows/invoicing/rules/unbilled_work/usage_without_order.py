"""Services in use that nobody ordered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from pydantic import Field

from integrations.core.billing import Account, Usage
from integrations.core.dates import dated
from integrations.flows.invoicing.facts import after, again, patient, says, tagged
from integrations.flows.invoicing.matching.netting import served_invoices
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule

SHOWN = 3
"""How many of the measurements are shown."""


class UsageWithoutOrder(RuleSettings):
    """Products that need no order."""

    grace_days: int = Field(14, ge=0, le=3650)
    """So many days after the first use an order may still come."""
    billed_days: int = Field(92, ge=0, le=3650)
    """What was invoiced within so many days is billed, whatever it is billed by."""
    test_words: tuple[str, ...] = ("test", "demo", "trial", "poc", "proof of concept", "sandbox")
    """Words in the name of what was measured, or tags of it, of the customer, by which it is no service for money."""


@rule(
    "usage-without-order",
    group="unbilled work",
    title="Used without an order",
    severity="high",
    who="account manager",
    action="Have it ordered and billed, or switched off; a test tenant is named or tagged as one",
    needs={"account", "orders", "contracts", "invoices", "usage"},
    settings=UsageWithoutOrder,
)
def usage_without_order(account: Account, settings: UsageWithoutOrder, today: date) -> Iterator[Verdict]:
    """Usage of a product that no confirmed order and no contract of the customer has: one finding a product and unit.

    Nor is it told of what was invoiced lately: that is billed by somebody, though nothing says so.
    Not a test tenant's, by its words or tags. A product whose contract has ended is told of by
    `ended-still-delivered`. Usage of no known product is not known.
    """
    if not account.usage or tagged(account.tags, settings.test_words):
        return
    products, lines = _agreed(account)
    products |= (billed := _billed(account, settings, today)).keys()
    yield from again(today, (after(day, settings.billed_days + 1) for day in billed.values()))
    found: dict[tuple[str, str], list[Usage]] = defaultdict(list)
    for usage in account.usage:
        if not usage.product or usage.product in products or not _is_unordered(usage, lines):
            continue
        if _is_test(usage, settings):
            continue
        if usage.day > today:
            yield from again(today, (usage.day,))
        else:
            found[usage.product, usage.unit].append(usage)
    for (product, unit), several in found.items():
        quantity = sum((usage.quantity for usage in several), Decimal(0))
        if quantity > 0:
            yield patient(_hit(product, unit, several), settings, today)


def _agreed(account: Account) -> tuple[set[str], dict[str, bool]]:
    """The products that are ordered or under contract, and of each line whether it is."""
    products: set[str] = set()
    lines: dict[str, bool] = {}
    for order in account.orders:
        if order.served == account.id:
            lines |= dict.fromkeys((line.id for line in order.lines), order.state == "confirmed")
            products.update(line.product for line in order.lines if order.state == "confirmed")
    for contract in account.contracts:
        if contract.served == account.id:
            lines |= dict.fromkeys((line.id for line in contract.lines), contract.state != "draft")
            products.update(line.product for line in contract.lines if contract.state != "draft")
    return products, lines


def _billed(account: Account, settings: UsageWithoutOrder, today: date) -> dict[str, date]:
    """By product the newest day on which it was invoiced, of those that were invoiced lately."""
    found: dict[str, date] = {}
    for invoice, lines in served_invoices(account):
        if invoice.state == "posted" and invoice.day is not None and after(invoice.day, settings.billed_days) >= today:
            for line, _, amount in lines:
                if line.product and amount > 0:
                    found[line.product] = max(invoice.day, found.get(line.product, invoice.day))
    return found


def _is_unordered(usage: Usage, lines: dict[str, bool]) -> bool:
    """Return whether no line bills it but a quotation's or cancelled order's; an unknown line bills it."""
    return not any(lines.get(line, True) for line in (usage.order_line, usage.contract_line) if line)


def _is_test(usage: Usage, settings: UsageWithoutOrder) -> bool:
    return (
        tagged(usage.tags, settings.test_words)
        or says(usage.subject, settings.test_words)
        or says(usage.name, settings.test_words)
    )


def _hit(product: str, unit: str, several: Sequence[Usage]) -> Hit:
    several = sorted(several, key=lambda usage: (usage.day, usage.id))
    name = next((usage.name for usage in several if usage.name), f"product {product}")
    return Hit(
        f"product:{product}/{unit}" if unit else f"product:{product}",
        f"{name} is used since {dated(several[0].day)} without an order or a contract",
        evidence=tuple(
            Evidence(f"{usage.quantity.normalize():f} {usage.unit} on {dated(usage.day)}", usage.url)
            for usage in several[: -SHOWN - 1 : -1]
        ),
        since=several[0].day,
    )
