"""The report of a contact sync: lines and counts of all chunks, never the chunks themselves."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations.core.calendar import day_of
from integrations.core.change import Change, Result, foreseen, status_of
from integrations.core.dates import day
from integrations.core.errors import Ambiguous, IntegrationError, Rejected
from integrations.core.model import Person
from integrations.core.rows import attempt
from integrations.core.run import Ended
from integrations.core.system import System
from integrations.flows.contacts.batch import Batch, BatchPlanner, How, digest, manager
from integrations.flows.contacts.memberships import Wanted
from integrations.flows.contacts.memory import Learned, Problem, TombstoneRecord, Why
from integrations.flows.contacts.outcome import COUNTS, FailedRow, Line, Outcome, Status, Stranger, shown_fields
from integrations.flows.contacts.people import person_of
from integrations.flows.contacts.strangers import customer_of

_ADDRESS = r"[^\s<>\"“”'()]+@[^\s<>\"“”'()]*[^\s<>\"“”'().,:;]"


@dataclasses.dataclass
class Summary:
    """The report of a run: a line for each change that is not simply as wanted, and counts of the rest.

    Attributes:
        showing: Somebody is to see all lines, or approve them: they are kept.
        active: Contacts that are not archived.
        newest: The newest change of a contact, by the ERP's clock.
        left: Customers that somebody else was holding.
        lost: Customers of which something that was written could not be reported or kept.
        carried: What was written, or was to be.
    """

    systems: Mapping[str, System]
    showing: bool
    lines: list[Line] = dataclasses.field(default_factory=list)
    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    strangers: list[Stranger] = dataclasses.field(default_factory=list)
    problems: list[Problem] = dataclasses.field(default_factory=list)
    failed: list[FailedRow] = dataclasses.field(default_factory=list)
    names: dict[str, str] = dataclasses.field(default_factory=dict)
    later: list[datetime] = dataclasses.field(default_factory=list)
    customers: int = 0
    active: int = 0
    newest: datetime | None = None
    left: list[str] = dataclasses.field(default_factory=list)
    lost: list[FailedRow] = dataclasses.field(default_factory=list)
    carried: list[Line] = dataclasses.field(default_factory=list)
    _done: Counter[str] = dataclasses.field(default_factory=Counter)
    _refused: int = 0

    def add(self, chunk: Batch) -> None:
        """Take in a chunk's plan; what can't be put into words is left out of it, since nobody could approve it."""
        self._report(chunk)
        self.counts["keep"] += chunk.settled
        self.failed += chunk.failed
        self.strangers += chunk.strangers
        self.problems += chunk.problems
        self.later += chunk.later
        named = {stranger.customer for stranger in chunk.strangers} | {problem.customer for problem in chunk.problems}
        named |= {customer_of(change) for change in chunk.people if is_news(change)}
        named |= {failure.customer for failure in chunk.failed} & chunk.households.keys()
        self.names.update({customer: chunk.households[customer].roster.name for customer in named})
        self._measure(chunk)

    def take(self, chunk: Batch, results: Sequence[Result]) -> None:
        """Take in what was written of a chunk."""
        for result in results:
            if result.status == "done":
                self._done[counted(result.change)] += 1
            self._refused += isinstance(result.error, (Rejected, Ambiguous))
            line = attempt(result.change.system, line_of, result, chunk, self.systems)
            if isinstance(line, IntegrationError):
                line = without_words(result, self.systems, line)
            if line is not None:
                self.carried.append(line)

    def outcome(self, ended: Ended, approvals: int, *, since: datetime | None = None, full: bool = False) -> Outcome:
        """Return how it stands: what is only shown is as planned, else as it was carried out.

        `approvals`: the customers whose changes wait for a person, from this run or an earlier one.
        """
        counts = Counter(self.counts)
        if not ended.not_applied:
            counts.update(dict.fromkeys(("create", "update", "archive"), 0))
            for name in ("create", "update", "archive"):
                counts[name] = self._done[name]
        counts["rejected"] = len(self.problems) + (0 if ended.not_applied else self._refused)
        counts["unknown"] = len(self.strangers)
        lines = tuple(self.lines if ended.not_applied else self._told())
        failed = {
            (failure.customer, failure.contact, failure.error.message): failure
            for failure in (*self.failed, *self.lost)
        }
        return Outcome(
            since=since,
            full=full,
            counts={name: counts[name] for name in COUNTS},
            lines=lines,
            notes=(*self._letters(lines, "planned" if ended.not_applied else "done"), *self._later()),
            strangers=tuple(self.strangers),
            problems=tuple(self.problems),
            names=dict(self.names),
            failed=tuple(failed.values()),
            customers=self.customers,
            left=tuple(self.left),
            approvals=approvals,
            plan=ended.plan,
            is_read_only=ended.is_read_only,
            not_applied=ended.not_applied,
            interrupted=ended.interrupted,
            error=ended.error,
        )

    def _told(self) -> Iterator[Line]:
        """Yield what was carried out, what could not even be planned, and what somebody else's value stays in."""
        carried = {(line.system, line.key) for line in self.carried}
        yield from (line for line in self.lines if is_told(line) and (line.system, line.key) not in carried)
        yield from self.carried

    def _letters(self, lines: Sequence[Line], status: Status) -> Iterator[str]:
        """Yield that a system may write to people who are new in it: nobody else tells a person before it happens."""
        writing = {
            line.system: line.title
            for line in lines
            if line.action == "create" and line.status == status and self._lets_in(line)
        }
        if writing:
            titles = " and ".join(writing[system] for system in sorted(writing))
            yield f"{titles} may send an e-mail to those who are new there."

    def _lets_in(self, line: Line) -> bool:
        system = self.systems[line.system]
        people = system.people
        return people is not None and people.access != "directory" and system.may_write(line.customer)

    def _later(self) -> Iterator[str]:
        """That people are on the way out, and from when on: nobody is to be surprised when their grace is over."""
        if self.later:
            is_single = len(self.later) == 1
            whose = "1 membership ends" if is_single else f"{len(self.later)} memberships end"
            first = f"{'on' if is_single else 'the first on'} {day(day_of(min(self.later)))}"
            yield f"{whose} when the grace period is over, {first}."

    def _report(self, chunk: Batch) -> None:
        """Count what is planned, and put it into words."""
        wordless: set[str] = set()
        for change in chunk.people:
            line = attempt(change.system, line_of, foreseen(change), chunk, self.systems)
            if isinstance(line, IntegrationError):
                wordless.add(change.step)
                line = without_words(foreseen(change), self.systems, line)
            else:
                # Somebody who was to be taken out, and is not there, is nobody in step.
                self.counts[counted(change)] += change.action != "keep" or change.want.resource.active
                self.counts["conflict"] += bool(change.theirs)
            if line is not None and (self.showing or is_told(line)):
                self.lines.append(line)
        chunk.drop(wordless)

    def _measure(self, chunk: Batch) -> None:
        self.customers += len(chunk.households)
        for household in chunk.households.values():
            self.active += household.held is not None and household.held.has_heir  # no sign of an empty ERP
            for contact in household.roster.contacts:
                self.active += contact.active
                if contact.changed is not None and (self.newest is None or contact.changed > self.newest):
                    self.newest = contact.changed


