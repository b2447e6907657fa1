"""How rules about contracts and invoices show what they found."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from integrations.core.billing import Invoice
from integrations.core.dates import dated
from integrations.core.money import spelled
from integrations.flows.invoicing.matching import Billed, Terms
from integrations.flows.invoicing.periods import Period
from integrations.flows.invoicing.reading import titled
from integrations.flows.invoicing.rule import Evidence, RuleSettings

GROUP = "contract against invoice"


class Tolerant(RuleSettings):
    """Settings of rules that compare amounts."""

    tolerance: Decimal = Field(Decimal("0.05"), ge=0, le=1000)
    """What rounding explains of a line's amount, in its currency."""


def contract_called(terms: Terms) -> str:
    """What a contract is called within a sentence: `contract S00012`."""
    return f"contract {terms.contract.number or terms.contract.id}"


def span(period: Period) -> str:
    """A period as people read it: `1 Oct 2026 to 31 Oct 2026`."""
    return f"{dated(period.start)} to {dated(period.end)}"


def count(quantity: Decimal) -> str:
    """A quantity without zeros that say nothing: `2.5`, `10`."""
    return f"{quantity.normalize():f}"


def contract_shown(terms: Terms) -> Evidence:
    """The contract, and which of its lines, by its place: names of lines are people's own words."""
    place = terms.contract.lines.index(next(one for one in terms.contract.lines if one.id == terms.line.id)) + 1
    called = contract_called(terms)
    return Evidence(f"{called[0].upper()}{called[1:]}, line {place}", terms.contract.url)


def invoice_shown(invoice: Invoice) -> Evidence:
    """The invoice with its day and amount without tax."""
    day = f" of {dated(invoice.day)}" if invoice.day else ""
    return Evidence(f"{titled(invoice)}{day}: {spelled(invoice.untaxed, invoice.currency)} without tax", invoice.url)


def line_subject(billed: Billed) -> str:
    """What a finding about an invoice's line is about."""
    return f"invoice:{billed.invoice.id}/line:{billed.line.id}"
