"""Rules of the group “credit and dispute”: what is not accepted, taken back, or paid and not set off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import Field

from integrations.core.billing import Account, Invoice, Payment
from integrations.core.calendar import later
from integrations.core.dates import dated
from integrations.core.model import Person
from integrations.core.money import spelled
from integrations.flows.invoicing.facts import after, again, disputed, owed, titled
from integrations.flows.invoicing.rule import Evidence, Hit, Rule, RuleSettings, Verdict, rule


class DisputeSettings(RuleSettings):
    """`[invoices.rules.dispute-stuck]`."""

    grace_days: int = Field(3, ge=0, le=3650)
    """Days after which somebody has to have taken a dispute on."""
    news_days: int = Field(14, ge=1, le=3650)
    """Days without anything done or written after which it is stuck."""


@rule(
    "dispute-stuck",
    group="credit and dispute",
    title="Dispute that nobody moves on",
    severity="medium",
    who="account manager",
    action="Settle the dispute with the customer: correct the invoice, or ask for the money",
    needs={"invoices"},
    settings=DisputeSettings,
)
def dispute_stuck(account: Account, settings: DisputeSettings, today: date) -> Iterator[Verdict]:
    """A disputed invoice without an owner some days after the dispute began, or without news for too long.

    A dispute of unknown beginning without an owner is told at once; one with an owner is then left to that person.
    """
    days: list[date | None] = []
    for invoice in owed(account):
        if not disputed(invoice):
            continue
        dispute = invoice.dispute
        owner = dispute.owner.strip() if dispute is not None else ""
        since = dispute.since if dispute is not None else None
        news = max((day for day in (since, dispute.news if dispute else None) if day is not None), default=None)
        unowned = after(since, settings.grace_days) if since is not None else date.min
        stuck = after(news, settings.news_days) if news is not None else None
        days.extend((unowned if not owner else None, stuck))
        if not owner and unowned <= today:
            yield _dispute(account, invoice, f"{titled(invoice)} is disputed, and nobody of us has taken that on")
        elif stuck is not None and news is not None and stuck <= today:
            message = f"The dispute about {_called(invoice)} has had no news since {dated(news)}"
            yield _dispute(account, invoice, message, owner)
    yield from again(today, days)


def _dispute(account: Account, invoice: Invoice, message: str, owner: str = "") -> Hit:
    served = (Evidence(f"For customer {invoice.served}"),) if invoice.served not in ("", account.id) else ()
    amount = spelled(invoice.open, invoice.currency)
    return Hit(
        f"invoice:{invoice.id}",
        f"{message}: {amount} is open",
        amount=invoice.open if invoice.currency else None,
        currency=invoice.currency,
        evidence=(Evidence(f"{titled(invoice)}: {amount} open", invoice.url), *served),
        since=invoice.dispute.since if invoice.dispute is not None else None,
        action="" if owner else "Take the dispute on, or say who does",
        person=Person(name=owner, email=owner if "@" in owner else None) if owner else None,
    )


def _called(invoice: Invoice) -> str:
    """As `titled`, within a sentence."""
    title = titled(invoice)
    return title[:1].lower() + title[1:]


class CreditedSettings(RuleSettings):
    """`[invoices.rules.credited-often]`."""

    months: int = Field(12, ge=1, le=60)
    """How many calendar months are looked at, this one among them."""
    percent: Decimal = Field(Decimal(20), gt=0, le=100)
    """More than this share of what was invoiced is too much."""
    times: int = Field(3, ge=2, le=1000)
    """So many credit notes are too many, however small."""


@rule(
    "credited-often",
    group="credit and dispute",
    title="Much credited, or again and again",
    severity="medium",
    who="account manager",
    action="Find out with the customer why invoices are wrong, and fix the contract or the order",
    needs={"invoices"},
    settings=CreditedSettings,
)
def credited_often(account: Account, settings: CreditedSettings, today: date) -> Iterator[Verdict]:
    """Within some months, more than a share of what was invoiced was credited, or credit notes came again and again.

    By currency, without tax, of what the account itself pays. A correction is none: a credit note that takes back an
    invoice in whose place another one came; the invoice taken back does not count either. Calendar months are looked
    at, so that the verdict changes by itself on the first of a month only. What is credited of invoices that are older
    has no share, only its number.
    """
    notes = [invoice for invoice in account.invoices if invoice.kind == "credit" and _counts(invoice, account)]
    if not notes:
        return
    corrected = _corrected(account)
    month = today.replace(day=1)
    begin = max(later(month, 1 - settings.months), account.since or date.min)
    by_currency: dict[str, list[Invoice]] = defaultdict(list)
    days: list[date] = []
    for note in notes:
        if note.day is not None and note.day >= begin and note.reverses not in corrected:
            days.append(note.day)
            if note.day <= today:
                by_currency[note.currency].append(note)
    if not days:
        return
    invoiced = _invoiced(account, corrected, begin, today, days)
    for currency, found in by_currency.items():
        yield from _credited(found, currency, invoiced.get(currency, Decimal(0)), settings)
    yield from again(today, (later(month, 1), *days))


def _counts(invoice: Invoice, account: Account) -> bool:
    return invoice.state == "posted" and invoice.payer == account.id and invoice.day is not None


def _corrected(account: Account) -> set[str]:
    """The ids of invoices in whose place others came."""
    replaced = {invoice.replaces for invoice in account.invoices if invoice.replaces and invoice.state != "cancelled"}
    return {invoice.id for invoice in account.invoices if invoice.number in replaced} if replaced else set()


def _invoiced(account: Account, corrected: set[str], begin: date, today: date, days: list[date]) -> dict[str, Decimal]:
    """Return what was invoiced from `begin` to today, by currency; days that are still to come are added to `days`."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for invoice in account.invoices:
        if invoice.day is None or invoice.day < begin or invoice.kind != "invoice" or not _counts(invoice, account):
            continue
        if invoice.day > today:
            days.append(invoice.day)
        elif invoice.id not in corrected:
            total[invoice.currency] += invoice.untaxed
    return total


