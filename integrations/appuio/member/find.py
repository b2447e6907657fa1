"""Matching of wanted persons with an organization's members and the invited."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Sequence

from integrations.appuio.connection import ADMINISTRATOR, TITLE, Connection, Item
from integrations.appuio.member.api import Calls, Directory, Invitation, directory
from integrations.appuio.organization import is_name, mark, name
from integrations.core.errors import Ambiguous, AuthError, Candidate, IntegrationError, Rejected
from integrations.core.member import Member
from integrations.core.pool import Pool
from integrations.core.resource import Live, Lookup

FEW = 4
"""Organizations that are read one by one; more are read as whole lists."""


@dataclasses.dataclass(frozen=True)
class Container:
    """An organization with its members.

    Attributes:
        mark: Our key in it; empty where it bears none.
        references: Its members as the API has them.
        at: When it was asked for (monotonic seconds).
    """

    name: str
    mark: str
    references: Sequence[Item]
    version: str
    at: float

    @property
    def users(self) -> list[str]:
        """The members' names."""
        return [str(reference["name"]) for reference in self.references if reference.get("name")]


class Containers:
    """Organizations as they were last read."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._width = calls.connection.settings.concurrency
        self.seen: dict[str, Container] = {}

    def read(self, names: Sequence[str]) -> dict[str, Container | IntegrationError]:
        """Each of these, or why it is not known who is in it."""
        if len(names) > FEW:
            found = self._listed(names)
            if found is not None:
                return found
        if not names:
            return {}
        with Pool(max_workers=min(self._width, len(names))) as pool:
            return dict(zip(names, pool.map(self._one, names), strict=True))

    def _one(self, place: str) -> Container | IntegrationError:
        at = time.monotonic()
        # A name of another form must not get into a path.
        try:
            organization = self._calls.connection.organization(place) if is_name(place) else None
            members = None if organization is None else self._calls.members(place)
        except IntegrationError as error:
            return error
        return self._made(place, organization, members, at)

    def _listed(self, names: Sequence[str]) -> dict[str, Container | IntegrationError] | None:
        """From two lists; None where we may see members only organization by organization."""
        at = time.monotonic()
        with Pool(max_workers=2) as pool:
            listed = pool.submit(self._calls.all_members)
            try:
                organizations = {name(item): item for item in self._calls.connection.organizations()}
                members = {str(item["metadata"].get("namespace")): item for item in listed.result()}
            except AuthError:
                return None
            except IntegrationError as error:
                return dict.fromkeys(names, error)
        return {place: self._made(place, organizations.get(place), members.get(place), at) for place in names}

    def _made(self, place: str, organization: Item | None, members: Item | None, at: float) -> Container | Rejected:
        system = self._calls.connection.name
        if organization is None:
            return gone(system, place)
        if members is None:
            return without_list(system, place)
        made = Container(place, mark(organization), *references(members), at)
        self.seen[place] = made
        return made


class Directories:
    """Shared directory of all users and invitations, read again when it is too old."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._guard = threading.Lock()
        self._at = float("-inf")
        self._last = Directory({}, {}, {})

    def read(self, since: float) -> Directory:
        """Return a directory that was not read before `since` (monotonic seconds).

        Raises:
            IntegrationError: Either list can't be read.
        """
        with self._guard:
            if self._at < since:
                at = time.monotonic()
                with Pool(max_workers=2) as pool:
                    users = pool.submit(self._calls.users)
                    invitations = self._calls.invitations()
                    prefix = self._calls.connection.settings.user_prefix
                    self._last, self._at = directory(users.result(), invitations, prefix), at
            return self._last


def references(members: Item) -> tuple[Sequence[Item], str]:
    """The members as the API has them, and the version of that."""
    listed = (members.get("spec") or {}).get("userRefs") or []
    return tuple(item for item in listed if isinstance(item, dict)), str(
        members["metadata"].get("resourceVersion") or ""
    )


def gone(system: str, place: str) -> Rejected:
    """The organization is not to be seen."""
    return Rejected(
        f"{TITLE}: the organization {place} is gone, or we may not see it",
        system=system,
        who=ADMINISTRATOR,
        next="Run closedwon setup for a deal of the customer: it finds or makes the organization.",
    )


def without_list(system: str, place: str) -> Rejected:
    """The API makes the list together with the organization."""
    return Rejected(
        f"{TITLE}: the organization {place} has no list of members",
        system=system,
        who=ADMINISTRATOR,
        next=f"Ask {ADMINISTRATOR} to fix it.",
    )


Row = Live[Member] | None | IntegrationError
INVITED = "invited"


def subjects(keys: Sequence[str]) -> frozenset[str]:
    """Return the customer keys that an organization's mark may have for a person."""
    return frozenset(key.partition("/")[0] for key in keys)


def foreign(connection: Connection, place: Container, keys: Sequence[str]) -> Rejected | None:
    """Return the error that an organization is not this customer's; None where it is.

    Nobody of this customer may be let into another organization.
    """
    if place.mark in subjects(keys):
        return None
    why = f"belongs to another customer ({place.mark})" if place.mark else "bears no customer's mark"
    return connection.error(
        Rejected,
        f"{TITLE}: the organization {place.name} {why}",
        field="place",
        who="the person who looks after the customer",
        next="Run closedwon setup for a deal of the customer: it finds or makes the organization.",
    )


