"""Invoices without a contract: there never was one, or it has ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from pydantic import Field

from integrations.core.billing import Account
from integrations.core.dates import dated
from integrations.core.money import rounded, spelled
from integrations.flows.invoicing.facts import after, says, titled
from integrations.flows.invoicing.matching import Billed, Loose, Matched, matched, over
from integrations.flows.invoicing.rule import Hit, Verdict, rule
from integrations.flows.invoicing.rules.contract_against_invoice.comparison import (
    GROUP,
    Tolerant,
    contract_called,
    contract_shown,
    invoice_shown,
    line_subject,
)

SHOWN = 3
"""How many invoices are shown of many."""


class NotInContract(Tolerant):
    """Settings of `not-in-contract`."""

    months: int = Field(3, ge=2, le=60)
    """In how many months something has to be billed on invoices of its own to be more than a one-off."""
    one_off: tuple[str, ...] = (
        "set-up", "setup", "one-off", "one-time", "installation", "migration", "training", "workshop", "consulting",
        "hours", "travel", "expenses", "einmalig", "Einrichtung", "Schulung", "Beratung", "Stunden", "Spesen",
    )  # fmt: skip
    """Words in a line that say that it is billed once, or as it comes."""


@rule(
    "not-in-contract",
    group=GROUP,
    title="Invoiced but not in a contract",
    severity="low",
    who="account manager",
    action="Add it to the contract, or stop billing it",
    needs={"contracts", "invoices", "orders"},
    settings=NotInContract,
)
def not_in_contract(account: Account, settings: NotInContract, _today: date) -> Iterator[Verdict]:
    """Products that are billed as if a contract had them: beside its lines on one invoice, or in several months.

    One finding per product and currency, only for customers who have a contract; the amount is all that was billed of
    it. A one-off is none: what an order has, what its words say is billed once, what was billed on an invoice of its
    own in few months. A product that a contract has in another currency is `currency-differs`'.
    """
    found = matched(account)
    if not found.terms or not found.loose:
        return
    known = {terms.line.product for terms in found.terms}
    known |= {line.product for order in account.orders if order.state == "confirmed" for line in order.lines}
    products: dict[tuple[str, str], list[Loose]] = defaultdict(list)
    for billing in found.loose:
        line = billing.line
        if line.product and line.product not in known and not line.order_line and billing.amount > settings.tolerance:
            products[line.product, billing.invoice.currency].append(billing)
    for (product, currency), billed in products.items():
        if not _regular(billed, found, settings):
            continue
        once = {name: says(name, settings.one_off) for name in {billing.line.name for billing in billed}}
        regular = [billing for billing in billed if not once[billing.line.name]]
        if _regular(regular, found, settings):
            yield _stranger(product, currency, regular)


def _regular(billed: Sequence[Loose], found: Matched, settings: NotInContract) -> bool:
    """Beside a contract's lines, or in several months."""
    return any(billing.invoice.id in found.contractual for billing in billed) or len(_months(billed)) >= settings.months


def _months(billed: Sequence[Loose]) -> set[tuple[int, int]]:
    return {(billing.invoice.day.year, billing.invoice.day.month) for billing in billed if billing.invoice.day}


def _stranger(product: str, currency: str, billed: Sequence[Loose]) -> Hit:
    newest = billed[-1].invoice
    amount = sum((billing.amount for billing in billed), Decimal(0))
    return Hit(
        subject=f"product:{product}/{currency}",
        message=f"{titled(newest)} bills {spelled(billed[-1].amount, currency)} for a product that no contract and no "
        "order has",
        amount=rounded(amount, currency),
        currency=currency,
        evidence=tuple(invoice_shown(billing.invoice) for billing in billed[: -SHOWN - 1 : -1]),
        since=billed[0].invoice.day,
        payer=newest.payer,
    )


@rule(
    "billed-after-end",
    group=GROUP,
    title="Billed after the contract's end",
    severity="high",
    who="finance",
    action="Credit the invoice, or renew the contract",
    needs={"contracts", "invoices"},
    settings=Tolerant,
)
def billed_after_end(account: Account, settings: Tolerant, _today: date) -> Iterator[Verdict]:
    """Invoice lines for days after the contract line's last one, plus grace.

    One finding per invoice line; the amount is what is billed. The last period of a line that is billed at its end is
    invoiced after it, and rightly. A line that another one of the same product carries on has not ended.
    """
    found = matched(account)
    for terms in found.terms:
        end = terms.line.end
        if end is None:
            continue
        for billing in reversed(found.billed.get(terms.line.id, ())):
            if billing.day <= end:
                break
            after_end = billing.day > after(end, settings.grace_days) and (
                billing.service is not None or over(terms, billing.day)
            )
            if after_end and billing.amount > settings.tolerance and not _carried_on(billing, found):
                yield _too_late(billing, end)


def _carried_on(billing: Billed, found: Matched) -> bool:
    product = billing.terms.line.product
    return product != "" and any(terms.line.product == product and terms.runs(billing.day) for terms in found.terms)


def _too_late(billing: Billed, end: date) -> Hit:
    invoice = billing.invoice
    what = f"the time from {dated(billing.day)} on" if billing.service else spelled(billing.amount, invoice.currency)
    return Hit(
        subject=line_subject(billing),
        message=f"{titled(invoice)} bills {what} for {contract_called(billing.terms)}, whose line ended on "
        f"{dated(end)}",
        amount=rounded(billing.amount, invoice.currency),
        currency=invoice.currency,
        evidence=(invoice_shown(invoice), contract_shown(billing.terms)),
        since=invoice.day,
        payer=invoice.payer,
    )
