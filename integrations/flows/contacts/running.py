"""One run: read and plan everything, have it approved, then write customer by customer."""

from __future__ import annotations

import contextlib
import dataclasses
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from integrations.core.apply import Result
from integrations.core.change import Change
from integrations.core.errors import Conflict, IntegrationError, Unavailable, Unsafe
from integrations.core.model import Roster
from integrations.core.plan import Tally
from integrations.core.plan.plan import fingerprint
from integrations.flows.contacts.chunk import Chunk, Chunks, How
from integrations.flows.contacts.memory import Memory
from integrations.flows.contacts.outcome import COUNTS, Line, Outcome
from integrations.flows.contacts.places import Places
from integrations.flows.contacts.request import Approval, Request
from integrations.flows.contacts.seen import Seen, counted, line_of
from integrations.flows.contacts.selection import CURSOR, FULL, Selecting, Selection
from integrations.flows.contacts.writing import Writing, facts, is_refused, of_customer

if TYPE_CHECKING:
    from integrations.flows.contacts.sync import ContactSync

CONTACTS = 1000
"""Contacts that are planned at once."""
CUSTOMERS = 100
"""Customers that are planned, and held, at once."""
FEW = 50
"""Customers that are held from reading to writing, so that one reading is enough."""


class Run:
    """One contact sync."""

    def __init__(self, sync: ContactSync, request: Request, approval: Approval) -> None:
        self._sync, self._request, self._approval = sync, request, approval
        self._memory = Memory(sync.ledger)
        self._chunks = Chunks(
            sync.systems, sync.ledger, self._memory, sync.source, sync.settings, sync.now, sync.waiting
        )
        self._writing = Writing(self._chunks, uuid.uuid4().hex[:12], sync.patient, sync.waiting)
        self._how = How()
        self._left: list[str] = []
        self._lines: list[Line] = []
        self._done: Counter[str] = Counter()
        self._refused = 0

    def outcome(self) -> Outcome:
        """Everything that may be done, done."""
        approving = self._approval.ask is not None or self._approval.plan is not None or self._approval.dry
        selecting = Selecting(
            self._memory,
            Places(self._sync.systems, self._sync.ledger),
            self._sync.source,
            self._sync.settings,
            approving,
        )
        selection = selecting.select(self._request, self._sync.now())
        if self._writes_unasked and len(selection.customers) <= FEW:
            with self._holding(selection.customers) as held:
                chunks: list[Chunk] = []
                return self._decide(selection, self._look(selection, held, chunks), chunks)
        return self._decide(selection, self._look(selection, selection.customers, None), None)

    @property
    def _writes_unasked(self) -> bool:
        return self._approval.yes or self._approval.plan is not None

    def _look(self, selection: Selection, customers: Sequence[str], kept: list[Chunk] | None) -> Seen:
        """Plan these customers, chunk after chunk; what is `kept` is what is written later."""
        systems = self._sync.systems
        existing = {
            (name, store.resource.kind): self._sync.ledger.filing.count(name, store.resource.kind)
            for name, store in self._chunks.people()
        }
        seen = Seen(systems, not self._approval.yes, Tally(existing))
        self._how = How(
            thorough=selection.since is None,
            retry=self._request.retry,
            confirming=selection.full,
            patient=self._sync.patient,
        )
        for rosters in self._slices(customers):
            chunk = self._chunks.plan(rosters, self._how)
            seen.add(chunk)
            if not self._approval.dry:
                self._memory.learn(facts(chunk))
            if kept is not None:
                kept.append(chunk)
            self._sync.progress(seen.customers, len(customers))
        return seen

    def _slices(self, customers: Sequence[str]) -> Iterator[list[Roster]]:
        """The customers with their contacts, some at a time.

        Raises:
            Unsafe: The reading broke off: whoever was not read is not missing.
        """
        rosters: list[Roster] = []
        count = begun = 0
        try:
            for roster in self._sync.source.rosters(customers) if customers else ():
                rosters.append(roster)
                begun += 1
                count += len(roster.contacts)
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

    def _decide(self, selection: Selection, seen: Seen, kept: list[Chunk] | None) -> Outcome:
        over = self._emptied(selection, seen) or seen.tally.over(self._sync.limits)
        shown = self._outcome(selection, seen, shown=True)
        if self._approval.dry:
            return shown
        if over is not None:
            return dataclasses.replace(shown, error=over)
        if not seen.digest.count:
            self._finish(selection, seen)
            return dataclasses.replace(shown, shown_only=False)
        refused = self._refusal(shown, seen)
        if refused is not None:
            return refused
        if kept is not None:
            for chunk in kept:
                self._write(chunk, seen.hashes)
        else:
            self._write_all(seen)
        if not self._writing.interrupted:
            self._finish(selection, seen)
        return self._outcome(selection, seen, shown=False)

    def _emptied(self, selection: Selection, seen: Seen) -> Unsafe | None:
        """That the ERP suddenly knows nobody at all, although there are members."""
        members = sum(seen.tally.existing.values())
        if not selection.full or seen.active or not members or self._sync.limits.all is not None:
            return None
        return Unsafe(
            f"the ERP shows no contact at all, and there are {members} memberships",
            next="Nobody was taken out. Look whether our account still sees the contacts: closedwon check. If they are "
            f"all gone, and meant to be: closedwon contacts sync --full --limit {members}",
        )

    def _refusal(self, shown: Outcome, seen: Seen) -> Outcome | None:
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

    def _write_all(self, seen: Seen) -> None:
        """Plan again, held, and write; the customers for which there is something only."""
        tally = Tally(seen.tally.existing)
        for start in range(0, len(seen.changing), CUSTOMERS):
            with self._holding(seen.changing[start : start + CUSTOMERS]) as held:
                for rosters in self._slices(held):
                    chunk = self._chunks.plan(rosters, self._how)
                    for plan, _ in chunk.plans:
                        tally.add(plan)
                    over = tally.over(self._sync.limits)
                    if over is not None:
                        raise over
                    self._write(chunk, seen.hashes)
            self._sync.progress(min(start + CUSTOMERS, len(seen.changing)), len(seen.changing))
            if self._writing.interrupted:
                return

    def _write(self, chunk: Chunk, approved: set[str]) -> None:
        by_person = not self._approval.yes

        def allowed(change: Change[Any]) -> Result | None:
            if not by_person and self._sync.systems[change.system].settings.mode == "ask":
                return Result("waiting", change, live=change.found, unapproved=True)
            if by_person and fingerprint(change, self._sync.ledger.hash) not in approved:
                error = Conflict("changed since it was shown", system=change.system, next="Look at it again.")
                return Result("waiting", change, live=change.found, error=error)
            return None

        for result in self._writing.write(chunk, allowed):
            if result.status == "done":
                self._done[counted(result.change)] += 1
            self._refused += is_refused(result)
            line = line_of(result, chunk, self._sync.systems)
            if line is not None:
                self._lines.append(line)

    @contextlib.contextmanager
    def _holding(self, customers: Sequence[str]) -> Iterator[list[str]]:
        """Hold those that nobody else holds; the others are left for the next run."""
        with contextlib.ExitStack() as stack:
            held = []
            for customer in customers:
                try:
                    stack.enter_context(self._sync.locks.hold(of_customer(customer), wait=self._sync.lock_wait))
                except Unavailable:
                    self._left.append(customer)
                else:
                    held.append(customer)
            self._memory.postpone(dict.fromkeys(self._left, "again"))
            yield held

    def _finish(self, selection: Selection, seen: Seen) -> None:
        """Remember how far this run came, so that the next begins there."""
        left = set(self._left)
        self._memory.look_at([one for one in selection.customers if one not in left])
        self._memory.visited(
            {one: mark for one, mark in selection.marks.items() if one in set(selection.customers) - left}
        )
        if selection.is_named:
            return
        if selection.full:
            self._memory.count_pass()
            self._memory.keep(FULL, selection.begun)
        newest = selection.newest or seen.newest or selection.begun - timedelta(days=1)
        self._memory.keep(CURSOR, min(newest, selection.begun))

    def _outcome(self, selection: Selection, seen: Seen, *, shown: bool) -> Outcome:
        counts = Counter(seen.counts)
        if not shown:
            counts.update(dict.fromkeys(("create", "update", "archive"), 0))
            for name in ("create", "update", "archive"):
                counts[name] = self._done[name]
        counts["rejected"] = len(seen.problems) + (0 if shown else self._refused)
        counts["unknown"] = len(seen.strangers)
        waiting = [why for why, _ in self._memory.pending().values() if why == "approval"]
        return Outcome(
            since=selection.since,
            full=selection.full,
            counts={name: counts[name] for name in COUNTS},
            lines=tuple(seen.lines if shown else self._lines),
            strangers=tuple(seen.strangers),
            problems=tuple(seen.problems),
            names=dict(seen.names),
            customers=seen.customers,
            left=tuple(self._left),
            approvals=len(waiting),
            plan=seen.digest.id,
            shown_only=shown,
            interrupted=self._writing.interrupted,
        )


def stopped(error: IntegrationError) -> Outcome:
    """How a run ended that could not even look."""
    return Outcome(error=error, shown_only=True)
