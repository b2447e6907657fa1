"""Creating an organization once, although its mark can only be written afterwards."""

from __future__ import annotations

import time

from integrations.core.change import Change
from integrations.core.errors import AuthError, Conflict, Rejected, Unavailable, Uncertain
from integrations.jira.claims import Claims
from integrations.jira.connection import TITLE, Connection
from integrations.jira.organization.calls import Calls
from integrations.jira.organization.directory import Entry
from integrations.jira.organization.matching import Matching, hashed_name
from integrations.jira.organization.resource import Organization


class Creation:
    """Claims, creates, looks at what came, and marks it; one at a time for each name on this machine."""

    def __init__(self, connection: Connection, calls: Calls, claims: Claims, matching: Matching) -> None:
        self._connection, self._calls, self._claims, self._matching = connection, calls, claims, matching

    def create(self, change: Change[Organization]) -> Entry:
        """The organization, marked as ours: a new one, or one that turns out to be ours already.

        Raises:
            Uncertain: It was claimed a moment ago, by another machine or by us before a crash; or the answer was lost.
            Ambiguous: Meanwhile there is one of this name without a mark.
            Conflict: Both the name and the name with our hash are taken.
        """
        wanted = change.wanted()
        with self._matching.lock(wanted.name):
            looked, held = time.time(), False
            self._calls.all.look()
            for name in (wanted.name, hashed_name(wanted)):
                one, free = self._standing(change, name)
                if one is None and free:
                    one = self._claimed(wanted, name, looked=looked, held=held) or self._made(wanted, name)
                    held = True
                if one is not None:
                    return one
        raise Conflict(
            f"{TITLE}: the organization “{hashed_name(wanted)}” is another customer's",
            system=self._connection.name,
            next="Look at the plan again.",
        )

    def _standing(self, change: Change[Organization], name: str) -> tuple[Entry | None, bool]:
        """Ours of this name if there is one, else whether the name is free."""
        wanted = change.wanted()
        unmarked, free = [], True
        for one in self._calls.all.named(name):
            mark = self._calls.mark(one.id)
            if mark in (wanted.key, *wanted.aliases):
                return one, False
            free = False
            if mark is None:
                unmarked.append(one)
        if unmarked and not (change.new and name == wanted.name):
            raise self._matching.choice(wanted, unmarked)
        return None, free

    def _claimed(self, wanted: Organization, name: str, *, looked: float, held: bool) -> Entry | None:
        """Claim it; gives ours if somebody claimed it before and made it, under whatever name it has now.

        A claim that was younger than `settle` when we `looked` is left as it is: whoever wrote it may be at it still.
        """
        before = () if held else tuple(self._claims.read((wanted.key, *wanted.aliases)).values())
        settle = self._connection.settings.settle
        rest = max((settle - claim.age(looked) for claim in before), default=0.0)
        first = rest <= 0 and self._claims.write(wanted.key, name=name, highest=self._calls.all.highest)
        if first or held:
            return None
        renamed = self._renamed(wanted)
        if renamed is None and (rest > 0 or not before):
            raise self._busy(wanted, rest if rest > 0 else settle)
        return renamed

    def _busy(self, wanted: Organization, rest: float) -> Uncertain:
        return Uncertain(
            f"{TITLE}: the organization “{wanted.name}” was being made a moment ago; what came of it can't be told yet",
            system=self._connection.name,
            next="It is looked for before it is tried again.",
            retry_after=rest,
        )

    def _made(self, wanted: Organization, name: str) -> Entry | None:
        """A new one of this name, marked; None: the name turned out to be taken."""
        highest = self._calls.all.highest
        one = self._created(wanted, name)
        mark = self._calls.mark(one.id)
        if mark in (wanted.key, *wanted.aliases):
            return one
        if mark is not None:
            return None
        if one.id <= highest:
            raise self._matching.choice(wanted, [one])
        self._calls.write_mark(one.id, wanted.key)
        self._calls.all.add(one)
        return one

    def _created(self, wanted: Organization, name: str) -> Entry:
        try:
            return self._calls.create(name)
        except Uncertain:
            raise
        except (AuthError, Rejected, Unavailable):
            self._claims.drop(wanted.key)
            raise

    def _renamed(self, wanted: Organization) -> Entry | None:
        """The one that bears our mark under a name that people gave it: our claim says that we made one before."""
        for one in self._calls.all.known():
            if self._calls.mark(one.id) in (wanted.key, *wanted.aliases):
                return one
        return None
