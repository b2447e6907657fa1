"""Applying a plan: each change written down before it is sent, and after."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from integrations.core.change import WRITING, Change, Result, Status, foreseen, status_of
from integrations.core.errors import (
    Ambiguous,
    Blocked,
    Conflict,
    IntegrationError,
    LedgerError,
    Unavailable,
    Uncertain,
    Unforeseen,
)
from integrations.core.http import counted_writes
from integrations.core.http.answer import Writes
from integrations.core.ledger import Ended, Ledger
from integrations.core.plan import Approved, Plan, Planner
from integrations.core.plan.difference import completable, difference, lacked, told_once
from integrations.core.plan.planner import LOOK_AGAIN, answered
from integrations.core.pool import Pool, uninterrupted
from integrations.core.resolve import StepState, known_of, resolve
from integrations.core.resource import Live
from integrations.core.rows import attempt
from integrations.core.system import System

Outcomes = Callable[[], Mapping[str, Live[Any] | None]]
"""Returns what exists of the steps that have ended, by step."""

TRIES = 3
"""Attempts at one change in one run, where an answer is lost or a name is taken meanwhile."""


@dataclasses.dataclass
class Writer:
    """Writes batches, each of one system and kind, from several threads."""

    systems: Mapping[str, System]
    ledger: Ledger
    planner: Planner
    run: str
    approved: Approved
    stop: threading.Event
    waiting: Callable[[str, float, str], None]
    held: Callable[[], None] = lambda: None

    def write(self, changes: Sequence[Change[Any]], outcomes: Outcomes) -> list[Result]:
        """Write the changes and return the result of each; never raises for a system's answer.

        `outcomes` is called only for changes that have to be looked at again.
        """
        covered = [self.approved.allows(change, self.ledger.hash) for change in changes]
        approved = [change for change, is_covered in zip(changes, covered, strict=True) if is_covered]
        written = iter([self._looked_after(result, outcomes) for result in self._once(approved)] if approved else [])
        return [
            next(written) if is_covered else self._changed(Result("waiting", change, live=change.found))
            for change, is_covered in zip(changes, covered, strict=True)
        ]

    @staticmethod
    def _changed(result: Result) -> Result:
        """Return the result of a change that has become another than the approved one."""
        if isinstance(result.error, Conflict):
            return result
        error = Conflict("changed since it was shown", system=result.change.system, next="Look at the plan again.")
        return dataclasses.replace(result, status="waiting", error=error)

    def _looked_after(self, result: Result, outcomes: Outcomes) -> Result:
        """Look again where that is needed (`_settled`); where that raises, return the given result with the error."""
        settled = attempt(result.change.system, self._settled, result, outcomes)
        if isinstance(settled, Result):
            return settled
        if isinstance(settled, LedgerError):
            return _unrecorded(result)
        return dataclasses.replace(result, status=status_of(settled), error=settled)

    def _once(self, changes: Sequence[Change[Any]]) -> list[Result]:
        if len(changes) == 1 and changes[0].action == "archive" and changes[0].found is None:
            return [Result("kept", changes[0])]
        try:
            # The intent is on the disk before anything is sent: a killed run leaves a trace for the next.
            intents = self.ledger.begin(self.run, changes, self.systems[changes[0].system].now())
        except LedgerError:
            return [not_begun(change) for change in changes]
        # As late as can be: somebody else may write from the moment on in which a lock is lost.
        try:
            self.held()
        except LedgerError as lost:
            return self._not_sent(changes, intents, lost)
        with counted_writes() as writes:
            answers = self._answers(changes)
        results = [_result(change, answers[change.key], writes) for change in changes]
        ended = [
            Ended(result.change, result.live if result.error is None else None, _outcome(result), open=result.open)
            for result in results
        ]
        try:
            self.ledger.finish(self.run, intents, ended)
        except LedgerError:
            return [_unrecorded(result) for result in results]
        return results

    def _not_sent(self, changes: Sequence[Change[Any]], intents: Mapping[str, int], lost: LedgerError) -> list[Result]:
        """Close the intents of changes that are not sent, as their lock was lost, and return their results."""
        with contextlib.suppress(LedgerError):
            self.ledger.finish(self.run, intents, [Ended(change, None, lost.type) for change in changes])
        return [not_begun(change, "was not begun, as its lock was lost") for change in changes]

    def _answers(self, changes: Sequence[Change[Any]]) -> dict[str, Live[Any] | IntegrationError]:
        system = changes[0].system
        store = self.systems[system].stores[changes[0].kind]
        answers = attempt(system, store.put, changes)
        if isinstance(answers, IntegrationError):
            return dict.fromkeys((change.key for change in changes), answers)
        missing = Unforeseen(f"{system}: gave no answer for this step", system=system)
        given = [(change.key, answered(system, answers, change.key)) for change in changes]
        return {key: answer if isinstance(answer, (Live, IntegrationError)) else missing for key, answer in given}

    def _settled(self, result: Result, outcomes: Outcomes) -> Result:
        """Return the final result: look again where the answer was lost or the object changed meanwhile."""
        planned = result.change
        for _ in range(TRIES - 1):
            looks_again = isinstance(result.error, (Uncertain, Conflict))
            if not looks_again or not self.planner.patient or self.stop.is_set():
                return result
            if isinstance(result.error, Uncertain):
                # Longer pauses are left to the next run: the intent stays open, and other steps wait for this thread.
                pause = min(LOOK_AGAIN, result.error.retry_after or LOOK_AGAIN)
                self.waiting(self.systems[result.change.system].title, pause, result.error.message)
                time.sleep(pause)
            change = self.planner.again(result.change.want, outcomes())
            if change is None:
                return result
            if change.error is not None:
                return self._unseen(result, change.error)
            if change.action not in WRITING:
                if change.found is not None:
                    self.ledger.note([(change, change.found)])
                return Result("done", change, live=change.found)
            # The name was taken meanwhile: the names were part of what was shown, so another one needs a new plan.
            if change.found is None and _names(change) != _names(planned):
                return dataclasses.replace(result, error=self._other_names(change), status="waiting")
            if not self.approved.allows(change, self.ledger.hash):
                return self._changed(result)
            result = self._once([change])[0]
        return result

    @staticmethod
    def _unseen(result: Result, error: IntegrationError) -> Result:
        """Return the result of a change that could not be looked at again: what was uncertain before still is."""
        if isinstance(result.error, Uncertain) and not isinstance(error, Ambiguous):
            return result
        return dataclasses.replace(result, error=error)

    def _other_names(self, change: Change[Any]) -> Conflict:
        """Return the error of an object that was not made because it would now get names other than those shown."""
        title = self.systems[change.system].title
        return Conflict(
            f"{title}: the {change.want.resource.kind_label()} was not made, and would be called "
            f"“{change.want.resource.label()}” by now",
            system=change.system,
            next="Look at the plan again.",
        )


def _names(change: Change[Any]) -> list[Any]:
    resource = change.want.resource
    return [getattr(resource, name) for name in resource.names]


def _outcome(result: Result) -> str:
    """Return the word for the outcome that the audit records."""
    if isinstance(result.error, (Uncertain, Unforeseen)):
        return "uncertain"
    if result.error is not None:
        return result.error.type
    return "shown" if result.change.action == "manual" else "done"


def _result(change: Change[Any], answer: Live[Any] | IntegrationError, writes: Writes) -> Result:
    if isinstance(answer, Live):
        return Result("waiting" if change.action == "manual" else "done", change, live=answer)
    touched = writes.touched(change.key)
    error = _partly_done(answer) if touched else answer
    if isinstance(error, Ambiguous):
        change = dataclasses.replace(change, action="choose", error=error)
    is_open = touched or isinstance(error, (Uncertain, Unforeseen))
    return Result("waiting" if error.waits else "failed", change, live=change.found, error=error, open=is_open)


def not_begun(change: Change[Any], message: str = "was not begun, as the ledger can't be used") -> Result:
    """The result of a change of which no intent can be written down, so that nothing is sent."""
    error = LedgerError(message, system=change.system)
    return Result("failed", change, live=change.found, error=error)


def _unrecorded(result: Result) -> Result:
    """Return the result of a write whose end could not be recorded; its open intent has the next run look for it."""
    if result.error is not None or result.live is None:
        return dataclasses.replace(result, open=True)
    message = f"is written ({result.live.id}), but not recorded: the next run finds it"
    error = LedgerError(message, system=result.change.system)
    return dataclasses.replace(result, status="failed", open=True, error=error)


def _partly_done(error: IntegrationError) -> IntegrationError:
    """Return the error of a change that was done in part: `Unavailable` would say that nothing was."""
    if not isinstance(error, Unavailable) or isinstance(error, Uncertain):
        return error
    return Uncertain(
        f"{error.message}; a part of it was done before",
        system=error.system,
        next=f"It is looked for before it is tried again. {error.next}".rstrip(),
        who=error.who,
        retry_after=error.retry_after,
    )


Batch = list[Change[Any]]


@dataclasses.dataclass(frozen=True)
class Applied:
    """Results of an applied plan.

    Attributes:
        results: By step, in the plan's order.
        interrupted: Ctrl-C: writes under way were finished and recorded, and nothing more was started.
    """

    results: Mapping[str, Result]
    interrupted: bool = False


@dataclasses.dataclass
class Apply:
    """Applies plans over these systems.

    Attributes:
        run: The run's id, for the audit lines.
        approved: What may be written.
        held: Called just before each put; raises `LedgerError` where a lock of the run is lost.
        reported: Called with every result as it comes.
        waiting: Told, in words, what is waited for.
    """

    systems: Mapping[str, System]
    ledger: Ledger
    planner: Planner
    run: str
    approved: Approved
    held: Callable[[], None] = lambda: None
    reported: Callable[[Result], None] = lambda _: None
    waiting: Callable[[str, float, str], None] = lambda *_: None

    def apply(self, plan: Plan) -> Applied:
        """Apply the plan; a failed step blocks only those that depend on it. Never raises for a system's error."""
        return _Course(self, plan).run()


