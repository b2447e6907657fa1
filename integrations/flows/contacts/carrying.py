"""What every run does with a plan: have it approved, hold its customers, write, and say how it ended."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from integrations.core import log
from integrations.core.apply import Result
from integrations.core.calendar import local
from integrations.core.change import Change
from integrations.core.errors import Conflict, IntegrationError, Unavailable
from integrations.core.plan import Tally
from integrations.core.plan.plan import fingerprint
from integrations.core.rows import attempt
from integrations.flows.contacts.chunk import Chunk, Chunks
from integrations.flows.contacts.memory import Memory
from integrations.flows.contacts.outcome import COUNTS, FailedRow, Line, Outcome
from integrations.flows.contacts.request import Approval
from integrations.flows.contacts.seen import Seen, counted, is_told, line_of, without_words
from integrations.flows.contacts.writing import Writing, is_refused, of_customer

if TYPE_CHECKING:
    from integrations.flows.contacts.sync import ContactSync


LATELY = timedelta(hours=24)
"""How long what was taken out counts against what may be."""
ALLOWED = "allowed"
"""The date of the last run whose removals a person approved, or allowed by number."""


class Carrying:
    """Carries one run's plans out.

    Attributes:
        chunks: Plans them.
        left: Customers that somebody else was holding.
        failed: Customers of which something that was written could not be reported or kept.
    """

    def __init__(self, sync: ContactSync, approval: Approval) -> None:
        self._sync, self._approval = sync, approval
        self.memory = Memory(sync.ledger)
        self.chunks = Chunks(sync.systems, sync.ledger, self.memory, sync.source, sync.settings, sync.now, sync.waiting)
        self.left: list[str] = []
        self.failed: list[FailedRow] = []
        self._writing = Writing(self.chunks, log.RUN.get(), sync.patient, sync.waiting)
        self._lines: list[Line] = []
        self._done: Counter[str] = Counter()
        self._refused = 0

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C came: what was under way was ended, nothing more is begun."""
        return self._writing.interrupted

    def seen(self) -> Seen:
        """Nothing yet, over all that exists."""
        existing = {
            (name, store.resource.kind): self._sync.ledger.filing.count(name, store.resource.kind)
            for name, store in self.chunks.people()
        }
        return Seen(self._sync.systems, not self._approval.yes, Tally(existing, self._archived(existing)))

    def _archived(self, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """How many were taken out lately, and since somebody last allowed it: by system and kind."""
        now = datetime.now(UTC)
        begun, allowed = now - LATELY, self.memory.date(ALLOWED)
        # What a clock kept that was ahead allows nothing until then.
        since = max(begun, allowed) if allowed is not None and allowed <= now else begun
        return {place: self._sync.ledger.filing.archived(*place, since) for place in places}

    def allow(self) -> None:
        """Somebody has agreed to what was taken out until now: it does not count against later runs."""
        with self._sync.ledger.afterwards():
            self.memory.keep(ALLOWED, datetime.now(UTC))

    def refusal(self, shown: Outcome, seen: Seen) -> Outcome | None:
        """Why nothing may be written; None where somebody approved it, or nobody has to."""
        approval, ledger = self._approval, self._sync.ledger
        if approval.yes:
            return None
        if approval.plan is not None:
            approved = ledger.approved(approval.plan)
            if shown.plan == approval.plan:
                ledger.approve(approval.plan, sorted(seen.hashes))
            elif not seen.hashes <= approved:
                return dataclasses.replace(shown, error=self._changed(shown.plan))
            return None
        if approval.ask is None or not approval.ask(shown):
            return shown
        ledger.approve(shown.plan, sorted(seen.hashes))
        return None

    def _changed(self, plan: str) -> Conflict:
        return Conflict(
            f"the plan is not {self._approval.plan} any more, it is {plan}",
            next=f"Look at it; to apply it, run the command again with --plan {plan}",
        )

    def write(self, chunk: Chunk, approved: set[str]) -> None:
        """Write one chunk, whose customers are held: what was `approved`, or all that needs no approval."""
        by_person = not self._approval.yes

        def allowed(change: Change[Any]) -> Result | None:
            if not by_person and self._sync.systems[change.system].settings.mode == "ask":
                return Result("waiting", change, live=change.found, unapproved=True)
            if by_person and fingerprint(change, self._sync.ledger.hash) not in approved:
                error = Conflict("changed since it was shown", system=change.system, next="Look at it again.")
                return Result("waiting", change, live=change.found, error=error)
            return None

        for result in self._writing.write(chunk, allowed, self.failed):
            if result.status == "done":
                self._done[counted(result.change)] += 1
            self._refused += is_refused(result)
            line = attempt(result.change.system, line_of, result, chunk, self._sync.systems)
            if isinstance(line, IntegrationError):
                line = without_words(result, self._sync.systems, line)
            if line is not None:
                self._lines.append(line)

    def foresee(self, chunk: Chunk, failed: list[FailedRow]) -> None:
        """Keep what follows from a plan, whether or not it is carried out; adds the customers that failed."""
        self._writing.foresee(chunk, failed)

    def _letters(self, lines: Sequence[Line]) -> Iterator[str]:
        """That a system may write to people who are new in it: nobody else tells a person before it happens."""
        writing = {
            line.system: line.title
            for line in lines
            if line.action == "create" and line.status in ("planned", "done") and self._lets_in(line.system)
        }
        if writing:
            titles = " and ".join(writing[one] for one in sorted(writing))
            yield f"{titles} may send an e-mail to those who are new there."

    def _lets_in(self, system: str) -> bool:
        people = self._sync.systems[system].people
        return people is not None and people.access != "directory"

    def _told(self, seen: Seen) -> Iterator[Line]:
        """What was carried out, what could not even be planned, and what somebody else's value stays in."""
        carried = {(line.system, line.key) for line in self._lines}
        yield from (line for line in seen.lines if is_told(line) and (line.system, line.key) not in carried)
        yield from self._lines

    @contextlib.contextmanager
    def holding(self, customers: Sequence[str], wait: float) -> Iterator[list[str]]:
        """Hold those that nobody else holds; the others are left for the next run."""
        with contextlib.ExitStack() as stack:
            held = []
            for customer in customers:
                try:
                    stack.enter_context(self._sync.locks.hold(of_customer(customer), wait=wait))
                except Unavailable:
                    self.left.append(customer)
                else:
                    held.append(customer)
            self.memory.postpone(dict.fromkeys(self.left, "again"))
            yield held

    def outcome(self, seen: Seen, *, shown: bool, since: datetime | None = None, full: bool = False) -> Outcome:
        """How it stands: what is `shown` is as planned, else as it was carried out."""
        counts = Counter(seen.counts)
        if not shown:
            counts.update(dict.fromkeys(("create", "update", "archive"), 0))
            for name in ("create", "update", "archive"):
                counts[name] = self._done[name]
        counts["rejected"] = len(seen.problems) + (0 if shown else self._refused)
        counts["unknown"] = len(seen.strangers)
        waiting = [why for why, _ in self.memory.pending().values() if why == "approval"]
        lines = tuple(seen.lines if shown else self._told(seen))
        return Outcome(
            since=since,
            full=full,
            counts={name: counts[name] for name in COUNTS},
            lines=lines,
            notes=(*self._letters(lines), *_later(seen)),
            strangers=tuple(seen.strangers),
            problems=tuple(seen.problems),
            names=dict(seen.names),
            failed=tuple(
                {(one.customer, one.contact, one.error.message): one for one in (*seen.failed, *self.failed)}.values()
            ),
            customers=seen.customers,
            left=tuple(self.left),
            approvals=len(waiting),
            plan=seen.plan,
            is_read_only=seen.is_read_only,
            shown_only=shown,
            interrupted=self._writing.interrupted,
            error=None if shown else self._sync.ledger.failure,
        )


def _later(seen: Seen) -> list[str]:
    """That people are on the way out, and from when on: nobody is to be surprised when their grace is over."""
    if not seen.later:
        return []
    one = len(seen.later) == 1
    whose = "1 membership ends" if one else f"{len(seen.later)} memberships end"
    return [
        f"{whose} when the grace period is over, {'on' if one else 'the first on'} {local(min(seen.later)):%a %-d %b}."
    ]