def _credited(found: list[Invoice], currency: str, invoiced: Decimal, settings: CreditedSettings) -> Iterator[Hit]:
    credited = sum((note.untaxed for note in found), Decimal(0))
    much = invoiced > 0 and credited * 100 > invoiced * settings.percent
    if credited <= 0 or not (much or len(found) >= settings.times):
        return
    count = "1 credit note" if len(found) == 1 else f"{len(found)} credit notes"
    within = "within a month" if settings.months == 1 else f"within {settings.months} months"
    took = "takes" if len(found) == 1 else "take"
    of = f" of {spelled(invoiced, currency)} invoiced" if invoiced > 0 else ""
    yield Hit(
        f"account/{currency}" if currency else "account",
        f"{count} {took} back {spelled(credited, currency)}{of} {within}",
        amount=credited if currency else None,
        currency=currency,
        evidence=tuple(
            Evidence(f"{titled(note)}: {spelled(note.untaxed, currency)}", note.url) for note in found[-10:]
        ),
        since=found[0].day,
    )


class AllocationSettings(RuleSettings):
    """`[invoices.rules.not-allocated]`."""

    grace_days: int = Field(14, ge=0, le=3650)
    """Days within which money or a credit note is to be set off."""
    tolerance: Decimal = Field(Decimal("0.05"), ge=0)
    """What rounding may leave over, in whatever currency."""


@rule(
    "not-allocated",
    group="credit and dispute",
    title="Payment or credit note not allocated",
    severity="medium",
    who="finance",
    action="Set it off against the open invoices",
    needs={"payments", "invoices"},
    settings=AllocationSettings,
)
def not_allocated(account: Account, settings: AllocationSettings, today: date) -> Iterator[Verdict]:
    """Money that came in, or a credit note, that is set off against nothing after some days.

    A prepayment waits for what is still to come. One whose day the ERP does not tell is left alone. Where nothing is
    open in its currency, it is to be paid back.
    """
    if not account.payments:
        return
    waiting = {invoice.currency for invoice in owed(account)}
    days: list[date] = []
    for payment in account.payments:
        if payment.prepayment or payment.day is None or payment.open <= settings.tolerance:
            continue
        deadline = after(payment.day, settings.grace_days + 1)
        days.append(deadline)
        if deadline <= today:
            yield _payment(payment, payment.day, payment.currency in waiting)
    yield from again(today, days)


def _payment(payment: Payment, day: date, waiting: bool) -> Hit:
    kind = "Credit note" if payment.kind == "credit" else "Payment"
    called = f"{kind} {payment.number or payment.id}"
    amount = spelled(payment.open, payment.currency)
    return Hit(
        f"payment:{payment.id}",
        f"{called} of {dated(day)} is not set off against an invoice: {amount} of it is left",
        amount=payment.open if payment.currency else None,
        currency=payment.currency,
        evidence=(Evidence(f"{called}: {amount} left", payment.url),),
        since=day,
        action="" if waiting else "Pay it back, or mark it as a prepayment: no invoice is open",
    )


RULES: tuple[Rule[Any], ...] = (dispute_stuck, credited_often, not_allocated)
