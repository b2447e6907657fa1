"""One run: read and plan everything, have it approved, then write customer by customer."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from integrations.core.errors import IntegrationError, Unavailable, Unsafe
from integrations.core.model import Roster
from integrations.core.plan import Tally, limit_option
from integrations.core.pool import ahead
from integrations.core.rows import Failed
from integrations.flows.contacts.carrying import Carrying
from integrations.flows.contacts.chunk import Chunk, How
from integrations.flows.contacts.outcome import FailedRow, Outcome
from integrations.flows.contacts.places import Places
from integrations.flows.contacts.request import Approval, Request
from integrations.flows.contacts.revoked import Revoked
from integrations.flows.contacts.seen import Seen
from integrations.flows.contacts.selection import CURSOR, FULL, NEWEST, Selecting, Selection
from integrations.flows.contacts.writing import facts

if TYPE_CHECKING:
    from integrations.flows.contacts.sync import ContactSync

CONTACTS = 1000
"""Contacts that are planned at once."""
CUSTOMERS = 100
"""Customers that are planned, and held, at once."""
FEW = 50
"""Customers that are held from reading to writing, so that one reading is enough."""

BEHIND = timedelta(hours=1)
"""How far the ERP's clock may be behind ours without a change being missed until the next full pass."""


class Run:
    """One contact sync."""

    def __init__(self, sync: ContactSync, request: Request, approval: Approval) -> None:
        self._sync, self._request, self._approval = sync, request, approval
        self._carrying = Carrying(sync, approval)
        self._memory, self._chunks = self._carrying.memory, self._carrying.chunks
        self._selection = Selection([], sync.now())
        self._unread: tuple[str, ...] = ()
        self._revoked = Revoked(sync, self._carrying, approving=self._is_approving)

    def outcome(self) -> Outcome:
        """Everything that may be done, done."""
        selecting = Selecting(
            self._memory,
            Places(self._sync.systems, self._sync.ledger),
            self._sync.systems,
            self._sync.source,
            self._sync.settings,
            self._is_approving,
        )
        self._selection = selection = selecting.select(self._request, self._sync.now())
        if self._writes_unasked and len(selection.customers) <= FEW:
            with self._carrying.holding(selection.customers, self._sync.lock_wait) as held:
                self._unread = tuple(self._carrying.left)
                chunks: list[Chunk] = []
                return self._decide(selection, self._look(held, chunks), chunks)
        return self._decide(selection, self._look(selection.customers, None), None)

    @property
    def _is_approving(self) -> bool:
        """Whether a person may approve in this run."""
        return self._approval.ask is not None or self._approval.plan is not None or self._approval.dry

    @property
    def _writes_unasked(self) -> bool:
        return self._approval.yes or self._approval.plan is not None

    def _look(self, customers: Sequence[str], kept: list[Chunk] | None) -> Seen:
        """Plan these customers, chunk after chunk; what is `kept` is what is written later."""
        seen = self._carrying.seen()
        seen.failed += [FailedRow("", one.id, one.error) for one in self._selection.failed]
        if not self._selection.is_named:
            revoked = self._revoked.plan(full=self._selection.full)
            seen.add(revoked)
            if not self._approval.dry:
                self._carrying.foresee(revoked, seen.failed)
        for chunk in self._planned(customers):
            seen.add(chunk)
            if not self._approval.dry:
                self._memory.learn(facts(chunk, self._how, seen.failed))
                self._carrying.foresee(chunk, seen.failed)
            if kept is not None:
                kept.append(chunk)
            self._sync.progress(seen.customers, len(customers))
        return seen

    @functools.cached_property
    def _doubt(self) -> Unsafe | None:
        """Why nobody is judged to be gone: our clock can't be believed. Asked once the ERP's answers bore its time."""
        known = [date for date in (self._memory.date(NEWEST), self._selection.newest) if date is not None]
        return self._sync.clock.judge(max(known, default=None), keep=not self._approval.dry)

    @functools.cached_property
    def _how(self) -> How:
        return How(
            thorough=self._selection.since is None,
            retry=self._request.retry,
            confirming=self._selection.full,
            patient=self._sync.patient,
            leaving=self._doubt is None,
        )

    def _planned(self, customers: Sequence[str]) -> Iterator[Chunk]:
        """The customers, chunk after chunk, each planned while the one before is worked on."""
        return ahead(self._chunks.plan(rosters, self._how) for rosters in self._slices(customers))

    def _slices(self, customers: Sequence[str]) -> Iterator[list[Roster | Failed]]:
        """The customers with their contacts, some at a time.

        Raises:
            Unsafe: The reading broke off: whoever was not read is not missing.
        """
        rosters: list[Roster | Failed] = []
        count = begun = 0
        try:
            for roster in self._sync.source.rosters(customers) if customers else ():
                rosters.append(roster)
                begun += 1
                count += len(roster.contacts) if isinstance(roster, Roster) else 0
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
        over: IntegrationError | None = self._emptied(selection, seen) or seen.tally.over(self._sync.limits)
        shown = self._outcome(selection, seen, shown=True)
        if self._approval.dry:
            return shown
        if over is not None:
            return dataclasses.replace(shown, error=over)
        if not seen.digest.count:
            self._finish(selection, seen)
            return self._outcome(selection, seen, shown=False)
        refused = self._carrying.refusal(shown, seen)
        if refused is not None:
            return refused
        over = self._written(seen, kept)
        if not self._approval.yes or self._sync.limits.lifted & {"archives", "archive_share"}:
            self._carrying.allow()
        if over is None and not self._carrying.interrupted:
            with self._sync.ledger.afterwards():
                self._finish(selection, seen)
        outcome = self._outcome(selection, seen, shown=False)
        return dataclasses.replace(outcome, error=over or outcome.error)

    def _emptied(self, selection: Selection, seen: Seen) -> Unsafe | None:
        """That the ERP suddenly knows nobody at all, although there are members."""
        members = sum(seen.tally.existing.values())
        allowed = self._sync.limits.everybody_gone
        if not selection.full or not seen.customers or seen.active or members <= allowed:
            return None
        return Unsafe(
            f"the ERP shows no contact at all, and there are {members} memberships",
            next="Nobody was taken out. Look whether our account still sees the contacts: closedwon check. If they are "
            f"all gone, and meant to be: closedwon contacts sync --full {limit_option('everybody_gone', members)}",
        )

    def _written(self, seen: Seen, kept: list[Chunk] | None) -> IntegrationError | None:
        """Write everything, or what is `kept`; gives what stopped it, with all that was done before."""
        try:
            self._revoked.write(seen.hashes)
            for chunk in kept or ():
                self._carrying.write(chunk, seen.hashes)
            return self._write_all(seen) if kept is None else None
        except IntegrationError as error:
            return error

    def _write_all(self, seen: Seen) -> Unsafe | None:
        """Plan again, held, and write; the customers for which there is something only.

        Gives what is over a limit by now, where meanwhile more has changed than was seen: nothing more is written.
        """
        tally = Tally(seen.tally.existing, seen.tally.archived)
        for start in range(0, len(seen.changing), CUSTOMERS):
            customers = seen.changing[start : start + CUSTOMERS]
            with self._carrying.holding(customers, self._sync.lock_wait) as held:
                for chunk in self._planned(held):
                    self._carrying.failed += chunk.failed
                    for plan, _ in chunk.plans:
                        tally.add(plan)
                    over = tally.over(self._sync.limits)
                    if over is not None:
                        return over
                    self._carrying.write(chunk, seen.hashes)
            self._sync.progress(min(start + CUSTOMERS, len(seen.changing)), len(seen.changing))
            if self._carrying.interrupted or self._sync.ledger.failure is not None:
                return None
        return None

    def _finish(self, selection: Selection, seen: Seen) -> None:
        """Remember how far this run came, so that the next begins there."""
        self._revoked.end(self._carrying.outcome(seen, shown=False))
        failed = {one.customer for one in (*seen.failed, *self._carrying.failed) if one.customer}
        self._memory.postpone(dict.fromkeys(sorted(failed), "again"))
        visited = set(selection.customers) - set(self._carrying.left) - failed
        self._memory.look_at(visited)
        self._memory.visited({one: mark for one, mark in selection.marks.items() if one in visited})
        if selection.is_named or self._doubt is not None:
            return
        dates = (self._memory.date(NEWEST), selection.newest, seen.newest)
        self._memory.keep(NEWEST, max((date for date in dates if date is not None), default=selection.begun))
        if selection.full:
            self._memory.count_pass({*self._unread, *failed})
            self._memory.keep(FULL, selection.begun)
        if selection.failed:
            return  # what was written to since is read again until it can be told whose it is
        begun = selection.begun
        # What changed last would be read again for ever, were it not for our own clock, as far as it can be believed.
        newest = max(selection.newest or seen.newest or begun - BEHIND, begun - BEHIND)
        self._memory.keep(CURSOR, min(newest, begun))

    def _outcome(self, selection: Selection, seen: Seen, *, shown: bool) -> Outcome:
        outcome = self._carrying.outcome(seen, shown=shown, since=selection.since, full=selection.full)
        return dataclasses.replace(self._revoked.told(outcome), clock=self._doubt)


def stopped(error: IntegrationError) -> Outcome:
    """How a run ended that could not even look."""
    return Outcome(error=error, shown_only=True)
