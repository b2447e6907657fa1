"""What a run has seen so far: counts and hashes of all chunks, never the chunks themselves."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from integrations.core.apply import Result, status_of
from integrations.core.change import Change
from integrations.core.errors import IntegrationError
from integrations.core.model import Person
from integrations.core.plan import Tally
from integrations.core.rows import attempt
from integrations.core.system import System
from integrations.flows.contacts.chunk import Chunk
from integrations.flows.contacts.outcome import FailedRow, Line, shown_fields
from integrations.flows.contacts.remembered import Problem
from integrations.flows.contacts.strangers import Stranger, customer_of
from integrations.flows.contacts.wanted import Wanted

_SPACE = 2**256
_ADDRESS = r"[^\s<>\"“”'()]+@[^\s<>\"“”'()]*[^\s<>\"“”'().,:;]"


@dataclasses.dataclass
class Digest:
    """Stands for a set of hashes, in whatever order they come."""

    sum: int = 0
    count: int = 0

    def add(self, hashes: Iterable[str]) -> None:
        """Take in more of them."""
        for one in hashes:
            self.sum = (self.sum + int(one, 16)) % _SPACE
            self.count += 1

    def id(self, *, read_only: bool = False) -> str:
        """The plan's id; empty where there is nothing. `read_only`: it stands for what may not be written."""
        said = f"{'shown only ' if read_only else ''}{self.count} {self.sum:x}"
        return hashlib.sha256(said.encode()).hexdigest()[:8] if self.count else ""


@dataclasses.dataclass
class Seen:
    """What was planned.

    Attributes:
        showing: Somebody is to see the lines, or approve the hashes: they are kept.
        changing: The customers for which there is something to write.
        active: Contacts that are not archived.
        newest: The newest change of a contact, by the ERP's clock.
        not_applied: Stands for what this run may not write: it is shown, and nobody can approve it.
    """

    systems: Mapping[str, System]
    showing: bool
    tally: Tally
    digest: Digest = dataclasses.field(default_factory=Digest)
    not_applied: Digest = dataclasses.field(default_factory=Digest)
    hashes: set[str] = dataclasses.field(default_factory=set)
    lines: list[Line] = dataclasses.field(default_factory=list)
    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    strangers: list[Stranger] = dataclasses.field(default_factory=list)
    problems: list[Problem] = dataclasses.field(default_factory=list)
    failed: list[FailedRow] = dataclasses.field(default_factory=list)
    names: dict[str, str] = dataclasses.field(default_factory=dict)
    changing: list[str] = dataclasses.field(default_factory=list)
    later: list[datetime] = dataclasses.field(default_factory=list)
    customers: int = 0
    active: int = 0
    newest: datetime | None = None

    @property
    def is_read_only(self) -> bool:
        """Whether there are changes, and this run may write none of them."""
        return not self.digest.count and self.not_applied.count > 0

    @property
    def plan(self) -> str:
        """The plan's id; of what may not be written only where there is nothing else."""
        return self.not_applied.id(read_only=True) if self.is_read_only else self.digest.id()

    def add(self, chunk: Chunk) -> None:
        """Take in a chunk's plan; what can't be put into words is left out of it, since nobody could approve it."""
        self._report(chunk)
        for plan, _ in chunk.plans:
            self.tally.add(plan)
            self.digest.add(plan.hashes.values())
            self.not_applied.add(plan.not_applied.values())
            if self.showing:
                self.hashes.update(plan.hashes.values())
        self.counts["keep"] += chunk.settled
        self.failed += chunk.failed
        self.strangers += chunk.strangers
        self.problems += chunk.problems
        self.later += chunk.later
        writing = {
            customer_of(change) for plan, _ in chunk.plans for change in plan.changes if change.step in plan.hashes
        }
        self.changing += [customer for customer in chunk.households if customer in writing and chunk.whole]
        named = {one.customer for one in chunk.strangers} | {one.customer for one in chunk.problems}
        named |= {customer_of(change) for change in chunk.changes if is_news(change)}
        named |= {one.customer for one in chunk.failed} & chunk.households.keys()
        self.names.update({one: chunk.households[one].roster.name for one in named})
        self._measure(chunk)

    def _report(self, chunk: Chunk) -> None:
        """Count what is planned, and put it into words."""
        wordless: set[str] = set()
        for change in chunk.changes:
            result = Result(foreseen(change), change, live=change.found, error=change.error)
            line = attempt(change.system, line_of, result, chunk, self.systems)
            if isinstance(line, IntegrationError):
                wordless.add(change.step)
                line = without_words(result, self.systems, line)
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


def foreseen(change: Change[Any]) -> Any:
    """How a change stands before anything is written."""
    if change.action == "keep":
        return "kept"
    return status_of(change.error) if change.error is not None else "planned"


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
