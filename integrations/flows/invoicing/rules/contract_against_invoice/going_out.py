"""Invoices that do not reach the customer: drafts that nobody posts, and posted ones that nobody sends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pydantic import Field

from integrations.core.billing import Account, Delivery, Invoice
from integrations.core.dates import dated
from integrations.core.money import spelled
from integrations.flows.invoicing.facts import after, again, titled
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule
from integrations.flows.invoicing.rules.contract_against_invoice.comparison import GROUP, invoice_shown


class DraftTooOld(RuleSettings):
    """Settings of `draft-too-old`."""

    grace_days: int = Field(14, ge=0, le=3650)
    """Days after which a draft should have been posted."""


@rule(
    "draft-too-old",
    group=GROUP,
    title="Draft not posted",
    severity="medium",
    who="finance",
    action="Post the draft, cancel it, or note why it is held",
    needs={"invoices"},
    settings=DraftTooOld,
)
def draft_too_old(account: Account, settings: DraftTooOld, today: date) -> Iterator[Verdict]:
    """Drafts of invoices and credit notes that are older than some days.

    One finding per draft; the amount is its own, without tax. A draft that was made ahead of its invoice date is as
    old as that date. One that is held on purpose, or of which the ERP names no day, is not told.
    """
    days: set[date] = set()
    for invoice in account.invoices:
        if invoice.state != "draft" or invoice.held or invoice.served != account.id:
            continue
        known = [day for day in (invoice.made, invoice.day) if day is not None]
        if not known:
            continue
        day = max(known)
        deadline = after(day, settings.grace_days + 1)
        if deadline > today:
            days.add(deadline)
        else:
            yield Hit(
                subject=f"invoice:{invoice.id}",
                message=f"{titled(invoice)} waits since {dated(day)}: {spelled(invoice.untaxed, invoice.currency)} "
                "is not posted",
                amount=invoice.untaxed,
                currency=invoice.currency,
                evidence=(invoice_shown(invoice),),
                since=day,
                payer=invoice.payer,
            )
    yield from again(today, days)


class NeverSent(RuleSettings):
    """Settings of `never-sent`."""

    grace_days: int = Field(3, ge=0, le=3650)
    """Days after the invoice date."""
    by: tuple[Delivery, ...] = ("", "email")
    """The ways of delivery of which the ERP records that an invoice went out; the empty one: it knows of no way."""


@rule(
    "never-sent",
    group=GROUP,
    title="Invoice posted but never sent",
    severity="high",
    who="finance",
    action="Send the invoice",
    needs={"invoices"},
    settings=NeverSent,
)
def never_sent(account: Account, settings: NeverSent, today: date) -> Iterator[Verdict]:
    """Posted invoices that the ERP knows have not gone out, some days after their date.

    One finding per invoice, at whoever has to pay it; the amount is what is open, with tax. Invoices that go out by
    e-bill or on paper leave no trace in the ERP. One that was paid, in part or whole, arrived in some way.
    """
    days: set[date] = set()
    for invoice in account.invoices:
        if invoice.sent is not False or not _waits(invoice) or invoice.payer != account.id or invoice.day is None:
            continue
        if (invoice.delivery or account.invoice_address.delivery) not in settings.by:
            continue
        deadline = after(invoice.day, settings.grace_days + 1)
        if deadline > today:
            days.add(deadline)
        else:
            yield _unsent(account, invoice, invoice.day)
    yield from again(today, days)


def _waits(invoice: Invoice) -> bool:
    """Return whether somebody has to pay it and has not begun to."""
    return (
        invoice.kind == "invoice"
        and invoice.state == "posted"
        and invoice.payment in {"open", "blocked"}
        and invoice.open > 0
    )


def _unsent(account: Account, invoice: Invoice, day: date) -> Hit:
    served = () if invoice.served == account.id else (Evidence(f"For services to customer {invoice.served}"),)
    return Hit(
        subject=f"invoice:{invoice.id}",
        message=f"{titled(invoice)} of {dated(day)} was never sent: {spelled(invoice.open, invoice.currency)} is open",
        amount=invoice.open,
        currency=invoice.currency,
        evidence=(invoice_shown(invoice), *served),
        since=day,
        payer=invoice.payer,
    )