def is_news(change: Change[Any]) -> bool:
    """Return whether people are to hear of it."""
    return change.action != "keep" or bool(change.theirs)


def is_told(line: Line) -> bool:
    """Return whether it is reported though nothing was to be written: it went wrong, or a value was kept."""
    return line.error is not None or bool(line.theirs)


def line_of(result: Result, chunk: Batch, systems: Mapping[str, System]) -> Line | None:
    """Return what people are told of a result; None where all is as it should be."""
    change = result.change
    if not is_news(change):
        return None
    wanted = chunk.wanted[change.step]
    roster = chunk.households[wanted.customer].roster
    entry = wanted.entry
    found = change.found.state if change.found is not None else None
    name = (entry.name or entry.email) if entry is not None else (found.label() if found is not None else "")
    live = result.live if result.live is not None else change.found
    return Line(
        system=change.system,
        title=systems[change.system].title,
        customer=wanted.customer,
        company=roster.name,
        manager=_called(roster.account_manager),
        person=name,
        contacts=entry.contacts if entry is not None else (),
        key=change.key,
        action=change.action,
        status=result.status,
        reason=wanted.reason,
        fields=shown_fields(result, change.fields),
        theirs=shown_fields(result, change.theirs),
        error=anonymous(result.error, wanted, systems),
        url=live.url if live is not None else "",
        unapproved=result.unapproved,
        functions=entry.functions if entry is not None else (),
        kind=change.kind,
        id=live.id if live is not None else "",
    )


