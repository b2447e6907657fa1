"""`invoices check`: read what may have changed, apply the rules, remember, tell; with tickets where they are wanted."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from integrations.core import calendar
from integrations.core.billing import Account, Part, Survey
from integrations.core.calendar import later
from integrations.core.errors import IntegrationError, Rejected
from integrations.core.model import plain
from integrations.core.money import decimal_string
from integrations.core.plan import Approval
from integrations.core.pool import ahead
from integrations.core.rows import Failed, attempt
from integrations.core.run import Run, Session
from integrations.flows.invoicing.chain import chain_progress
from integrations.flows.invoicing.facts import SHOWN, Completing, no_orders, open_items, remembered, too_old, unseen
from integrations.flows.invoicing.findings import Broken, Judgement, judge
from integrations.flows.invoicing.flags import TicketFlow
from integrations.flows.invoicing.inheritance import Inheriting
from integrations.flows.invoicing.memory import READ, Read
from integrations.flows.invoicing.outcome import Outcome
from integrations.flows.invoicing.overview import Books, FindingsOverview
from integrations.flows.invoicing.selection import Selecting, Selection, digest
from integrations.flows.invoicing.tickets import ticket_system

NEEDED: frozenset[Part] = frozenset({"invoices", "orders", "contracts"})
"""The parts without which a check is none: somebody has to grant the right to read them."""
TOGETHER = 200
"""Accounts that are asked for, and remembered, at once."""


class Pass:
    """Reads and judges what was selected.

    Attributes:
        completing: What the ERP does not know of accounts.
        broken: Rules that raised: the first account of each kind of error.
        failed: Customers, and records of nobody knows whom, that could not be read or judged.
        lacks: What stands for all that can't be judged anywhere now: payments that are too old, parts that the ERP
            does not show us.
    """

    def __init__(self, check: Books, survey: Survey, now: datetime, today: date) -> None:
        self._check, self._survey, self._now, self._today = check, survey, now, today
        # Before the disputes: one that is told from now on is heard of by whoever is asked for since.
        self._waited = check.memory.waiting()
        disputes = {invoice: record.dispute() for invoice, record in check.decisions.disputes().items()}
        stale = too_old(survey, check.settings.bank_days, today)
        self.completing = Completing(
            disputes, stale, no_orders(survey), unseen(check.memory.value(SHOWN), survey, today)
        )
        self.broken: dict[tuple[str, str], Broken] = {}
        self.failed: list[Failed] = []
        self.lacks = _lacks(survey, self.completing)
        self._run = check.memory.next_run()
        self._inheriting = Inheriting(check.systems, check.ledger, check.memory)
        self._read = 0
        self._names: dict[str, str] = {}

    def read(self, selection: Selection) -> None:
        """Read, judge and remember; what was read before something fails is kept.

        Raises:
            IntegrationError: Something could not be read; the rest is not known.
        """
        self._inheriting.begin(self._run, self._now)
        unseen = self._check.memory.accounts() if selection.full else set(selection.asked)
        asked = 0
        self.failed += selection.failed
        for customers, accounts in ahead(self._chunks(selection.pages)):
            unseen -= self._settle(accounts)
            asked += customers
            self._check.progress(asked, None)
        if self._is_unsure_who_is_there and not selection.is_named:
            return
        if selection.is_named:
            refuse_unknown(unseen)
        waiting, heirs = self._inheriting.end(unseen, self._run, self._now)
        if heirs:
            self._settle(list(self._check.source.accounts(sorted(heirs), self._since)))
        self._check.memory.missing(unseen - waiting, self._run, self._now)

    @property
    def _is_unsure_who_is_there(self) -> bool:
        """Return whether a record of nobody knows whom may be the only one of a customer who was not seen."""
        return any(not failure.id.isdigit() for failure in self.failed)

    def outcome(self, selection: Selection) -> Outcome:
        """Return how it stands now; kept for the trend where everything was looked at."""
        check = self._check
        standing = FindingsOverview(
            check.memory, check.decisions, check.settings, check.catalogue, self._today, check.source, self._survey,
            self._run,
        )  # fmt: skip
        begun = Outcome(
            self._today,
            since=selection.since,
            full=selection.full,
            read=self._read,
            names=self._names,
            broken=tuple(self.broken.values()),
            failed=(*check.catalogue.unusable, *self.failed),
            absent=self._survey.absent,
            unknown=self._survey.unknown,
            companies=tuple(self._survey.companies.values()),
            denied=self._survey.denied & NEEDED,
            notes=(
                *(f"{why}: what it is owed is not judged" for why in dict.fromkeys(self.completing.stale.values())),
                *self._inheriting.notes,
            ),
        )
        outcome = standing.outcome(begun)
        amounts = {currency: decimal_string(amount, currency) for currency, amount in outcome.total.amounts.items()}
        check.memory.close_run(
            self._run, self._now, full=selection.full, counts=outcome.counts, amounts=amounts
        )  # fmt: skip
        return outcome

    def _some(self, pages: Iterator[Sequence[str | Failed]]) -> Iterator[list[str]]:
        """The customers of all pages, so many at a time."""
        waiting: list[str] = []
        for page in pages:
            waiting += [account for account in page if isinstance(account, str)]
            self.failed += [failure for failure in page if isinstance(failure, Failed)]
            while len(waiting) >= TOGETHER:
                yield waiting[:TOGETHER]
                waiting = waiting[TOGETHER:]
        if waiting:
            yield waiting

    def _chunks(self, pages: Iterator[Sequence[str | Failed]]) -> Iterator[tuple[int, list[Account | Failed]]]:
        """Return how many customers are asked for, and those that there are; one is read while another is judged."""
        for customers in self._some(pages):
            yield len(customers), list(self._check.source.accounts(customers, self._since))

    @property
    def _since(self) -> date:
        """The first day of the history that is read."""
        return later(self._today.replace(day=1), -self._check.settings.history_months)

    def _settle(self, accounts: Sequence[Account | Failed]) -> set[str]:
        """Judge these accounts and remember what is said of them; their ids, with those that failed: they are there."""
        read: list[Read] = []
        waits: dict[str, str] = {}
        failed: list[Failed] = []
        for account in accounts:
            if isinstance(account, Failed):
                failed.append(account)
                continue
            judged = attempt("", self._one, account)
            if isinstance(judged, IntegrationError):
                failed.append(Failed(account.id, judged))
                continue
            read.append(judged[0])
            waits[account.id] = judged[1]
        self._read += len(read)
        self.failed += failed
        rules = self._check.catalogue.rules if self._check.catalogue.unusable else None
        known = frozenset(rule.id for rule in rules) if rules is not None else None
        self._check.memory.settle(read, waits, self._waited, self._run, self._now, known)
        self._check.memory.read_again([failure.id for failure in failed])
        return {verdict.judgement.account for verdict in read} | {failure.id for failure in failed}

    def _one(self, account: Account) -> tuple[Read, str]:
        """Return what is kept of an account, and why it is read again although nothing is written to it."""
        judged = self._judged(self.completing.complete(account))
        return judged, self._waits(judged.judgement, account)

    def _judged(self, account: Account) -> Read:
        catalogue = self._check.catalogue
        judgement = judge(account, catalogue.rules, catalogue.settings, self._today)
        judgement = dataclasses.replace(judgement, findings=self._inheriting.named(judgement.findings))
        for broken in judgement.broken:
            self.broken.setdefault((broken.rule, broken.error), broken)
        if judgement.findings:
            self._names[account.id] = account.name
        return Read(judgement, account.account_manager, open_items(account), self._standings(account))

    def _waits(self, judgement: Judgement, account: Account) -> str:
        """Return why an account is read again although nothing is written to it and no day comes.

        What it lacks as everybody does is there for it when it is there for anybody.
        """
        if judgement.broken or account.unread.keys() - self._survey.absent.keys():
            return READ
        return self.lacks if judgement.stale else ""

    def _standings(self, account: Account) -> list[dict[str, Any]]:
        """Return how far the account's deals came, of those that were won within the history that is read."""
        found = chain_progress(account, self._today, self._check.settings.history_months)
        return [plain(dataclasses.asdict(progress)) for progress in found]


