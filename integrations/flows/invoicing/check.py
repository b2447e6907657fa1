"""`invoices check`: read what may have changed, apply the rules, remember, tell; with tickets where they are wanted."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from integrations.core import calendar, log
from integrations.core.clock import Clock
from integrations.core.errors import Conflict, IntegrationError, Unforeseen
from integrations.core.http import REQUESTS
from integrations.core.ledger import Ledger
from integrations.core.lock import WAIT, Locks
from integrations.core.plan import Approval, Limits
from integrations.core.rows import attempt
from integrations.core.store import Billing
from integrations.core.system import System
from integrations.flows.invoicing.catalogue import Catalogue
from integrations.flows.invoicing.decisions import Decisions
from integrations.flows.invoicing.flagging import Flagging, project_of, ticket_system
from integrations.flows.invoicing.memory import Memory
from integrations.flows.invoicing.outcome import Outcome
from integrations.flows.invoicing.passing import Pass
from integrations.flows.invoicing.selection import Selecting, digest
from integrations.flows.invoicing.settings import InvoiceSettings
from integrations.flows.invoicing.shown import SHOWN, remembered
from integrations.flows.invoicing.standing import Standing
from integrations.flows.invoicing.tickets import KIND, Wording

if TYPE_CHECKING:
    from integrations.flows.invoicing.flagged import Flagged

LOCK = "invoicing"
"""One check at a time, over all processes of this machine."""


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
        return self.counted(lambda: self._run(request, approval or Approval()))

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
        begun = time.monotonic()
        sent = Counter({name: 0 for name, system in self.systems.items() if system.http is not None})
        counting = REQUESTS.set(sent)
        try:
            with log.running(log.run_id()):
                outcome = self._ended(attempt("", self._watched, run))
        finally:
            REQUESTS.reset(counting)
        return dataclasses.replace(outcome, requests=dict(sent), seconds=time.monotonic() - begun)

    def _watched(self, run: Callable[[], Outcome]) -> Outcome:
        with self.clock.watching():
            return run()

    def _ended(self, ended: Outcome | IntegrationError) -> Outcome:
        """Return the outcome of a run; of one that was stopped, what the ledger knows, as far as it can be read."""
        if isinstance(ended, Outcome):
            return ended
        known = Outcome(self.today()) if isinstance(ended, Unforeseen) else attempt("", self.standing().outcome)
        return dataclasses.replace(known if isinstance(known, Outcome) else Outcome(self.today()), error=ended)

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

    def _run(self, request: Request, approval: Approval[Outcome]) -> Outcome:
        with self.holding():
            outcome = self._checked(request)
            if not request.flag or outcome.error is not None:
                return outcome
            flagging = self._flagging()
            shown = dataclasses.replace(outcome, flagged=self._shown(flagging, outcome))
            if shown.flagged is None or shown.flagged.error is not None or approval.dry or not flagging.hashes:
                return self._settled(shown, flagging, approval)
            if approval.yes:
                return dataclasses.replace(outcome, flagged=flagging.written(self._wording(outcome), None))
            if approval.plan is not None:
                return self._by_plan(shown, flagging, approval.plan)
        # Nobody else waits for a person to answer.
        if approval.ask is None or not approval.ask(shown):
            return shown
        self.ledger.approve(shown.flagged.plan, sorted(flagging.hashes))
        with self.holding():
            approved = flagging.hashes
            standing = self.standing().outcome(shown)
            self._shown(flagging, standing)
            return dataclasses.replace(shown, flagged=flagging.written(self._wording(standing), approved))

    def _settled(self, shown: Outcome, flagging: Flagging, approval: Approval[Outcome]) -> Outcome:
        """What is left to do where nothing is to be written: what needed nothing is remembered."""
        flagged = shown.flagged
        if flagged is None or flagged.error is not None or approval.dry:
            return shown
        return dataclasses.replace(shown, flagged=flagging.written(self._wording(shown), None))

    def _by_plan(self, shown: Outcome, flagging: Flagging, plan: str) -> Outcome:
        flagged, ledger = shown.flagged, self.ledger
        if flagged is None:
            raise AssertionError
        if flagged.plan == plan:
            ledger.approve(plan, sorted(flagging.hashes))
        elif not flagging.hashes <= ledger.approved(plan):
            error = Conflict(
                f"the plan is not {plan} any more, it is {flagged.plan}",
                next=f"Look at it; to apply it, run the command again with --plan {flagged.plan}",
            )
            return dataclasses.replace(shown, flagged=dataclasses.replace(flagged, error=error))
        return dataclasses.replace(shown, flagged=flagging.written(self._wording(shown), flagging.hashes))

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

    def _flagging(self) -> Flagging:
        return Flagging(
            self.systems, self.ledger, self.memory, self.settings, self.limits, self.patient, self.waiting
        )  # fmt: skip

    def _shown(self, flagging: Flagging, outcome: Outcome) -> Flagged:
        return flagging.shown(outcome.findings, self._wording(outcome), self.today())

    def _wording(self, outcome: Outcome) -> Wording:
        system = ticket_system(self.systems, self.settings)
        resource = system.stores[KIND].resource
        project = project_of(system, self.settings)
        return Wording(self.settings, resource, project, outcome.people, outcome.names, outcome.titles)
