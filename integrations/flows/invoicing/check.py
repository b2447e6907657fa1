"""`invoices check`: read what may have changed, apply the rules, remember, tell; with tickets where they are wanted."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime

from integrations.core import calendar
from integrations.core.clock import Clock
from integrations.core.errors import IntegrationError, Unforeseen
from integrations.core.ledger import Ledger
from integrations.core.lock import WAIT, Locks
from integrations.core.plan import Approval, Limits
from integrations.core.rows import attempt
from integrations.core.run import Run, Session
from integrations.core.store import Billing
from integrations.core.system import System
from integrations.flows.invoicing.catalogue import Catalogue
from integrations.flows.invoicing.decisions import Decisions
from integrations.flows.invoicing.flagging import LOCK, TicketFlow, project_of, ticket_system
from integrations.flows.invoicing.memory import Memory
from integrations.flows.invoicing.outcome import Outcome
from integrations.flows.invoicing.passing import Pass
from integrations.flows.invoicing.selection import Selecting, digest
from integrations.flows.invoicing.settings import InvoiceSettings
from integrations.flows.invoicing.shown import SHOWN, remembered
from integrations.flows.invoicing.standing import Standing
from integrations.flows.invoicing.tickets import KIND, Wording


@dataclasses.dataclass(frozen=True)
class Request:
    """What a check is to look at.

    Attributes:
        customers: Only these, by their ids in the ERP; empty: all that may have changed.
        full: All customers, whatever seems to have changed.
        flag: Keep the tickets in step with what is found.
    """

    customers: tuple[str, ...] = ()
    full: bool = False
    flag: bool = False


def _now() -> datetime:
    return datetime.now(UTC)


@dataclasses.dataclass
class InvoiceCheck:
    """Finds invoicing exceptions.

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
        self.memory = Memory(self.ledger)
        self.decisions = Decisions(self.ledger)

    def run(self, request: Request, approval: Approval[Outcome] | None = None) -> Outcome:
        """Check, and flag as far as it may; raises only for what is wrong in the settings.

        Twice: the second run reads what is new, finds the same, and writes no ticket. Interrupted anywhere, the next
        run reads again what was not read to the end.
        """
        if request.flag:
            ticket_system(self.systems, self.settings)
        session = self.session
        return session.run(lambda: self._run(session, request, approval or Approval()), self._stopped)

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
        """What a run came to, with its requests and its time; whatever went wrong is an outcome too."""
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

    def standing(self, *, everything: bool = False, today: date | None = None) -> Standing:
        """How everything stands by the ledger alone; with `everything`, also what went long ago."""
        run = 0 if everything else None
        return Standing(
            self.memory, self.decisions, self.settings, self.catalogue, today or self.today(), self.source, run=run
        )  # fmt: skip

    def wording(self, outcome: Outcome) -> Wording:
        """Return what words tickets of these findings."""
        system = ticket_system(self.systems, self.settings)
        resource = system.stores[KIND].resource
        project = project_of(system, self.settings)
        return Wording(self.settings, resource, project, outcome.people, outcome.names, outcome.titles)
