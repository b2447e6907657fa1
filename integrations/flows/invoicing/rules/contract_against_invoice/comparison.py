"""Comparison of what is billed with what a contract agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal

from pydantic import Field

from integrations.core.billing import ContractLine, Invoice
from integrations.core.dates import dated
from integrations.core.money import spelled
from integrations.flows.invoicing.facts import titled
from integrations.flows.invoicing.matching import Billed, Terms
from integrations.flows.invoicing.matching.model import reduced, unit_price
from integrations.flows.invoicing.periods import Period, count_of, whole_of
from integrations.flows.invoicing.rule import Evidence, RuleSettings

GROUP = "contract against invoice"


class Tolerant(RuleSettings):
    """Settings of rules that compare amounts."""

    tolerance: Decimal = Field(Decimal("0.05"), ge=0, le=1000)
    """What rounding explains of a line's amount, in its currency."""


def contract_called(terms: Terms) -> str:
    """Return what a contract is called within a sentence: `contract S00012`."""
    return f"contract {terms.contract.number or terms.contract.id}"


def span(period: Period) -> str:
    """A period as people read it: `1 Oct 2026 to 31 Oct 2026`."""
    return f"{dated(period.start)} to {dated(period.end)}"


def count(quantity: Decimal) -> str:
    """A quantity without zeros that say nothing: `2.5`, `10`."""
    return f"{quantity.normalize():f}"


def contract_shown(terms: Terms) -> Evidence:
    """The contract, and which of its lines, by its place: names of lines are people's own words."""
    place = terms.contract.lines.index(next(line for line in terms.contract.lines if line.id == terms.line.id)) + 1
    called = contract_called(terms)
    return Evidence(f"{called[0].upper()}{called[1:]}, line {place}", terms.contract.url)


def invoice_shown(invoice: Invoice) -> Evidence:
    """The invoice with its day and amount without tax."""
    day = f" of {dated(invoice.day)}" if invoice.day else ""
    return Evidence(f"{titled(invoice)}{day}: {spelled(invoice.untaxed, invoice.currency)} without tax", invoice.url)


def line_subject(billed: Billed) -> str:
    """Return what a finding about an invoice's line is about."""
    return f"invoice:{billed.invoice.id}/line:{billed.line.id}"


Billing = Sequence[Billed]
"""What bills one contract line for one period: several lines where something was added or taken off."""


def comparable(billing: Billed) -> bool:
    """Return whether it is in the contract's currency, for days on which the contract line is in force."""
    return (
        billing.service is not None
        and billing.invoice.currency == billing.terms.contract.currency
        and billing.terms.runs(billing.day)
    )


def wrongly_billed(
    billings: Iterable[Billing], fits: Callable[[Billing], bool | None], *, history: bool
) -> Sequence[Billing]:
    """Return what does not fit what is agreed, of what bills one contract line, the earliest service first.

    Without a history of what was agreed, only what is newest, what is still a draft, and what came after something that
    fitted: before that, it fitted what was agreed then. So may the newest, where the contract line was written to on a
    later day than the invoice: its next one tells.
    """
    fits_known = [(same, fit) for same in billings if (fit := fits(same)) is not None]
    if all(fit for _, fit in fits_known):
        return ()
    newest = max((same[0].day for same, _ in fits_known if not same[0].draft), default=None)
    since = date.min if history else min((same[0].day for same, fit in fits_known if fit), default=date.max)
    return [
        same
        for same, fit in fits_known
        if not fit
        and (same[0].day >= since or same[0].draft or (same[0].day == newest and not _changed_since(same[0])))
    ]


def _changed_since(billing: Billed) -> bool:
    """Return whether the contract line was changed on a day after the invoice; billing changes it on the day itself."""
    changed, made = billing.terms.line.changed, billing.invoice.made or billing.invoice.day
    return changed is not None and made is not None and changed > made


def agreed_price(billing: Billed) -> Decimal:
    """Return what a unit costs by the contract on the first day of service, after the discount."""
    return unit_price(billing.terms.line, billing.day) or Decimal(0)


def evidence(billing: Billed) -> tuple[Evidence, ...]:
    """The invoice and the contract."""
    return (invoice_shown(billing.invoice), contract_shown(billing.terms))


def share(line: ContractLine, service: Period) -> Decimal:
    """Return what part of a whole period it is for: 1 for a whole one, whatever its number of days."""
    whole = whole_of(line, service.start)
    return Decimal(service.days) / whole.days if whole and service.days < whole.days else Decimal(1)


def amount_fits(same: Billing, agreed: Decimal, settings: Tolerant) -> bool:
    """Return whether what is billed for a period comes to what is agreed for it, however it is put."""
    line, service = same[0].terms.line, same[0].service
    if line.metered:
        return False
    amount = sum((billing.amount for billing in same), Decimal(0))
    wanted = agreed * line.quantity
    wholes = {wanted} if service is None else {wanted * count_of(line, service), wanted * share(line, service)}
    return any(abs(amount - whole) <= settings.tolerance for whole in wholes)


def is_reduced(price: Decimal, whole: Decimal, line: ContractLine, near: Decimal) -> bool:
    """Return whether a price is the contract line's less its discount, whether or not that is still in force."""
    return abs(price - reduced(whole, line.discount)) <= near
