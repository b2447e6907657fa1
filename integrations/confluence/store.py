"""The store of sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from integrations.confluence.connection import ADMINISTRATOR, TITLE, Connection
from integrations.confluence.pages import Page, Pages
from integrations.confluence.search import Index, Row, Search, ambiguous, live, unreadable
from integrations.confluence.section import (
    CONTACTS,
    Managed,
    Section,
    inserted,
    macro,
    marked,
    outline,
    replaced,
    subject,
)
from integrations.confluence.storage import MalformedError, rendered
from integrations.core.change import Change
from integrations.core.errors import Conflict, IntegrationError, Rejected
from integrations.core.resource import Live, Lookup
from integrations.core.rows import attempt
from integrations.core.system import NUMBER, Answer, IdForm

TRIES = 6
"""How often a page that others are writing on is read again, before we give up."""
TITLE_TRIES = 2
"""How often a title is tried that is refused as taken although we see no page of it."""


class Writing:
    """Creation of pages, and of sections on pages that exist, or their replacement."""

    def __init__(self, connection: Connection, pages: Pages, index: Index) -> None:
        self._connection, self._pages, self._index = connection, pages, index

    def put(self, change: Change[Section]) -> Row:
        """Write one section."""
        if change.action == "archive":
            return self._unarchivable(change)
        if change.found is None and change.wanted().makes_page:
            return self._make(change)
        page_id = change.found.id if change.found is not None else str(change.wanted().page)
        with self._pages.hold(page_id):
            return self._put(change, page_id)

    def _put(self, change: Change[Section], page_id: str) -> Row:
        """Write on a page that exists; the page is held."""
        page = self._pages.remembered(page_id, change.found.version if change.found is not None else None)
        for _ in range(TRIES):
            page = page or self._pages.get(page_id)
            if page is None or page.status != "current":
                return self._gone(change, page_id, page)
            row = self._written(change, page)
            if row is not None:
                return row
            page = None
        return self._conflict(f"the page {page_id} is being changed by others again and again")

    def _make(self, change: Change[Section]) -> Row:
        """Create a page of the title that the plan shows, or return the one that has it.

        Where a refusal finds no page, it is tried once more: the page that had the title may have been
        renamed or purged.
        """
        wanted = change.wanted()
        text = macro(change.key, wanted.written, rendered(wanted.heading, wanted.body))
        there: list[Page] = []
        for _ in range(TITLE_TRIES):
            made = self._pages.create(wanted.page_title, text)
            if made is not None:
                return self._live(made, change)
            there = self._pages.titled(wanted.page_title, with_trash=True)
            if there:
                break
        return self._taken(change, wanted.page_title, there)

    def _taken(self, change: Change[Section], title: str, there: Sequence[Page]) -> Row:
        """Return the page that has the title, if it is this customer's, or why it can't be used."""
        visible = [page for page in there if page.status != "trashed"]
        for page in visible:
            section = self._section(page, change)
            if section is not None:
                return live(page, section, change.wanted())
        if any(page.subjects for page in visible) or (visible and change.new):
            return self._conflict(f"meanwhile another page has the title {title}")
        if visible:
            return ambiguous(self._connection, visible)
        where = "is in the trash" if there else "exists, and we may not view it"
        return self._connection.error(
            Rejected,
            f"{TITLE}: could not make the page {title}: one of this title {where}",
            field="page_title",
            who=ADMINISTRATOR,
            next=f"Ask {ADMINISTRATOR} to restore, rename or purge it.",
        )

    def _written(self, change: Change[Section], page: Page) -> Row:
        """The page with the section as it is wanted; None where it was changed while we wrote."""
        wanted = change.wanted()
        try:
            there = page.outline
        except MalformedError:
            return unreadable(self._connection, page)
        section = there.section(_keys(change))
        if self._is_settled(change, section):
            return live(page, section, wanted)
        self._guard(change, page, section)
        inner = rendered(wanted.heading, wanted.body)
        if section is not None and section.key != change.key and "body" not in change.names:
            body = marked(page.body, section, change.key)
        elif section is not None:
            body = replaced(page.body, section, wanted.written, inner, change.key)
        else:
            place = there.top if wanted.makes_page else there.bottom
            body = inserted(page.body, place, macro(change.key, wanted.written, inner))
        if section is not None and section.key != change.key:
            body = _with_contacts(body, section.key, change.key)
        updated = self._pages.update(page, body, f"closedwon: {change.key}")
        return None if updated is None else self._live(updated, change)

    @staticmethod
    def _is_settled(change: Change[Section], section: Managed | None) -> bool:
        """Return whether nothing is to be written.

        The section is there as wanted, or was made by another run, or nothing changes.
        """
        if section is None or (change.action == "adopt" and section.key != change.key):
            return False
        if section.digest == change.wanted().written or change.found is None:
            return True
        return change.action == "update" and "body" not in change.names

    def _guard(self, change: Change[Section], page: Page, section: Managed | None) -> None:
        """Make sure that nothing is overwritten that was not there when the plan was made.

        Raises:
            Conflict: Somebody has changed the section, removed it, or taken the page for another customer.
        """
        digest = section.digest if section is not None else ""
        if change.found is not None and digest != change.found.state.digest:
            raise self._conflict(f"our section on the page {page.title} was changed meanwhile")
        own = {subject(key) for key in _keys(change)}
        if section is None and page.subjects - own:
            raise self._conflict(f"the page {page.title} has become another customer's meanwhile")

    def _section(self, page: Page, change: Change[Section]) -> Managed | None:
        try:
            return page.outline.section(_keys(change))
        except MalformedError:
            return None

    def _live(self, page: Page, change: Change[Section]) -> Live[Section]:
        self._index.note(page)
        self._pages.remember(page)
        return live(page, page.outline.section(_keys(change)), change.wanted())

    def _conflict(self, what: str) -> Conflict:
        return self._connection.error(Conflict, f"{TITLE}: {what}", next="Look at the plan again.")

    def _gone(self, change: Change[Section], page_id: str, page: Page | None) -> Row:
        if page is not None:
            return self._connection.error(
                Rejected,
                f"{TITLE}: the page {page.title} is {page.status}",
                next="Restore it, or choose another page.",
            )
        if change.found is not None:
            return self._conflict(f"the page {page_id} is gone, or may no longer be viewed")
        return self._connection.error(
            Rejected,
            f"{TITLE}: the page {page_id}, which the section goes into, does not exist or may not be viewed",
            field="page",
        )

    def _unarchivable(self, change: Change[Section]) -> Rejected:
        page = change.found.state.page_title if change.found is not None else change.key
        return self._connection.error(
            Rejected,
            f"{TITLE}: the page {page} is not archived by itself: people write on it too",
            who="the person who looks after the page",
            next="Archive it in Confluence when nobody needs it.",
        )


def _with_contacts(body: str, former: str, key: str) -> str:
    """The page's text with the table of contacts marked anew for the customer whose the page becomes."""
    section = outline(body).section((f"{subject(former)}/{CONTACTS}",))
    return marked(body, section, f"{subject(key)}/{CONTACTS}") if section is not None else body


