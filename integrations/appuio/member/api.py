"""The calls that members and invitations need, beyond those of organizations."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from integrations.appuio.connection import Connection, Item
from integrations.appuio.organization import mark, name
from integrations.core.address import folded_address
from integrations.core.errors import AuthError
from integrations.core.text import one_line, segment

PEOPLE, INVITING = "appuio.io", "user.appuio.io"
USERS = f"/apis/{PEOPLE}/v1/users"
MEMBERS = f"/apis/{PEOPLE}/v1/organizationmembers"
INVITATIONS = f"/apis/{INVITING}/v1/invitations"
PAGE = 500
"""Objects in one part of a list that Kubernetes itself keeps: there `limit` works, and `continue` is given."""


class Calls:
    """API calls for a control panel's people. No message names any of them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def users(self) -> list[Item]:
        """Return everybody who ever logged in."""
        return self.connection.listed(USERS, "users", "user.list", {"limit": PAGE})

    def invitations(self) -> list[Item]:
        """Every invitation that we may see, ours among them.

        Asked without `limit`: the API would cut the list off there, and not say so (v0.33.4 drops the `continue` of
        the secrets underneath, `apiserver/secretstorage/storage.go`).
        """
        return self.connection.listed(INVITATIONS, "invitations", "invitation.list", {})

    def all_members(self) -> list[Item]:
        """The members of every organization."""
        return self.connection.listed(MEMBERS, "members of all organizations", "members.list", {"limit": PAGE})

    def members(self, place: str) -> Item | None:
        """The members of one organization; None where it has no such list."""
        what = f"read the members of the organization {place}"
        response = self.connection.http.request(
            "GET", _members(place), what=what, operation="members.get", expect=(404,)
        )
        return None if self.connection.http.is_absent(response, what) else self.connection.item(response, what)

    def set_members(self, place: str, version: str, references: Sequence[Item]) -> Item | None:
        """Set the members of an organization; None where somebody has changed them since `version`.

        Safe to repeat: once done, the version is another.
        """
        what = f"change the members of the organization {place}"
        response = self.connection.http.request(
            "PATCH",
            _members(place),
            what=what,
            operation="members.patch",
            json={"metadata": {"resourceVersion": version}, "spec": {"userRefs": list(references)}},
            headers={"Content-Type": "application/merge-patch+json"},
            repeat=True,
            expect=(409,),
        )
        return None if response.status_code == 409 else self.connection.item(response, what, "write")

    def invite(self, place: str, item: Item) -> Item | None:
        """Create an invitation; None where its name is taken (perhaps by an earlier try of ours)."""
        what = f"invite somebody to the organization {place}"
        response = self.connection.http.request(
            "POST", INVITATIONS, what=what, operation="invitation.create", json=item, repeat=True, expect=(409,)
        )
        return None if response.status_code == 409 else self.connection.item(response, what, "write")

    def invitation(self, name: str) -> Item | None:
        """Return an invitation; None where there is none."""
        what = f"read the invitation {name}"
        response = self.connection.http.request(
            "GET", f"{INVITATIONS}/{segment(name)}", what=what, operation="invitation.get", expect=(404,)
        )
        return None if self.connection.http.is_absent(response, what) else self.connection.item(response, what)

    def withdraw(self, name: str) -> Item | None:
        """Delete an invitation and give it as it was last; None where it is not there any more.

        Some versions answer with a bare `Status` instead.

        The right to one's own invitation goes with it, so a second try, its first answer lost, may be told 403.

        Raises:
            AuthError: It is there, and we may not.
        """
        what = f"withdraw the invitation {name}"
        try:
            response = self.connection.http.request(
                "DELETE",
                f"{INVITATIONS}/{segment(name)}",
                what=what,
                operation="invitation.delete",
                repeat=True,
                expect=(404,),
            )
        except AuthError:
            if any(item["metadata"]["name"] == name for item in self.invitations()):
                raise
            return None
        if self.connection.http.is_absent(response, what):
            return None
        deleted = self.connection.http.decoded(response, what, {"kind": str}, effect="write")
        return deleted if deleted["kind"] == "Invitation" else None


def invitation_body(name: str, key: str, mark: str, place: str, *, email: str, note: str) -> Item:
    """An invitation that makes whoever redeems it a member of one organization. The mail goes out from the API."""
    target = {"apiGroup": PEOPLE, "kind": "OrganizationMembers", "name": "members", "namespace": place}
    return {
        "apiVersion": f"{INVITING}/v1",
        "kind": "Invitation",
        "metadata": {"name": name, "annotations": {mark: key}},
        "spec": {"email": email, **({"note": note} if note else {}), "targetRefs": [target]},
    }


def _members(place: str) -> str:
    return f"/apis/{PEOPLE}/v1/namespaces/{segment(place)}/organizationmembers/members"


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
    for found in sorted(people.values(), key=lambda user: user.name):
        if found.email:
            addresses.setdefault(found.email, []).append(found.name)
    inviting: dict[str, list[Invitation]] = {}
    for offer in sorted(
        (invitation(item, prefix) for item in invitations), key=lambda offer: (not offer.key, offer.name)
    ):
        for place in offer.places:
            inviting.setdefault(place, []).append(offer)
    return Directory(people, addresses, inviting)


def invitation(item: Item, prefix: str) -> Invitation:
    """Return an item as an invitation."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    targets = spec.get("targetRefs") or []
    places = frozenset(place for target in targets if (place := _place(target)))
    return Invitation(
        name(item),
        folded_address(spec.get("email")),
        one_line(str(spec.get("note") or "")),
        mark(item),
        places,
        elsewhere={str(target.get("namespace") or "") for target in targets} != places or len(places) > 1,
        redeemer=str(status.get("redeemedBy") or "").removeprefix(prefix),
        arrived=frozenset(
            _place(target.get("targetRef") or {})
            for target in status.get("targetStatuses") or []
            if (target.get("condition") or {}).get("status") == "True"
        ),
    )


def _user(item: Item) -> User:
    status = item.get("status") or {}
    return User(name(item), folded_address(status.get("email")), one_line(str(status.get("displayName") or "")))


def _place(target: Mapping[str, str]) -> str:
    """The organization of a target that makes one its member; empty for any other target."""
    if (target.get("apiGroup"), target.get("kind"), target.get("name")) == (PEOPLE, "OrganizationMembers", "members"):
        return str(target.get("namespace") or "")
    return ""
