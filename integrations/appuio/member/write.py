"""Carrying tasks out: invitations one by one, the members of an organization all at once."""

from __future__ import annotations

import dataclasses
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeVar

from integrations.appuio.connection import TITLE, Connection
from integrations.appuio.member.api import INVITATION, Calls, Directory, Invitation, invitation, invitation_body
from integrations.appuio.member.find import (
    Row,
    ambiguous,
    invited,
    inviting_of,
    joined,
    references,
    unknown,
    without_list,
)
from integrations.appuio.organization import MARK
from integrations.core.change import Change
from integrations.core.errors import Conflict, IntegrationError, Rejected
from integrations.core.http import on_behalf_of
from integrations.core.member import Member
from integrations.core.pool import Pool
from integrations.core.resource import Live
from integrations.core.rows import attempt
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
    return connection.error(Conflict, f"{TITLE}: of a membership nothing can be changed")


def invitation_name(wanted: Member, *, anew: bool = False) -> str:
    """The name of a person's invitation to an organization: it tells no address, and is the same on every machine."""
    parts = (wanted.place, wanted.mark, *(("anew",) if anew else ()))
    return f"closedwon-{short_hash('/'.join(parts), 20)}"


def _coming(connection: Connection, change: Change[Member], everybody: Directory) -> Task | Row:
    wanted = change.wanted()
    if wanted.account:
        return Task(change, join=wanted.account) if wanted.account in everybody.users else _unknown(connection, wanted)
    if not wanted.email:
        return connection.error(Rejected, f"{TITLE}: nobody can be invited without an e-mail address", field="email")
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
        inviting += [
            invitation
            for invitation in everybody.inviting(wanted.place)
            if invitation.email == user.email and invitation not in inviting
        ]
    leaving = {invitation.redeemer for invitation in inviting} | {known if not known.startswith(INVITATION) else ""}
    leaving |= set(everybody.addresses.get(wanted.email, ()) if wanted.email else ())
    return Task(
        change,
        leave=frozenset(leaving - {""}),
        withdraw=tuple(invitation for invitation in inviting if invitation.is_open(wanted.place)),
    )


def _unknown(connection: Connection, wanted: Member) -> Rejected:
    return unknown(connection, wanted.account)


def places(tasks: Sequence[Task]) -> dict[str, list[Task]]:
    """Return the tasks that change who is a member, by organization."""
    grouped: dict[str, list[Task]] = {}
    for task in tasks:
        if task.join or task.leave:
            grouped.setdefault(task.place, []).append(task)
    return grouped


TRIES = 8
"""How often a list of members that others keep changing is read anew."""

Given = TypeVar("Given")
Got = TypeVar("Got")
Errors = dict[str, IntegrationError | None]
"""By key: why it was refused, or None."""


