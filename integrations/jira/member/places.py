"""Organizations as places: whose each is, and who is in it."""

from __future__ import annotations

import dataclasses
import functools
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping

from integrations.core.errors import Rejected
from integrations.core.member import Member
from integrations.jira.connection import ADMINISTRATOR, TITLE, Connection, Missing
from integrations.jira.member.calls import Account, Calls
from integrations.jira.organization.calls import Calls as Organizations
from integrations.jira.organization.directory import Entry

BELIEVED = 60.0
"""Seconds for which a mark that was read is not read again."""
REMEMBERED = 1000
"""Organizations whose people are remembered: as many as one planning may ask for."""


@dataclasses.dataclass(frozen=True)
class Place:
    """An organization by its id, as a row of its own."""

    key: str


@dataclasses.dataclass(frozen=True)
class Listing:
    """The members that an organization had when it was read, and the key in its mark."""

    mark: str
    people: Mapping[str, Account]
    """By account id."""
    is_paged: bool = False
    """The list took several requests, between which it may have changed."""

    @functools.cached_property
    def by_address(self) -> Mapping[str, Account]:
        """Accounts that show their address, by address.

        Of two accounts with one address the active one counts, then the lowest id.
        """
        found: dict[str, Account] = {}
        for one in sorted(self.people.values(), key=lambda one: (not one.active, one.id)):
            if one.address:
                found.setdefault(one.address, one)
        return found


def subjects(member: Member) -> frozenset[str]:
    """The keys of the customer whose person it is (`customer:101`, `deal:42`): what the place's mark may say."""
    return frozenset(key.partition("/")[0] for key in (member.key, *member.former))


class Places:
    """Reader of organizations that remembers the last reading; used by several threads."""

    def __init__(self, connection: Connection, calls: Calls) -> None:
        self._connection, self._calls = connection, calls
        self._organizations = Organizations(connection)
        self._guard = threading.Lock()
        self._listings: OrderedDict[str, Listing] = OrderedDict()
        self._marks: dict[str, tuple[str, float]] = {}

    def look(self, place: str) -> Listing:
        """Its mark and everybody who is in it, read now.

        The mark comes first: a list, an empty one above all, is believed only of an organization that we see.

        Raises:
            Rejected: It is gone, may not be seen, or bears no mark.
        """
        mark = self._read_mark(place)
        people, is_paged = self._calls.members(place)
        listing = Listing(mark, {one.id: one for one in people}, is_paged)
        with self._guard:
            self._listings[place] = listing
            self._listings.move_to_end(place)
            while len(self._listings) > REMEMBERED:
                self._listings.popitem(last=False)
        return listing

    def known(self, place: str) -> Listing:
        """As it was last read; read where it has not been."""
        with self._guard:
            listing = self._listings.get(place)
        return listing or self.look(place)

    def mark(self, place: str) -> str:
        """The key in its mark, not older than a minute."""
        with self._guard:
            mark, read = self._marks.get(place, ("", float("-inf")))
        return mark if time.monotonic() - read < BELIEVED else self._read_mark(place)

    def prove(self, member: Member, mark: str) -> None:
        """Make sure that the organization belongs to the member's customer.

        Raises:
            Rejected: It is another customer's.
        """
        if mark not in subjects(member):
            raise self._refused(f"the organization {member.place} belongs to another customer ({mark})")

    def everywhere(self) -> list[Entry]:
        """All organizations that there are.

        An account that is no agent gets an empty list without a word: that one is believed only where the service
        desk, which answers agents alone, answers too.
        """
        self._organizations.all.look()
        if not self._organizations.all.known():
            self._organizations.served.look()
        return list(self._organizations.all.known())

    def subject(self, organization: int) -> str:
        """Return the customer's key in the organization's mark; empty: it bears none."""
        return (self._organizations.mark(organization) or "").partition("/")[0]

    def _read_mark(self, place: str) -> str:
        """The key in its mark, read now."""
        begun = time.monotonic()
        with self._guard:
            self._marks.pop(place, None)
        try:
            mark = self._organizations.mark(int(place)) if place.isdecimal() else None
            if mark is None:
                self._organizations.read(place)
        except Missing:
            account = self._connection.settings.account
            raise self._refused(f"the organization {place} is gone, or {account} may not see it") from None
        if mark is None:
            raise self._refused(f"the organization {place} is not marked as this customer's any more")
        with self._guard:
            self._marks[place] = (mark, begun)
        return mark

    def _refused(self, what: str) -> Rejected:
        return Rejected(
            f"{TITLE}: {what}; nobody is added to it or taken out",
            system=self._connection.name,
            field="place",
            who=ADMINISTRATOR,
            next="Look at which organization is the customer's, with: closedwon setup DEAL",
        )