def without_words(result: Result, systems: Mapping[str, System], error: IntegrationError) -> Line:
    """Return what is still to be said of a result whose own words raised: whose it is, and that."""
    change = result.change
    return Line(
        system=change.system,
        title=systems[change.system].title,
        customer=customer_of(change),
        company="",
        manager="",
        person="",
        contacts=(),
        key=change.key,
        action=change.action,
        status=result.status if result.status == "done" else status_of(error),
        error=error,
    )


def without_person(message: str, wanted: Wanted, systems: Mapping[str, System]) -> str:
    """A message without the address and the name of whom it is about: it may end up in a log, or in the ledger.

    Our own accounts stay: whoever reads of one that lacks a right has to know which.
    """
    entry = wanted.entry
    own = {system.http.account for system in systems.values() if system.http is not None and system.http.account}
    named = [re.escape(text) for text in ((entry.email, entry.name) if entry is not None else ()) if text]
    person = re.compile(
        "|".join(
            [
                *(rf"(?P<own{number}>{re.escape(account)})(?![\w-]|\.\w)" for number, account in enumerate(own)),
                *named,
                _ADDRESS,
            ]
        ),
        re.IGNORECASE,
    )

    def shown(found: re.Match[str]) -> str:
        if found.lastgroup is not None:
            return found[0]
        return "this address" if "@" in found[0] else "this person"

    return person.sub(shown, message)


def anonymous(error: IntegrationError | None, wanted: Wanted, systems: Mapping[str, System]) -> IntegrationError | None:
    """The error, telling of no person."""
    if error is None:
        return None
    return error.saying(without_person(error.message, wanted, systems))


def counted(change: Change[Any]) -> str:
    """Return what a change counts as in the outcome."""
    return "update" if change.action == "adopt" else change.action


def _called(person: Person | None) -> str:
    return person.name if person is not None else ""


_LEFT = frozenset({"archived", "moved", "missing"})
"""Why somebody left so that only newer words of the ERP bring them back; all else may change without such words."""


