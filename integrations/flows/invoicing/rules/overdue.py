"""Rules of the group “overdue”: what a customer has to pay and did not.

Whose payment is registered has paid; a disputed invoice is left to the rules of “credit and dispute”.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import Field, model_validator

from integrations.core.billing import Account, Invoice
from integrations.core.dates import dated
from integrations.core.money import spelled
from integrations.flows.invoicing.facts import after, again, disputed, owed, titled
from integrations.flows.invoicing.rule import Evidence, Hit, Rule, RuleSettings, Severity, Verdict, rule


class OwedSettings(RuleSettings):
    """Settings of all rules about single invoices that are owed."""

    minimum: Decimal = Field(Decimal(1), ge=0)
    """Less than this, in whatever currency, is what rounding and bank charges left over: nobody is asked for it."""


class UnpaidSettings(OwedSettings):
    """`[invoices.rules.unpaid]`: days past due; told from the first day after the grace on, as low."""

    medium_days: int = Field(30, ge=1, le=3650)
    """Days past due from which it is medium."""
    high_days: int = Field(60, ge=1, le=3650)
    """Days past due from which it is high."""
    last_days: int = Field(90, ge=1, le=3650)
    """Days past due from which more than a reminder is called for."""

    @model_validator(mode="after")
    def _in_order(self) -> UnpaidSettings:
        if not self.grace_days < self.medium_days <= self.high_days <= self.last_days:
            raise ValueError("grace_days, medium_days, high_days and last_days must follow one another")
        return self


@rule(
    "unpaid",
    group="overdue",
    title="Invoice not paid",
    severity="low",
    who="finance",
    action="Look for a payment that is not allocated, then remind the customer",
    needs={"invoices", "bank"},
    settings=UnpaidSettings,
)
def unpaid(account: Account, settings: UnpaidSettings, today: date) -> Iterator[Verdict]:
    """Invoices unpaid past their due date plus grace, severity by age (30 and 60 days; from 90 on, another action).

    Where reminders are stopped without a reason, `dunning-stopped` tells of it instead.
    """
    days: list[date] = []
    for invoice in owed(account):
        due = invoice.due
        if due is None or disputed(invoice) or _stopped(invoice):
            continue
        deadline = after(due, settings.grace_days + 1)
        medium, high, last = (after(due, n) for n in (settings.medium_days, settings.high_days, settings.last_days))
        days.append(next((day for day in (deadline, medium, high, last) if day > today), today))
        if today >= deadline:
            severity: Severity = "high" if today >= high else "medium" if today >= medium else "low"
            action = "Decide on debt collection, and on whether the service goes on" if today >= last else ""
            message = f"{titled(invoice)} was due on {dated(due)}: {_open(invoice)} is open"
            yield _hit(account, invoice, message, severity, action)
    yield from again(today, days)


class FirstInvoiceSettings(OwedSettings):
    """`[invoices.rules.first-invoice-unpaid]`."""

    grace_days: int = Field(10, ge=0, le=3650)
    """Days past due."""


@rule(
    "first-invoice-unpaid",
    group="overdue",
    title="First invoice not paid",
    severity="high",
    who="account manager",
    action="Call the customer: did the invoice reach the right person, and is it accepted",
    needs={"account", "invoices", "bank"},
    settings=FirstInvoiceSettings,
)
def first_invoice_unpaid(account: Account, settings: FirstInvoiceSettings, today: date) -> Iterator[Verdict]:
    """The very first invoice that an account has to pay is unpaid some days past its due date.

    Told only where no older invoice can be hidden: all are here, or the ERP knows the customer only since a day that
    was asked for. One that was taken back altogether is not the first.
    """
    if account.since is not None and (account.made is None or account.made < account.since):
        return
    first = next((invoice for invoice in account.invoices if _counts(invoice) and invoice.payer == account.id), None)
    if first is None or first.due is None or disputed(first):
        return
    if first.payment not in ("open", "partial") or first.open <= 0:
        return
    deadline = after(first.due, settings.grace_days + 1)
    if today >= deadline:
        message = f"{titled(first)}, the first one ever, was due on {dated(first.due)}: {_open(first)} is open"
        yield _hit(account, first, message)
    yield from again(today, (deadline,))


def _counts(invoice: Invoice) -> bool:
    return (
        invoice.kind == "invoice"
        and invoice.state == "posted"
        and invoice.payment != "reversed"
        and invoice.day is not None
        and invoice.total > 0
    )


@rule(
    "credit-limit",
    group="overdue",
    title="Credit limit exceeded",
    severity="medium",
    who="finance",
    action="Ask for payment, or agree on another limit before more is delivered",
    needs={"account", "invoices", "payments", "bank"},
)
def credit_limit(account: Account, settings: RuleSettings, today: date) -> Iterator[Verdict]:  # noqa: ARG001
    """Return what is open, with tax, less money and credit notes not yet allocated, is more than the account may owe.

    Only what is in the limit's currency is counted: currencies are not added. No limit, or 0, is none. At risk is
    what is beyond the limit. Disputed invoices do not count.
    """
    limit, currency = account.credit_limit, account.credit_currency
    if limit is None or limit <= 0 or not currency:
        return
    invoices = [invoice for invoice in owed(account) if invoice.currency == currency and not disputed(invoice)]
    unallocated = sum((payment.open for payment in account.payments if payment.currency == currency), Decimal(0))
    used = sum((invoice.open for invoice in invoices), Decimal(0)) - unallocated
    if used <= limit:
        return
    largest = sorted(invoices, key=lambda invoice: (-invoice.open, invoice.id))[:5]
    yield Hit(
        "account",
        f"{spelled(used, currency)} is open, the credit limit is {spelled(limit, currency)}",
        amount=used - limit,
        currency=currency,
        evidence=(
            Evidence(f"Credit limit: {spelled(limit, currency)}", account.url),
            *(Evidence(f"{titled(invoice)}: {_open(invoice)}", invoice.url) for invoice in largest),
        ),
    )


class DunningSettings(OwedSettings):
    """`[invoices.rules.dunning-stopped]`."""

    reminders_days: tuple[int, ...] = (30, 60)
    """Days past due by which the first reminder has to be out, the second, and so on."""
    high_days: int = Field(60, ge=1, le=3650)
    """Days past due from which it is high."""

    @model_validator(mode="after")
    def _in_order(self) -> DunningSettings:
        if any(day < 1 for day in self.reminders_days) or list(self.reminders_days) != sorted(set(self.reminders_days)):
            raise ValueError("reminders_days must be days past due, 1 or more, each later than the one before")
        return self


@rule(
    "dunning-stopped",
    group="overdue",
    title="Reminders stopped without a reason",
    severity="medium",
    who="finance",
    action="Let reminders go out, or enter the reason why not",
    needs={"invoices", "bank"},
    settings=DunningSettings,
)
def dunning_stopped(account: Account, settings: DunningSettings, today: date) -> Iterator[Verdict]:
    """An overdue invoice for which reminders are blocked, or were skipped, and nobody says why.

    Skipped: fewer went out than its age calls for, where the ERP counts them.
    """
    days: list[date] = []
    for invoice in owed(account):
        due = invoice.due
        if due is None or disputed(invoice) or invoice.dunning_reason.strip():
            continue
        deadline = after(due, settings.grace_days + 1)
        high = after(due, max(settings.high_days, settings.grace_days + 1))
        severity: Severity = "high" if today >= high else "medium"
        if invoice.dunning_blocked:
            days.append(deadline if deadline > today else high)
            if today >= deadline:
                message = f"{titled(invoice)} gets no reminders: {_open(invoice)} was due on {dated(due)}"
                yield _hit(account, invoice, message, severity)
        elif invoice.dunning_level is not None:
            called_for = [after(due, max(n, settings.grace_days + 1)) for n in settings.reminders_days]
            days.extend(day for day in (*called_for, high) if day > today)
            wanted = sum(day <= today for day in called_for)
            if invoice.dunning_level < wanted:
                out = f"{invoice.dunning_level} of {wanted} reminders went out"
                message = f"{titled(invoice)} was due on {dated(due)}, and {out}: {_open(invoice)} is open"
                yield _hit(account, invoice, message, severity)
    yield from again(today, days)


def _stopped(invoice: Invoice) -> bool:
    return invoice.dunning_blocked and not invoice.dunning_reason.strip()


def _open(invoice: Invoice) -> str:
    return spelled(invoice.open, invoice.currency)


def _hit(account: Account, invoice: Invoice, message: str, severity: Severity | None = None, action: str = "") -> Hit:
    served = (Evidence(f"For customer {invoice.served}"),) if invoice.served not in ("", account.id) else ()
    return Hit(
        f"invoice:{invoice.id}",
        message,
        amount=invoice.open if invoice.currency else None,
        currency=invoice.currency,
        evidence=(Evidence(f"{titled(invoice)}: {_open(invoice)} open", invoice.url), *served),
        since=invoice.due,
        severity=severity,
        action=action,
    )


RULES: tuple[Rule[Any], ...] = (unpaid, first_invoice_unpaid, credit_limit, dunning_stopped)
