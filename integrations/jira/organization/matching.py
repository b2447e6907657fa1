"""Which organization is the one wanted: by our mark, by a person's choice, or as what a crash left behind."""

from __future__ import annotations

import dataclasses
import datetime as dt
from contextlib import AbstractContextManager

from integrations.core.calendar import day_of
from integrations.core.errors import Ambiguous, Candidate, Rejected
from integrations.core.lock import Locks
from integrations.core.resource import Lookup
from integrations.core.text import with_hash
from integrations.jira.claims import Claim, Claims
from integrations.jira.connection import TITLE, Connection, Missing
from integrations.jira.organization.calls import Calls
from integrations.jira.organization.directory import Entry, folded
from integrations.jira.organization.resource import LONGEST_NAME, Organization

EARLY, LATE = 300.0, 900.0
"""Seconds around a claim in which an organization must have been made to be what the claim was for."""


@dataclasses.dataclass(frozen=True)
class Match:
    """An organization, its mark, and its entry where that is known.

    Attributes:
        idle: The ids of those that the service desk serves as well, bear the same mark and have no people.
        used: Those that have people.
    """

    id: int
    mark: str | None
    entry: Entry | None = None
    idle: tuple[str, ...] = ()
    used: tuple[str, ...] = ()


def hashed_name(wanted: Organization) -> str:
    """The name that it gets when its own is taken."""
    return with_hash(wanted.name, wanted.key, LONGEST_NAME)


class Matching:
    """Finds the organization for one look-up; the listing of all has to be fresh."""

    def __init__(self, connection: Connection, calls: Calls, claims: Claims) -> None:
        self._connection, self._calls, self._claims = connection, calls, claims

    def by_id(self, lookup: Lookup[Organization]) -> Match | None:
        """The one that a person chose, or that the ledger remembers if it bears our mark.

        Raises:
            Rejected: The chosen one is not there, or is another customer's.
        """
        if lookup.id is None:
            return None
        if lookup.chosen:
            return self._chosen(lookup, lookup.id)
        if not lookup.id.isdecimal():
            return None
        mark = self._calls.mark(int(lookup.id))
        return Match(int(lookup.id), mark) if mark in lookup.keys else None

    def by_name(self, lookup: Lookup[Organization]) -> Match | None:
        """The one of its name, or of its name with our hash, that bears our mark or was left behind by us.

        Of several with our mark the lowest id.

        Raises:
            Ambiguous: One whose name reads as this one bears no mark.
        """
        try:
            return self._by_name(lookup)
        except Ambiguous:
            # Another run of this machine may be about to mark what it has just made for a namesake.
            with self.lock(lookup.resource.name):
                return self._by_name(lookup)

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Held on this machine by whoever makes an organization of this name, until it is marked."""
        return Locks(self._connection.wire.folder).hold(f"{self._connection.name} organization {folded(name)}")

    def _by_name(self, lookup: Lookup[Organization]) -> Match | None:
        unmarked: list[Entry] = []
        ours: list[Match] = []
        for one in self._namesakes(lookup.resource):
            mark = self._calls.mark(one.id)
            if mark in lookup.keys:
                ours.append(Match(one.id, mark, one))
            elif mark is None:
                unmarked.append(one)
        if ours:
            return ours[0]
        if not unmarked:
            return None
        orphans = self._orphans(lookup, unmarked)
        if len(orphans) == 1:
            return Match(orphans[0].id, None, orphans[0])
        if lookup.new and not orphans:
            return None
        raise self.choice(orphans or unmarked)

    def with_twins(self, lookup: Lookup[Organization], match: Match) -> Match:
        """The one that counts, the lowest id, and its twins: others of its name that the service desk serves.

        Those that it does not serve are done with. The listing of those that it serves has to be fresh.
        """
        if lookup.chosen:
            return match
        wanted = lookup.resource
        names = {folded(wanted.name), folded(hashed_name(wanted))}
        marked = {match.id: match}
        for one in self._calls.served.known():
            if one.id != match.id and one.folded in names and (mark := self._calls.mark(one.id)) in lookup.keys:
                marked[one.id] = Match(one.id, mark, one)
        counting, *others = (marked[number] for number in sorted(marked))
        others = [one for one in others if self._calls.served.get(one.id) is not None]
        used = tuple(str(one.id) for one in others if self._calls.has_people(one.id))
        idle = tuple(str(one.id) for one in others if str(one.id) not in used)
        return dataclasses.replace(counting, idle=idle, used=used)

    def choice(self, unmarked: list[Entry]) -> Ambiguous:
        """That a person has to say which of these it is, if any."""
        project = self._connection.desk_project()
        candidates = tuple(Candidate(str(one.id), one.name, self.url(project, one.id), _note(one)) for one in unmarked)
        return Ambiguous(
            f"{TITLE}: an organization named “{unmarked[0].name}” exists already; nobody has said whose it is",
            candidates=candidates,
            system=self._connection.name,
            next="Choose it, or say `new`, with: closedwon link",
        )

    def url(self, project: str, organization: int) -> str:
        """Its page for people."""
        return f"{self._connection.settings.base}/jira/servicedesk/projects/{project}/organization/{organization}"

    def _chosen(self, lookup: Lookup[Organization], organization: str) -> Match:
        try:
            one = self._calls.read(organization)
        except Missing:
            raise Rejected(
                f"{TITLE}: the chosen organization {organization} does not exist, or "
                f"{self._connection.settings.account} may not see it",
                system=self._connection.name,
                who="whoever chose it",
                next="Choose another with: closedwon link",
            ) from None
        mark = self._calls.mark(one.id)
        if mark is not None and mark not in lookup.keys:
            raise Rejected(
                f"{TITLE}: the chosen organization {one.id} “{one.name}” belongs to another customer already ({mark})",
                system=self._connection.name,
                who="whoever chose it",
                next="Choose another with: closedwon link",
            )
        return Match(one.id, mark, one)

    def _namesakes(self, wanted: Organization) -> list[Entry]:
        """Return those whose name reads as this one, and those of its name with a hash of any of our keys."""
        hashed = [with_hash(wanted.name, key, LONGEST_NAME) for key in (wanted.key, *wanted.former)]
        found = [*self._calls.all.alike(wanted.name), *(one for name in hashed for one in self._calls.all.named(name))]
        return sorted({one.id: one for one in found}.values(), key=lambda one: one.id)

    def _orphans(self, lookup: Lookup[Organization], unmarked: list[Entry]) -> list[Entry]:
        """Those that we made ourselves before we could mark them: later than our claim and named as it says."""
        claims = self._claims.read(lookup.keys).values()
        return [one for one in unmarked if any(_is_orphan(one, claim) for claim in claims)]


def _note(one: Entry) -> str:
    if one.created is None:
        return "has the same name"
    return f"has the same name, made on {day_of(dt.datetime.fromtimestamp(one.created, tz=dt.UTC))}"


def _is_orphan(one: Entry, claim: Claim) -> bool:
    name, highest = claim.said.get("name"), claim.said.get("highest")
    if not isinstance(name, str) or not isinstance(highest, int) or one.id <= highest or one.folded != folded(name):
        return False
    return one.created is None or -EARLY <= one.created - claim.at <= LATE
