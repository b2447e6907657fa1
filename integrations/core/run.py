"""A run, the same for every flow: read, plan, get approval, lock, plan again, write, report the ending."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast

from integrations.core import log
from integrations.core.apply import Apply
from integrations.core.change import Result
from integrations.core.clock import Clock
from integrations.core.errors import Conflict, IntegrationError, Unavailable, Unsafe
from integrations.core.http import REQUESTS
from integrations.core.ledger import Ledger
from integrations.core.lock import Locks
from integrations.core.outcome import Stamp
from integrations.core.plan import Approval, Approved, ChangeCounter, Digests, Limits, Plan, Planner
from integrations.core.rows import attempt
from integrations.core.system import System


class Planned(Protocol):
    """Some subjects, read and planned together."""

    @property
    def plan(self) -> Plan:
        """The plan for the subjects."""

    @property
    def changing(self) -> Sequence[str]:
        """The ids of the subjects for which there is something to write."""


@dataclasses.dataclass(frozen=True)
class Lock:
    """A lock that a run takes.

    Attributes:
        is_passed: It is let go at once: only whoever held it is waited for.
        instead: The one that was taken last is let go first: what was read says that another has to be held.
    """

    name: str
    is_passed: bool = False
    instead: bool = False


class Settled(Exception):
    """A person settled something that the plan left open: all is planned anew."""


B = TypeVar("B", bound=Planned)
Out = TypeVar("Out", covariant=True)  # noqa: PLC0105  (it is what comes out)
"""The outcome that people read."""


class Flow(Protocol[B, Out]):
    """The purpose of a run, which calls it in this order.

    1. `select`: the ids of what it is about.
    2. `batches`: some of them at a time, read and planned; `show` takes each into what people read. Where nobody is
       asked and they are few, all are held (`locks`) from here on until they are written. A dry run ends here.
    3. `observe`: what reading and planning alone taught, kept before anything is written.
    4. `guard`: why nothing at all may be written, over what all of it comes to.
    5. What the plan leaves open, settled by a person who is asked: then all begins anew (`settled`).
    6. The limits, and the approval: what was shown, or what was approved by its id, or everything by `--yes`.
    7. `locks` and `batches` again, for what changes only, then the writing; `learn` keeps what came of it.
    8. `finish`: how far the run came; and `outcome`, as people read it. `outcome` may come alone, after any step.

    An implementation derives from this; it must say `select`, `locks`, `batches`, `show`, `planner`, `learn` and
    `outcome`, and may say the rest. It writes to no system itself, and takes every subject as if it had never seen it:
    whatever it remembers of the first look may be old.
    """

    wait: float
    """Seconds that a lock is waited for."""
    few: ClassVar[int]
    """So many subjects are held from reading to writing where nobody is asked, so that one reading is enough."""
    at_once: ClassVar[int]
    """So many are held at a time otherwise."""
    is_whole: ClassVar[bool]
    """A subject of which a part is not covered by the approval any more is not written at all."""

    def select(self) -> Sequence[str]:
        """Return the ids of the subjects."""

    def locks(self, subject: str) -> Generator[Lock, bool, None]:
        """Yield what has to be held for a subject, one lock after the other; may read between them.

        Sent back is whether it was waited for.
        """

    def busy(self, holder: str) -> None:
        """Report to people that a lock is waited for, and who holds it.

        Do nothing where other subjects are worked on meanwhile.
        """
        del holder

    def skip(self, subject: str, error: IntegrationError) -> None:
        """Leave a subject that somebody else holds to a later run; raises where that is what was asked for."""
        del subject
        raise error

    def batches(self, ids: Sequence[str], *, held: bool) -> Iterator[B]:
        """Read and plan the subjects, some at a time, each anew.

        Where they are `held`, use what `locks` has read.
        """

    def show(self, batch: B) -> None:
        """Add a plan to what people read; may drop from it changes that can't be put into words."""

    def observe(self, batch: B) -> None:
        """Record what reading and planning alone have shown."""
        del batch

    def counter(self) -> ChangeCounter:
        """Return an empty counter of changes, with the number of all existing objects."""
        return ChangeCounter()

    def guard(self) -> IntegrationError | None:
        """Return why nothing may be written, judged by everything that was seen; None where it may be."""
        return None

    def worded(self, over: Unsafe) -> Unsafe:
        """Return the error of an exceeded limit, in the words of those whom it concerns."""
        return over

    def planner(self) -> Planner:
        """Return the planner that looks again, while writing, at what has changed."""

    def begin(self, batch: B) -> None:
        """Record that a batch is about to be written.

        A run that is killed leaves no other trace.
        """
        del batch

    def learn(self, batch: B, results: Sequence[Result]) -> None:
        """Record the results of a batch, and add them to what people read."""

    def finish(self, ended: Ended) -> None:
        """Record how far the run came, also if it was stopped or interrupted after it began to write."""
        del ended

    def outcome(self, ended: Ended) -> Out:
        """Return the state of the run, as people read it."""


