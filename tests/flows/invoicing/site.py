"""A company with an ERP and tickets in memory, and two small rules: what a check does, whatever the rules say."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from integrations.core.billing import Account, Invoice, OurCompany, Part, Rate, Survey
from integrations.core.calendar import day_of
from integrations.core.change import Change
from integrations.core.document import Document
from integrations.core.errors import IntegrationError
from integrations.core.http import note_time
from integrations.core.ledger import Ledger
from integrations.core.lock import FileLocks
from integrations.core.model import Person, RecordChange
from integrations.core.plan import Approval, Limits
from integrations.core.resource import Live, Lookup
from integrations.core.system import NUMBER, IdForm, Report, System, SystemSettings
from integrations.flows.invoicing.catalogue import Catalogue
from integrations.flows.invoicing.check import InvoiceCheck, Request
from integrations.flows.invoicing.outcome import Flagged, Outcome
from integrations.flows.invoicing.rule import Again, Evidence, Hit, Rule, RuleSettings, rule
from integrations.flows.invoicing.settings import InvoiceSettings
from integrations.jira.issue.exception import ExceptionTicket

TODAY = date(2026, 11, 22)
LENA = Person(name="Lena Gerber", email="lena.gerber@acme.example")


@rule("owes", group="overdue", title="Not paid", severity="high", who="account manager", action="Ask for it.",
      needs={"invoices", "bank"})  # fmt: skip
def owes(account: Account, settings: RuleSettings, today: date) -> Iterator[Hit | Again]:
    """An invoice that is past due by more than the grace."""
    for invoice in account.invoices:
        if invoice.due is None or not invoice.open or invoice.dispute is not None or invoice.state != "posted":
            continue
        late = invoice.due + timedelta(days=settings.grace_days + 1)
        if today >= late:
            text = f"Invoice {invoice.number} was due on {invoice.due}"
            yield Hit(
                f"invoice:{invoice.id}",
                text,
                invoice.open,
                invoice.currency,
                (Evidence(invoice.number, invoice.url),),
                invoice.due,
            )
        else:
            yield Again(late)


@rule("nameless", group="duplicates", title="Has no name", severity="low", who="finance", action="Name it.",
      needs={"account"})  # fmt: skip
def nameless(account: Account, settings: RuleSettings, today: date) -> Iterator[Hit | Again]:
    """A customer without a name; one called `crash` breaks the rule."""
    del settings, today
    if account.name == "crash":
        raise RuntimeError("by order")
    if not account.name:
        yield Hit("account", "The customer has no name", cause="nobody was named")


RULES: tuple[Rule[Any], ...] = (owes, nameless)


def invoice(number: int, account: str = "101", due: date = date(2026, 10, 31), amount: str = "100.00") -> Invoice:
    """An open invoice that an account owes."""
    value = Decimal(amount)
    return Invoice(
        str(number), f"INV/{number}", day=date(2026, 10, 1), due=due, currency="CHF", untaxed=value, total=value,
        open=value, served=account, payer=account, company="1", url=f"erp:{number}",
    )  # fmt: skip


@dataclasses.dataclass
class Books:
    """The ERP: accounts that a test changes, and what it counts."""

    accounts_by_id: dict[str, Account] = dataclasses.field(default_factory=dict)
    stamps: dict[str, datetime] = dataclasses.field(default_factory=dict)
    company: OurCompany = dataclasses.field(default_factory=lambda: OurCompany("1", "Acme AG", "CHF", TODAY))
    rates: dict[str, Rate] = dataclasses.field(default_factory=dict)
    absent: dict[Part, str] = dataclasses.field(default_factory=dict)
    denied: set[Part] = dataclasses.field(default_factory=set)
    asked: list[str] = dataclasses.field(default_factory=list)
    fails: IntegrationError | None = None
    """What is raised once this many accounts were read; see `after`."""
    after: int = 0
    clock: Callable[[], datetime | None] = lambda: None
    """What its answers say of the time; None: nothing."""

    def have(self, account: Account, at: datetime) -> None:
        """Write an account, as somebody does at this time."""
        self.accounts_by_id[account.id] = account
        self.stamps[account.id] = at

    def _answer(self) -> None:
        if (now := self.clock()) is not None:
            note_time("ERP", now)

    def survey(self) -> Survey:
        self._answer()
        return Survey(("sale.order",), {self.company.id: self.company}, self.rates, self.absent, frozenset(self.denied))

    def customers(self, among: Sequence[str] | None = None) -> Iterator[Sequence[str]]:
        yield sorted(self.accounts_by_id if among is None else among)

    def changed(self, since: datetime) -> Iterator[Sequence[RecordChange]]:
        yield [
            RecordChange(contact=customer, customer=customer, changed=at)
            for customer, at in self.stamps.items()
            if at >= since
        ]

    def accounts(self, customers: Sequence[str], since: date) -> Iterator[Account]:
        for number, customer in enumerate(customers):
            if self.fails is not None and number >= self.after:
                raise self.fails
            self.asked.append(customer)
            if customer in self.accounts_by_id:
                yield dataclasses.replace(self.accounts_by_id[customer], since=since)

    def numbered(self, number: str) -> Sequence[Invoice]:
        self._answer()
        everything = {invoice.id: invoice for account in self.accounts_by_id.values() for invoice in account.invoices}
        return [invoice for invoice in everything.values() if number in (invoice.number, invoice.id)]

    def names(self, customers: Sequence[str]) -> Mapping[str, str]:
        return {
            customer: self.accounts_by_id[customer].name for customer in customers if customer in self.accounts_by_id
        }


@dataclasses.dataclass
class Tickets:
    """Tickets in memory: by our key, with every comment."""

    batch: int = 1
    id_form: IdForm = NUMBER
    writes: Literal["create", "send", "manual"] = "create"
    resource: type[ExceptionTicket] = ExceptionTicket
    there: dict[str, ExceptionTicket] = dataclasses.field(default_factory=dict)
    comments: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    puts: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    ids: Any = dataclasses.field(default_factory=lambda: itertools.count(1))
    numbers: dict[str, str] = dataclasses.field(default_factory=dict)

    def find(self, lookups: Sequence[Lookup[ExceptionTicket]]) -> Any:
        return {lookup.key: self._live(lookup.key, lookup.resource) for lookup in lookups}

    def _live(self, key: str, wanted: ExceptionTicket | None = None) -> Live[ExceptionTicket] | None:
        if key not in self.there:
            return None
        ticket = self.there[key]
        if wanted is not None and ticket.closed and ticket.active:
            # Closed by people: its state is whatever is wanted, as Jira's store has it.
            ticket = ticket.model_copy(update={"state": wanted.state})
        return Live(self.numbers[key], ticket, f"jira:{self.numbers[key]}", ours=True)

    def put(self, changes: Sequence[Change[ExceptionTicket]]) -> Any:
        for change in changes:
            self.puts.append((change.action, change.key))
            wanted = change.wanted()
            self.numbers.setdefault(change.key, f"FIN-{next(self.ids)}")
            if change.action != "create":
                self.comments.setdefault(change.key, []).append(wanted.note.plain())
            gone = change.action == "archive"
            values = {"note": Document(), "state": wanted.state, "active": not gone, "closed": gone}
            known = self.there.get(change.key, wanted)
            self.there[change.key] = known.model_copy(update=values)
        return {change.key: self._live(change.key) for change in changes}

    def open(self) -> list[str]:
        """The keys of the tickets that are not closed."""
        return sorted(key for key, ticket in self.there.items() if not ticket.closed)


class Site:
    """The company; `clock` is its time, which only a test moves."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.books, self.tickets = Books(), Tickets()
        self.clock = datetime(2026, 11, 22, 8, tzinfo=UTC)
        self.wrong_by = timedelta()
        """How far this machine's clock is ahead."""
        self.books.clock = lambda: self.clock
        self.folder = folder
        self.ledger = Ledger(folder / "ledger.sqlite")
        self.mode: Literal["read", "ask", "write"] = "write"
        self.tables: dict[str, Any] = {"tickets": {"project": "FIN"}, **settings}
        self.rules = {rule.id: RuleSettings() for rule in RULES}
        self.limits = Limits()

    def today(self) -> date:
        """The company's day by this machine's clock."""
        return day_of(self.now())

    def now(self) -> datetime:
        """What this machine's clock shows."""
        return self.clock + self.wrong_by

    def check(self) -> InvoiceCheck:
        """A check as the command line makes one."""
        settings = SystemSettings(adapter="memory", mode=self.mode, settle=0.2)
        jira = System("jira", "Jira", settings, {"exception": self.tickets}, lambda _: Report("memory"))
        return InvoiceCheck(
            {"jira": jira}, self.ledger, FileLocks(self.folder / "locks"), self.books, Catalogue(RULES, self.rules),
            InvoiceSettings.model_validate(self.tables), self.limits, lock_wait=0.1,
            now=self.now, today=self.today,
        )  # fmt: skip

    def run(self, *customers: str, full: bool = False) -> Outcome:
        """Check without tickets."""
        return self.check().run(Request(customers, full=full))

    def flag(self, **approval: Any) -> Outcome:
        """Check with tickets, written unless told otherwise."""
        return self.check().run(Request(flag=True), Approval(**(approval or {"yes": True})))

    def have(self, number: str = "101", *invoices: Invoice, name: str = "Müller AG", **facts: Any) -> None:
        """Write an account now."""
        self.books.have(Account(number, name, account_manager=LENA, invoices=invoices, **facts), self.clock)

    def settle(self) -> None:
        """Let everything that was written be older than what runs read twice, and forget who was asked for."""
        self.wait(hours=2)
        self.run()
        self.wait(hours=2)
        self.books.asked.clear()

    def wait(self, **duration: float) -> None:
        """Let time pass."""
        self.clock += timedelta(**duration)


def states(outcome: Outcome) -> dict[str, str]:
    """Each finding's state, by its customer and subject."""
    return {f"{finding.finding.account} {finding.finding.subject}": finding.state for finding in outcome.findings}


def flagged(outcome: Outcome) -> Flagged:
    """What became of the tickets, which were asked for."""
    assert outcome.flagged is not None
    return outcome.flagged


def trouble(error: IntegrationError | None) -> str:
    """What went wrong, as something did."""
    assert error is not None
    return error.message
