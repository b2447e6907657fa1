"""Lessons of a run's results for the next one."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime

from integrations.core.apply import Result, foreseen
from integrations.core.errors import Ambiguous, IntegrationError, Rejected
from integrations.core.rows import attempt
from integrations.core.system import System
from integrations.flows.contacts.chunk import Chunk, Chunks, How, manager
from integrations.flows.contacts.outcome import FailedRow
from integrations.flows.contacts.remembered import Learned, Problem, Tombstone, Why
from integrations.flows.contacts.settled import digest
from integrations.flows.contacts.strangers import customer_of
from integrations.flows.contacts.summary import without_person
from integrations.flows.contacts.wanted import Wanted, person_of

_LEFT = frozenset({"archived", "moved", "missing"})
"""Why somebody left so that only newer words of the ERP bring them back; all else may change without such words."""


@dataclasses.dataclass
class Results:
    """Keeps what the results of a run mean for the next one."""

    chunks: Chunks

    def foresee(self, chunk: Chunk, failed: list[FailedRow]) -> None:
        """Keep what follows from a plan before anything is written: who is out already, what can't be done."""
        self.keep(chunk, [foreseen(change) for change in chunk.people], failed)

    def keep(self, chunk: Chunk, results: Sequence[Result], failed: list[FailedRow]) -> None:
        """Remember what a chunk's results mean for the next run; what can't be told of one is told of none of it."""
        memory, now = self.chunks.memory, self.chunks.now()
        gone: list[Result] = []
        stones: list[Tombstone] = []
        problems: list[Problem] = []
        for result in results:
            kept = attempt(result.change.system, self._lasting, chunk, result, now)
            if isinstance(kept, IntegrationError):
                failed.append(FailedRow(customer_of(result.change), "", kept))
                continue
            gone += [result] if is_out(result) else []
            stones += [kept] if isinstance(kept, Tombstone) else []
            problems += [kept] if isinstance(kept, Problem) else []
        memory.bury(stones)
        for system, people in self.chunks.people():
            keys = [result.change.key for result in gone if result.change.system == system]
            keys += [key for place, key in chunk.renamed if place == system]
            self.chunks.ledger.filing.drop(system, people.resource.kind, keys)
        memory.revive(self._revived(chunk, results))
        memory.learn(self._learned(chunk, results, gone, problems))
        memory.postpone({**dict.fromkeys(chunk.unasked, "again"), **self._postponed(chunk, results)})

    def _lasting(self, chunk: Chunk, result: Result, now: datetime) -> Problem | Tombstone | None:
        """Return what is to be remembered of a result: why it was refused, or that somebody is out."""
        wanted = chunk.wanted[result.change.step]
        if is_refused(result):
            return self._problem(result, wanted, chunk, now) if _is_visited(chunk, result) else None
        if is_out(result) and wanted.reason in _LEFT:
            person = person_of(result.change.key)
            stamp = chunk.households[wanted.customer].stamp(person)
            return Tombstone(person, wanted.customer, "left", now, stamp or now.timestamp())
        return None

    def _learned(
        self, chunk: Chunk, results: Sequence[Result], gone: Sequence[Result], problems: list[Problem]
    ) -> Learned:
        wrong = {(one.system, one.key) for one in (*problems, *chunk.problems)}
        open_steps = {
            (result.change.system, result.change.key) for result in results if result.status not in ("done", "kept")
        }
        known = self.chunks.memory.problems(chunk.households) if chunk.whole else ()
        return Learned(
            problems=problems,
            staying=[(result.change.system, result.change.key) for result in gone] + chunk.renamed,
            fixed=[
                (one.system, one.key)
                for one in known
                if (one.system, one.key) not in wrong and (one.system, one.key) not in open_steps
            ],
        )

    def _problem(self, result: Result, wanted: Wanted, chunk: Chunk, now: datetime) -> Problem:
        error = result.error
        entry = wanted.entry
        return Problem(
            system=result.change.system,
            key=result.change.key,
            customer=wanted.customer,
            contact=entry.contacts[0] if entry is not None else "",
            manager=manager(chunk.households[wanted.customer].roster),
            code="place" if isinstance(error, Rejected) and error.field == "place" else "refused",
            words=_words(error, wanted, result.change.system, self.chunks.systems),
            digest=digest(result.change.want, self.chunks.ledger),
            since=now,
        )

    @staticmethod
    def _revived(chunk: Chunk, results: Sequence[Result]) -> set[tuple[str, str]]:
        """Those who left once and are members again."""
        back = set()
        for result in results:
            change = result.change
            if result.status in ("done", "kept") and change.want.resource.active:
                customer = customer_of(change)
                if (person_of(change.key), customer) in chunk.households[customer].tombstones:
                    back.add((person_of(change.key), customer))
        return back

    @staticmethod
    def _postponed(chunk: Chunk, results: Sequence[Result]) -> dict[str, Why]:
        postponed: dict[str, Why] = {}
        for result in results:
            if not _is_visited(chunk, result):
                continue
            if result.unapproved:
                postponed.setdefault(customer_of(result.change), "approval")
            elif result.status in ("waiting", "failed", "blocked") and not is_refused(result):
                postponed[customer_of(result.change)] = "again"
        return postponed


def _words(error: IntegrationError | None, wanted: Wanted, system: str, systems: Mapping[str, System]) -> str:
    """Return why somebody was refused; of a choice also the command that makes it, with the id of each candidate."""
    said = without_person(error.message, wanted, systems) if error is not None else ""
    if not isinstance(error, Ambiguous) or wanted.entry is None:
        return said
    answers = [*(candidate.id for candidate in error.candidates), "never"]
    command = f"closedwon contacts link {wanted.entry.contacts[0]}"
    commands = [f"{command} {shlex.quote(f'{system}={one}')}" for one in answers]
    return f"{said}. To choose: {' or: '.join(commands)}"


def _is_visited(chunk: Chunk, result: Result) -> bool:
    """Whether its customer has places that the ledger knows: no later run looks at any other."""
    return bool(chunk.households[customer_of(result.change)].places)


def is_out(result: Result) -> bool:
    """Whether somebody who was to be taken out is no member any more."""
    return not result.change.want.resource.active and result.status in ("done", "kept") and result.error is None


def is_refused(result: Result) -> bool:
    """Return whether a person has to fix something before it is worth trying again."""
    return isinstance(result.error, (Rejected, Ambiguous))


def facts(chunk: Chunk, how: How, failed: list[FailedRow]) -> Learned:
    """What the mere reading of a chunk taught: its contacts, who is on the way out, and which rows are wrong.

    `failed`: the customers of whom that can't be told are added to it.
    """
    learned = Learned(leaving=list(chunk.leaving), problems=[one for one in chunk.problems if not one.system])
    leaving = {(one.system, one.key) for one in chunk.leaving}
    for household in chunk.households.values():
        read = attempt("", household.learned)
        if isinstance(read, IntegrationError):
            failed.append(FailedRow(household.customer, "", read))
            continue
        learned.contacts |= read.contacts
        learned.contacts_gone += read.contacts_gone
        learned.places |= read.places
        learned.staying += [place for place in household.leaving if how.leaving and place not in leaving]
    return learned