class _Course:
    """Application of one plan."""

    def __init__(self, apply: Apply, plan: Plan) -> None:
        self._apply = apply
        self._order = list(plan.changes)
        self._waiting = {change.step: change for change in plan.changes}
        self._results: dict[str, Result] = {}
        self._ready: dict[tuple[str, str], Batch] = {}
        self._running: dict[Future[list[Result]], str] = {}
        self._stop = threading.Event()
        self._failed = False
        self._pools: dict[str, Pool] = {}
        self._dependants: dict[str, list[str]] = {}
        self._missing: dict[str, int] = {}
        self._unready: dict[tuple[str, str], int] = {}
        self._customer = next((change for change in plan.changes if self._makes_the_customer(change)), None)
        self._writer = Writer(
            apply.systems,
            apply.ledger,
            apply.planner,
            apply.run,
            apply.approved,
            self._stop,
            apply.waiting,
            apply.held,
        )

    def run(self) -> Applied:
        """Apply as much of the plan as can be applied."""
        for change in self._order:
            place = (change.system, change.kind)
            self._unready[place] = self._unready.get(place, 0) + 1
            needed = (change.depends_on | change.runs_after) & self._waiting.keys()
            self._missing[change.step] = len(needed)
            for step in needed:
                self._dependants.setdefault(step, []).append(change.step)
        interrupted = False
        try:
            try:
                self._begin()
                self._collect_all()
            except KeyboardInterrupt:
                interrupted = True
                # Writes under way are finished: their answers would be lost otherwise, and their outcome unknown.
                self._halt()
                self._collect_all()
        finally:
            self._stop.set()
            for pool in self._pools.values():
                pool.shutdown(wait=True)
        results = {change.step: self._results.get(change.step) or self._left(change) for change in self._order}
        return Applied(results, interrupted)

    def _begin(self) -> None:
        """Start every change that nothing holds up."""
        for change in self._order:
            if self._missing[change.step] == 0 and change.step in self._waiting and not self._stop.is_set():
                self._start(change)
        if not self._stop.is_set():
            self._flush()

    def _collect_all(self) -> None:
        while self._running:
            self._collect()

    def _collect(self) -> None:
        """Wait until something under way ends, and start what it held up."""
        done, _ = wait(self._running, return_when=FIRST_COMPLETED)
        for future in done:
            del self._running[future]
            for result in future.result():
                self._end(result)
        if not self._stop.is_set():
            self._flush()

    def _halt(self) -> None:
        """Start nothing more, and put what is queued back; writes under way finish."""
        self._stop.set()
        self._waiting.update((change.step, change) for batch in self._ready.values() for change in batch)
        self._ready.clear()

    def _left(self, change: Change[Any]) -> Result:
        """Return the result of a change that was not started any more."""
        return not_begun(change) if self._failed else Result("planned", change, live=change.found)

    def _start(self, change: Change[Any]) -> None:
        """Queue a change that nothing holds up any more, or end it where there is nothing to send."""
        del self._waiting[change.step]
        self._unready[change.system, change.kind] -= 1
        if change.action == "keep":
            self._end(Result("kept", change, live=change.found))
            return
        if change.error is not None:
            self._end(Result(status_of(change.error), change, live=change.found, error=change.error))
            return
        resolved = attempt(change.system, self._ready_to_write, change)
        if isinstance(resolved, IntegrationError):
            failed = Result(status_of(resolved), change, live=change.found, error=resolved)
            resolved = not_begun(change) if isinstance(resolved, LedgerError) else failed
        if isinstance(resolved, Result):
            self._end(resolved)
            return
        self._ready.setdefault((change.system, change.kind), []).append(resolved)

    def _ready_to_write(self, change: Change[Any]) -> Change[Any] | Result:
        """Return the change as it is to be written, or its result where it may not be written."""
        system = self._apply.systems[change.system]
        if not system.may_write(change.want.customer):
            # Shown as planned, not as failed: the system is in mode `read`, or the customer is no pilot.
            return Result("planned", change, live=change.found)
        if system.settings.mode == "ask" and not self._apply.approved.by_person:
            return Result("waiting", change, live=change.found, unapproved=True)
        return self._resolved(change)

    def _resolved(self, change: Change[Any]) -> Change[Any] | Result:
        """Return the change with the values that other steps decided, or its result where nothing is left to write."""
        asked = frozenset[str]().union(*(later.depends_on | later.runs_after for later in change.want.later.values()))
        known = {step: self._known(self._results[step]) for step in asked if step in self._results}
        lacking = sorted(step for step in change.depends_on if not self._known(self._results[step]).exists)
        # A text that is written once waits for a step whose answer was lost: it could not mention that step later.
        if change.found is None:
            lacking += sorted(
                step for step in told_once(change.want) & self._results.keys() if self._is_uncertain(step)
            )
        if lacking:
            blocked = Blocked(f"waits for the step {lacking[0]}", step=lacking[0], system=change.system)
            return Result("blocked", change, live=change.found, error=blocked)
        change = self._of_its_customer(change)
        if not change.want.later:
            return change
        try:
            want, unknown = resolve(change.want, known)
        except IntegrationError as error:
            return Result("waiting", change, live=change.found, error=error)
        if unknown:
            conflict = Conflict(f"{', '.join(unknown)} of {change.step} is still not known", system=change.system)
            return Result("waiting", change, live=change.found, error=conflict)
        change = dataclasses.replace(change, want=want, lacked=lacked(want, self._exists))
        if change.found is None:
            return change
        owners = self._apply.systems[change.system].settings.owners
        base = self._apply.planner.recall([want])[want.step].fields_of(change.found.id)
        completed = completable(want, base, self._exists)
        fields, theirs = difference(want, change.found, base, self._apply.ledger.hash, owners, {}, completed)
        change = dataclasses.replace(change, fields=fields, theirs=theirs, completes=completed)
        if not fields and change.action == "update":
            return Result("kept", dataclasses.replace(change, action="keep"), live=change.found)
        return change

    def _makes_the_customer(self, change: Change[Any]) -> bool:
        """Return whether the change leads to a customer without an id in the system of record."""
        is_of_record = change.kind == "customer" and self._apply.systems[change.system].customers is not None
        return is_of_record and not change.key.startswith("customer:")

    def _of_its_customer(self, change: Change[Any]) -> Change[Any]:
        """Return the change under the key of the customer that this run has made; that key is written and recorded."""
        customer = self._customer
        made = self._results.get(customer.step) if customer is not None else None
        if customer is None or made is None or made.live is None or self._makes_the_customer(change):
            return change
        want = change.want.of_customer(customer.key, f"customer:{made.live.id}")
        return dataclasses.replace(change, want=want)

    def _is_uncertain(self, step: str) -> bool:
        return self._results[step].open or isinstance(self._results[step].error, Uncertain)

    def _exists(self, step: str) -> bool:
        return step in self._results and self._known(self._results[step]).exists

    @staticmethod
    def _known(result: Result) -> StepState:
        exists = result.live if result.status in ("done", "kept") or result.change.found is not None else None
        return known_of(exists)

    def _end(self, result: Result) -> None:
        self._results[result.change.step] = result
        self._apply.reported(result)
        if isinstance(result.error, LedgerError):
            # Without the ledger nobody would know later what was begun.
            self._failed = True
            self._halt()
        for step in self._dependants.get(result.change.step, ()):
            self._missing[step] -= 1
            if self._missing[step] == 0 and step in self._waiting and not self._stop.is_set():
                self._start(self._waiting[step])

    def _flush(self) -> None:
        """Send the queues that are ready to go.

        Sent are full batches, queues that can't grow any more and, when nothing is under way, every queue.

        Without the last, a queue that waits for more changes would wait for ever where those depend on it.
        """
        for place in list(self._ready):
            system, kind = place
            size = self._apply.systems[system].stores[kind].batch
            queue = self._ready[place]
            while len(queue) >= size:
                cut = _cut(queue, size)
                self._submit(queue[:cut])
                del queue[:cut]
            if queue and (self._unready[place] == 0 or not self._running):
                self._submit(list(queue))
                queue.clear()
            if not queue:
                del self._ready[place]

    def _submit(self, batch: Batch) -> None:
        system = batch[0].system
        if system not in self._pools:
            size = self._apply.systems[system].settings.concurrency
            self._pools[system] = Pool(max_workers=size, thread_name_prefix=system)
        with uninterrupted():
            future = self._pools[system].submit(self._write, batch)
            self._running[future] = system

    def _write(self, batch: Batch) -> list[Result]:
        if self._stop.is_set():
            return [self._left(change) for change in batch]
        return self._writer.write(batch, self._outcomes)

    def _outcomes(self) -> dict[str, Live[Any] | None]:
        return {step: result.live for step, result in list(self._results.items())}


def _cut(queue: Batch, size: int) -> int:
    """Return the number of changes of a full queue to send at once.

    As many as the store takes, cut between two places (see `_place`) where that is possible: people of one place who
    are added in two batches cost a request twice, or the batches get in each other's way.
    """
    cut = size
    while 0 < cut < len(queue) and _place(queue[cut]) == _place(queue[cut - 1]):
        cut -= 1
    return cut or size


def _place(change: Change[Any]) -> str:
    return getattr(change.want.resource, "place", "")


__all__ = ["Applied", "Apply", "Result", "Status", "foreseen", "status_of"]
