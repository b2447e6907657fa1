"""Matching of wanted organizations: by our mark, by a person's choice, or as left behind by a crash."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from integrations.core import names as naming
from integrations.core.calendar import day_of
from integrations.core.dates import dated
from integrations.core.errors import Ambiguous, Candidate, Rejected
from integrations.core.lock import Locks
from integrations.core.resource import FieldInfo, Holder, Lookup, Resource, Taken, own_keys, precedence
from integrations.core.text import one_line, shorten
from integrations.jira.claims import Claim, Claims
from integrations.jira.connection import TITLE, Connection, Missing
from integrations.jira.organization.api import LONGEST_NAME, Calls, Entry, folded

NONE = "none"
"""No other organization of the service desk bears the same mark."""


class Organization(Resource):
    """An organization, and whether the service desk serves it."""

    kind: ClassVar[str] = "organization"
    title: ClassVar[str] = "organization"
    names: ClassVar[tuple[str, ...]] = ("name",)

    name: Annotated[
        str,
        AfterValidator(lambda name: shorten(one_line(name), LONGEST_NAME)),
        Field(min_length=1),
        FieldInfo(owner="people", looked_up=True),
    ]
    """Service Management can't rename one."""
    in_service_desk: Annotated[bool, FieldInfo(label="service desk", words=("not linked", "linked"), kept=True)] = True
    duplicates: Annotated[str, FieldInfo(output=True, kept=True)] = NONE
    """The other organizations of the service desk that bear the same mark and have no people, as ids; `none` is always
    wanted."""

    @model_validator(mode="before")
    @classmethod
    def _are_always_wanted(cls, values: Any) -> Any:
        """Said or not, the link is part of what is wanted: a run that ended before linking is made good."""
        return {"in_service_desk": True, "duplicates": NONE, **values} if isinstance(values, dict) else values

    def named(self, distinction: str) -> Self:
        """See `Resource.named`."""
        return self.model_copy(update={"name": naming.title(self.name, distinction, LONGEST_NAME)})

    def label(self) -> str:
        """Its name."""
        return self.name


EARLY, LATE = 300.0, 900.0
"""Seconds around a claim in which an organization must have been made to be what the claim was for."""


@dataclasses.dataclass(frozen=True)
class Match:
    """An organization, its mark, and its entry where that is known.

    Attributes:
        idle: The ids of those that the service desk serves as well, bear the same mark and have no people.
        used: Those that have people.
        is_orphan: Our claim proves that we made it; it bears no mark yet.
    """

    id: int
    mark: str | None
    entry: Entry | None = None
    idle: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    is_orphan: bool = False


