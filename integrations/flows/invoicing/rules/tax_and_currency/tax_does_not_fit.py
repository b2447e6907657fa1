"""Invoices whose taxes are not those of their fiscal position, at the rate of the days of service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from pydantic import Field, model_validator

from integrations.core.billing import Account, Invoice, Line, Tax
from integrations.core.dates import dated
from integrations.core.model import Model
from integrations.core.money import spelled
from integrations.flows.invoicing.facts import after, patient, titled
from integrations.flows.invoicing.matching.netting import served_invoices
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule


class RateChange(Model):
    """That a rate became another one."""

    countries: tuple[str, ...] = ("CH", "LI")
    """Whose customers it is for, ISO 3166-1 alpha-2. Liechtenstein levies Swiss VAT."""
    old: Decimal = Field(ge=0, le=100)
    """Per cent."""
    new: Decimal = Field(ge=0, le=100)
    first_day: date
    """The first day of service at the new rate."""

    @model_validator(mode="after")
    def _changes(self) -> RateChange:
        if self.old == self.new:
            raise ValueError("the old and the new rate must differ")
        return self


SWISS = tuple(
    RateChange(old=Decimal(old), new=Decimal(new), first_day=date(2024, 1, 1))
    for old, new in (("7.7", "8.1"), ("2.5", "2.6"), ("3.7", "3.8"))
)
"""Swiss VAT rates as of 2024 (Federal Council, 2022-12-09; the service period decides: VAT info 19 of the FTA)."""


class TaxDoesNotFit(RuleSettings):
    """The changes of rates that are known."""

    changes: tuple[RateChange, ...] = SWISS
    late_days: int = Field(92, ge=0, le=366)
    """Lines that name no service period may have the old rate for so many days after a change: for what was before."""


@rule(
    "tax-does-not-fit",
    group="tax and currency",
    title="Tax does not fit",
    severity="high",
    who="finance",
    action="Correct the tax: on a draft at once, on a posted invoice by a credit note and a new one",
    needs={"invoices"},
    settings=TaxDoesNotFit,
)
def tax_does_not_fit(account: Account, settings: TaxDoesNotFit, today: date) -> Iterator[Verdict]:
    """Invoices with a tax to which their fiscal position does not lead, as the ERP's adapter tells for each line.

    Where a rate changed, the service period decides: the old rate fits one that ended before, and does not fit one
    that began after, whatever the invoice's date. The amount is what these lines come to, without tax, after credit
    notes. Where the ERP can't tell which tax is right, nothing is found.
    """
    changes = _changes(account, settings)
    for invoice, lines in served_invoices(account):
        wrong = [
            (tax, rate, number)
            for number, (line, _, amount) in enumerate(lines)
            if line.taxes and amount
            for tax in line.taxes
            if (rate := _expected(tax, line, invoice, changes, settings.late_days)) is not None
        ]
        if wrong:
            amount = sum((lines[number][2] for number in {number for _, _, number in wrong}), Decimal(0))
            yield patient(_hit(invoice, abs(amount), [(tax.name, rate) for tax, rate, _ in wrong]), settings, today)


def _changes(account: Account, settings: TaxDoesNotFit) -> dict[Decimal, list[RateChange]]:
    """The changes that concern this customer, by the old rate and by the new one."""
    country = account.invoice_address.country_code.upper()
    found: dict[Decimal, list[RateChange]] = {}
    for change in settings.changes:
        if not country or country in change.countries:
            found.setdefault(change.old, []).append(change)
            found.setdefault(change.new, []).append(change)
    return found


def _expected(
    tax: Tax, line: Line, invoice: Invoice, changes: dict[Decimal, list[RateChange]], late_days: int
) -> str | None:
    """Return what should be there instead of a tax that does not fit; None: it fits, or that is not known."""
    for change in changes.get(tax.percent, ()):
        if tax.fits is False and tax.expected and not _names(tax.expected, change.new):
            continue
        verdict = _by_service(tax, line, invoice, change, late_days)
        if verdict is not None:
            return verdict or None
    return tax.expected or "another tax" if tax.fits is False else None


def _names(tax: str, percent: Decimal) -> bool:
    """Return whether a tax is, by its name, of this rate: `VAT 8.1%`, `MWST 8,1 %`."""
    return f"{percent.normalize():f}" in tax.replace(",", ".")


def _by_service(tax: Tax, line: Line, invoice: Invoice, change: RateChange, late_days: int) -> str | None:
    """By a change of rates: the rate that is right; empty: this one is; None: the change tells nothing."""
    start, end = line.start or line.end, line.end or line.start
    if start is None or end is None:
        late = invoice.day is not None and invoice.day < after(change.first_day, late_days)
        return "" if tax.percent == change.old and late else None
    if tax.percent == change.old:
        if end < change.first_day:
            return ""
        return f"{change.new} % from {dated(change.first_day)} on" if start >= change.first_day else None
    return f"{change.old} % before {dated(change.first_day)}" if end < change.first_day else None


def _hit(invoice: Invoice, amount: Decimal, wrong: Sequence[tuple[str, str]]) -> Hit:
    has = ", ".join(dict.fromkeys(tax for tax, _ in wrong))
    right = ", ".join(dict.fromkeys(rate for _, rate in wrong))
    position = f" for {invoice.fiscal_position}" if invoice.fiscal_position else ""
    return Hit(
        f"invoice:{invoice.id}",
        f"{titled(invoice)} has {has} on {spelled(amount, invoice.currency)}; right{position} is {right}",
        amount,
        invoice.currency,
        (Evidence(titled(invoice), invoice.url),),
        since=invoice.made or invoice.day,
        payer=invoice.payer,
    )
