"""The customers' people as core sees them: found in their organizations, put there, taken out."""

from __future__ import annotations

import dataclasses
import functools
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from integrations.core.address import folded_address
from integrations.core.change import Change
from integrations.core.errors import IntegrationError, Rejected
from integrations.core.http import on_behalf_of
from integrations.core.member import Access, Member, Membership, Present
from integrations.core.resource import Live, Lookup
from integrations.core.system import Answer, IdForm
from integrations.jira.connection import ADMINISTRATOR, TITLE, Connection, Missing, answered
from integrations.jira.member.api import MOST, Account, Accounts, Calls
from integrations.jira.organization.api import Calls as Organizations
from integrations.jira.organization.api import Entry
from integrations.jira.people import People

BELIEVED = 60.0
"""Seconds for which a mark that was read is not read again."""
REMEMBERED = 1000
"""Organizations whose people are remembered: as many as one planning may ask for."""


@dataclasses.dataclass(frozen=True)
class Container:
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
        for account in sorted(self.people.values(), key=lambda account: (not account.active, account.id)):
            if account.address:
                found.setdefault(account.address, account)
        return found


def subjects(member: Member) -> frozenset[str]:
    """The keys of the customer whose person it is (`customer:101`, `deal:42`): what the place's mark may say."""
    return frozenset(key.partition("/")[0] for key in (member.key, *member.former))


class Containers:
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
        listing = Listing(mark, {person.id: person for person in people}, is_paged)
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
        return self._connection.error(
            Rejected,
            f"{TITLE}: {what}; nobody is added to it or taken out",
            field="place",
            who=ADMINISTRATOR,
            next="Look at which organization is the customer's, with: closedwon setup DEAL",
        )


PORTAL_ONLY = "qm:"
"""How the id of an account begins that sees nothing but portals."""

Answers = dict[str, Live[Member] | IntegrationError]


@dataclasses.dataclass(frozen=True)
class Row:
    """A change, its account, and other accounts that are to leave with it."""

    change: Change[Member]
    account: Account
    others: tuple[str, ...] = ()

    @property
    def accounts(self) -> tuple[str, ...]:
        """The ids of all of them."""
        return (self.account.id, *self.others)

    @property
    def place(self) -> str:
        """The organization."""
        return self.change.wanted().place

    @property
    def leaving(self) -> bool:
        """Return whether the account is to be taken out."""
        return self.change.action == "archive"


@dataclasses.dataclass(frozen=True)
class Group:
    """Accounts that one request adds to an organization, or takes out of it."""

    place: str
    leaving: bool
    rows: tuple[Row, ...]

    @property
    def key(self) -> str:
        """The key that tells it from the other groups of the same write."""
        return self.rows[0].change.key


