"""The report of a contact sync: lines and counts of all chunks, never the chunks themselves."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations.core.apply import Result, foreseen, status_of
from integrations.core.calendar import day_of
from integrations.core.change import Change
from integrations.core.dates import day
from integrations.core.errors import Ambiguous, IntegrationError, Rejected
from integrations.core.model import Person
from integrations.core.rows import attempt
from integrations.core.run import Ended
from integrations.core.system import System
from integrations.flows.contacts.chunk import Chunk
from integrations.flows.contacts.outcome import COUNTS, FailedRow, Line, Outcome, shown_fields
from integrations.flows.contacts.remembered import Problem
from integrations.flows.contacts.strangers import Stranger, customer_of
from integrations.flows.contacts.wanted import Wanted

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

    def add(self, chunk: Chunk) -> None:
        """Take in a chunk's plan; what can't be put into words is left out of it, since nobody could approve it."""
        self._report(chunk)
        self.counts["keep"] += chunk.settled
        self.failed += chunk.failed
        self.strangers += chunk.strangers
        self.problems += chunk.problems
        self.later += chunk.later
        named = {one.customer for one in chunk.strangers} | {one.customer for one in chunk.problems}
        named |= {customer_of(change) for change in chunk.people if is_news(change)}
        named |= {one.customer for one in chunk.failed} & chunk.households.keys()
        self.names.update({one: chunk.households[one].roster.name for one in named})
        self._measure(chunk)

    def take(self, chunk: Chunk, results: Sequence[Result]) -> None:
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
        if not ended.shown_only:
            counts.update(dict.fromkeys(("create", "update", "archive"), 0))
            for name in ("create", "update", "archive"):
                counts[name] = self._done[name]
        counts["rejected"] = len(self.problems) + (0 if ended.shown_only else self._refused)
        counts["unknown"] = len(self.strangers)
        lines = tuple(self.lines if ended.shown_only else self._told())
        failed = {(one.customer, one.contact, one.error.message): one for one in (*self.failed, *self.lost)}
        return Outcome(
            since=since,
            full=full,
            counts={name: counts[name] for name in COUNTS},
            lines=lines,
            notes=(*self._letters(lines), *self._later()),
            strangers=tuple(self.strangers),
            problems=tuple(self.problems),
            names=dict(self.names),
            failed=tuple(failed.values()),
            customers=self.customers,
            left=tuple(self.left),
            approvals=approvals,
            plan=ended.plan,
            is_read_only=ended.is_read_only,
            shown_only=ended.shown_only,
            interrupted=ended.interrupted,
            error=ended.error,
        )

    def _told(self) -> Iterator[Line]:
        """Yield what was carried out, what could not even be planned, and what somebody else's value stays in."""
        carried = {(line.system, line.key) for line in self.carried}
        yield from (line for line in self.lines if is_told(line) and (line.system, line.key) not in carried)
        yield from self.carried

    def _letters(self, lines: Sequence[Line]) -> Iterator[str]:
        """Yield that a system may write to people who are new in it: nobody else tells a person before it happens."""
        writing = {
            line.system: line.title
            for line in lines
            if line.action == "create" and line.status in ("planned", "done") and self._lets_in(line.system)
        }
        if writing:
            titles = " and ".join(writing[one] for one in sorted(writing))
            yield f"{titles} may send an e-mail to those who are new there."

    def _lets_in(self, system: str) -> bool:
        people = self.systems[system].people
        return people is not None and people.access != "directory"

    def _later(self) -> Iterator[str]:
        """That people are on the way out, and from when on: nobody is to be surprised when their grace is over."""
        if self.later:
            one = len(self.later) == 1
            whose = "1 membership ends" if one else f"{len(self.later)} memberships end"
            first = f"{'on' if one else 'the first on'} {day(day_of(min(self.later)))}"
            yield f"{whose} when the grace period is over, {first}."

    def _report(self, chunk: Chunk) -> None:
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

    def _measure(self, chunk: Chunk) -> None:
        self.customers += len(chunk.households)
        for household in chunk.households.values():
            self.active += household.held is not None and household.held.has_heir  # no sign of an empty ERP
            for contact in household.roster.contacts:
                self.active += contact.active
                if contact.changed is not None and (self.newest is None or contact.changed > self.newest):
                    self.newest = contact.changed


def is_news(change: Change[Any]) -> bool:
    """Whether people are to hear of it."""
    return change.action != "keep" or bool(change.theirs)


def is_told(line: Line) -> bool:
    """Whether people hear of it though nothing was to be written: it went wrong, or somebody else's value stays."""
    return line.error is not None or bool(line.theirs)


def line_of(result: Result, chunk: Chunk, systems: Mapping[str, System]) -> Line | None:
    """What people are told of a result; None where all is as it should be."""
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
    """What a change counts as in the outcome."""
    return "update" if change.action == "adopt" else change.action


def _called(person: Person | None) -> str:
    return person.name if person is not None else ""
