"""Overview of all findings by the ledger alone: what is there, who acts, what it amounts to."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime

from integrations.core import calendar
from integrations.core.billing import Survey
from integrations.core.clock import Clock
from integrations.core.errors import IntegrationError, Unforeseen
from integrations.core.ledger import Ledger
from integrations.core.lock import WAIT, Locks
from integrations.core.plan import Limits
from integrations.core.rows import attempt
from integrations.core.run import Session
from integrations.core.system import Billing, System
from integrations.flows.invoicing.catalogue import Catalogue, titles
from integrations.flows.invoicing.decisions import Decisions
from integrations.flows.invoicing.findings import Finding
from integrations.flows.invoicing.memory import Acknowledgement, FindingRepository, Row, TrackedFinding
from integrations.flows.invoicing.outcome import Exchange, Outcome, StaleRule, at_risk, rank
from integrations.flows.invoicing.settings import InvoiceSettings
from integrations.flows.invoicing.tickets import KIND, Wording, project_of, ticket_system


@dataclasses.dataclass(frozen=True)
class FindingsOverview:
    """Tells how everything stands.

    Attributes:
        run: The run that has just read; None: none did.
    """

    memory: FindingRepository
    decisions: Decisions
    settings: InvoiceSettings
    catalogue: Catalogue
    today: date
    source: Billing | None = None
    survey: Survey = dataclasses.field(default_factory=Survey)
    run: int | None = None

    def outcome(self, before: Outcome | None = None) -> Outcome:
        """Return what is there, and what went in this run; `before`: what was said of this run already."""
        findings = tuple(sorted(self.findings(), key=rank))
        there = [known.finding for known in findings if known.state in ("new", "open")]
        outcome = before if before is not None else Outcome(self.today)
        exchange = self.exchange()
        return dataclasses.replace(
            outcome,
            findings=findings,
            people={known.finding.fingerprint: self.who(known.finding) for known in findings},
            names={**outcome.names, **self._names(findings, outcome.names)},
            titles=titles(self.catalogue.rules),
            stale=self._stale(),
            total=exchange.total(at_risk(there)),
            exchange=exchange,
        )

    def findings(self) -> Iterator[TrackedFinding]:
        """Return what is there, and what went in this run; of rules that are known and switched on."""
        acknowledged = self.decisions.acknowledgements()
        since = self.run if self.run is not None else self.memory.next_run()
        for row in self.memory.findings(since_run=since):
            known = self._known(row, acknowledged.get(row.finding.fingerprint))
            if known is not None:
                yield known

    def exchange(self) -> Exchange:
        """Into the currency in which totals are told."""
        first = next(iter(self.survey.companies.values()), None)
        into = self.settings.currency or (first.currency if first is not None else "")
        return Exchange(into, self.survey.rates)

    def who(self, finding: Finding) -> str:
        """Return who acts: an e-mail address where one is known, else the role."""
        if finding.person is not None and finding.person.email:
            return finding.person.email
        return self.settings.people.get(finding.role) or finding.role

    def _known(self, row: Row, acknowledged: Acknowledgement | None) -> TrackedFinding | None:
        finding = row.finding
        settings = self.catalogue.settings.get(finding.rule)
        if row.resolved is not None:
            state, acknowledged = "resolved", None
        elif settings is None and self.catalogue.unusable:
            # It may be of a rule that can't be used now: whether it is still there is not known.
            state, acknowledged = "open", None
        elif settings is None or not settings.on:
            return None
        elif (
            acknowledged is not None
            and acknowledged.covers(finding, self.today, self.settings.comes_back_at)
            and not _is_of_before(acknowledged, row)
        ):
            state = "acknowledged"
        else:
            state, acknowledged = ("new" if row.first_run == self.run else "open"), None
        return TrackedFinding(finding, state, row.first_seen, row.last_seen, row.resolved, row.returned, acknowledged)  # type: ignore[arg-type]  # one of the four states

    def _stale(self) -> tuple[StaleRule, ...]:
        counted = Counter((rule, why) for _, rule, why in self.memory.stale())
        return tuple(StaleRule(rule, why, number) for (rule, why), number in sorted(counted.items()))

    def _names(self, findings: tuple[TrackedFinding, ...], known: Mapping[str, str]) -> Mapping[str, str]:
        """Return what the customers in it are called; their ids stand where the ERP does not say."""
        wanted = {
            customer for known in findings for customer in (known.finding.account, known.finding.payer) if customer
        }
        if self.source is None or not wanted - known.keys():
            return {}
        try:
            return self.source.names(sorted(wanted - known.keys()))
        except IntegrationError:
            return {}


def _is_of_before(acknowledged: Acknowledgement, row: Row) -> bool:
    """Return whether what was acknowledged without an end was over meanwhile: that it is there again is news."""
    return acknowledged.until is None and row.returned is not None and acknowledged.at < row.returned


LOCK = "invoicing"
"""One check at a time, over all processes of this machine."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclasses.dataclass
class Books:
    """The ERP's billing, what the ledger keeps of it, the settings: what every part of invoicing works with.

    Attributes:
        source: Where billing is read.
        patient: Wait out, visibly, what a lost answer leaves open.
        lock_wait: Seconds that another check is waited for.
        now: The time, with a zone.
        today: The day as of which is judged, at the company.
        waiting: Told, in words, what is waited for.
        progress: Told how many customers are done, of how many where that is known.
    """

    systems: Mapping[str, System]
    ledger: Ledger
    locks: Locks
    source: Billing
    catalogue: Catalogue
    settings: InvoiceSettings
    limits: Limits = dataclasses.field(default_factory=Limits)
    patient: bool = True
    lock_wait: float = WAIT
    now: Callable[[], datetime] = _now
    today: Callable[[], date] = calendar.today
    waiting: Callable[[str, float, str], None] = lambda *_: None
    progress: Callable[[int, int | None], None] = lambda *_: None

    def __post_init__(self) -> None:
        self.memory = FindingRepository(self.ledger)
        self.decisions = Decisions(self.ledger)

    @property
    def clock(self) -> Clock:
        """This machine's clock, and whether it can be believed."""
        return Clock(self.ledger, self.limits, self.now)

    def trust_clock(self) -> None:
        """Go on only where this machine's clock is not known to be wrong: a day that is kept is so for good.

        Raises:
            Unsafe: It is wrong.
        """
        wrong = dataclasses.replace(self.clock, lifting="closedwon invoices check").wrong()
        if wrong is not None:
            raise wrong

    def counted(self, run: Callable[[], Outcome]) -> Outcome:
        """Return what a run came to, with its requests and its time; whatever went wrong is an outcome too."""
        return self.session.run(run, self._stopped)

    @property
    def session(self) -> Session:
        """Return what every run has."""
        return Session(self.systems, self.ledger, self.locks, self.clock)

    def _stopped(self, error: IntegrationError) -> Outcome:
        """Return the outcome of a run that was stopped: what the ledger knows, as far as it can be read."""
        known = Outcome(self.today()) if isinstance(error, Unforeseen) else attempt("", self.standing().outcome)
        return dataclasses.replace(known if isinstance(known, Outcome) else Outcome(self.today()), error=error)

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Be the only check that runs.

        Raises:
            Unavailable: Another one still ran after `lock_wait` seconds.
        """

        def busy(holder: str) -> None:
            self.waiting("closedwon", self.lock_wait, f"{holder} is checking the invoices")

        with self.locks.hold(LOCK, wait=self.lock_wait, waiting=busy):
            yield

    def standing(self, *, everything: bool = False, today: date | None = None) -> FindingsOverview:
        """Return how everything stands by the ledger alone; with `everything`, also what went long ago."""
        run = 0 if everything else None
        return FindingsOverview(
            self.memory, self.decisions, self.settings, self.catalogue, today or self.today(), self.source, run=run
        )  # fmt: skip

    def wording(self, outcome: Outcome) -> Wording:
        """Return what words tickets of these findings."""
        system = ticket_system(self.systems, self.settings)
        resource = system.stores[KIND].resource
        project = project_of(system, self.settings)
        return Wording(self.settings, resource, project, outcome.people, outcome.names, outcome.titles)
