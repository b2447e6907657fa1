"""What several rules read off an account's facts in the same way."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from integrations.core.billing import Account, Invoice, Part
from integrations.flows.invoicing.rule import Again, Hit, RuleSettings, Verdict


def titled(invoice: Invoice) -> str:
    """What an invoice is called at the beginning of a sentence: `Invoice INV/2026/00012`, `Draft credit note 602`."""
    kind = "credit note" if invoice.kind == "credit" else "invoice"
    if invoice.state == "draft":
        return f"Draft {kind} {invoice.number or invoice.id}"
    return f"{kind.capitalize()} {invoice.number or invoice.id}"


def tagged(tags: Iterable[str], meaning: Iterable[str]) -> bool:
    """Whether one of the tags is one of those that mean something, in whatever case."""
    known = {tag.strip().casefold() for tag in meaning}
    return any(tag.strip().casefold() in known for tag in tags)


def says(text: str, words: Iterable[str]) -> bool:
    """Whether a text holds one of the words as words of its own, in whatever case: `test` is in `Test tenant 3`.

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
        told = after(hit.since, settings.grace_days)
        if told > today:
            return Again(told)
    return hit


_BUSINESS: frozenset[Part] = frozenset({"invoices", "orders", "contracts", "deals", "work", "usage"})


def idle(account: Account) -> bool:
    """Whether no invoice is to be expected: the customer is archived, or an old one without any business lately.

    That is: entered before the history that was read, and within that nothing was won, ordered, agreed, delivered or
    invoiced. Where a part of it could not be read, that can't be told.
    """
    if not account.active:
        return True
    since = account.since
    if since is None or account.made is None or account.made >= since or account.unread.keys() & _BUSINESS:
        return False
    if account.invoices or account.work or account.usage or any(one.state != "ended" for one in account.contracts):
        return False
    orders = (one.day for one in account.orders if one.state != "cancelled")
    return all(day is not None and day < since for day in (*orders, *(deal.day for deal in account.deals)))


_NOT_PAID = frozenset({"open", "partial", "blocked"})


def owed(account: Account) -> list[Invoice]:
    """The posted invoices that this account has to pay and has not, disputed ones too.

    One whose payment is registered is not among them: the bank has yet to confirm it, the customer has done its part.
    """
    return [
        one
        for one in account.invoices
        if one.payment in _NOT_PAID
        and one.open > 0
        and one.kind == "invoice"
        and one.state == "posted"
        and one.payer == account.id
    ]


def disputed(invoice: Invoice) -> bool:
    """Whether the customer does not accept it, by the ERP's or somebody's word: nobody is to ask for the money."""
    return invoice.dispute is not None or invoice.payment == "blocked"