@dataclasses.dataclass
class PlanSummary:
    """All plans of a run: counts and fingerprints, never the plans themselves.

    Attributes:
        counter: Counts what would be written, for the limits.
        keys: The fingerprints of it, where somebody may approve them.
        changing: The ids of the subjects for which there is something to write.
    """

    counter: ChangeCounter
    is_approving: bool = True
    digests: Digests = dataclasses.field(default_factory=Digests)
    keys: set[str] = dataclasses.field(default_factory=set)
    changing: list[str] = dataclasses.field(default_factory=list)

    def add(self, batch: Planned) -> None:
        """Add a batch's plan."""
        plan = batch.plan
        self.counter.add(plan)
        self.digests.add(plan)
        if self.is_approving:
            self.keys.update(plan.keys)
        self.changing += batch.changing


@dataclasses.dataclass(frozen=True)
class Ended:
    """The state of a run.

    Attributes:
        not_applied: Nothing was written, because nothing was to be, or nobody said yes.
        error: What stopped the whole of it.
        interrupted: Ctrl-C came: what was under way was ended and recorded, nothing more was begun.
        approved: What was approved; None: nothing was to be.
    """

    plan: str
    is_read_only: bool
    not_applied: bool = False
    error: IntegrationError | None = None
    interrupted: bool = False
    approved: Approved | None = None

    @property
    def is_approved(self) -> bool:
        """Return whether a person approved what was written."""
        return self.approved is not None and self.approved.by_person


@dataclasses.dataclass
class Session:
    """The frame of every run: an id in the log, a count of its requests, a clock that can be believed or not, an end.

    Attributes:
        asked: Seconds that a person took to answer.
    """

    systems: Mapping[str, System]
    ledger: Ledger
    locks: Locks
    clock: Clock
    asked: float = 0.0

    @property
    def failure(self) -> IntegrationError | None:
        """Return why nothing may be written any more: a lock is lost, or the ledger can't be used."""
        return self.locks.failure or self.ledger.failure

    def run(self, work: Callable[[], Out], stopped: Callable[[IntegrationError], Out]) -> Out:
        """Return the outcome of the work, with its stamp, requests and seconds.

        An error that the work raises becomes an outcome too.
        """
        begun, run, actor = time.monotonic(), log.run_id(), self.ledger.actor
        sent = Counter({name: 0 for name, system in self.systems.items() if system.http is not None})
        counting = REQUESTS.set(sent)
        try:
            with log.running(run):
                ended = attempt("", self._watched, work)
                outcome = stopped(ended) if isinstance(ended, IntegrationError) else ended
        finally:
            REQUESTS.reset(counting)
        seconds = time.monotonic() - begun - self.asked
        stamp = Stamp(run, actor.trigger, actor.person)
        counted: Out = dataclasses.replace(cast("Any", outcome), stamp=stamp, requests=dict(sent), seconds=seconds)
        return counted

    def _watched(self, work: Callable[[], Out]) -> Out:
        with self.clock.watching():
            return work()

    def ask(self, question: Callable[[], bool]) -> bool:
        """Ask a person; the time until the answer does not count as the run's."""
        begun = time.monotonic()
        try:
            return question()
        finally:
            self.asked += time.monotonic() - begun


