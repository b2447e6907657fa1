"""The store of contacts: rows of a table on each customer's page."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from integrations.confluence.connection import TITLE, Connection
from integrations.confluence.contacts.draft import (
    Draft,
    changed,
    known_id,
    live,
    looked_up,
    number_of,
    row_of,
    without_addresses,
    written_id,
)
from integrations.confluence.contacts.table import Table, table_of
from integrations.confluence.pages import Page, Pages
from integrations.confluence.search import unreadable
from integrations.confluence.section import CONTACTS, KEY, subject
from integrations.confluence.storage import MalformedError
from integrations.confluence.store import TRIES
from integrations.core.change import Change
from integrations.core.errors import Conflict, IntegrationError, Rejected
from integrations.core.http import on_behalf_of
from integrations.core.member import Access, Listed, Membership, Present
from integrations.core.resource import Live, Lookup
from integrations.core.rows import attempt
from integrations.core.system import Answer, IdForm

Row = Live[Listed] | None | IntegrationError

REMEMBERED = 1000
"""Pages of which we keep who is listed there."""


class _Tables:
    """The contact tables of one page, each read once."""

    def __init__(self, page: Page | None) -> None:
        self.page = page
        self.read: dict[int, Table] = {}

    def of(self, keys: Sequence[str]) -> Table | None:
        """The table of the customer whose keys these are; None: there is none."""
        section = None if self.page is None else self.page.outline.section(_sections(keys))
        if section is None or self.page is None:
            return None
        if section.start not in self.read:
            table = table_of(self.page.body, section)
            if table is None:
                return None
            self.read[section.start] = table
        return self.read[section.start]


class Contacts:
    """A table of contacts in a managed section of its own on the customer's page.

    A person is told by the address in a row; the mark is an anchor beside it that bears a hash of the two. Both
    are written in the request that makes the row: there are no orphans. A page's versions are compared, so two at
    once make one. All rows of a page are written in one request; rows without our anchor are people's.
    """

    resource = Listed
    writes: Literal["create", "send", "manual"] = "create"
    batch = 200
    id_form = IdForm(
        re.compile(r"[1-9][0-9]{0,17}/([0-9a-f]{24}|[0-9a-f]{32}|[0-9]{1,9}\.[0-9]{1,9})"),
        "the row's id as the plan shows it, such as 65600/7.2",
    )
    container = "section"
    access: Access = "directory"

    def __init__(self, connection: Connection, pages: Pages) -> None:
        self._connection, self._pages = connection, pages
        self._present: dict[str, tuple[Present, ...]] = {}

    def find(self, lookups: Sequence[Lookup[Listed]]) -> Answer:
        """Each person's row: one request for fifty pages, however many people are asked for."""
        pages = self._pages.by_ids({lookup.resource.place for lookup in lookups})
        groups: dict[str, list[Lookup[Listed]]] = {}
        for lookup in lookups:
            groups.setdefault(lookup.resource.place, []).append(lookup)
        answers: dict[str, Row] = {}
        for place, group in groups.items():
            page = pages.get(place)
            tables = _Tables(page)
            for lookup in group:
                try:
                    answers[lookup.key] = self._found(lookup, self._checked(page, place, lookup.keys), tables)
                except IntegrationError as error:
                    answers[lookup.key] = error
            self._pages.remembered(place, None)  # what was read before is out of date, all the more where it is gone
            if page is not None:
                self._pages.remember(page)
            self._note(place, tables)
        return answers

    def put(self, changes: Sequence[Change[Listed]]) -> Answer:
        """All changes of one page at once; whatever else stands on it stays byte for byte."""
        groups: dict[str, list[Change[Listed]]] = {}
        for change in changes:
            groups.setdefault(change.wanted().place, []).append(change)
        for page in self._pages.by_ids([place for place in groups if not self._pages.knows(place)]).values():
            self._pages.remember(page)
        answers: dict[str, Row] = {}
        for place, group in groups.items():
            written = attempt(TITLE, self._held, place, group)
            if isinstance(written, IntegrationError):
                answers |= dict.fromkeys((change.key for change in group), written)
            else:
                answers |= written
        return answers

    def _held(self, place: str, changes: Sequence[Change[Listed]]) -> dict[str, Row]:
        with self._pages.hold(place):
            return self._put(place, changes, self._pages.remembered(place, None))

    def present(self, place: str) -> Sequence[Present]:
        """Return everybody in the page's table, with our mark or without.

        The result is empty where the page is not the customer's, or where two customers have their tables on
        it.

        Raises:
            Rejected: The page is gone, archived, or may not be viewed.
        """
        if place not in self._present:
            page = self._usable(self._pages.by_ids({place}).get(place), place)
            tables = _Tables(page)
            for section in page.outline.sections:
                if section.key.partition("/")[2] == CONTACTS:
                    tables.of((section.key,))
            self._note(place, tables)
        return self._present[place]

    def memberships(self, email: str = "") -> Sequence[Membership | IntegrationError]:
        """The rows of every contact table of ours in the space, whoever typed them: the whole space is read once."""
        found: list[Membership | IntegrationError] = []
        for page in self._pages.of_space():
            if KEY not in page.body:
                continue
            try:
                found += self._listed(page, email)
            except MalformedError:
                found.append(unreadable(self._connection, page))
        return found

    def _listed(self, page: Page, email: str) -> Iterator[Membership | IntegrationError]:
        for section in page.outline.sections:
            table = table_of(page.body, section) if section.key.partition("/")[2] == CONTACTS else None
            if table is None:
                continue
            if not table.has_addresses:
                yield without_addresses(page, self._connection.name)
            for address in table.by_email:
                if email in ("", address):
                    yield Membership(page.id, subject(section.key), address, page.title)

    def _found(self, lookup: Lookup[Listed], page: Page, tables: _Tables) -> Row:
        table = tables.of(lookup.keys)
        if table is not None and not table.has_addresses:
            return without_addresses(page, self._connection.name)
        who = looked_up(lookup)
        entry = row_of(table, page, who, self._connection.name) if table is not None else None
        chosen = str(lookup.id) if lookup.chosen else ""
        if entry is not None:
            return live(entry, page, lookup.resource, who, known_id(lookup, page))
        if chosen and lookup.resource.active and chosen not in {f"{page.id}/{mark}" for mark in who.marks}:
            return self._rejected(
                f"the row {chosen}, which was chosen, is not free for this contact, or no longer where it was",
                "Choose again: the id of a row without our mark holds for one version of the page.",
            )
        return None

    def _put(self, place: str, changes: Sequence[Change[Listed]], page: Page | None) -> dict[str, Row]:
        for _ in range(TRIES):
            page = page or self._pages.get(place)
            drafted, refused = self._drafted(place, changes, page)
            remainder = [change for change in changes if change.key not in refused]
            if page is None or drafted is None or not remainder:
                return {**refused}
            try:
                with on_behalf_of(change.key for change in remainder):
                    written = (
                        page
                        if drafted.body == page.body
                        else self._pages.update(page, drafted.body, _message(remainder))
                    )
            except IntegrationError as error:
                return {**refused, **dict.fromkeys((change.key for change in remainder), error)}
            if written is not None:
                return {**refused, **self._outcomes(place, remainder, written)}
            page = None
        busy = self._conflict(f"the page {place} is being changed by others again and again")
        return dict.fromkeys((change.key for change in changes), busy)

    def _drafted(
        self, place: str, changes: Sequence[Change[Listed]], page: Page | None
    ) -> tuple[Page | None, dict[str, IntegrationError]]:
        """The page as it is to be, and the changes that can't be made upon it."""
        refused: dict[str, IntegrationError] = {}
        customers: dict[str, list[Change[Listed]]] = {}
        for change in changes:
            checked = attempt(TITLE, self._checked, page, place, _keys(change))
            if isinstance(checked, IntegrationError):
                refused[change.key] = checked
            else:
                customers.setdefault(subject(change.key), []).append(change)
        for name, group in customers.items():
            if page is not None:
                section = page.outline.section(_sections(_keys(group[0])))
                draft = Draft(page, section, f"{name}/{CONTACTS}", self._connection.name)
                errors = {change.key: attempt(TITLE, draft.make, change) for change in group}
                refused |= {key: error for key, error in errors.items() if error is not None}
                page = dataclasses.replace(page, body=draft.body())
        return page, refused

    def _outcomes(self, place: str, changes: Sequence[Change[Listed]], page: Page) -> dict[str, Row]:
        """Return the page's current row for each person."""
        tables, answers = _Tables(page), dict[str, Row]()
        for change in changes:
            wanted, found = change.wanted(), change.found
            table = tables.of(_keys(change))
            if change.action == "archive":
                state = (found.state if found is not None else wanted).model_copy(update={"active": False})
                answers[change.key] = Live(found.id if found is not None else "", state, page.url, str(page.version))
                continue
            who = dataclasses.replace(changed(change), by_email=False)
            entry = row_of(table, page, who, self._connection.name) if table is not None else None
            changed_again = self._conflict(f"a contact's row on the page {page.title} was changed meanwhile")
            row_id = written_id(change, page)
            answers[change.key] = live(entry, page, wanted, who, row_id) if entry is not None else changed_again
        self._pages.remember(page)
        self._note(place, tables)
        return answers

    def _checked(self, page: Page | None, place: str, keys: Sequence[str]) -> Page:
        """The page, where it is this customer's.

        Raises:
            Rejected: It is gone, archived, can't be read, or is not marked as this customer's.
        """
        there = self._usable(page, place)
        if not there.subjects & {subject(key) for key in keys}:
            whose = ", ".join(sorted(there.subjects)) or "nobody's"
            raise self._rejected(
                f"the page {there.title} bears no mark of this customer: it is {whose}",
                "Set the customer up anew, or choose its page: closedwon link.",
            )
        return there

    def _usable(self, page: Page | None, place: str) -> Page:
        if page is None:
            raise self._rejected(
                f"the page {place}, which the contacts go into, does not exist or may not be viewed",
                "Restore it, or set the customer up anew.",
            )
        if page.status != "current":
            raise self._rejected(f"the page {page.title} is {page.status}", "Restore it, or choose another page.")
        try:
            page.outline  # noqa: B018  (reading it tells whether it can be read)
        except MalformedError:
            raise unreadable(self._connection, page) from None
        return page

    def _note(self, place: str, tables: _Tables) -> None:
        if len(self._present) >= REMEMBERED:
            self._present.clear()
        page, read = tables.page, list(tables.read.values())
        entries = [(read[0], entry) for entry in read[0].entries] if len(read) == 1 else []
        self._present[place] = tuple(
            Present(number_of(table, page, entry), entry.email, entry.text("name"))
            for table, entry in entries
            if page is not None and (entry.email or entry.text("name"))
        )

    def _rejected(self, what: str, following: str) -> Rejected:
        return self._connection.error(Rejected, f"{TITLE}: {what}", field="place", next=following)

    def _conflict(self, what: str) -> Conflict:
        return self._connection.error(Conflict, f"{TITLE}: {what}", next="Look at the plan again.")


def _keys(change: Change[Listed]) -> tuple[str, ...]:
    return (change.key, *change.wanted().former)


def _sections(keys: Sequence[str]) -> tuple[str, ...]:
    """The keys that a customer's section of contacts may bear."""
    return tuple(dict.fromkeys(f"{subject(key)}/{CONTACTS}" for key in keys))


def _message(changes: Sequence[Change[Listed]]) -> str:
    return f"closedwon: {subject(changes[0].key)}/{CONTACTS}"