class Members:
    """Members of organizations of Service Management.

    A membership bears no mark: the organization does, and nobody is added to one that is not marked as the
    customer's, nor taken out. Who a person is, is told by the exact e-mail address where Jira shows it, else by the
    account id that the ledger or a person gave. A new account is made by its address, of which there is one at most,
    and then added: an orphan is an account in no organization, which the next run finds by that address. Archiving
    takes the person out of this one organization; accounts are never deleted, deactivated or renamed.
    """

    resource: type[Member] = Member
    writes: Literal["create", "send", "manual"] = "create"
    batch: int = MOST
    id_form: IdForm = IdForm(
        re.compile(r"[A-Za-z0-9][A-Za-z0-9:_-]{0,127}"), "an account's id, such as 5b10ac8d82e05b22cc7d4ef5"
    )
    container: str = "organization"
    access: Access = "service desk"

    def __init__(self, connection: Connection, people: People) -> None:
        self._connection, self._people = connection, people
        self._width = connection.settings.concurrency
        self._calls = Calls(connection)
        self._places = Containers(connection, self._calls)
        self._accounts = Accounts(connection, self._calls)

    def find(self, lookups: Sequence[Lookup[Member]]) -> Answer:
        """See `Store.find`. Each organization is read once: its mark, then its people, a page at a time.

        Somebody who is to go, and whom the ledger knows by id, is given as a member even where a list of several pages
        does not show them: to take out who is not in it is safe to repeat, and who was left out would stay for ever.
        """
        places = _places(lookup.resource for lookup in lookups)
        seen = answered(places, lambda place: self._places.look(place.key), self._width)
        if any(isinstance(listing, Listing) and listing.people for listing in seen.values()):
            self._calls.page("")  # refused, it would be asked for again for each of them

        def found(lookup: Lookup[Member]) -> Live[Member] | IntegrationError | None:
            listing = seen[lookup.resource.place]
            return listing if isinstance(listing, IntegrationError) else self._found(lookup, listing)

        return answered(lookups, found, 1)

    def put(self, changes: Sequence[Change[Member]]) -> Answer:
        """See `Store.put`. One request a new account, and one an organization for all that it gains, or loses."""
        self._calls.page("")  # what it needs is asked for before anything is written
        places = _places(change.wanted() for change in changes)
        marks = answered(places, lambda place: self._places.mark(place.key), self._width)

        def row(change: Change[Member]) -> Row:
            mark = marks[change.wanted().place]
            if isinstance(mark, IntegrationError):
                raise mark
            self._places.prove(change.wanted(), mark)
            with on_behalf_of([change.key]):
                account = self._accounts.of(change.wanted()) if change.found is None else Account(change.found.id)
            return Row(change, account, self._namesakes(change))

        rows = answered(changes, row, self._width)
        answers: Answers = {key: answer for key, answer in rows.items() if isinstance(answer, IntegrationError)}
        to_write = [row for row in rows.values() if isinstance(row, Row)]
        coming = {(row.place, row.account.id) for row in to_write if not row.leaving}
        # One account under two addresses, of which one ends: it stays.
        staying = [row for row in to_write if row.leaving and (row.place, row.account.id) in coming]
        answers |= {row.change.key: self._written(row) for row in staying}
        groups = _groups(row for row in to_write if row.change.key not in answers)
        for written in answered(groups, self._write, self._width).values():
            if not isinstance(written, IntegrationError):
                answers.update(written)
        return answers

    def present(self, place: str) -> Sequence[Present]:
        """See `MemberStore.present`. Our own are the account that we work with, and others of its mail domain.

        Only those that see more than portals: Service Management does not tell whose an account is.
        """
        people = self._places.known(place).people.values()
        return [Present(person.id, person.address, person.name, self._is_own(person)) for person in people]

    def memberships(self, email: str = "") -> Sequence[Membership | IntegrationError]:
        """See `MemberStore.memberships`. By the accounts that show the address, or all marked organizations are read.

        The latter also where no account shows it: the search lags, leaves out deactivated accounts, and gives an
        account without the right nobody, without a word.
        """
        accounts = self._calls.search(email) if email else []
        entries = {
            str(organization.id): organization
            for account in accounts
            for organization in self._calls.organizations(account.id)
        }
        if not accounts:
            entries = {str(place.id): place for place in self._places.everywhere()}

        def within(place: Container) -> list[Membership]:
            entry = entries[place.key]
            subject = self._places.subject(entry.id)
            if not subject:
                return []
            shown = [email] if accounts else self._places.look(place.key).by_address
            return [Membership(place.key, subject, address, entry.name) for address in shown if email in ("", address)]

        found: list[Membership | IntegrationError] = []
        for answer in answered([Container(key) for key in entries], within, self._width).values():
            found += [answer] if isinstance(answer, IntegrationError) else answer
        return found

    def _found(self, lookup: Lookup[Member], listing: Listing) -> Live[Member] | None:
        wanted = lookup.resource
        self._places.prove(wanted, listing.mark)
        chosen = bool(wanted.account) or lookup.chosen
        account = listing.people.get(wanted.account or lookup.id or "")
        if account is None and not (chosen and wanted.active):
            account = listing.by_address.get(folded_address(wanted.email))
        if account is None and listing.is_paged and lookup.id and not lookup.chosen and not wanted.active:
            account = Account(lookup.id, f"account {lookup.id}")
        if account is not None:
            return self._live(wanted, account)
        if lookup.chosen and lookup.id and wanted.active and not wanted.account and not self._calls.exists(lookup.id):
            raise self._connection.error(
                Rejected,
                f"{TITLE}: the chosen account {lookup.id} does not exist, or we may not see it",
                who="the person who chose it",
                next="Choose another with: closedwon contacts link",
            )
        return None

    def _live(self, wanted: Member, account: Account) -> Live[Member]:
        state = Member(
            key=wanted.key,
            place=wanted.place,
            email=account.email,
            name=account.name,
            status="" if account.active else "deactivated",
        )
        return Live(account.id, state, self._calls.page(wanted.place))

    def _write(self, group: Group) -> Answers:
        """Send a group; if refused, send it in halves, so that one bad account fails alone."""
        accounts = list(dict.fromkeys(account for row in group.rows for account in row.accounts))
        try:
            with on_behalf_of(row.change.key for row in group.rows):
                (self._calls.remove if group.leaving else self._calls.add)(group.place, accounts)
        except Rejected as error:
            if len(group.rows) == 1:
                row = group.rows[0]
                is_out = group.leaving and self._is_gone(row)
                return {group.key: self._written(row) if is_out else self._refused(row, error)}
            half = len(group.rows) // 2
            return {
                **self._write(dataclasses.replace(group, rows=group.rows[:half])),
                **self._write(dataclasses.replace(group, rows=group.rows[half:])),
            }
        except IntegrationError as error:
            return {row.change.key: error for row in group.rows}
        return {row.change.key: self._written(row) for row in group.rows}

    def _namesakes(self, change: Change[Member]) -> tuple[str, ...]:
        """The other accounts of the place that have the address of somebody who is to leave it."""
        wanted, found = change.wanted(), change.found
        if change.action != "archive" or not wanted.email or found is None:
            return ()
        people = self._places.known(wanted.place).people.values()
        return tuple(
            person.id for person in people if person.address == folded_address(wanted.email) and person.id != found.id
        )

    def _written(self, row: Row) -> Live[Member]:
        found = row.change.found
        if found is None:
            return self._live(row.change.wanted(), row.account)
        return dataclasses.replace(found, state=found.state.model_copy(update={"active": False}))

    def _is_gone(self, row: Row) -> bool:
        """Return whether an account that can't be taken out no longer exists.

        Jira refuses unknown accounts with 400.
        """
        try:
            is_listed = row.account.id in self._places.known(row.place).people
            return not is_listed and not self._calls.exists(row.account.id)
        except IntegrationError:
            return False

    def _refused(self, row: Row, error: Rejected) -> Rejected:
        """Return the error for an account that alone was refused.

        The address that it was found by is looked up again next time.
        """
        wanted = row.change.wanted()
        self._accounts.forget(wanted)
        return self._connection.error(
            Rejected,
            error.message,
            field="account" if wanted.account else "email",
            who=ADMINISTRATOR,
            next="Look at the account in Jira, or name another with: closedwon contacts link",
        )

    def _is_own(self, account: Account) -> bool:
        if account.id == self._people.own_account_id():
            return True
        sees_portals_alone = account.id.startswith(PORTAL_ONLY) or account.type == "customer"
        domain = folded_address(self._connection.settings.account).rpartition("@")[2]
        return not sees_portals_alone and account.address.rpartition("@")[2] == domain


def _places(members: Iterable[Member]) -> list[Container]:
    """Their organizations, each once."""
    return [Container(place) for place in dict.fromkeys(member.place for member in members)]


def _groups(rows: Iterable[Row]) -> list[Group]:
    """Group the rows that go in one request, at most `MOST` at once."""
    by_place: dict[tuple[str, bool], list[Row]] = {}
    for row in rows:
        by_place.setdefault((row.place, row.leaving), []).append(row)
    return [
        Group(place, leaving, tuple(found[start : start + MOST]))
        for (place, leaving), found in by_place.items()
        for start in range(0, len(found), MOST)
    ]