@dataclasses.dataclass
class Results:
    """Keeps what the results of a run mean for the next one."""

    chunks: BatchPlanner

    def foresee(self, chunk: Batch, failed: list[FailedRow]) -> None:
        """Keep what follows from a plan before anything is written: who is out already, what can't be done."""
        self.keep(chunk, [foreseen(change) for change in chunk.people], failed)

    def keep(self, chunk: Batch, results: Sequence[Result], failed: list[FailedRow]) -> None:
        """Remember what a chunk's results mean for the next run; what is not known of one is told of none of it."""
        memory, now = self.chunks.memory, self.chunks.now()
        gone: list[Result] = []
        stones: list[TombstoneRecord] = []
        problems: list[Problem] = []
        for result in results:
            kept = attempt(result.change.system, self._lasting, chunk, result, now)
            if isinstance(kept, IntegrationError):
                failed.append(FailedRow(customer_of(result.change), "", kept))
                continue
            gone += [result] if is_out(result) else []
            stones += [kept] if isinstance(kept, TombstoneRecord) else []
            problems += [kept] if isinstance(kept, Problem) else []
        memory.bury(stones)
        for system, people in self.chunks.people():
            keys = [result.change.key for result in gone if result.change.system == system]
            keys += [key for place, key in chunk.renamed if place == system]
            self.chunks.ledger.object_index.drop(system, people.resource.kind, keys)
        memory.revive(self._revived(chunk, results))
        memory.learn(self._learned(chunk, results, gone, problems))
        memory.postpone({**dict.fromkeys(chunk.unasked, "again"), **self._postponed(chunk, results)})

    def _lasting(self, chunk: Batch, result: Result, now: datetime) -> Problem | TombstoneRecord | None:
        """Return what is to be remembered of a result: why it was refused, or that somebody is out."""
        wanted = chunk.wanted[result.change.step]
        if is_refused(result):
            return self._problem(result, wanted, chunk, now) if _is_visited(chunk, result) else None
        if is_out(result) and wanted.reason in _LEFT:
            person = person_of(result.change.key)
            stamp = chunk.households[wanted.customer].stamp(person)
            return TombstoneRecord(person, wanted.customer, "left", now, stamp or now.timestamp())
        return None

    def _learned(
        self, chunk: Batch, results: Sequence[Result], gone: Sequence[Result], problems: list[Problem]
    ) -> Learned:
        wrong = {(problem.system, problem.key) for problem in (*problems, *chunk.problems)}
        open_steps = {
            (result.change.system, result.change.key) for result in results if result.status not in ("done", "kept")
        }
        known = self.chunks.memory.problems(chunk.households) if chunk.whole else ()
        return Learned(
            problems=problems,
            staying=[(result.change.system, result.change.key) for result in gone] + chunk.renamed,
            fixed=[
                (problem.system, problem.key)
                for problem in known
                if (problem.system, problem.key) not in wrong and (problem.system, problem.key) not in open_steps
            ],
        )

    def _problem(self, result: Result, wanted: Wanted, chunk: Batch, now: datetime) -> Problem:
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
    def _revived(chunk: Batch, results: Sequence[Result]) -> set[tuple[str, str]]:
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
    def _postponed(chunk: Batch, results: Sequence[Result]) -> dict[str, Why]:
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
    message = without_person(error.message, wanted, systems) if error is not None else ""
    if not isinstance(error, Ambiguous) or wanted.entry is None:
        return message
    answers = [*(candidate.id for candidate in error.candidates), "never"]
    command = f"closedwon contacts link {wanted.entry.contacts[0]}"
    commands = [f"{command} {shlex.quote(f'{system}={answer}')}" for answer in answers]
    return f"{message}. To choose: {' or: '.join(commands)}"


def _is_visited(chunk: Batch, result: Result) -> bool:
    """Return whether its customer has places that the ledger knows: no later run looks at any other."""
    return bool(chunk.households[customer_of(result.change)].places)


def is_out(result: Result) -> bool:
    """Return whether somebody who was to be taken out is no member any more."""
    return not result.change.want.resource.active and result.status in ("done", "kept") and result.error is None


def is_refused(result: Result) -> bool:
    """Return whether a person has to fix something before it is worth trying again."""
    return isinstance(result.error, (Rejected, Ambiguous))


def facts(chunk: Batch, how: How, failed: list[FailedRow]) -> Learned:
    """Return what the mere reading of a chunk taught: its contacts, who is on the way out, and which rows are wrong.

    `failed`: the customers of whom that is not known are added to it.
    """
    learned = Learned(
        leaving=list(chunk.leaving), problems=[problem for problem in chunk.problems if not problem.system]
    )
    leaving = {(leaver.system, leaver.key) for leaver in chunk.leaving}
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
