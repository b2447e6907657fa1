"""Facts that several rules read off an account in the same way."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import get_args

from integrations.core.billing import Account, Dispute, Invoice, Part, Survey
from integrations.core.dates import dated
from integrations.flows.invoicing.rule import Again, Hit, RuleSettings, Verdict


def titled(invoice: Invoice) -> str:
    """Return an invoice's name for the start of a sentence: `Invoice INV/2026/00012`, `Draft credit note 602`."""
    kind = "credit note" if invoice.kind == "credit" else "invoice"
    if invoice.state == "draft":
        return f"Draft {kind} {invoice.number or invoice.id}"
    return f"{kind.capitalize()} {invoice.number or invoice.id}"


def tagged(tags: Iterable[str], meaning: Iterable[str]) -> bool:
    """Return whether one of the tags is one of those that mean something, in whatever case."""
    known = {tag.strip().casefold() for tag in meaning}
    return any(tag.strip().casefold() in known for tag in tags)


def says(text: str, words: Iterable[str]) -> bool:
    """Return whether a text holds one of the words as words of its own, in whatever case: `test` is in `Test tenant 3`.

    Signs between words count as blanks: `test` is in `test-tenant`, not in `contest`.
    """
    plain = _plain(text)
    return any(_plain(word) in plain for word in words if word.strip())


@functools.lru_cache(maxsize=65_536)
def _plain(text: str) -> str:
    """The words of a text, in lower case, each with a blank on either side."""
    return f" {' '.join(''.join(sign if sign.isalnum() else ' ' for sign in text.casefold()).split())} "


def again(today: date, days: Iterable[date | None]) -> Iterator[Again]:
    """The first of these days that is still to come, if any is: when to look again."""
    following = min((day for day in days if day is not None and day > today), default=None)
    if following is not None:
        yield Again(following)


