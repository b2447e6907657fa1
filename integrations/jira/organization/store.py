"""The store of organizations: matched by our mark, by a person's choice, or as left behind by a crash; and written."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from integrations.core import names as naming
from integrations.core.calendar import day_of
from integrations.core.change import Change
from integrations.core.dates import dated
from integrations.core.errors import (
    Ambiguous,
    AuthError,
    Candidate,
    Conflict,
    IntegrationError,
    Rejected,
    Unavailable,
    Uncertain,
)
from integrations.core.http.pace import elapsed
from integrations.core.resource import FieldInfo, Holder, Live, Lookup, Resource, Taken, own_keys, precedence
from integrations.core.system import NUMBER, Answer, IdForm
from integrations.core.text import one_line, shorten
from integrations.jira.claims import Claim, Claims, Held
from integrations.jira.connection import TITLE, Connection, Missing, answered
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
        return self._connection.wire.locks.hold(f"{self._connection.name} organization {folded(name)}")

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
        names = [name, *(former for claim in before if isinstance(former := claim.content.get("name"), str))]
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
    name, highest = claim.content.get("name"), claim.content.get("highest")
    if not isinstance(name, str) or not isinstance(highest, int) or entry.id <= highest or entry.folded != folded(name):
        return False
    return entry.created is None or -EARLY <= entry.created - claim.at <= LATE


class Creation:
    """Claims, creates, looks at what came, and marks it; one at a time for each name on this machine."""

    def __init__(self, connection: Connection, calls: Calls, claims: Claims, matching: Matching) -> None:
        self._connection, self._calls, self._claims, self._matching = connection, calls, claims, matching

    def create(self, change: Change[Organization]) -> Entry:
        """The organization, marked as ours: a new one, or one that turns out to be ours already.

        Raises:
            Uncertain: It was claimed a moment ago, by another machine or by us before a crash; another machine took
                our claim over; or the answer was lost.
            Ambiguous: Meanwhile there is one of this name without a mark.
            Conflict: Meanwhile another customer's has the name.
        """
        wanted = change.wanted()
        with self._matching.lock(wanted.name):
            looked = elapsed()
            self._calls.all.look()
            entry, free = self._standing(change)
            if entry is None and free:
                content = {"name": wanted.name, "highest": self._calls.all.highest}
                claimed = self._claimed(wanted, looked, content)
                entry = claimed if isinstance(claimed, Entry) else self._made(wanted, claimed, content)
                if entry is None and isinstance(claimed, Held):
                    self._claims.drop(claimed)
            if entry is not None:
                return entry
        raise self._connection.error(
            Conflict,
            f"{TITLE}: meanwhile another organization is called “{wanted.name}”",
            next="Look at the plan again.",
        )

    def _standing(self, change: Change[Organization]) -> tuple[Entry | None, bool]:
        """Return our organization of this name if there is one, and whether the name is free.

        Raises:
            Ambiguous: An organization whose name reads the same bears no mark.
        """
        wanted = change.wanted()
        taken = self._calls.all.named(wanted.name)
        like = self._calls.all.alike(wanted.name) if not change.new else []
        unmarked: list[Entry] = []
        for entry in sorted({entry.id: entry for entry in (*taken, *like)}.values(), key=lambda entry: entry.id):
            mark = self._calls.mark(entry.id)
            if mark in (wanted.key, *wanted.former):
                return entry, False
            if mark is None:
                unmarked.append(entry)
        if unmarked and not change.new:
            raise self._matching.choice(unmarked)
        return None, not taken

    def _claimed(self, wanted: Organization, looked: float, content: Mapping[str, Any]) -> Held | Entry:
        """Claim it; gives ours if somebody claimed it before and made it, under whatever name it has now.

        A claim that was younger than `settle` when we `looked` is left as it is: its maker may be at it still.
        """
        before = self._claims.read((wanted.key, *wanted.former))
        settle, since = self._connection.settings.settle, elapsed() - looked
        wait = max((settle - claim.age + since for claim in before.values()), default=0.0)
        held = self._claims.take(wanted.key, before.get(wanted.key), **content) if wait <= 0 else None
        renamed = self._renamed(wanted) if before or held is None else None
        if renamed is not None:
            return renamed
        if held is None:
            raise self._busy(wanted, wait if wait > 0 else settle)
        return held

    def _busy(self, wanted: Organization, wait: float) -> Uncertain:
        return self._connection.error(
            Uncertain,
            f"{TITLE}: the organization “{wanted.name}” was being made a moment ago; what came of it is not known yet",
            next="It is looked for before it is tried again.",
            retry_after=wait,
        )

    def _made(self, wanted: Organization, held: Held, content: Mapping[str, Any]) -> Entry | None:
        """A new one of this name, marked; None: the name turned out to be taken."""
        if not self._claims.confirm(held):
            raise self._busy(wanted, self._connection.settings.settle)
        entry = self._created(str(content["name"]), held)
        # The site may have given back an existing organization of the name, and does not say so: its mark and id do.
        mark = self._calls.mark(entry.id)
        if mark in (wanted.key, *wanted.former):
            return entry
        if mark is not None:
            return None
        if entry.id <= content["highest"]:
            raise self._matching.choice([entry])
        self._calls.write_mark(entry.id, wanted.key)
        self._calls.all.add(entry)
        return self._elder(wanted, entry, held, content) or entry

    def _elder(self, wanted: Organization, made: Entry, held: Held, content: Mapping[str, Any]) -> Entry | None:
        """The organization that somebody else made first: our claim was taken over, or its maker is back whose we took.

        Ours then stays marked and is linked to no service desk.
        """
        if self._claims.rival(held) is not None:
            self._claims.amend(held, **content)  # who is about to create another one reads it before
        elif held.first:
            return None
        self._calls.all.look()
        elders = [entry for entry in self._calls.all.named(made.name) if entry.id < made.id]
        return next((elder for elder in elders if self._calls.mark(elder.id) in (wanted.key, *wanted.former)), None)

    def _created(self, name: str, held: Held) -> Entry:
        try:
            return self._calls.create(name)
        except Uncertain:
            raise
        except (AuthError, Rejected, Unavailable):
            self._claims.drop(held)
            raise

    def _renamed(self, wanted: Organization) -> Entry | None:
        """Return the organization with our mark that people renamed.

        Our claim says that we made one before.
        """
        for entry in self._calls.all.known():
            if self._calls.mark(entry.id) in (wanted.key, *wanted.former):
                return entry
        return None


Found = Match | Taken[Organization] | IntegrationError | None
Row = Live[Organization] | Taken[Organization] | IntegrationError | None


class Organizations:
    """Organizations of Service Management.

    The mark is the organization's property `closedwon` (`{"key": …}`), which people don't see. It is not
    written with the creation: an orphan is an unmarked organization of exactly the name that our claim in
    the register holds, with a higher id than any that was there then, made at about that time. Two that
    bear our mark remain possible where a process is stopped during the very request that creates one: the lower
    id counts, and the other is taken off the service desk. There is no archive: archiving does that too.
    """

    resource: type[Organization] = Organization
    writes: Literal["create", "send", "manual"] = "create"
    batch: int = 1
    id_form: IdForm = NUMBER

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._width = connection.settings.concurrency
        self._calls = Calls(connection)
        claims = Claims(connection, Organization.kind)
        self._matching = Matching(connection, self._calls, claims)
        self._creation = Creation(connection, self._calls, claims, self._matching)

    def find(self, lookups: Sequence[Lookup[Organization]]) -> Answer:
        """See `Store.find`.

        An account that is no agent gets an empty list without a word. So an empty list is believed only
        when the service desk, which answers agents alone, answers too.
        """
        found: dict[str, Found] = {**answered(lookups, self._matching.by_id, self._width)}
        remainder = [lookup for lookup in lookups if found[lookup.key] is None]
        if remainder:
            self._calls.all.look()
            if not self._calls.all.known():
                self._calls.served.look()
            found |= answered(remainder, self._matching.by_name, self._width)
        if any(isinstance(match, Match) for match in found.values()):
            self._calls.served.look()

        def live(lookup: Lookup[Organization]) -> Row:
            match = found[lookup.key]
            return self._found(lookup, match) if isinstance(match, Match) else match

        return answered(lookups, live, self._width)

    def put(self, changes: Sequence[Change[Organization]]) -> Answer:
        """See `Store.put`. Linking and unlinking are safe to repeat and leave everything else as it is."""
        return answered(changes, self._put, self._width)

    def _found(self, lookup: Lookup[Organization], match: Match) -> Live[Organization]:
        match = self._matching.with_twins(lookup, match)
        entry = match.entry or self._calls.served.get(match.id) or self._calls.read(match.id)
        wanted = lookup.resource
        live = self._live(wanted, entry, mark=match.mark, linked=self._calls.served.get(entry.id) is not None)
        state = live.state.model_copy(update={"duplicates": ", ".join(match.idle)}) if match.idle else live.state
        return dataclasses.replace(live, state=state, twins=match.used, is_begun=match.is_orphan)

    def _live(self, wanted: Organization, entry: Entry, *, mark: str | None, linked: bool) -> Live[Organization]:
        """Return the organization's current state.

        An unlinked organization counts as archived only where it is to be archived.
        """
        state = Organization(
            key=wanted.key,
            active=linked or wanted.active,
            name=entry.name,
            in_service_desk=linked,
        )
        url = self._matching.url(self._connection.desk_project(), entry.id)
        return Live(str(entry.id), state, url, ours=mark is not None, is_former=mark in wanted.former)

    def _put(self, change: Change[Organization]) -> Live[Organization]:
        wanted, found = change.wanted(), change.found
        if found is None:
            entry = self._creation.create(change)
            self._refuse_inherited(wanted, entry)
            linked = wanted.in_service_desk
            if linked:
                self._calls.link(entry)
            return self._live(wanted, entry, mark=wanted.key, linked=linked)
        entry = Entry(int(found.id), found.state.name)
        if change.action == "adopt":
            self._adopt(wanted, entry)
        if found.state.duplicates != NONE:
            self._unlink_twins(found.state.duplicates.split(", "))
        linked = found.state.in_service_desk
        if change.action == "archive":
            linked = False
            self._calls.unlink(entry)
        elif "in_service_desk" in change.names:
            linked = wanted.in_service_desk
            (self._calls.link if linked else self._calls.unlink)(entry)
        return self._live(wanted, entry, mark=wanted.key, linked=linked)

    def _refuse_inherited(self, wanted: Organization, entry: Entry) -> None:
        """Make sure that a creation did not find a gone customer's organization.

        Taking that over needs approval.

        Raises:
            Conflict: It found one.
        """
        inherited = set(wanted.former) - set(own_keys((wanted.key, *wanted.former)))
        if inherited and self._calls.mark(entry.id) in inherited:
            raise self._connection.error(
                Conflict,
                f"{TITLE}: the organization “{entry.name}” ({entry.id}) is that of a customer whose place "
                "this one took",
                next="Look at the plan again.",
            )

    def _unlink_twins(self, twins: Sequence[str]) -> None:
        """Take the younger organizations of the same mark off the service desk.

        Raises:
            Conflict: One has people by now.
        """
        for twin in twins:
            if self._calls.has_people(int(twin)):
                raise self._connection.error(
                    Conflict,
                    f"{TITLE}: meanwhile the organization {twin}, which is there twice, was given people",
                    next="Look at the plan again.",
                )
            self._calls.unlink(Entry(int(twin), ""))

    def _adopt(self, wanted: Organization, entry: Entry) -> None:
        mark = self._calls.mark(entry.id)
        if mark is None or mark in wanted.former:
            self._calls.write_mark(entry.id, wanted.key)
        elif mark != wanted.key:
            raise self._connection.error(
                Conflict,
                f"{TITLE}: meanwhile the organization {entry.id} “{entry.name}” was taken for another "
                f"customer ({mark})",
                next="Look at the plan again.",
            )
