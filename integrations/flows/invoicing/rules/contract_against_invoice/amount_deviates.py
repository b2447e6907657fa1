"""Invoices that are far from what is usual for the customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pydantic import Field, model_validator

from integrations.core.billing import Account, ContractLine, Invoice
from integrations.core.money import rounded, spelled
from integrations.flows.invoicing.facts import after, again, titled
from integrations.flows.invoicing.matching import Billed, Loose, matched
from integrations.flows.invoicing.matching.model import unit_price
from integrations.flows.invoicing.periods import DAYS, MONTHS
from integrations.flows.invoicing.rule import Hit, Verdict, rule
from integrations.flows.invoicing.rules.contract_against_invoice.comparison import (
    GROUP,
    Tolerant,
    amount_fits,
    comparable,
    invoice_shown,
)

PERCENT = Decimal(100)
Series = tuple[str, str]
"""What is compared with each other: a rhythm, or a product without contract; and a currency."""


class AmountDeviates(Tolerant):
    """Settings of `amount-deviates`."""

    sigmas: Decimal = Field(Decimal(3), ge=1, le=20)
    """How many standard deviations are too far from the mean."""
    least: int = Field(10, ge=3, le=1000)
    """How many invoices there have to be to compare with."""
    compared: int = Field(12, ge=3, le=1000)
    """How many of the last ones are compared with at most."""
    least_percent: Decimal = Field(Decimal(10), ge=0, le=1000)
    """What is nearer to the mean than this is never reported: invoices that never differ have no deviation."""
    days: int = Field(60, ge=1, le=3650)
    """How long after its date an invoice is reported."""

    @model_validator(mode="after")
    def _enough(self) -> AmountDeviates:
        if self.least > self.compared:
            raise ValueError("`least` may not be more than `compared`: there would never be enough invoices")
        return self


class _Sum(NamedTuple):
    """Amount that an invoice bills in one series."""

    invoice: Invoice
    day: date
    amount: Decimal
    agreed: bool
    """All of it is as its contract says."""


@rule(
    "amount-deviates",
    group=GROUP,
    title="Amount far from the last invoices",
    severity="low",
    who="account manager",
    action="Check the invoice, and tell the customer if it is right",
    needs={"contracts", "invoices"},
    settings=AmountDeviates,
)
def amount_deviates(account: Account, settings: AmountDeviates, today: date) -> Iterator[Verdict]:
    """Invoices and drafts whose amount is further from the mean of the last ones than some standard deviations.

    Amounts without tax, less what was credited, are compared by the rhythm of their contract lines, so that yearly
    ones are apart, else by product; orders are one-offs. One finding per invoice and rhythm or product, some days long;
    the amount is the difference to the mean, in the invoice's currency. What a contract says is no deviation.
    """
    days: list[date] = []
    for (key, _), sums in _series(account, settings, today).items():
        if len(sums) <= settings.least:
            continue
        posted: list[_Sum] = []
        for candidate in sorted(sums, key=lambda candidate: (candidate.day, candidate.invoice.id)):
            draft = candidate.invoice.state == "draft"
            if not candidate.agreed and _news(candidate.invoice, candidate.day, settings, today):
                hit = _judged(candidate, posted[-settings.compared :], key, settings)
                if hit is not None:
                    days += [] if draft else [after(candidate.day, settings.days + 1)]
                    yield hit
            if not draft:
                posted.append(candidate)
    yield from again(today, days)


def _news(invoice: Invoice, day: date, settings: AmountDeviates, today: date) -> bool:
    """Return whether an invoice is still to be judged."""
    return invoice.state == "draft" or after(day, settings.days) >= today


def _judged(candidate: _Sum, before: Sequence[_Sum], key: str, settings: AmountDeviates) -> Hit | None:
    number = len(before)
    if number < settings.least:
        return None
    mean = sum((other.amount for other in before), Decimal(0)) / number
    deviation = (sum(((other.amount - mean) ** 2 for other in before), Decimal(0)) / (number - 1)).sqrt()
    difference = abs(candidate.amount - mean)
    floor = max(settings.tolerance, abs(mean) * settings.least_percent / PERCENT)
    if difference <= max(settings.sigmas * deviation, floor):
        return None
    currency = candidate.invoice.currency
    return Hit(
        subject=f"invoice:{candidate.invoice.id}/{key}",
        message=f"{titled(candidate.invoice)} bills {spelled(candidate.amount, currency)} for what the "
        f"{number} invoices before it billed {spelled(mean, currency)} on average",
        amount=rounded(difference, currency),
        currency=currency,
        evidence=(invoice_shown(candidate.invoice), *(invoice_shown(other.invoice) for other in before[:-4:-1])),
        since=candidate.day,
        payer=candidate.invoice.payer,
    )


def _series(account: Account, settings: AmountDeviates, today: date) -> dict[Series, list[_Sum]]:
    """Return what each invoice bills, by what can be compared; only where something new is not as a contract says."""
    found = matched(account)
    sums: dict[tuple[Series, str], _Sum] = {}
    rhythms: dict[str, list[Billed]] = defaultdict(list)
    for terms in found.terms:
        rhythms[_rhythm(terms.line)] += found.billed.get(terms.line.id, ())
    for rhythm, billed in rhythms.items():
        if any(
            _news(billing.invoice, _day(billing.invoice), settings, today) and not _as_agreed(billing, settings)
            for billing in billed
        ):
            for billing in billed:
                _add(sums, rhythm, billing.invoice, billing.amount, agreed=_as_agreed(billing, settings))
    for product, several in _products(found.loose).items():
        if len(several) > settings.least:
            for loose in several:
                _add(sums, f"product:{product}", loose.invoice, loose.amount, agreed=False)
    series: dict[Series, list[_Sum]] = defaultdict(list)
    for (key, _), one_sum in sums.items():
        series[key].append(one_sum)
    return series


def _products(found: Sequence[Loose]) -> dict[str, list[Loose]]:
    products: dict[str, list[Loose]] = defaultdict(list)
    for loose in found:
        if loose.line.product and not loose.line.order_line:
            products[loose.line.product].append(loose)
    return products


def _day(invoice: Invoice) -> date:
    return invoice.day or invoice.made or date.min


def _add(sums: dict[tuple[Series, str], _Sum], key: str, invoice: Invoice, amount: Decimal, *, agreed: bool) -> None:
    day = _day(invoice)
    if day == date.min:
        return
    place = ((key, invoice.currency), invoice.id)
    known = sums.get(place)
    if known is not None:
        amount, agreed = amount + known.amount, agreed and known.agreed
    sums[place] = _Sum(invoice, day, amount, agreed)


def _as_agreed(billing: Billed, settings: AmountDeviates) -> bool:
    price = unit_price(billing.terms.line, billing.day) if comparable(billing) else None
    return price is not None and amount_fits((billing,), price, settings)


def _rhythm(line: ContractLine) -> str:
    months = MONTHS.get(line.unit)
    return f"months:{months * line.every}" if months else f"days:{DAYS[line.unit] * line.every}"
