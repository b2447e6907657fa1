"""Periods for which another quantity is billed than the contract has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from integrations.core.billing import Account
from integrations.core.dates import dated
from integrations.core.money import rounded
from integrations.flows.invoicing.facts import titled
from integrations.flows.invoicing.matching import Billed, matched
from integrations.flows.invoicing.matching.model import unit_price
from integrations.flows.invoicing.periods import count_of
from integrations.flows.invoicing.rule import Hit, Verdict, rule
from integrations.flows.invoicing.rules.contract_against_invoice.comparison import (
    GROUP,
    Billing,
    Tolerant,
    agreed_price,
    amount_fits,
    comparable,
    contract_shown,
    count,
    invoice_shown,
    share,
    span,
    wrongly_billed,
)


@rule(
    "quantity-differs",
    group=GROUP,
    title="Quantity differs from the contract",
    severity="medium",
    who="finance",
    action="Correct the invoice, or the quantity in the contract",
    needs={"contracts", "invoices"},
    settings=Tolerant,
)
def quantity_differs(account: Account, settings: Tolerant, _today: date) -> Iterator[Verdict]:
    """Periods for which another quantity is billed than the contract has.

    One finding per contract line and period, over all lines that bill it; the amount is the difference at the agreed
    price. No difference: a total that is right, the share of a part of a period, and, where changes are billed by the
    day, what lies between the quantity before and the one now; what costs nothing, or is metered. A period that is
    billed twice is `billed-twice`'s. Contracts keep no history of quantities: what was billed before today's quantity
    was first used counts as an older one.
    """
    found = matched(account)
    for terms in found.terms:
        if terms.line.metered:
            continue
        billings = list(_by_period(found.billed.get(terms.line.id, ())))
        wrong = wrongly_billed(billings, lambda same: _quantity_fits(same, settings), history=False)
        before = _before(billings) if wrong and terms.line.prorated else {}
        for same in wrong:
            if not _between(same, before.get(same[0].day)):
                yield _quantity_hit(same)


def _by_period(billed: Sequence[Billed]) -> Iterator[Billing]:
    """Return what bills the same days, together."""
    same: list[Billed] = []
    for billing in billed:
        if not comparable(billing):
            continue
        if same and same[0].day != billing.day:
            yield same
            same = []
        same.append(billing)
    if same:
        yield same


def _quantity_fits(same: Billing, settings: Tolerant) -> bool | None:
    line, service = same[0].terms.line, same[0].service
    if len(same) == 1 and same[0].quantity == line.quantity:
        return True
    agreed = unit_price(line, same[0].day)
    if agreed is None or service is None:
        return None
    if amount_fits(same, agreed, settings):
        return True
    near = settings.tolerance / abs(agreed) if agreed else Decimal(0)
    right = {line.quantity, line.quantity * count_of(line, service), line.quantity * share(line, service)}
    billed = {_quantity(same), *(billing.quantity for billing in same)}
    return any(abs(quantity - wanted) <= near for quantity in billed for wanted in right)


def _before(billings: Sequence[Billing]) -> dict[date, Decimal]:
    """For each period the quantity of the one before."""
    return {same[0].day: _quantity(previous) for previous, same in pairwise(billings)}


def _quantity(same: Billing) -> Decimal:
    return sum((billing.quantity for billing in same), Decimal(0))


def _between(same: Billing, before: Decimal | None) -> bool:
    if before is None:
        return False
    now, quantity = same[0].terms.line.quantity, _quantity(same)
    return min(before, now) <= quantity <= max(before, now)


def _quantity_hit(same: Billing) -> Hit:
    first = same[0]
    line, currency = first.terms.line, first.invoice.currency
    quantity = _quantity(same)
    agreed = line.quantity * (count_of(line, first.service) if first.service else 1)
    period = span(first.service) if first.service else dated(first.day)
    return Hit(
        subject=f"{first.terms.subject}/{first.day.isoformat()}",
        message=f"{titled(first.invoice)} bills a quantity of {count(quantity)} for {period}: "
        f"the contract says {count(agreed)}",
        amount=rounded(abs(quantity - agreed) * abs(agreed_price(first)), currency),
        currency=currency,
        evidence=(*(invoice_shown(billing.invoice) for billing in same), contract_shown(first.terms)),
        since=first.invoice.day,
        payer=first.invoice.payer,
    )
