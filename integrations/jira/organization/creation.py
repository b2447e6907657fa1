"""Creating an organization once, although its mark can only be written afterwards.

It is claimed first, and the claim is read again right before and right after the creation:
`integrations/jira/claims.py` says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.core.change import Change
from integrations.core.errors import AuthError, Conflict, Rejected, Unavailable, Uncertain
from integrations.core.http.clock import elapsed
from integrations.jira.claims import Claims, Held
from integrations.jira.connection import TITLE, Connection
from integrations.jira.organization.calls import Calls
from integrations.jira.organization.directory import Entry
from integrations.jira.organization.matching import Matching
from integrations.jira.organization.resource import Organization


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
            one, free = self._standing(change)
            if one is None and free:
                said = {"name": wanted.name, "highest": self._calls.all.highest}
                claimed = self._claimed(wanted, looked, said)
                one = claimed if isinstance(claimed, Entry) else self._made(wanted, claimed, said)
                if one is None and isinstance(claimed, Held):
                    self._claims.drop(claimed)
            if one is not None:
                return one
        raise Conflict(
            f"{TITLE}: meanwhile another organization is called “{wanted.name}”",
            system=self._connection.name,
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
        for one in sorted({one.id: one for one in (*taken, *like)}.values(), key=lambda one: one.id):
            mark = self._calls.mark(one.id)
            if mark in (wanted.key, *wanted.former):
                return one, False
            if mark is None:
                unmarked.append(one)
        if unmarked and not change.new:
            raise self._matching.choice(unmarked)
        return None, not taken

    def _claimed(self, wanted: Organization, looked: float, said: Mapping[str, Any]) -> Held | Entry:
        """Claim it; gives ours if somebody claimed it before and made it, under whatever name it has now.

        A claim that was younger than `settle` when we `looked` is left as it is: its maker may be at it still.
        """
        before = self._claims.read((wanted.key, *wanted.former))
        settle, since = self._connection.settings.settle, elapsed() - looked
        rest = max((settle - claim.age + since for claim in before.values()), default=0.0)
        held = self._claims.take(wanted.key, before.get(wanted.key), **said) if rest <= 0 else None
        renamed = self._renamed(wanted) if before or held is None else None
        if renamed is not None:
            return renamed
        if held is None:
            raise self._busy(wanted, rest if rest > 0 else settle)
        return held

    def _busy(self, wanted: Organization, rest: float) -> Uncertain:
        return Uncertain(
            f"{TITLE}: the organization “{wanted.name}” was being made a moment ago; what came of it can't be told yet",
            system=self._connection.name,
            next="It is looked for before it is tried again.",
            retry_after=rest,
        )

    def _made(self, wanted: Organization, held: Held, said: Mapping[str, Any]) -> Entry | None:
        """A new one of this name, marked; None: the name turned out to be taken."""
        if not self._claims.confirm(held):
            raise self._busy(wanted, self._connection.settings.settle)
        one = self._created(str(said["name"]), held)
        mark = self._calls.mark(one.id)
        if mark in (wanted.key, *wanted.former):
            return one
        if mark is not None:
            return None
        if one.id <= said["highest"]:
            raise self._matching.choice([one])
        self._calls.write_mark(one.id, wanted.key)
        self._calls.all.add(one)
        return self._elder(wanted, one, held, said) or one

    def _elder(self, wanted: Organization, made: Entry, held: Held, said: Mapping[str, Any]) -> Entry | None:
        """The organization that somebody else made first: our claim was taken over, or its maker is back whose we took.

        Ours then stays marked and is linked to no service desk.
        """
        if self._claims.rival(held) is not None:
            self._claims.amend(held, **said)  # who is about to create another one reads it before
        elif held.first:
            return None
        self._calls.all.look()
        elders = [one for one in self._calls.all.named(made.name) if one.id < made.id]
        return next((one for one in elders if self._calls.mark(one.id) in (wanted.key, *wanted.former)), None)

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
        for one in self._calls.all.known():
            if self._calls.mark(one.id) in (wanted.key, *wanted.former):
                return one
        return None