class Writing:
    """Writer of memberships and invitations to one control panel; used by several threads."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._connection = calls.connection
        self._guard = threading.Lock()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def write(self, tasks: Sequence[Task], everybody: Directory) -> dict[str, Row]:
        """Return the result of each task.

        Invitations come first: a person who redeemed one a moment ago is then taken out as well.
        """
        begun = self._at_once(self._invitations, tasks)
        answers: dict[str, Row] = {task.key: row for task, row in begun}
        edits = list(places([task for task, _ in begun]).values())
        for errors in self._at_once(self._edit, edits):
            answers.update({key: error for key, error in errors.items() if error is not None and answers[key] is None})
        for task, row in begun:
            if row is None and answers[task.key] is None:
                answers[task.key] = self._done(task, everybody)
        return answers

    def _invitations(self, task: Task) -> tuple[Task, Row]:
        """Invite, or take invitations back; the task with whom else to take out, and the answer where it is known."""
        with on_behalf_of([task.key]):
            return self._invited_or_withdrawn(task)

    def _invited_or_withdrawn(self, task: Task) -> tuple[Task, Row]:
        if task.invite:
            return task, attempt(TITLE, self._invite, task)
        refused: Row = None
        for offer in task.withdraw:
            redeemer = attempt(TITLE, self._withdraw, offer)
            if isinstance(redeemer, IntegrationError):
                refused = redeemer
            else:
                task = dataclasses.replace(task, leave=task.leave | ({redeemer} - {""}))
        return task, refused

    def _invite(self, task: Task) -> Row:
        wanted = task.wanted
        mark = f"{wanted.key.rpartition('/')[0]}/{wanted.mark}"
        body = invitation_body(task.invite, mark, MARK, wanted.place, email=wanted.email, note=wanted.name)
        item = self._calls.invite(wanted.place, body)
        if item is None:
            item = self._calls.invitation(task.invite)
        if item is None:
            raise self._connection.error(Conflict, f"{TITLE}: the invitation {task.invite} was withdrawn meanwhile")
        made = invitation(item, self._connection.settings.user_prefix)
        if made.email != wanted.email or wanted.place not in made.places or not made.key:
            raise self._connection.error(
                Rejected,
                f"{TITLE}: the invitation {task.invite} is there, and is not ours",
                next=f"Delete it in {TITLE}.",
            )
        if not made.is_open(wanted.place):
            raise self._connection.error(Conflict, f"{TITLE}: the invitation {made.name} was redeemed meanwhile")
        return invited(self._connection, wanted, made)

    def _withdraw(self, offer: Invitation) -> str:
        """Withdraw the invitation; return the user who redeemed it before that."""
        if offer.elsewhere:
            raise self._connection.error(
                Rejected,
                f"{TITLE}: the invitation {offer.name} opens more than this organization, so it was left",
                who="the person who made it",
                next=f"Delete it in {TITLE}, or make it anew without this organization.",
            )
        last = self._calls.withdraw(offer.name)
        return invitation(last, self._connection.settings.user_prefix).redeemer if last else offer.redeemer

    def _edit(self, tasks: Sequence[Task]) -> Errors:
        """All changes of one organization's members in one request; if it is refused, those of each half."""
        try:
            with on_behalf_of(task.key for task in tasks):
                failed = self._change(tasks)
        except Rejected as error:
            if len(tasks) == 1:
                return {tasks[0].key: error}
            middle = len(tasks) // 2
            return {**self._edit(tasks[:middle]), **self._edit(tasks[middle:])}
        except IntegrationError as error:
            return {task.key: error for task in tasks}
        return {task.key: failed for task in tasks}

    def _change(self, tasks: Sequence[Task]) -> IntegrationError | None:
        """Add and take out, based on the newest list; all other members stay as they are.

        Return the error that stands in the way of all tasks; raise `Rejected` where it may concern only one.
        """
        place = tasks[0].place
        coming = list(dict.fromkeys(task.join for task in tasks if task.join))
        leaving = {user for task in tasks for user in task.leave} - set(coming)
        with self._lock(place):
            for _ in range(TRIES):
                members = self._calls.members(place)
                if members is None:
                    return without_list(self._connection.name, place)
                there, version = references(members)
                kept = [reference for reference in there if reference.get("name") not in leaving]
                names = {reference.get("name") for reference in kept}
                after = [*kept, *({"name": user} for user in coming if user not in names)]
                if after == list(there) or self._calls.set_members(place, version, after) is not None:
                    return None
        return self._connection.error(
            Conflict,
            f"{TITLE}: the members of the organization {place} are changed faster than they can be read",
        )

    def _done(self, task: Task, everybody: Directory) -> Row:
        found = task.change.found
        if task.join:
            # It was there before: a reference to a user who does not exist would be stored all the same.
            user = everybody.users[task.join]
            return joined(self._connection, task.wanted, user.name, email=user.email, title=user.title)
        if found is None:
            return None
        return Live(found.id, found.state.model_copy(update={"active": False}), found.url)

    def _lock(self, place: str) -> threading.Lock:
        with self._guard:
            return self._locks[place]

    def _at_once(self, do: Callable[[Given], Got], given: Sequence[Given]) -> list[Got]:
        if len(given) < 2:
            return [do(argument) for argument in given]
        with Pool(max_workers=min(self._connection.settings.concurrency, len(given))) as pool:
            return list(pool.map(do, given))
