"""The common part of the flows over the customers' people: holding, planning, writing, and what is kept of it."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from integrations.core.apply import Result
from integrations.core.errors import IntegrationError
from integrations.core.plan import ChangeCounter, Planner
from integrations.core.run import Ended, Flow, Lock
from integrations.flows.contacts.chunk import Chunk, Chunks
from integrations.flows.contacts.memory import Memory
from integrations.flows.contacts.outcome import Outcome
from integrations.flows.contacts.places import subject
from integrations.flows.contacts.remembered import EVERYWHERE
from integrations.flows.contacts.request import Approval
from integrations.flows.contacts.results import Results
from integrations.flows.contacts.summary import Summary

if TYPE_CHECKING:
    from integrations.flows.contacts.sync import ContactSync

LATELY = timedelta(hours=24)
"""The time for which what was taken out counts against what may be."""
ALLOWED = "allowed"
"""The date of the last run whose removals a person approved, or allowed by number."""


class ContactFlow(Flow[Chunk, Outcome]):
    """The part of a run's `Flow` that a sync and a removal have in common.

    Attributes:
        chunks: Plans customers.
        wait: Seconds that a customer on whom somebody else is working is waited for; then it is left.
    """

    is_whole: ClassVar[bool] = False

    def __init__(self, sync: ContactSync, approval: Approval, wait: float) -> None:
        self.sync, self.approval, self.wait = sync, approval, wait
        self.memory = Memory(sync.ledger)
        self.chunks = Chunks(sync.systems, sync.ledger, self.memory, sync.source, sync.settings, sync.now, sync.waiting)
        self.summary = Summary(sync.systems, showing=not approval.yes)
        self.results = Results(self.chunks)
        self._has_begun = False

    def show(self, batch: Chunk) -> None:
        """Take a plan into what people read."""
        self.summary.add(batch)

    def observe(self, batch: Chunk) -> None:
        """Keep what follows from a plan, whether or not it is carried out."""
        self.results.foresee(batch, self.summary.failed)

    def counter(self) -> ChangeCounter:
        """Nothing yet, over all that exists."""
        existing = {
            (name, store.resource.kind): self.sync.ledger.filing.count(name, store.resource.kind)
            for name, store in self.chunks.people()
        }
        return ChangeCounter(existing, self._archived(existing))

    def planner(self) -> Planner:
        """Return what looks at the customers' people."""
        return self.chunks.planner(patient=self.sync.patient)

    def begin(self, batch: Chunk) -> None:
        """Keep nothing: each change is kept by itself."""
        del batch
        self._has_begun = True

    def learn(self, batch: Chunk, results: Sequence[Result]) -> None:
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
        return {place: self.sync.ledger.filing.archived(*place, since) for place in places}


def of_customer(customer: str) -> str:
    """The name of the lock under which runs for this customer exclude each other."""
    return f"of {subject(customer)}"
