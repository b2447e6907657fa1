"""What the ERP does not know of an account: disputes that somebody told us, and payments that are too old to tell."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from integrations.core.billing import Account, Dispute, Invoice, Part, Survey
from integrations.core.dates import dated


@dataclasses.dataclass(frozen=True)
class Completing:
    """Completes accounts before the rules see them.

    Attributes:
        disputes: By the invoice's id.
        stale: Our companies whose payments are too old, each with why.
        unseen: Parts that the ERP showed before and does not now, each with why.
        no_orders: Why it can't be told whether what was won, or is used, was ordered; empty: it can.
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
        if self.disputes and any(one.id in self.disputes for one in account.invoices):
            account = dataclasses.replace(account, invoices=tuple(self._disputed(one) for one in account.invoices))
        if self.stale and (why := self._too_old(account)):
            account = dataclasses.replace(account, unread={**account.unread, "bank": why})
        return account

    def _disputed(self, invoice: Invoice) -> Invoice:
        told = self.disputes.get(invoice.id)
        return dataclasses.replace(invoice, dispute=told) if told is not None else invoice

    def _too_old(self, account: Account) -> str:
        """Why nothing can be said of its payments: one of the companies to which it owes something has old ones."""
        owed = {one.company for one in account.invoices if one.state == "posted" and one.open}
        return "; ".join(sorted({self.stale[company] for company in owed & self.stale.keys()}))


def no_orders(survey: Survey) -> str:
    """Why it can't be told what was ordered: the ERP shows neither orders nor contracts; empty: it shows some.

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
    """What the account itself owes: due day, currency, amount with tax; credit notes count against it."""
    items: dict[tuple[str, str], Decimal] = {}
    for one in account.invoices:
        if one.state == "posted" and one.open and one.payer == account.id and one.due is not None:
            place = (one.due.isoformat(), one.currency)
            items[place] = items.get(place, Decimal(0)) + (one.open if one.kind == "invoice" else -one.open)
    return [(due, currency, str(amount)) for (due, currency), amount in sorted(items.items()) if amount]
