"""Search for a customer's sections."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence

from integrations.confluence.connection import TITLE, Connection
from integrations.confluence.pages import Page, Pages, is_page_id
from integrations.confluence.section import Managed, Section, document, subject
from integrations.confluence.storage import MalformedError
from integrations.core.company_name import company_name, folded, reads_the_same
from integrations.core.errors import Ambiguous, Candidate, IntegrationError, Rejected
from integrations.core.resource import Holder, Live, Lookup, Taken, own_keys

LIFETIME = 60.0
"""Seconds: a run over many deals reads the pages once, and a page renamed since is still under its old title then."""


class Index:
    """Remembers for a short time where each customer's sections are, and what the pages are called.

    Only what it knows counts, never what it does not: whether a title is free is asked anew each time.
    """

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._guard = threading.Lock()
        self._read_at: float | None = None
        self._found: dict[str, set[str]] = {}
        self._titles: dict[str, set[str]] = {}

    def of(self, subjects: Collection[str]) -> frozenset[str]:
        """The ids of the pages with sections of these customers."""
        with self._guard:
            self._refresh()
            return frozenset(page_id for name in subjects for page_id in self._found.get(name, ()))

    def titled_like(self, title: str) -> frozenset[str]:
        """Return the ids of the pages whose title reads as this company's name."""
        with self._guard:
            self._refresh()
            readings = company_name(title).readings
            return frozenset(page_id for reading in readings for page_id in self._titles.get(reading, ()))

    def note(self, page: Page) -> None:
        """Record a page that we have just written."""
        with self._guard:
            self._add(page)

    def _refresh(self) -> None:
        if self._read_at is None or time.monotonic() - self._read_at > LIFETIME:
            self._read()

    def _read(self) -> None:
        begun, parent = time.monotonic(), self._pages.parent()
        self._found, self._titles = {}, {}
        entries = list(self._pages.entries())
        for entry in entries:
            self._add_title(entry.id, entry.title)
        for page in self._pages.by_ids([entry.id for entry in entries if entry.parent == parent]).values():
            self._add(page)
        self._read_at = begun

    def _add(self, page: Page) -> None:
        for name in page.subjects:
            self._found.setdefault(name, set()).add(page.id)
        self._add_title(page.id, page.title)

    def _add_title(self, page_id: str, title: str) -> None:
        for reading in company_name(title).readings:
            self._titles.setdefault(reading, set()).add(page_id)


Row = Live[Section] | Taken[Section] | None | IntegrationError