def _lacks(survey: Survey, completing: Completing) -> str:
    facts = [sorted(part.items()) for part in (completing.stale, survey.absent, completing.unseen)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:10]


def refuse_unknown(customers: Collection[str]) -> None:
    """Refuse who was named and is no customer, or not there.

    Raises:
        Rejected: There are some.
    """
    if customers:
        raise Rejected(
            f"{min(customers)} is no customer in the ERP: nobody there, hidden from our account, one of us, or without "
            "an invoice, order, contract or won deal",
            who="the caller",
            next="Name a customer by its number in the ERP, its link there, or a part of its name.",
        )


@dataclasses.dataclass(frozen=True)
class Request:
    """Selection of the customers that a check looks at.

    Attributes:
        customers: Only these, by their ids in the ERP; empty: all that may have changed.
        full: All customers, whatever seems to have changed.
        flag: Keep the tickets in step with what is found.
    """

    customers: tuple[str, ...] = ()
    full: bool = False
    flag: bool = False


class InvoiceCheck(Books):
    """Finds invoicing exceptions."""

    def run(self, request: Request, approval: Approval[Outcome] | None = None) -> Outcome:
        """Check, and flag as far as it may; raises only for what is wrong in the settings.

        Twice: the second run reads what is new, finds the same, and writes no ticket. Interrupted anywhere, the next
        run reads again what was not read to the end.
        """
        if request.flag:
            ticket_system(self.systems, self.settings)
        session = self.session
        return session.run(lambda: self._run(session, request, approval or Approval()), self._stopped)

    def _run(self, session: Session, request: Request, approval: Approval[Outcome]) -> Outcome:
        with self.holding():
            outcome = self._checked(request)
        if not request.flag or outcome.error is not None:
            return outcome
        ask = approval.ask
        asked = (lambda flagged: ask(dataclasses.replace(outcome, flagged=flagged))) if ask is not None else None
        allowed = Approval(approval.dry, approval.yes, approval.plan, ask=asked)
        tickets = TicketFlow(self, outcome)
        run = Run(session, tickets, allowed, tickets.limits, waiting=self.waiting)
        return dataclasses.replace(outcome, flagged=run.outcome())

    def _checked(self, request: Request) -> Outcome:
        """Everything that may have changed, read and judged."""
        now, today = self.now(), self.today()
        survey = self.source.survey()
        passing = Pass(self, survey, now, today)
        selecting = Selecting(self.memory, self.source, self.settings, digest(self.catalogue, self.settings))
        selection = selecting.select(request.customers, now, today, full=request.full, lacks=passing.lacks)
        last = self.ledger.last_run()
        doubt = self.clock.judge(selection.newest)
        if doubt is not None:
            # As everything stood when the clock was believed: what has an end has not reached it since.
            day = calendar.day_of(last) if last is not None else today
            return dataclasses.replace(self.standing(today=day).outcome(), error=doubt)
        passing.read(selection)
        selecting.finish(selection)
        self.memory.keep(**{SHOWN: remembered(self.memory.value(SHOWN), survey, today)})
        return passing.outcome(selection)
