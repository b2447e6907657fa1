"""Several subjects as one plan: planned, limited and approved together, each asked about, written side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, Protocol, TypeVar

from integrations.core.errors import IntegrationError, Unsafe
from integrations.core.ledger import Ledger
from integrations.core.lock import Locks
from integrations.core.plan import Approval, ChangeCounter, Digests, Limits, Plan
from integrations.core.rows import attempt


class OneOutcome(Protocol):
    """The state of one subject."""

    @property
    def reference(self) -> str:
        """Its id."""

    @property
    def plan(self) -> Plan | None:
        """The plan; None where the run did not get that far."""


Out = TypeVar("Out", bound=OneOutcome)


@dataclasses.dataclass(frozen=True)
class Several(Generic[Out]):
    """Runs one flow for several subjects.

    Attributes:
        run: The run for one of them.
        stopped: The outcome of one whose run raised what nobody foresaw.
        groups: Their ids; those of a group come one after the other, as each changes what the next is about.
        at_once: How many are worked on at the same time.
        locks: The locks that their runs take; None where they take none.
    """

    run: Callable[[str, Approval[Out]], Out]
    stopped: Callable[[str, IntegrationError], Out]
    ledger: Ledger
    limits: Limits
    groups: Sequence[Sequence[str]]
    at_once: int = 4
    locks: Locks | None = None

    def rounds(self) -> Iterator[Sequence[str]]:
        """Yield the first of each group, then the second of each: what that comes to is only known after the first."""
        for turn in range(max(map(len, self.groups), default=0)):
            yield [group[turn] for group in self.groups if len(group) > turn]

    def planned(self, groups: Sequence[Sequence[str]]) -> Iterator[Out]:
        """Plan these groups, and write nothing."""
        return self._each(groups, lambda _: Approval(dry=True))

    def written(
        self, approval: Callable[[str], Approval[Out]], groups: Sequence[Sequence[str]] | None = None
    ) -> Iterator[Out]:
        """Write what may be written for all subjects, or for these groups; a failure of one affects no other.

        On Ctrl-C the subjects under way end and are yielded, nothing more is started, and then
        KeyboardInterrupt is raised; once the ledger fails or a lock is lost nothing more is started either.
        """
        return self._each(self.groups if groups is None else groups, approval)

    def plan_id(self, outcomes: Sequence[Out]) -> str:
        """Return the id of all these plans.

        It leaves out the later plans of a group, which it can't approve.
        """
        digests = Digests()
        for plan in self._first(outcomes):
            digests.add(plan)
        return digests.id

    def over_limit(self, outcomes: Sequence[Out], *, by_id: bool = False) -> Unsafe | None:
        """Return the error of the safety limits that these plans together exceed; None where there is none.

        With `by_id`, only the plans that their id approves count.
        """
        counter = ChangeCounter()
        plans = (outcome.plan for outcome in outcomes if outcome.plan is not None)
        for plan in self._first(outcomes) if by_id else plans:
            counter.add(plan)
        return counter.over_limit(self.limits)

    def approve(self, plan: str, outcomes: Sequence[Out]) -> bool:
        """Record that a person approved the plan with this id, if it is the id of these plans.

        Return whether it is approved, now or before.
        """
        if plan == self.plan_id(outcomes):
            self.ledger.approve(
                plan, sorted(frozenset[str]().union(*(outcome.keys for outcome in self._first(outcomes))))
            )
        return bool(self.ledger.approved(plan))

    def _first(self, outcomes: Sequence[Out]) -> Iterator[Plan]:
        first = {group[0] for group in self.groups}
        return (outcome.plan for outcome in outcomes if outcome.plan is not None and outcome.reference in first)

    def _each(self, groups: Sequence[Sequence[str]], approval: Callable[[str], Approval[Out]]) -> Iterator[Out]:
        waiting = [list(group) for group in groups if group]
        running: dict[Future[Out], list[str]] = {}
        is_stopped = False
        with ThreadPoolExecutor(max_workers=self.at_once, thread_name_prefix="subject") as pool:
            while waiting or running:
                if is_stopped or self._has_failed:
                    waiting.clear()
                while waiting and len(running) < self.at_once:
                    queue = waiting.pop(0)
                    running[pool.submit(self._alone, queue.pop(0), approval)] = queue
                try:
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                except KeyboardInterrupt:
                    if is_stopped:
                        raise
                    is_stopped = True
                    continue
                for future in done:
                    queue = running.pop(future)
                    if queue:
                        waiting.insert(0, queue)
                    yield future.result()
        if is_stopped:
            raise KeyboardInterrupt

    @property
    def _has_failed(self) -> bool:
        """Return whether nothing may be written any more, for whomever."""
        return self.ledger.failure is not None or (self.locks is not None and self.locks.failure is not None)

    def _alone(self, reference: str, approval: Callable[[str], Approval[Out]]) -> Out:
        """Return the outcome of one subject.

        An unforeseen error is its failure, not that of the others.
        """
        ended = attempt("", lambda: self.run(reference, approval(reference)))
        return self.stopped(reference, ended) if isinstance(ended, IntegrationError) else ended
