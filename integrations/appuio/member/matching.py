"""Matching of wanted persons with an organization's members and the invited."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from integrations.appuio.connection import TITLE, Connection
from integrations.appuio.member.people import Directory, Invitation
from integrations.appuio.member.reading import Place
from integrations.core.errors import Ambiguous, Candidate, IntegrationError, Rejected
from integrations.core.member import Member
from integrations.core.resource import Live, Lookup

Row = Live[Member] | None | IntegrationError
INVITED = "invited"


def subjects(keys: Sequence[str]) -> frozenset[str]:
    """Return the customer keys that an organization's mark may have for a person."""
    return frozenset(key.partition("/")[0] for key in keys)


def foreign(connection: Connection, place: Place, keys: Sequence[str]) -> Rejected | None:
    """Return the error that an organization is not this customer's; None where it is.

    Nobody of this customer may be let into another organization.
    """
    if place.mark in subjects(keys):
        return None
    why = f"belongs to another customer ({place.mark})" if place.mark else "bears no customer's mark"
    return Rejected(
        f"{TITLE}: the organization {place.name} {why}",
        system=connection.name,
        field="place",
        who="whoever looks after the customer",
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
    place: Place

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
        redeemers = sorted({one.redeemer for one in inviting if one.redeemer in everybody.users})
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
        return [one for one in invitations if one.email == email]
    return [one for one in invitations if one.id == known or one.key in keys]


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
    return Ambiguous(f"{TITLE}: {why}: {', '.join(users)}", candidates=candidates, system=connection.name)


def unknown(connection: Connection, user: str) -> Rejected:
    """The id that a person named is nobody's."""
    return Rejected(
        f"{TITLE}: there is no user {user}, who was chosen",
        system=connection.name,
        field="account",
        who="the person who chose it",
        next="Choose again: the user's name as the panel shows it.",
    )
