"""`contacts sync`: read the customers' people, plan, have it approved, write customer by customer."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from integrations.core import plan
from integrations.core.change import Change, FieldChange, Result
from integrations.core.clock import Clock
from integrations.core.errors import IntegrationError, Unavailable, Unsafe
from integrations.core.ledger import Ledger
from integrations.core.lock import Locks
from integrations.core.model import ErpContacts, Person
from integrations.core.plan import ChangeCounter, Fingerprint, Limits, Plan, Planner, limit_option
from integrations.core.plan.approval import UNKNOWN, fingerprint
from integrations.core.pool import ahead
from integrations.core.rows import Failed, attempt
from integrations.core.run import Ended, Flow, Lock, Run, Session, settled
from integrations.core.system import Contacts, System
from integrations.flows.contacts.batch import Batch, BatchPlanner, How
from integrations.flows.contacts.everywhere import Revoked
from integrations.flows.contacts.memberships import Container, Containers, Wanted
from integrations.flows.contacts.memory import EVERYWHERE, ContactRepository
from integrations.flows.contacts.outcome import FailedRow, Outcome, Request
from integrations.flows.contacts.people import subject
from integrations.flows.contacts.selection import CURSOR, FULL, NEWEST, Selecting, Selection
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.summary import Results, Summary, facts

Approval = plan.Approval[Outcome]
"""How a contact sync is allowed to write."""


LATELY = timedelta(hours=24)
"""The time for which what was taken out counts against what may be."""
ALLOWED = "allowed"
"""The date of the last run whose removals a person approved, or allowed by number."""


class ContactFlow(Flow[Batch, Outcome]):
    """The part of a run's `Flow` that a sync and a removal have in common.

    Attributes:
        chunks: Plans customers.
        wait: Seconds that a customer on whom somebody else is working is waited for; then it is left.
    """

    is_whole: ClassVar[bool] = False

    def __init__(self, sync: ContactSync, approval: Approval, wait: float) -> None:
        self.sync, self.approval, self.wait = sync, approval, wait
        self.memory = ContactRepository(sync.ledger)
        self.chunks = BatchPlanner(
            sync.systems, sync.ledger, self.memory, sync.source, sync.settings, sync.now, sync.waiting
        )
        self.summary = Summary(sync.systems, showing=not approval.yes)
        self.results = Results(self.chunks)
        self._has_begun = False

    def show(self, batch: Batch) -> None:
        """Take a plan into what people read."""
        self.summary.add(batch)

    def observe(self, batch: Batch) -> None:
        """Keep what follows from a plan, whether or not it is carried out."""
        self.results.foresee(batch, self.summary.failed)

    def counter(self) -> ChangeCounter:
        """Nothing yet, over all that exists."""
        existing = {
            (name, store.resource.kind): self.sync.ledger.object_index.count(name, store.resource.kind)
            for name, store in self.chunks.people()
        }
        return ChangeCounter(existing, self._archived(existing))

    def planner(self) -> Planner:
        """Return what looks at the customers' people."""
        return self.chunks.planner(patient=self.sync.patient)

    def begin(self, batch: Batch) -> None:
        """Keep nothing: each change is kept by itself."""
        del batch
        self._has_begun = True

    def learn(self, batch: Batch, results: Sequence[Result]) -> None:
        """Keep what came of a chunk."""
        people = [result for result in results if result.change.step in batch.wanted]
        self.results.keep(batch, people, self.summary.lost)
        self.summary.take(batch, people)

    def finish(self, ended: Ended) -> None:
        """Have what was taken out until now not count against later runs, where somebody has agreed to it."""
        if ended.is_approved or (self._has_begun and self.sync.limits.lifted & {"archives", "archive_share"}):
            self.memory.keep(ALLOWED, datetime.now(UTC))

    def outcome(self, ended: Ended) -> Outcome:
        """Return how it stands."""
        waiting = [why for why, _ in self.memory.pending().values() if why == "approval"]
        return self.summary.outcome(ended, len(waiting))

    def locks(self, subject: str) -> Generator[Lock, bool, None]:
        """Yield a customer's; nobody has to be held for who is to be out everywhere."""
        if subject != EVERYWHERE:
            yield Lock(of_customer(subject))

    def skip(self, subject: str, error: IntegrationError) -> None:
        """Leave the customer for the next run."""
        del error
        self.summary.left.append(subject)
        self.memory.postpone({subject: "again"})

    def _archived(self, places: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Return how many were taken out lately, and since somebody last allowed it: by system and kind."""
        now = datetime.now(UTC)
        begun, allowed = now - LATELY, self.memory.date(ALLOWED)
        # What a clock kept that was ahead allows nothing until then.
        since = max(begun, allowed) if allowed is not None and allowed <= now else begun
        return {place: self.sync.ledger.object_index.archived(*place, since) for place in places}


def of_customer(customer: str) -> str:
    """The name of the lock under which runs for this customer exclude each other."""
    return f"of {subject(customer)}"


CONTACTS = 1000
"""Contacts that are planned at once."""
CUSTOMERS = 100
"""Customers that are planned, and held, at once."""
FEW = 50
"""Customers that are held from reading to writing, so that one reading is enough."""
BEHIND = timedelta(hours=1)
"""The lag of the ERP's clock up to which no change is missed until the next full pass."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclasses.dataclass
class ContactSync:
    """Keeps the customers' people in step.

    Attributes:
        source: Where contacts are read.
        patient: Wait out, visibly, what a lost answer leaves open.
        lock_wait: Seconds that a customer on whom somebody else is working is waited for.
        now: The time, with a zone.
        waiting: Told, in words, what is waited for.
        progress: Told how many customers of how many are done.
    """

    systems: Mapping[str, System]
    ledger: Ledger
    locks: Locks
    source: Contacts
    settings: ContactSettings
    limits: Limits = dataclasses.field(default_factory=Limits)
    patient: bool = False
    lock_wait: float = 0.0
    now: Callable[[], datetime] = _now
    waiting: Callable[[str, float, str], None] = lambda *_: None
    progress: Callable[[int, int | None], None] = lambda *_: None

    def run(self, request: Request, approval: Approval) -> Outcome:
        """Bring the people in step, as far as it may; raises only for what is wrong in the settings.

        Twice: the second run finds nothing to do. Interrupted anywhere, the next run goes on from what is there.
        """
        session = self.session

        def run() -> Run[Batch, Outcome]:
            return Run(session, FlowOfSync(self, request, approval), approval, self.limits)

        return session.run(lambda: settled(run), stopped)

    @property
    def session(self) -> Session:
        """Return what every run has."""
        return Session(self.systems, self.ledger, self.locks, self.clock)

    @property
    def clock(self) -> Clock:
        """This machine's clock, and whether it can be believed."""
        return Clock(self.ledger, self.limits, self.now)


class FlowOfSync(ContactFlow):
    """The flow of one contact sync; a subject is a customer, or everybody who was revoked."""

    few: ClassVar[int] = FEW
    at_once: ClassVar[int] = CUSTOMERS

    def __init__(self, sync: ContactSync, request: Request, approval: Approval) -> None:
        super().__init__(sync, approval, sync.lock_wait)
        self._request = request
        self._selection = Selection([], sync.now())
        self._unread: tuple[str, ...] = ()
        self._has_looked = False
        self._revoked = Revoked(self.chunks, approving=self._is_approving)

    @property
    def _is_approving(self) -> bool:
        """Return whether a person may approve in this run."""
        approval = self.approval
        is_approved = approval.approved is not None and approval.approved.by_person
        return approval.ask is not None or approval.plan is not None or approval.dry or is_approved

    def select(self) -> Sequence[str]:
        """The customers with something new, all, or those that were named; before them who was revoked."""
        sync = self.sync
        places = Containers(sync.systems, sync.ledger)
        selecting = Selecting(self.memory, places, sync.systems, sync.source, sync.settings, self._is_approving)
        self._selection = selection = selecting.select(self._request, sync.now())
        self.summary.failed += [FailedRow("", failure.id, failure.error) for failure in selection.failed]
        is_due = not selection.is_named and self._revoked.is_due(full=selection.full)
        return [*([EVERYWHERE] if is_due else []), *selection.customers]

    def batches(self, ids: Sequence[str], *, held: bool) -> Iterator[Batch]:
        """The customers, chunk after chunk, each planned while the one before is worked on."""
        del held
        if not self._has_looked:
            self._has_looked, self._unread = True, tuple(self.summary.left)
        if EVERYWHERE in ids:
            yield self._revoked.plan()
        customers = [customer for customer in ids if customer != EVERYWHERE]
        done = 0
        for chunk in ahead(self.chunks.plan(rosters, self._how) for rosters in self._slices(customers)):
            yield chunk
            done += len(chunk.households)
            self.sync.progress(done, len(customers))

    def observe(self, batch: Batch) -> None:
        """Keep what the mere reading of a chunk taught, and what follows from its plan."""
        if batch.whole:
            self.memory.learn(facts(batch, self._how, self.summary.failed))
        super().observe(batch)

    def learn(self, batch: Batch, results: Sequence[Result]) -> None:
        """Keep what came of a chunk, and whom of it could not be worked on."""
        self.summary.lost += batch.failed
        super().learn(batch, results)

    def guard(self) -> Unsafe | None:
        """Return that the ERP suddenly knows nobody at all, although there are members."""
        summary, members = self.summary, sum(self.counter().existing.values())
        allowed = self.sync.limits.everybody_gone
        if not self._selection.full or not summary.customers or summary.active or members <= allowed:
            return None
        return Unsafe(
            f"the ERP shows no contact at all, and there are {members} memberships",
            next="Nobody was taken out. Look whether our account still sees the contacts: closedwon check. If they are "
            f"all gone, and meant to be: closedwon contacts sync --full {limit_option('everybody_gone', members)}",
        )

    def finish(self, ended: Ended) -> None:
        """Remember how far this run came, so that the next begins there."""
        super().finish(ended)
        if ended.error is not None or ended.interrupted:
            return
        selection, memory = self._selection, self.memory
        self._revoked.end(self.summary.outcome(ended, 0))
        failed = {failure.customer for failure in (*self.summary.failed, *self.summary.lost) if failure.customer}
        memory.postpone(dict.fromkeys(sorted(failed), "again"))
        visited = set(selection.customers) - set(self.summary.left) - failed
        memory.look_at(visited)
        memory.visited({customer: mark for customer, mark in selection.marks.items() if customer in visited})
        if selection.is_named or self._doubt is not None:
            return
        self._keep_dates(failed)

    def _keep_dates(self, failed: set[str]) -> None:
        selection, memory, newest = self._selection, self.memory, self.summary.newest
        dates = (memory.date(NEWEST), selection.newest, newest)
        memory.keep(NEWEST, max((date for date in dates if date is not None), default=selection.begun))
        if selection.full:
            memory.count_pass({*self._unread, *failed})
            memory.keep(FULL, selection.begun)
        if selection.failed:
            return  # what was written to since is read again until it can be told whose it is
        begun = selection.begun
        # What changed last would be read again for ever, were it not for our own clock, as far as it can be believed.
        newest = max(selection.newest or newest or begun - BEHIND, begun - BEHIND)
        memory.keep(CURSOR, min(newest, begun))

    def outcome(self, ended: Ended) -> Outcome:
        """Return how the sync stands."""
        outcome = dataclasses.replace(super().outcome(ended), since=self._selection.since, full=self._selection.full)
        return dataclasses.replace(self._revoked.told(outcome), clock=self._doubt)

    @functools.cached_property
    def _doubt(self) -> Unsafe | None:
        """Return why nobody is judged to be gone: our clock is wrong. Asked once the ERP's answers bore its time."""
        known = [date for date in (self.memory.date(NEWEST), self._selection.newest) if date is not None]
        return self.sync.clock.judge(max(known, default=None), keep=not self.approval.dry)

    @functools.cached_property
    def _how(self) -> How:
        return How(
            thorough=self._selection.since is None,
            retry=self._request.retry,
            confirming=self._selection.full,
            patient=self.sync.patient,
            leaving=self._doubt is None,
        )

    def rosters(self, customers: Sequence[str]) -> Iterator[ErpContacts | Failed]:
        """The customers with their contacts."""
        return self.sync.source.rosters(customers)

    def _slices(self, customers: Sequence[str]) -> Iterator[list[ErpContacts | Failed]]:
        """The customers with their contacts, some at a time.

        Raises:
            Unsafe: The reading broke off: whoever was not read is not missing.
        """
        rosters: list[ErpContacts | Failed] = []
        count = begun = 0
        try:
            for roster in self.rosters(customers) if customers else ():
                rosters.append(roster)
                begun += 1
                count += len(roster.contacts) if isinstance(roster, ErpContacts) else 0
                if count >= CONTACTS or len(rosters) >= CUSTOMERS:
                    yield rosters
                    rosters, count = [], 0
        except Unavailable as error:
            if not begun:
                raise
            raise Unsafe(
                f"the list of contacts broke off: {error.message}",
                system=error.system,
                next="Nobody was taken out. The next run reads it again, from the beginning.",
            ) from None
        if rosters:
            yield rosters


def stopped(error: IntegrationError) -> Outcome:
    """Return how a run ended that could not even look."""
    return Outcome(error=error, not_applied=True)


@dataclasses.dataclass(frozen=True)
class Foreseen:
    """The plan for a customer's people, once a set-up is carried out.

    Attributes:
        outcome: The same as people read it.
    """

    plan: Plan
    outcome: Outcome

    @property
    def documents(self) -> Sequence[Mapping[str, Any]]:
        """The changes as JSON."""
        return [line.document() for line in self.outcome.lines]


class _Flow(FlowOfSync):
    """A sync of a customer's people as they are once some changes of the customer itself are made."""

    def __init__(
        self, sync: ContactSync, customer: str, changes: Sequence[Change[Any]], manager: Person | None
    ) -> None:
        super().__init__(sync, Request((customer,)), Approval(dry=True))
        self._manager = manager
        self._made = tuple(contact for change in changes for contact in sync.source.made_by(change))

    def rosters(self, customers: Sequence[str]) -> Iterator[ErpContacts | Failed]:
        """The customer with its contacts, those too that the changes make."""
        for roster in super().rosters(customers):
            if isinstance(roster, ErpContacts):
                made = tuple(record for record in self._made if record.customer == roster.customer)
                manager = roster.account_manager or self._manager
                yield roster.model_copy(update={"contacts": (*roster.contacts, *made), "account_manager": manager})
            else:
                yield roster


def foreseen(
    sync: ContactSync,
    customer: str,
    systems: Collection[str] = (),
    changes: Sequence[Change[Any]] = (),
    manager: Person | None = None,
) -> Foreseen | None:
    """Return what becomes of a customer's people, by its id in the ERP; None where that can't be told now.

    Args:
        sync: The flow over the workspace.
        customer: The customer.
        systems: Those in which the set-up makes, or takes over, the customer's place.
        changes: Those of the customer itself.
        manager: Who is to look after it.
    """
    found = attempt("", lambda: _foreseen(_Flow(sync, customer, changes, manager), customer, systems))
    return None if isinstance(found, IntegrationError) else found


def _foreseen(flow: _Flow, customer: str, systems: Collection[str]) -> Foreseen:
    chunks = list(flow.batches(flow.select(), held=False)) if _has_place(flow.sync, customer) else []
    chunks += _let_in(flow, customer, systems)
    changes: list[Change[Any]] = []
    hashes: dict[str, Fingerprint] = {}
    not_applied: dict[str, Fingerprint] = {}
    for chunk in chunks:
        flow.show(chunk)
        changes += chunk.plan.changes
        hashes |= chunk.plan.hashes
        not_applied |= chunk.plan.not_applied
    plan = Plan(tuple(changes), hashes, not_applied=not_applied)
    return Foreseen(plan, flow.outcome(Ended(plan.id, plan.is_read_only, not_applied=True)))


def _has_place(sync: ContactSync, customer: str) -> bool:
    return customer in Containers(sync.systems, sync.ledger).customers()


def _let_in(flow: _Flow, customer: str, systems: Collection[str]) -> Iterator[Batch]:
    """Yield the customer's people in places that are not there yet."""
    sync = flow.sync
    rosters = [roster for roster in flow.rosters([customer]) if isinstance(roster, ErpContacts)] if systems else []
    for household in flow.chunks.households(rosters).values():
        names = [name for name in systems if name not in household.places]
        places = {name: Container(UNKNOWN, frozenset({subject(customer)})) for name in names}
        wanted = list(dataclasses.replace(household, places=places).wanted(sync.systems, sync.settings))
        changes = tuple(map(_creation, wanted))
        prints = {change.step: fingerprint(change, sync.ledger.hash) for change in changes}
        may = {change.step for change in changes if sync.systems[change.system].may_write(customer)}
        plan = Plan(
            changes,
            {step: fingerprint for step, fingerprint in prints.items() if step in may},
            not_applied={step: fingerprint for step, fingerprint in prints.items() if step not in may},
        )
        yield Batch({customer: household}, plan, {entry.want.step: entry for entry in wanted})


def _creation(wanted: Wanted) -> Change[Any]:
    want = wanted.want
    fields = tuple(FieldChange(name, None, getattr(want.resource, name)) for name in want.fields())
    return Change(want.step, want.system, "create", want, fields=fields)
