"""The work of one change: whom to add, whom to take out, whom to invite, which invitations to withdraw."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from integrations.appuio.connection import TITLE, Connection
from integrations.appuio.member.matching import Row, ambiguous, invited, inviting_of, unknown
from integrations.appuio.member.people import INVITATION, Directory, Invitation
from integrations.core.change import Change
from integrations.core.errors import Conflict, Rejected
from integrations.core.member import Member
from integrations.core.text import short_hash


@dataclasses.dataclass(frozen=True)
class Task:
    """Work to be done for one change.

    Attributes:
        join: The user to add; empty: none.
        leave: The users to take out.
        invite: The name of the invitation to make; empty: none.
        withdraw: The invitations to take back.
    """

    change: Change[Member]
    join: str = ""
    leave: frozenset[str] = frozenset()
    invite: str = ""
    withdraw: tuple[Invitation, ...] = ()

    @property
    def key(self) -> str:
        """The change's."""
        return self.change.key

    @property
    def wanted(self) -> Member:
        """The person as wanted."""
        return self.change.wanted()

    @property
    def place(self) -> str:
        """The organization."""
        return self.wanted.place


def task(connection: Connection, change: Change[Member], everybody: Directory) -> Task | Row:
    """Return the work to do, or an answer where nothing is to be done or can be."""
    if change.action == "archive":
        return _leaving(change, everybody)
    if change.action == "create":
        return _coming(connection, change, everybody)
    return Conflict(f"{TITLE}: of a membership nothing can be changed", system=connection.name)


def invitation_name(wanted: Member, *, anew: bool = False) -> str:
    """The name of a person's invitation to an organization: it tells no address, and is the same on every machine."""
    parts = (wanted.place, wanted.mark, *(("anew",) if anew else ()))
    return f"closedwon-{short_hash('/'.join(parts), 20)}"


def _coming(connection: Connection, change: Change[Member], everybody: Directory) -> Task | Row:
    wanted = change.wanted()
    if wanted.account:
        return Task(change, join=wanted.account) if wanted.account in everybody.users else _unknown(connection, wanted)
    if not wanted.email:
        return Rejected(
            f"{TITLE}: nobody can be invited without an e-mail address", system=connection.name, field="email"
        )
    users = everybody.addresses.get(wanted.email, ())
    if len(users) == 1:
        return Task(change, join=users[0])
    if users and not change.new:
        why = f"{len(users)} users have this person's address"
        return ambiguous(connection, wanted.place, users, everybody, why)
    inviting = inviting_of((wanted.key, *wanted.former), wanted.email, "", everybody.inviting(wanted.place))
    for sent in inviting:
        if sent.is_open(wanted.place):
            return invited(connection, wanted, sent)
    return Task(change, invite=invitation_name(wanted, anew=change.new))


def _leaving(change: Change[Member], everybody: Directory) -> Task:
    """Out of the members, and every invitation with which they could come in again."""
    wanted = change.wanted()
    known = change.found.id if change.found is not None else ""
    inviting = inviting_of((wanted.key, *wanted.former), wanted.email, known, everybody.inviting(wanted.place))
    user = everybody.users.get(known)
    if user is not None and user.email:
        inviting += [one for one in everybody.inviting(wanted.place) if one.email == user.email and one not in inviting]
    leaving = {one.redeemer for one in inviting} | {known if not known.startswith(INVITATION) else ""}
    leaving |= set(everybody.addresses.get(wanted.email, ()) if wanted.email else ())
    return Task(
        change,
        leave=frozenset(leaving - {""}),
        withdraw=tuple(one for one in inviting if one.is_open(wanted.place)),
    )


def _unknown(connection: Connection, wanted: Member) -> Rejected:
    return unknown(connection, wanted.account)


def places(tasks: Sequence[Task]) -> dict[str, list[Task]]:
    """Return the tasks that change who is a member, by organization."""
    grouped: dict[str, list[Task]] = {}
    for one in tasks:
        if one.join or one.leave:
            grouped.setdefault(one.place, []).append(one)
    return grouped
