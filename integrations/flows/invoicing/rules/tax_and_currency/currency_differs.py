"""Invoices in another currency than that of what they bill."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pydantic import Field

from integrations.core.billing import Account, Contract, Invoice, Order
from integrations.core.money import spelled
from integrations.flows.invoicing.facts import patient, tagged, titled
from integrations.flows.invoicing.matching.netting import served_invoices
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule


class CurrencyDiffers(RuleSettings):
    """Exceptions: what may be billed in another currency."""

    tolerance: Decimal = Field(Decimal("0.05"), ge=0, le=100)
    """What comes to no more than this, in the invoice's currency, is not told."""
    agreed_tags: tuple[str, ...] = ("any currency", "currency agreed", "Fremdwährung")
    """Tags of contracts and orders that may be billed in another currency."""


class Part(NamedTuple):
    """Part of an invoice that bills one contract or order."""

    source: Contract | Order
    invoice: Invoice
    amount: Decimal


@rule(
    "currency-differs",
    group="tax and currency",
    title="Other currency than agreed",
    severity="high",
    who="finance",
    action="Correct the currency: on a draft at once, on a posted invoice by a credit note and a new one",
    needs={"contracts", "orders", "invoices"},
    settings=CurrencyDiffers,
)
def currency_differs(account: Account, settings: CurrencyDiffers, today: date) -> Iterator[Verdict]:
    """Invoices in another currency than the contract or order whose lines they bill.

    A contract that was billed in one currency, and since then in its own, was changed over: what came before is
    right. Lines that bill neither a contract nor an order have nothing to differ from. The amount is what is billed in
    the wrong currency, in that currency, without tax.
    """
    wrong: dict[str, list[Part]] = defaultdict(list)
    for parts in _parts(account, settings).values():
        billed_right = False
        changed_over = _changed_over(parts)
        for part in parts:
            if part.invoice.currency == part.source.currency:
                billed_right = True
            elif billed_right or not changed_over:
                wrong[part.invoice.id].append(part)
    for several in wrong.values():
        if sum(abs(part.amount) for part in several) > settings.tolerance:
            yield patient(_hit(several), settings, today)


def _parts(account: Account, settings: CurrencyDiffers) -> dict[str, list[Part]]:
    """By contract and order, what each invoice bills of it, the oldest first; only those that have a currency."""
    sources: dict[str, Contract | Order] = {
        line.id: source
        for several in (account.orders, account.contracts)
        for source in several
        if source.currency and source.served == account.id and not tagged(source.tags, settings.agreed_tags)
        for line in source.lines
    }
    found: dict[str, list[Part]] = defaultdict(list)
    for invoice, lines in served_invoices(account) if sources else ():
        amounts: dict[str, Decimal] = defaultdict(Decimal)
        billed: dict[str, Contract | Order] = {}
        for line, _, amount in lines:
            source = sources.get(line.contract_line) or sources.get(line.order_line)
            if source is not None and amount and invoice.currency:
                amounts[source.id] += amount
                billed[source.id] = source
        for name, source in billed.items():
            found[name].append(Part(source, invoice, amounts[name]))
    for parts in found.values():
        parts.sort(key=lambda part: part.invoice.day or date.max)
    return found


def _changed_over(parts: Sequence[Part]) -> bool:
    """Return whether it is billed in its own currency by now, having been billed in another one at first."""
    last = parts[-1]
    return last.invoice.currency == last.source.currency


def _hit(several: Sequence[Part]) -> Hit:
    invoice, source = several[0].invoice, several[0].source
    amount = sum((part.amount for part in several), Decimal(0))
    kind = "contract" if isinstance(source, Contract) else "order"
    name = source.number or source.id
    return Hit(
        f"invoice:{invoice.id}",
        f"{titled(invoice)} is in {invoice.currency}, but {kind} {name} is in {source.currency}: "
        f"{spelled(amount, invoice.currency)}",
        amount,
        invoice.currency,
        (Evidence(titled(invoice), invoice.url), Evidence(f"{kind.capitalize()} {name}", source.url)),
        since=invoice.made or invoice.day,
        payer=invoice.payer,
    )
