"""Users and invitations as the API tells of them, and all of them by address and organization."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from integrations.appuio.connection import Item
from integrations.appuio.member.calls import PEOPLE
from integrations.appuio.resource import mark, name
from integrations.core.address import folded
from integrations.core.text import one_line

INVITATION = "invitation/"
"""Before an invitation's name, in the id of who is invited; a user's name has no slash."""


@dataclasses.dataclass(frozen=True)
class User:
    """Somebody who has logged in once."""

    name: str
    email: str
    title: str


@dataclasses.dataclass(frozen=True)
class Invitation:
    """An invitation.

    Attributes:
        key: Our key in it; empty where somebody else invited.
        places: The organizations that it makes one a member of.
        elsewhere: It opens something besides one organization.
        redeemer: The user who redeemed it; empty: nobody yet.
        arrived: The organizations whose member the redeemer has become; the panel takes its time.
    """

    name: str
    email: str
    note: str
    key: str
    places: frozenset[str]
    elsewhere: bool
    redeemer: str
    arrived: frozenset[str]

    @property
    def id(self) -> str:
        """As `link` takes it."""
        return INVITATION + self.name

    def is_open(self, place: str) -> bool:
        """Return whether it may still make somebody a member of this organization."""
        return not self.redeemer or place not in self.arrived


@dataclasses.dataclass(frozen=True)
class Directory:
    """Users and invitations at one moment.

    Attributes:
        users: By name.
        addresses: The names of users, by e-mail address in lower case; several may share one.
        invitations: By organization; those that bear our mark first, then by name.
    """

    users: Mapping[str, User]
    addresses: Mapping[str, Sequence[str]]
    invitations: Mapping[str, Sequence[Invitation]]

    def inviting(self, place: str) -> Sequence[Invitation]:
        """The invitations to an organization, redeemed ones too."""
        return self.invitations.get(place, ())


def directory(users: Sequence[Item], invitations: Sequence[Item], prefix: str) -> Directory:
    """Return the directory made of both lists.

    `prefix` precedes a user's name where a redeemer is named.
    """
    people = {found.name: found for found in map(_user, users)}
    addresses: dict[str, list[str]] = {}
    for found in sorted(people.values(), key=lambda one: one.name):
        if found.email:
            addresses.setdefault(found.email, []).append(found.name)
    inviting: dict[str, list[Invitation]] = {}
    for one in sorted((invitation(item, prefix) for item in invitations), key=lambda one: (not one.key, one.name)):
        for place in one.places:
            inviting.setdefault(place, []).append(one)
    return Directory(people, addresses, inviting)


def invitation(item: Item, prefix: str) -> Invitation:
    """Return an item as an invitation."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    targets = spec.get("targetRefs") or []
    places = frozenset(place for target in targets if (place := _place(target)))
    return Invitation(
        name(item),
        folded(spec.get("email")),
        one_line(str(spec.get("note") or "")),
        mark(item),
        places,
        elsewhere={str(target.get("namespace") or "") for target in targets} != places or len(places) > 1,
        redeemer=str(status.get("redeemedBy") or "").removeprefix(prefix),
        arrived=frozenset(
            _place(one.get("targetRef") or {})
            for one in status.get("targetStatuses") or []
            if (one.get("condition") or {}).get("status") == "True"
        ),
    )


def _user(item: Item) -> User:
    status = item.get("status") or {}
    return User(name(item), folded(status.get("email")), one_line(str(status.get("displayName") or "")))


def _place(target: Mapping[str, str]) -> str:
    """The organization of a target that makes one its member; empty for any other target."""
    if (target.get("apiGroup"), target.get("kind"), target.get("name")) == (PEOPLE, "OrganizationMembers", "members"):
        return str(target.get("namespace") or "")
    return ""