def named(lookup: Lookup[Member]) -> str:
    """The id that a person named; empty where none did."""
    return lookup.resource.account or (str(lookup.id or "") if lookup.chosen else "")


@dataclasses.dataclass(frozen=True)
class Match:
    """A look-up in one organization."""

    connection: Connection
    lookup: Lookup[Member]
    place: Container

    def settled(self) -> Live[Member] | None:
        """The answer where the list of members alone gives it: the id that a person or the ledger gave is in it."""
        known = named(self.lookup) or self.lookup.id
        return self._user(known, None) if known in self.place.users else None

    def found(self, everybody: Directory) -> Row:
        """The answer, given everybody: by the id that is known, by the address, by an invitation."""
        wanted = self.lookup.resource
        chosen = named(self.lookup)
        if chosen:
            return self._chosen(chosen, everybody)
        members = self.place.users
        users = everybody.addresses.get(wanted.email, ()) if wanted.email else ()
        known = str(self.lookup.id or "")
        for user in (known, *users):
            if user in members:
                return self._user(user, everybody)
        inviting = inviting_of(self.lookup.keys, wanted.email, known, everybody.inviting(self.place.name))
        for invitation in inviting:
            if invitation.redeemer in members:
                return self._user(invitation.redeemer, everybody)
        for invitation in inviting:
            if invitation.is_open(self.place.name):
                return invited(self.connection, wanted, invitation)
        if not wanted.active or self.lookup.new:
            return None
        return self._doubtful(users, inviting, everybody)

    def _chosen(self, chosen: str, everybody: Directory) -> Row:
        """A user who is no member yet is to be added, so is absent."""
        if chosen in self.place.users:
            return self._user(chosen, everybody)
        for invitation in everybody.inviting(self.place.name):
            if invitation.id == chosen:
                if invitation.redeemer in self.place.users:
                    return self._user(invitation.redeemer, everybody)
                if invitation.is_open(self.place.name):
                    return invited(self.connection, self.lookup.resource, invitation)
        if chosen in everybody.users or not self.lookup.resource.active:
            return None
        return unknown(self.connection, chosen)

    def _doubtful(self, users: Sequence[str], inviting: Sequence[Invitation], everybody: Directory) -> Ambiguous | None:
        """Somebody who is no member, and of whom it is not sure that it is they: a person says so."""
        if len(users) > 1:
            return ambiguous(
                self.connection, self.place.name, users, everybody, f"{len(users)} users have this person's address"
            )
        redeemers = sorted({invitation.redeemer for invitation in inviting if invitation.redeemer in everybody.users})
        if not users and redeemers:
            why = "somebody redeemed the invitation under another address, and is no member any more"
            return ambiguous(self.connection, self.place.name, redeemers, everybody, why)
        return None

    def _user(self, user: str, everybody: Directory | None) -> Live[Member]:
        known = everybody.users.get(user) if everybody else None
        return joined(
            self.connection,
            self.lookup.resource,
            user,
            email=(known.email if known else "") or self.lookup.resource.email,
            title=known.title if known else "",
        )


def inviting_of(keys: Sequence[str], email: str, known: str, invitations: Sequence[Invitation]) -> list[Invitation]:
    """A person's invitations: by the address; where that is not told, by the id that is known or our key in them."""
    if email:
        return [invitation for invitation in invitations if invitation.email == email]
    return [invitation for invitation in invitations if invitation.id == known or invitation.key in keys]


def joined(connection: Connection, wanted: Member, user: str, *, email: str = "", title: str = "") -> Live[Member]:
    """A member."""
    state = Member(key=wanted.key, place=wanted.place, email=email or wanted.email, name=title or wanted.name)
    return Live(user, state, connection.url(wanted.place))


def invited(connection: Connection, wanted: Member, invitation: Invitation) -> Live[Member]:
    """Somebody who has not followed the invitation yet, or whom the panel is about to let in."""
    state = Member(
        key=wanted.key,
        place=wanted.place,
        email=invitation.email or wanted.email,
        name=invitation.note,
        status=INVITED,
    )
    return Live(invitation.id, state, connection.url(wanted.place))


def ambiguous(connection: Connection, place: str, users: Sequence[str], everybody: Directory, why: str) -> Ambiguous:
    """A choice among users."""
    candidates = tuple(Candidate(user, everybody.users[user].title or user, connection.url(place)) for user in users)
    return connection.error(Ambiguous, f"{TITLE}: {why}: {', '.join(users)}", candidates=candidates)


def unknown(connection: Connection, user: str) -> Rejected:
    """The id that a person named is nobody's."""
    return connection.error(
        Rejected,
        f"{TITLE}: there is no user {user}, who was chosen",
        field="account",
        who="the person who chose it",
        next="Choose again: the user's name as the panel shows it.",
    )