class Search:
    """Looks for sections: where they were last, by title, and on the pages below the parent."""

    def __init__(self, connection: Connection, pages: Pages, index: Index) -> None:
        self._connection, self._pages, self._index = connection, pages, index

    def hinted(self, lookups: Sequence[Lookup[Section]]) -> Mapping[str, Page]:
        """The pages that the look-ups name, by id, in one request for all customers."""
        named = {str(lookup.id) for lookup in lookups if lookup.id}
        named |= {lookup.resource.page for lookup in lookups if lookup.resource.page}
        ids = {page_id for page_id in named if is_page_id(page_id)}
        return self._pages.by_ids(ids) if ids else {}

    def customer(self, lookups: Sequence[Lookup[Section]], hinted: Mapping[str, Page]) -> dict[str, Row]:
        """The answers for one customer's sections.

        A section that goes into a page somebody else makes is looked for on all of the customer's pages, and
        absent where it is on none; putting it there looks once more. One of a gone customer's, where the ledger last
        saw it, is the answer only once its heir's own was looked for everywhere.
        """
        answers: dict[str, Row] = {}
        for lookup in lookups:
            if lookup.chosen:
                answers[lookup.key] = self._chosen(lookup, hinted.get(str(lookup.id)))
        remainder = [lookup for lookup in lookups if lookup.key not in answers]
        named = {str(lookup.id) for lookup in lookups} | {str(lookup.resource.page) for lookup in lookups}
        pages = {page_id: page for page_id, page in hinted.items() if page_id in named}
        answers |= self._on(pages.values(), remainder, own=True)
        missing = [lookup for lookup in remainder if lookup.key not in answers]
        is_chosen = any(isinstance(answer, Live) and not answer.ours for answer in answers.values())
        if not missing or self._has_their_page(pages.values(), missing, is_chosen=is_chosen):
            return answers | dict.fromkeys((lookup.key for lookup in missing), None) | self._on(pages.values(), missing)
        return answers | self._unhinted(missing, pages)

    def _unhinted(self, lookups: Sequence[Lookup[Section]], pages: dict[str, Page]) -> dict[str, Row]:
        for title in dict.fromkeys(lookup.resource.page_title for lookup in lookups):
            if title:
                pages |= {page.id: page for page in self._pages.titled(title)}
        answers = self._on(pages.values(), lookups, own=True)
        remainder = [lookup for lookup in lookups if lookup.key not in answers]
        if remainder and not self._has_their_page(pages.values(), remainder):
            ids = self._index.of({subject(key) for lookup in remainder for key in lookup.keys})
            titles = {
                lookup.resource.page_title for lookup in remainder if lookup.resource.makes_page and not lookup.new
            }
            ids = ids.union(*(self._index.titled_like(title) for title in titles)) - set(pages)
            pages |= self._pages.by_ids(ids) if ids else {}
        answers |= self._on(pages.values(), remainder)
        return answers | {lookup.key: self._absent(lookup, pages) for lookup in remainder if lookup.key not in answers}

    def _on(self, pages: Iterable[Page], lookups: Sequence[Lookup[Section]], *, own: bool = False) -> dict[str, Row]:
        """Return the sections that are on these pages; on several (a person copied one): on the oldest page.

        The customer's very own section comes first (`precedence`), and no other counts where its `own` is requested;
        a gone customer's counts only where its heir has none.
        """
        found: dict[str, Row] = {}
        ordered = sorted(pages, key=lambda page: (page.status != "current", int(page.id)))
        wanted: list[tuple[Lookup[Section], tuple[str, ...]]] = [(lookup, (lookup.key,)) for lookup in lookups]
        if not own:
            wanted += [(lookup, own_keys(lookup.keys)) for lookup in lookups]
            wanted += [(lookup, lookup.keys) for lookup in lookups]
        for lookup, keys in wanted:
            for page in ordered if lookup.key not in found else ():
                section = _outlined(page, keys)
                if section is not None and lookup.key not in found:
                    found[lookup.key] = live(page, section, lookup.resource)
                    self._pages.remember(page)
        return found

    @staticmethod
    def _has_their_page(pages: Iterable[Page], lookups: Sequence[Lookup[Section]], *, is_chosen: bool = False) -> bool:
        """Return whether all missing sections go into a page, and the customer's page is known.

        It is known where it is among these pages or has just been chosen.
        """
        subjects = {subject(key) for lookup in lookups for key in own_keys(lookup.keys)}
        into_pages = all(not lookup.resource.makes_page for lookup in lookups)
        return into_pages and (is_chosen or any(page.subjects & subjects for page in pages))

    def _absent(self, lookup: Lookup[Section], pages: Mapping[str, Page]) -> Row:
        """No page bears this section: is there one that it belongs to, or that stands in its way?"""
        if not lookup.resource.makes_page:
            return None
        own = {subject(key) for key in lookup.keys}
        for page in pages.values():
            if page.subjects & own:
                return live(page, None, lookup.resource)
        title = lookup.resource.page_title
        like = [page for page in pages.values() if not page.subjects and reads_the_same(page.title, title)]
        if like and not lookup.new:
            return ambiguous(self._connection, like)
        holders = tuple(holder(page, title) for page in pages.values() if folded(page.title) == folded(title))
        return Taken(holders) if holders and not lookup.look else None

    def _chosen(self, lookup: Lookup[Section], page: Page | None) -> Row:
        if page is None:
            return self._connection.error(
                Rejected,
                f"{TITLE}: the page {lookup.id}, which was chosen, does not exist or may not be viewed",
                next="Choose again: the id is the number in the page's address.",
            )
        try:
            section = page.outline.section(lookup.keys)
        except MalformedError:
            return unreadable(self._connection, page)
        others = sorted(page.subjects - {subject(key) for key in lookup.keys})
        if section is None and others:
            return self._connection.error(
                Rejected,
                f"{TITLE}: the page {page.title}, which was chosen, belongs to another customer ({', '.join(others)})",
                next="Choose again.",
            )
        self._pages.remember(page)
        return live(page, section, lookup.resource)


def live(page: Page, section: Managed | None, wanted: Section) -> Live[Section]:
    """A page with, or without, the wanted section on it."""
    state = Section(
        key=wanted.key,
        active=page.status == "current",
        page_title=page.title,
        page=None if wanted.makes_page else page.id,
        heading=None if wanted.makes_page else wanted.heading,
        body=document(section.reading.lines if section else ()),
        page_id=page.id,
        digest=section.digest if section else "",
    )
    is_former = section is not None and section.key != wanted.key
    version = str(page.version)
    return Live(page.id, state, page.url, version, ours=section is not None, is_former=is_former)


def holder(page: Page, title: str) -> Holder:
    """Return the page that has the title, with the mark of the first customer on it."""
    return Holder("page_title", title, page.id, page.title, page.url, min(page.subjects, default=""))


def ambiguous(connection: Connection, pages: Sequence[Page]) -> Ambiguous:
    """Return the error that pages with a similar title exist, whose owner nobody has named."""
    candidates = tuple(
        Candidate(page.id, page.title, page.url, "archived" if page.status == "archived" else "") for page in pages
    )
    return connection.error(
        Ambiguous,
        f"{TITLE}: there is a page {pages[0].title} already; nobody has said whose it is",
        candidates=candidates,
    )


def unreadable(connection: Connection, page: Page) -> Rejected:
    """A page's text that no parser reads can't be changed without harm."""
    return connection.error(
        Rejected,
        f"{TITLE}: the text of the page {page.title} can't be read",
        next="Open it in the editor and publish it anew.",
    )


def _outlined(page: Page, keys: tuple[str, ...]) -> Managed | None:
    """The section on the page; a page that can't be read has none that we could keep up to date."""
    try:
        return page.outline.section(keys)
    except MalformedError:
        return None
