"""The store of an organization's members."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Literal

from integrations.appuio.connection import Connection
from integrations.appuio.member.api import Calls, Directory
from integrations.appuio.member.find import Container, Containers, Directories, Match, Row, foreign, subjects
from integrations.appuio.member.write import Task, Writing, task
from integrations.appuio.organization import display_name, mark, name
from integrations.core.address import folded_address
from integrations.core.change import Change
from integrations.core.errors import IntegrationError
from integrations.core.member import Access, Member, Membership, Present
from integrations.core.resource import Lookup
from integrations.core.system import Answer, IdForm

FRESH = 60.0
"""Seconds for which an organization's mark, and who has an account, is believed while writing."""


class Members:
    """The people of an organization: its members, and who is invited to be one.

    A membership bears no mark: a person is the user whose e-mail address is exactly theirs, or whom a person or
    the ledger named. Who has never logged in is invited by an `Invitation`, which has our key in its annotation (with
    the person's mark in place of the ledger's hash), written as it is made, and a name made of the mark and the
    organization: inviting twice makes one, from whichever machine. Those of the first release have names and keys of
    the ledger that made them, and are recognised by the address.
    """

    resource = Member
    writes: Literal["create", "send", "manual"] = "create"
    batch = 200
    id_form = IdForm(
        re.compile(r"(invitation/)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"),
        "a user's name, or invitation/NAME, as the plan shows it",
    )
    container = "organization"
    access: Access = "control panel"

    def __init__(self, connection: Connection) -> None:
        calls = Calls(connection)
        self._connection = connection
        self._places, self._directories = Containers(calls), Directories(calls)
        self._writing = Writing(calls)
        self._account: str | None = None

    def find(self, lookups: Sequence[Lookup[Member]]) -> Answer:
        """Each organization's mark and members; users and invitations, once, if these alone do not tell."""
        asked = time.monotonic()
        answers: dict[str, Row] = {}
        places = self._places.read(list(dict.fromkeys(lookup.resource.place for lookup in lookups)))
        left: list[Match] = []
        for lookup in lookups:
            place = places[lookup.resource.place]
            refused = place if isinstance(place, IntegrationError) else foreign(self._connection, place, lookup.keys)
            if refused is not None or isinstance(place, IntegrationError):
                answers[lookup.key] = refused
                continue
            match = Match(self._connection, lookup, place)
            answers[lookup.key] = match.settled()
            if answers[lookup.key] is None:
                left.append(match)
        if left:
            try:
                everybody = self._directories.read(asked)
            except IntegrationError as error:
                return answers | {match.lookup.key: error for match in left}
            answers |= {match.lookup.key: match.found(everybody) for match in left}
        return answers

    def put(self, changes: Sequence[Change[Member]]) -> Answer:
        """Write all members of an organization in one request, and each invitation in one."""
        answers: dict[str, Row] = {}
        allowed = self._allowed(changes, answers)
        leaving = any(change.action == "archive" for change in allowed)
        try:
            everybody = self._directories.read(time.monotonic() - (0 if leaving else FRESH)) if allowed else None
        except IntegrationError as error:
            return answers | {change.key: error for change in allowed}
        if everybody is None:
            return answers
        tasks: list[Task] = []
        for change in allowed:
            asked = task(self._connection, change, everybody)
            if isinstance(asked, Task):
                tasks.append(asked)
            else:
                answers[change.key] = asked
        return answers | self._writing.write(tasks, everybody)

    def present(self, place: str) -> Sequence[Present]:
        """Members and invited, by name; `own` where the account that we work with is a user.

        Raises:
            IntegrationError: The organization or the users can't be read.
        """
        found = self._places.seen.get(place) or self._places.read([place])[place]
        if isinstance(found, IntegrationError):
            raise found
        everybody = self._directories.read(found.at)
        account = self._own_account()
        members = [_present(user, everybody, account) for user in sorted(set(found.users))]
        return members + [
            Present(invitation.id, invitation.email, invitation.note)
            for invitation in everybody.inviting(place)
            if invitation.is_open(place)
        ]

    def memberships(self, email: str = "") -> Sequence[Membership | IntegrationError]:
        """Members and invited of every organization that bears our mark: four lists, whatever is asked for."""
        asked = time.monotonic()
        marked = {name(item): item for item in self._connection.organizations() if mark(item)}
        places, everybody = self._places.read(list(marked)), self._directories.read(asked)
        found: list[Membership | IntegrationError] = []
        for place, item in marked.items():
            there = places[place]
            if isinstance(there, IntegrationError):
                found.append(there)
                continue
            (subject,) = subjects([mark(item)])
            shown = sorted(_addresses(there, everybody))
            found += [
                Membership(place, subject, address, display_name(item)) for address in shown if email in ("", address)
            ]
        return found

    def _allowed(self, changes: Sequence[Change[Member]], answers: dict[str, Row]) -> list[Change[Member]]:
        """Return the changes whose organization is still their customer's.

        The others are answered in `answers`.
        """
        since = time.monotonic() - FRESH
        wanted = dict.fromkeys(change.wanted().place for change in changes)
        known: dict[str, Container | IntegrationError] = {
            place: seen for place in wanted if (seen := self._places.seen.get(place)) is not None and seen.at >= since
        }
        known |= self._places.read([place for place in wanted if place not in known])
        allowed = []
        for change in changes:
            place = known[change.wanted().place]
            keys = (change.key, *change.wanted().former)
            refused = place if isinstance(place, IntegrationError) else foreign(self._connection, place, keys)
            if refused is None:
                allowed.append(change)
            else:
                answers[change.key] = refused
        return allowed

    def _own_account(self) -> str:
        if self._account is None:
            self._account = self._connection.account().removeprefix(self._connection.settings.user_prefix)
        return self._account


def _addresses(place: Container, everybody: Directory) -> set[str]:
    """The addresses of an organization's members, of those whom they redeemed an invitation as, and of the invited."""
    members = set(place.users)
    known = {everybody.users[user].email for user in members & everybody.users.keys()}
    invited = {
        invitation.email
        for invitation in everybody.inviting(place.name)
        if invitation.is_open(place.name) or invitation.redeemer in members
    }
    return (known | invited) - {""}


def _present(user: str, everybody: Directory, account: str) -> Present:
    known = everybody.users.get(user)
    email, title = (known.email, known.title) if known else ("", "")
    return Present(user, email, title, own=bool(account) and folded_address(account) in (folded_address(user), email))