@dataclasses.dataclass
class Run(Generic[B, Out]):
    """An execution of a flow.

    Attributes:
        how: The words for applying a plan by its id, without the id.
        waiting: Called, with words for people, when something is waited for.
    """

    session: Session
    flow: Flow[B, Out]
    approval: Approval[Out]
    limits: Limits
    how: str = ", run the command again with"
    waiting: Callable[[str, float, str], None] = lambda *_: None

    def __post_init__(self) -> None:
        self.summary = PlanSummary(self.flow.counter(), is_approving=not (self.approval.yes or self.approval.dry))
        self._interrupted = False
        self._known = Approved(frozenset(), by_person=True)
        self._is_known = self.approval.plan is not None

    def outcome(self) -> Out:
        """Run the flow as far as the approval allows, and return its outcome."""
        if self.approval.plan is not None:
            self._known = Approved(self.session.ledger.approved(self.approval.plan), by_person=True)
        ids = self.flow.select()
        if self._is_unasked and len(ids) <= self.flow.few:
            with self._held(ids) as held:
                kept: list[B] = []
                self._look(held, kept)
                return self._decide(kept)
        self._look(ids, None)
        self._settle()
        return self._decide(None)

    @property
    def _is_unasked(self) -> bool:
        return self.approval.yes or self.approval.plan is not None or self.approval.approved is not None

    def _look(self, ids: Sequence[str], kept: list[B] | None) -> None:
        """Plan these subjects, batch after batch; what is `kept` is what is written later."""
        for batch in self.flow.batches(ids, held=kept is not None):
            self.flow.show(batch)
            self.summary.add(batch)
            self._is_known = self._is_known and self._covers(self._known, batch.plan)
            if not self.approval.dry:
                self.flow.observe(batch)
            if kept is not None:
                kept.append(batch)

    def _settle(self) -> None:
        """Have a person settle what the plan leaves open.

        Raises:
            Settled: Something was.
        """
        choose = self.approval.choose
        if choose is None or self.approval.dry or self._is_unasked:
            return
        shown = self._outcome(not_applied=True)
        if self.session.ask(lambda: choose(shown)):
            raise Settled

    def _decide(self, kept: list[B] | None) -> Out:
        if self.approval.dry:
            return self._outcome(not_applied=True)
        over = self.flow.guard() or self._over(self.summary.counter)
        if over is not None:
            return self._outcome(not_applied=True, error=over)
        if not self.summary.digests.written.count:
            return self._finished()
        approved = self._approved()
        if not isinstance(approved, Approved):
            return self._outcome(not_applied=True, error=approved)
        return self._finished(self._written(kept, approved), approved)

    @contextlib.contextmanager
    def _held(self, ids: Sequence[str]) -> Iterator[Sequence[str]]:
        """Hold subjects against other runs; gives those that could be held."""
        with contextlib.ExitStack() as stack:
            held = []
            for subject in ids:
                try:
                    stack.enter_context(self._locked(subject))
                except Unavailable as error:
                    self.flow.skip(subject, error)
                else:
                    held.append(subject)
            yield held

    @contextlib.contextmanager
    def _locked(self, subject: str) -> Iterator[None]:
        """Hold one subject."""
        with contextlib.ExitStack() as stack:
            self._take(stack, self.flow.locks(subject))
            yield

    def _take(self, stack: contextlib.ExitStack, locks: Generator[Lock, bool, None]) -> None:
        waited: list[str] = []

        def busy(holder: str) -> None:
            waited.append(holder)
            self.flow.busy(holder)

        newest = contextlib.ExitStack()
        lock = next(locks, None)
        while lock is not None:
            if lock.instead:
                newest.close()
            waited.clear()
            own = contextlib.ExitStack()
            own.enter_context(self.session.locks.hold(lock.name, wait=self.flow.wait, waiting=busy))
            if lock.is_passed:
                own.close()
            else:
                newest = stack.enter_context(own)
            try:
                lock = locks.send(bool(waited))
            except StopIteration:
                return

    def _over(self, counter: ChangeCounter) -> Unsafe | None:
        over = counter.over_limit(self.limits)
        return self.flow.worded(over) if over is not None else None

    def _approved(self) -> Approved | Conflict | None:
        """Return the changes that may be written.

        A conflict means that the plan is not the approved one, None that nobody approves.
        """
        approval, ledger, plan, keys = self.approval, self.session.ledger, self.summary.digests.id, self.summary.keys
        if approval.approved is not None:
            return approval.approved
        if approval.yes:
            return Approved(frozenset(), by_person=False)
        if approval.plan is not None:
            if plan == approval.plan:
                ledger.approve(plan, sorted(keys))
                return Approved(keys, by_person=True)
            return self._known if self._is_known else self._changed(approval.plan, plan)
        if approval.ask is None:
            return None
        shown = self._outcome(not_applied=True)
        ask = approval.ask
        if not self.session.ask(lambda: ask(shown)):
            return None
        ledger.approve(plan, sorted(keys))
        return Approved(keys, by_person=True)

    def _changed(self, approved: str, plan: str) -> Conflict:
        how = f"Look at it; to apply it{self.how} --plan {plan}"
        return Conflict(f"the plan is not {approved} any more, it is {plan}", next=how)

    def _written(self, kept: list[B] | None, approved: Approved) -> IntegrationError | None:
        """Write the changes, and return the error that stopped it.

        Ctrl-C between two batches ends it as Ctrl-C in the middle of one does.
        """
        try:
            return attempt("", self._write, kept, approved)
        except KeyboardInterrupt:
            self._interrupted = True
            return None

    def _write(self, kept: list[B] | None, approved: Approved) -> IntegrationError | None:
        """Write everything, or only `kept`, and return the error that stopped it.

        All that was written before remains.
        """
        if kept is not None:
            for batch in kept:
                self._carry_out(batch, approved)
            return None
        counter = self.flow.counter()
        changing, size = self.summary.changing, self.flow.at_once
        for start in range(0, len(changing), size):
            with self._held(changing[start : start + size]) as held:
                for batch in self.flow.batches(held, held=True):
                    error = self._stopping(batch, counter, approved)
                    if error is not None:
                        return error
                    self._carry_out(batch, approved)
            if self._interrupted or self.session.failure is not None:
                return None
        return None

    def _stopping(self, batch: B, counter: ChangeCounter, approved: Approved) -> IntegrationError | None:
        """Return the error that stops a batch which was planned again; None where there is none.

        Meanwhile more may have changed than a person saw, or than the limits let through.
        """
        counter.add(batch.plan)
        over = self._over(counter)
        if over is not None or not self.flow.is_whole or not approved.by_person:
            return over
        if self._covers(approved, batch.plan):
            return None
        self.flow.show(batch)
        return self._changed(self.summary.digests.id, batch.plan.id)

    def _covers(self, approved: Approved, plan: Plan) -> bool:
        """Return whether everything that a plan would write is approved."""
        changes = (change for change in plan.changes if change.step in plan.hashes)
        return all(approved.allows(change, self.session.ledger.hash) for change in changes)

    def _carry_out(self, batch: B, approved: Approved) -> None:
        if approved is not self.approval.approved and not approved.by_person:
            approved = Approved(batch.plan.keys, by_person=False)
        if self._interrupted:
            results = [Result("planned", change, live=change.found) for change in batch.plan.changes]
        else:
            self.flow.begin(batch)
            planner = self.flow.planner()
            apply = Apply(
                planner.systems,
                self.session.ledger,
                planner,
                log.RUN.get(),
                approved,
                held=self.session.locks.check,
                waiting=self.waiting,
            )
            applied = apply.apply(batch.plan)
            self._interrupted = applied.interrupted
            results = list(applied.results.values())
        with self.session.ledger.afterwards():
            self.flow.learn(batch, results)

    def _finished(self, error: IntegrationError | None = None, approved: Approved | None = None) -> Out:
        failure = self.session.failure
        ended = self._ended(error=error or failure, interrupted=self._interrupted, approved=approved)
        with self.session.ledger.afterwards():
            self.flow.finish(ended)
        return self.flow.outcome(dataclasses.replace(ended, error=error or self.session.failure))

    def _ended(self, **how: Any) -> Ended:
        return Ended(self.summary.digests.id, self.summary.digests.is_read_only, **how)

    def _outcome(self, **how: Any) -> Out:
        return self.flow.outcome(self._ended(**how))


def settled(run: Callable[[], Run[B, Out]]) -> Out:
    """Return the outcome of a run.

    Each time a person settles what the plan left open, a new run is made.
    """
    while True:
        with contextlib.suppress(Settled):
            return run().outcome()
