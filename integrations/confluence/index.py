"""An index of the pages below the parent: the customers' sections on each, and the titles that read alike."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

from integrations.confluence.pages import Page, Pages
from integrations.core.company_name import company_name

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