class Matching:
    """Look-up of a single organization; the listing of all has to be fresh."""

    def __init__(self, connection: Connection, calls: Calls, claims: Claims) -> None:
        self._connection, self._calls, self._claims = connection, calls, claims

    def by_id(self, lookup: Lookup[Organization]) -> Match | None:
        """Return the organization that a person chose, or the ledger's one if it bears our mark.

        Raises:
            Rejected: The chosen one does not exist, or is another customer's.
        """
        if lookup.id is None:
            return None
        if lookup.chosen:
            return self._chosen(lookup, lookup.id)
        if not lookup.id.isdecimal():
            return None
        mark = self._calls.mark(int(lookup.id))
        return Match(int(lookup.id), mark) if mark in lookup.keys else None

    def by_name(self, lookup: Lookup[Organization]) -> Match | Taken[Organization] | None:
        """Return the organization of its name, with any addition, that is marked or left behind by us.

        Of several with our mark the lowest id counts; a gone customer's counts only where there is no other.
        Where there is none, return the holder of the exact name.

        Raises:
            Ambiguous: An organization whose name reads the same bears no mark.
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

    def _by_name(self, lookup: Lookup[Organization]) -> Match | Taken[Organization] | None:
        like = self._calls.all.alike(lookup.resource.name)
        unmarked: list[Entry] = []
        ours: list[Match] = []
        others: dict[int, str] = {}
        gone = set(lookup.keys) - set(own_keys(lookup.keys))
        before = self._claims.read(sorted(gone)) if gone else {}
        namesakes = self._namesakes(lookup.resource.name, before.values())
        for entry in sorted({entry.id: entry for entry in (*like, *namesakes)}.values(), key=lambda entry: entry.id):
            mark = self._calls.mark(entry.id)
            if mark == lookup.key:
                return Match(entry.id, mark, entry)
            if mark in lookup.keys:
                ours.append(Match(entry.id, mark, entry))
            others[entry.id] = mark or ""
            if mark is None:
                unmarked.append(entry)
        if ours := ours or (self._renamed(lookup) if before else []):
            return min(ours, key=lambda match: (precedence(lookup.keys, match.mark), match.id))
        orphans = self._orphans(lookup, unmarked) if unmarked else []
        if len(orphans) == 1:
            return Match(orphans[0].id, None, orphans[0], is_orphan=True)
        unclaimed = [entry for entry in unmarked if entry in like]
        if orphans or (unclaimed and not lookup.new):
            raise self.choice(orphans or unclaimed)
        if lookup.look:
            return None
        return self._taken(lookup.resource, others)

    def _renamed(self, lookup: Lookup[Organization]) -> list[Match]:
        """Return organizations of gone customers that it inherits, whatever people renamed them to.

        Our claims lead to them.
        """
        gone = set(lookup.keys) - set(own_keys(lookup.keys))
        marks = ((entry, self._calls.mark(entry.id)) for entry in self._calls.all.known())
        return [Match(entry.id, mark, entry) for entry, mark in marks if mark in gone]

    def _namesakes(self, name: str, before: Iterable[Claim]) -> list[Entry]:
        """Return the organizations of the name, of one that reads alike, or with a distinguishing addition.

        The names of gone customers that it inherits count too: `before` has our claims for those.
        """
        names = [name, *(former for claim in before if isinstance(former := claim.said.get("name"), str))]
        all_ = self._calls.all
        return [entry for name in names for entry in (*all_.alike(name), *all_.named(name), *all_.told_apart(name))]

    def _taken(self, wanted: Organization, marks: Mapping[int, str]) -> Taken[Organization] | None:
        """Return the holder of the exact name, among the organizations whose marks were read."""
        project = self._connection.desk_project() if marks else ""
        holders = tuple(
            Holder("name", entry.name, str(entry.id), entry.name, self.url(project, entry.id), marks[entry.id])
            for entry in self._calls.all.named(wanted.name)
            if entry.id in marks
        )
        return Taken(holders) if holders else None

    def with_twins(self, lookup: Lookup[Organization], match: Match) -> Match:
        """Return the match that counts, by its `precedence`, then the lowest id, with its twins.

        Twins are others of its name that the service desk serves. Those that the service desk does not serve
        are done with. Its listing has to be fresh.
        """
        if lookup.chosen:
            return match
        wanted = lookup.resource
        served = self._calls.served
        marked = {match.id: match}
        for entry in (*served.named(wanted.name), *served.told_apart(wanted.name)):
            if entry.id != match.id and (mark := self._calls.mark(entry.id)) in lookup.keys:
                marked[entry.id] = Match(entry.id, mark, entry)
        own = {number for number, entry in marked.items() if entry.mark in own_keys(lookup.keys)}
        same = {number for number, entry in marked.items() if entry.mark == match.mark}
        counting, *others = sorted(
            (marked[number] for number in own or same),
            key=lambda entry: (precedence(lookup.keys, entry.mark), entry.id),
        )
        others = [other for other in others if self._calls.served.get(other.id) is not None]
        used = tuple(str(other.id) for other in others if self._calls.has_people(other.id))
        idle = tuple(str(other.id) for other in others if str(other.id) not in used)
        return dataclasses.replace(counting, idle=idle, used=used)

    def choice(self, unmarked: list[Entry]) -> Ambiguous:
        """Return the error that a person has to choose one of these organizations, if any."""
        project = self._connection.desk_project()
        candidates = tuple(
            Candidate(str(entry.id), entry.name, self.url(project, entry.id), "has the same name", made=_made(entry))
            for entry in unmarked
        )
        return self._connection.error(
            Ambiguous,
            f"{TITLE}: an organization named “{unmarked[0].name}” exists already; nobody has said whose it is",
            candidates=candidates,
            next="Choose it, or say `new`, with: closedwon link",
        )

    def url(self, project: str, organization: int) -> str:
        """Its page for people."""
        return f"{self._connection.settings.base}/jira/servicedesk/projects/{project}/organization/{organization}"

    def _chosen(self, lookup: Lookup[Organization], organization: str) -> Match:
        try:
            entry = self._calls.read(organization)
        except Missing:
            raise self._connection.error(
                Rejected,
                f"{TITLE}: the chosen organization {organization} does not exist, or "
                f"{self._connection.settings.account} may not see it",
                who="the person who chose it",
                next="Choose another with: closedwon link",
            ) from None
        mark = self._calls.mark(entry.id)
        if mark is not None and mark not in lookup.keys:
            raise self._connection.error(
                Rejected,
                f"{TITLE}: the chosen organization {entry.id} “{entry.name}” belongs to another customer "
                f"already ({mark})",
                who="the person who chose it",
                next="Choose another with: closedwon link",
            )
        return Match(entry.id, mark, entry)

    def _orphans(self, lookup: Lookup[Organization], unmarked: list[Entry]) -> list[Entry]:
        """Return the organizations that we made but did not get to mark.

        They were created later than our claim and are named as it says.
        """
        claims = self._claims.read(lookup.keys).values()
        return [entry for entry in unmarked if any(_is_orphan(entry, claim) for claim in claims)]


def _made(entry: Entry) -> str:
    return "" if entry.created is None else dated(day_of(dt.datetime.fromtimestamp(entry.created, tz=dt.UTC)))


def _is_orphan(entry: Entry, claim: Claim) -> bool:
    name, highest = claim.said.get("name"), claim.said.get("highest")
    if not isinstance(name, str) or not isinstance(highest, int) or entry.id <= highest or entry.folded != folded(name):
        return False
    return entry.created is None or -EARLY <= entry.created - claim.at <= LATE