def after(day: date, days: int) -> date:
    """So many days later; the last day that there is, where the calendar ends before."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def patient(hit: Hit, settings: RuleSettings, today: date) -> Verdict:
    """A hit once it has been wrong for longer than its grace; until then, the day when it has.

    One that is not known to be wrong since a day is told at once.
    """
    if settings.grace_days and hit.since is not None:
        deadline = after(hit.since, settings.grace_days)
        if deadline > today:
            return Again(deadline)
    return hit


_BUSINESS: frozenset[Part] = frozenset({"invoices", "orders", "contracts", "deals", "work", "usage"})


def idle(account: Account) -> bool:
    """Return whether no invoice is to be expected: the customer is archived, or an old one without any business lately.

    That is: entered before the history that was read, and within that nothing was won, ordered, agreed, delivered or
    invoiced. Where a part of it could not be read, that is not known.
    """
    if not account.active:
        return True
    since = account.since
    if since is None or account.made is None or account.made >= since or account.unread.keys() & _BUSINESS:
        return False
    if (
        account.invoices
        or account.work
        or account.usage
        or any(contract.state != "ended" for contract in account.contracts)
    ):
        return False
    orders = (order.day for order in account.orders if order.state != "cancelled")
    return all(day is not None and day < since for day in (*orders, *(deal.day for deal in account.deals)))


_NOT_PAID = frozenset({"open", "partial", "blocked"})


def owed(account: Account) -> list[Invoice]:
    """The posted invoices that this account has to pay and has not, disputed ones too.

    One whose payment is registered is not among them: the bank has yet to confirm it, the customer has done its part.
    """
    return [
        invoice
        for invoice in account.invoices
        if invoice.payment in _NOT_PAID
        and invoice.open > 0
        and invoice.kind == "invoice"
        and invoice.state == "posted"
        and invoice.payer == account.id
    ]


def disputed(invoice: Invoice) -> bool:
    """Return whether the customer disputes it, by the ERP's or somebody's word: nobody asks for the money."""
    return invoice.dispute is not None or invoice.payment == "blocked"


@dataclasses.dataclass(frozen=True)
class Completing:
    """Completes accounts before the rules see them.

    Attributes:
        disputes: By the invoice's id.
        stale: Our companies whose payments are too old, each with why.
        unseen: Parts that the ERP showed before and does not now, each with why.
        no_orders: Why it is not known whether what was won, or is used, was ordered; empty: it can.
    """

    disputes: Mapping[str, Dispute]
    stale: Mapping[str, str]
    no_orders: str = ""
    unseen: Mapping[Part, str] = dataclasses.field(default_factory=dict)

    def complete(self, account: Account) -> Account:
        """The account with its disputes, as far as anything can be said of it: see the attributes."""
        if self.unseen:
            account = dataclasses.replace(account, unread={**self.unseen, **account.unread})
        if self.no_orders and (account.deals or account.usage):
            unread = {**account.unread, "deals": self.no_orders, "usage": self.no_orders}
            account = dataclasses.replace(account, unread=unread)
        if self.disputes and any(invoice.id in self.disputes for invoice in account.invoices):
            account = dataclasses.replace(
                account, invoices=tuple(self._disputed(invoice) for invoice in account.invoices)
            )
        if self.stale and (why := self._too_old(account)):
            account = dataclasses.replace(account, unread={**account.unread, "bank": why})
        return account

    def _disputed(self, invoice: Invoice) -> Invoice:
        dispute = self.disputes.get(invoice.id)
        return dataclasses.replace(invoice, dispute=dispute) if dispute is not None else invoice

    def _too_old(self, account: Account) -> str:
        """Return why its payments are unknown: one of the companies to which it owes something has old ones."""
        owed = {invoice.company for invoice in account.invoices if invoice.state == "posted" and invoice.open}
        return "; ".join(sorted({self.stale[company] for company in owed & self.stale.keys()}))


def no_orders(survey: Survey) -> str:
    """Return why it is not known what was ordered: the ERP shows neither orders nor contracts; empty: it shows some.

    Nobody is then said to have forgotten an order.
    """
    absent = survey.absent
    return f"{absent['orders']}; {absent['contracts']}" if {"orders", "contracts"} <= absent.keys() else ""


def too_old(survey: Survey, days: int, today: date) -> dict[str, str]:
    """Our companies whose newest bank statement is older than so many days, each with why, in words.

    A company that never imported any is one whose payments are registered by hand: nothing can be too old there. Where
    we may not read statements, nobody knows how old the payments are.
    """
    if "bank" in survey.denied:
        return dict.fromkeys(survey.companies, survey.absent["bank"])
    return {
        company.id: f"the newest bank statement of {company.name} is of {dated(company.bank)}"
        for company in survey.companies.values()
        if company.bank is not None and today - company.bank > timedelta(days=days)
    }


def open_items(account: Account) -> list[tuple[str, str, str]]:
    """Return what the account itself owes: due day, currency, amount with tax; credit notes count against it."""
    items: dict[tuple[str, str], Decimal] = {}
    for invoice in account.invoices:
        if invoice.state == "posted" and invoice.open and invoice.payer == account.id and invoice.due is not None:
            place = (invoice.due.isoformat(), invoice.currency)
            items[place] = items.get(place, Decimal(0)) + (invoice.open if invoice.kind == "invoice" else -invoice.open)
    return [(due, currency, str(amount)) for (due, currency), amount in sorted(items.items()) if amount]


SHOWN = "shown"
"""Under what name it is kept: our companies with their names, and the parts, each with the day of the last run that saw
it."""
BELIEVED = timedelta(days=7)
"""How long something that is not shown any more is taken for a lost right, or an app that is being updated."""
OF_COMPANIES: tuple[Part, ...] = ("bank", "contracts", "invoices", "orders", "payments")
"""What belongs to one of our companies: without a right on it, Odoo leaves its records out without a word."""


def unseen(kept: str | None, survey: Survey, today: date) -> dict[Part, str]:
    """The parts of which some, or all, were shown some days ago and are not now, each with why, in words."""
    companies, parts = _known(kept, today)
    found: dict[Part, str] = {}
    for number, (name, day) in companies.items():
        if number not in survey.companies:
            sentence = f"{name} is not shown to us any more; it was on {dated(date.fromisoformat(day))}"
            found.update({part: f"{found[part]}; {sentence}" if part in found else sentence for part in OF_COMPANIES})
    for part in get_args(Part):
        if part in parts and part in survey.absent:
            found[part] = f"{survey.absent[part]}; it was there on {dated(date.fromisoformat(parts[part]))}"
    return found


def remembered(kept: str | None, survey: Survey, today: date) -> str:
    """Return what is to be kept of what was shown until now."""
    companies, parts = _known(kept, today)
    day = today.isoformat()
    companies |= {number: (company.name, day) for number, company in survey.companies.items()}
    parts |= {part: day for part in get_args(Part) if part not in survey.absent}
    return json.dumps([companies, parts], sort_keys=True)


def _known(kept: str | None, today: date) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """By company its name and the day on which it was last seen, and by part that day; only what is still believed."""
    companies, parts = json.loads(kept) if kept else ({}, {})
    since = (today - BELIEVED).isoformat()
    return (
        {number: (name, day) for number, (name, day) in companies.items() if day >= since},
        {part: day for part, day in parts.items() if day >= since},
    )