def _keys(change: Change[Section]) -> tuple[str, ...]:
    return (change.key, *change.wanted().former)


class Sections:
    """Managed sections of customers' pages.

    The mark is a parameter of the macro that a section is, so it is written in the very request that makes the
    page or puts the section there: there are no orphans. A page's title is unique in its space and its versions
    are compared, so two at once make one. Sections of one customer share a page and never touch one another.
    """

    resource = Section
    writes: Literal["create", "send", "manual"] = "create"
    batch = 1
    id_form = IdForm(NUMBER.pattern, "the number in the page's address, such as 65600")

    def __init__(self, connection: Connection, pages: Pages) -> None:
        index = Index(pages)
        self._search = Search(connection, pages, index)
        self._writing = Writing(connection, pages, index)

    def find(self, lookups: Sequence[Lookup[Section]]) -> Answer:
        """Find by the ids of an earlier run in one request; else by title, then in a list of the space."""
        if not lookups:
            return {}
        hinted = self._search.hinted(lookups)
        answers: dict[str, Row] = {}
        for name in dict.fromkeys(subject(lookup.key) for lookup in lookups):
            own = [lookup for lookup in lookups if subject(lookup.key) == name]
            try:
                answers |= self._search.customer(own, hinted)
            except IntegrationError as error:
                answers |= {lookup.key: answers.get(lookup.key, error) for lookup in own}
        return answers

    def put(self, changes: Sequence[Change[Section]]) -> Answer:
        """Each section by itself; whatever else stands on its page stays byte for byte."""
        answers: dict[str, Row] = {}
        for change in changes:
            answers[change.key] = attempt(TITLE, self._writing.put, change)
        return answers
