"""Periods of contracts that nobody invoiced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from pydantic import Field

from integrations.core.billing import Account, ContractLine
from integrations.core.dates import dated
from integrations.core.money import rounded, spelled
from integrations.flows.invoicing.facts import after
from integrations.flows.invoicing.matching import Matched, Terms, matched
from integrations.flows.invoicing.matching.model import WHOLE, worth
from integrations.flows.invoicing.periods import Period, billed_on, part_of, periods, whole_of
from integrations.flows.invoicing.rule import Again, Hit, RuleSettings, Verdict, rule
from integrations.flows.invoicing.rules.contract_against_invoice.comparison import (
    GROUP,
    contract_called,
    contract_shown,
    span,
)

EARLY = 31
"""Days before its period in which an invoice may have been made: of what is near the horizon, nothing can be said."""
FAR = 5 * 366
"""Days from now on in which periods are looked at that were billed in advance."""
ROUNDED = 10
"""One day in so many may lack by another way to count a period's days: months of 30 days, an end that is left out."""


class PeriodNotInvoiced(RuleSettings):
    """Settings of `period-not-invoiced`."""

    grace_days: int = Field(7, ge=0, le=3650)
    """Days after the billing day, for whoever makes and checks invoices."""


@rule(
    "period-not-invoiced",
    group=GROUP,
    title="Contract period not invoiced",
    severity="high",
    who="finance",
    action="Make the invoice for this period, or end the contract",
    needs={"contracts", "invoices"},
    settings=PeriodNotInvoiced,
)
def period_not_invoiced(account: Account, settings: PeriodNotInvoiced, today: date) -> Iterator[Verdict]:
    """Periods whose billing day, plus grace, is past, and for which there is neither an invoice nor a draft.

    One finding per contract line and period. The billing day is the period's first where the line is billed ahead,
    else the day after its last. Of a period that is billed in part, the rest is told a period later: a rhythm that
    moved bills it by then. Periods that cost nothing have nothing to bill. An invoice that a credit note took back
    bills nothing. The amount is what the contract agrees for the period, in its currency.
    """
    found = matched(account)
    earliest = after(account.since, EARLY) if account.since else date.min
    for terms in found.terms:
        if terms.known and terms.line.id not in found.undated and not _free(terms.line):
            yield from _of_line(terms, found, settings, max(earliest, _taken_over(terms, found, account.made)), today)


def _free(line: ContractLine) -> bool:
    """Return whether no price of this line ever asks for anything."""
    if line.discount >= WHOLE and line.discount_until is None:
        return True
    return bool(line.prices) and all(price.amount * line.quantity <= 0 for price in line.prices)


def _taken_over(terms: Terms, found: Matched, made: date | None) -> date:
    """The first billing day that is this ERP's: a contract may have been taken over from elsewhere.

    What was to be billed before its customer was entered and before it was first billed here, and by the ERP's word is
    billed or will not be, was billed by whatever was there before.
    """
    line = terms.line
    after_billed = after(line.billed_to, 1 if line.ahead else 2) if line.billed_to else None
    known = [day for day in (line.next, after_billed) if day is not None]
    if made is None or not known:
        return date.min
    billed = found.billed.get(line.id)
    return min(made, max(known), *([billed[0].day] if billed else ()))


def _of_line(
    terms: Terms, found: Matched, settings: PeriodNotInvoiced, earliest: date, today: date
) -> Iterator[Verdict]:
    horizon = after(today, FAR)
    for period in _not_covered(terms.line, found.covered.get(terms.line.id, ()), earliest, horizon):
        missing = found.unbilled(terms, period)
        if missing * ROUNDED <= period.days or not _to_bill(terms, found, period, earliest):
            continue
        amount = worth(terms.line, period)
        if amount is not None and amount <= 0:
            continue
        deadline = after(_due(terms, period, missing), settings.grace_days + 1)
        if deadline <= today:
            yield _hit(terms, period, missing, amount)
            continue
        yield Again(deadline)
        if missing == period.days:
            return
    yield Again(horizon)


def _not_covered(line: ContractLine, covered: Sequence[Period], since: date, until: date) -> Iterator[Period]:
    """The line's periods with days that nobody billed."""
    gap = since
    for billed in [*covered, None]:
        last = min(until, after(billed.start, -1)) if billed else until
        for period in periods(line, gap, last) if gap <= last else ():
            yield period
            gap = max(gap, after(period.end, 1))
        gap = max(gap, after(billed.end, 1)) if billed else gap


def _to_bill(terms: Terms, found: Matched, period: Period, earliest: date) -> bool:
    """Return whether an invoice for a period has to be here.

    Not where it lies before what was read, nor where the ERP began to bill it elsewhere: it says that it was billed,
    and the first invoice for this line is later. Nor before the day on which the ERP bills a line first that was added
    to a contract: of such a line, only the contract's first day is known. Nor for days before the first whole period
    that nothing says are billed on their own.
    """
    line = terms.line
    if billed_on(line, period) < earliest:
        return False
    billed = found.billed.get(line.id)
    if billed and line.billed_to is not None and period.end <= line.billed_to and period.end < billed[0].day:
        return False
    first = line.next if not billed and line.billed_to is None else None
    if first is not None and billed_on(line, period) < first and _in_use(terms, found):
        return False
    lead = period.end != line.end and part_of(line, period) < 1
    return not lead or line.prorated or line.unit == "month end"


def _in_use(terms: Terms, found: Matched) -> bool:
    """Return whether another line of the contract is billed."""
    return any(line.id in found.billed for line in terms.contract.lines)


def _due(terms: Terms, period: Period, missing: int) -> date:
    day = billed_on(terms.line, period)
    if missing == period.days:
        return day
    whole = whole_of(terms.line, period.start)
    return after(day, whole.days if whole else period.days)


def _hit(terms: Terms, period: Period, missing: int, amount: Decimal | None) -> Hit:
    contract, day = terms.contract, billed_on(terms.line, period)
    called = contract_called(terms)
    called = called[0].upper() + called[1:]
    if missing < period.days:
        amount = None if amount is None else amount * missing / period.days
        problem, what = f"{called} is billed for a part of {span(period)} only", "the rest is not"
    else:
        problem, what = f"{called} was to be billed on {dated(day)} for {span(period)}", "nothing is"
    if amount is not None:
        what = f"{spelled(amount, contract.currency)} is not"
    return Hit(
        subject=f"{terms.subject}/{period.start.isoformat()}",
        message=f"{problem}: {what} invoiced",
        amount=None if amount is None else rounded(amount, contract.currency),
        currency=contract.currency,
        evidence=(contract_shown(terms),),
        since=day,
        payer=contract.payer,
    )
