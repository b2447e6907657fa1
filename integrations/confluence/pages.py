"""The pages of the wiki: read by id, by title or by parent, made once a title, changed one version at a time."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import requests

from integrations.confluence.connection import TITLE, V2, Connection, said
from integrations.confluence.section import Outline, outline, subject
from integrations.confluence.storage import MalformedError
from integrations.core.company_name import folded
from integrations.core.errors import IntegrationError, Rejected
from integrations.core.money import thousands
from integrations.core.text import segment, shorten

LARGEST = 5_000_000
"""Bytes of a request that makes or changes a page: more is 413, "over 5 MB" (`confluence-v2.json`)."""
ENTRY = {"id": str, "title": str}
PAGE = {"id": str, "title": str, "version": {"number": int}}
PAGE_WITH_BODY = {**PAGE, "body": {"storage": {"value": str}}}
"""The form of a page that was asked for with its text: one without it would be written anew, as if it were empty."""
BODIES = 50
"""Pages with their text that are read at once."""
REMEMBERED = 200
"""Pages with their text that are kept for a change that may follow, so that it needs no read of its own."""


@dataclasses.dataclass(frozen=True)
class Page:
    """A page as it is now. `status` is Confluence's: `current`, `archived`, `trashed`."""

    id: str
    title: str
    status: str
    version: int
    body: str
    url: str

    @functools.cached_property
    def outline(self) -> Outline:
        """Our parts of the page's text."""
        return outline(self.body)

    @property
    def subjects(self) -> frozenset[str]:
        """The customers whose sections are on the page; empty where its text can't be read."""
        try:
            return frozenset(subject(section.key) for section in self.outline.sections)
        except MalformedError:
            return frozenset()


@dataclasses.dataclass(frozen=True)
class Entry:
    """A page as a listing of the space shows it. `parent` is the id of the page above it; empty: there is none."""

    id: str
    title: str
    parent: str


class Pages:
    """The calls about pages; shared by all stores of one wiki, which write on the same pages."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._guard = threading.Lock()
        self._remembered: dict[str, Page] = {}

    def hold(self, page_id: str) -> AbstractContextManager[None]:
        """Hold a page while it is written, on this machine: two of our sections at once would meet in a 409.

        Raises:
            Unavailable: Another process held it for too long.
        """
        return self._connection.wire.locks.hold(f"{self._connection.name} page {page_id}")

    def remember(self, page: Page) -> None:
        """Keep a page as it was read or written last, for `remembered`; the newest version stays."""
        with self._guard:
            known = self._remembered.pop(page.id, page)
            self._remembered[page.id] = page if page.version >= known.version else known
            while len(self._remembered) > REMEMBERED:
                del self._remembered[next(iter(self._remembered))]

    def remembered(self, page_id: str, version: str | None) -> Page | None:
        """The page as of this version or a later one (None: of any), at most once.

        A change that is based on it is refused by Confluence if it is old.
        """
        with self._guard:
            page = self._remembered.pop(page_id, None)
        return page if page is not None and (version is None or page.version >= int(version)) else None

    def knows(self, page_id: str) -> bool:
        """Return whether the page is remembered."""
        with self._guard:
            return page_id in self._remembered

    def by_ids(self, ids: Collection[str]) -> dict[str, Page]:
        """Return those of the pages that exist and that we may view."""
        wanted = sorted({page_id for page_id in ids if is_page_id(page_id)}, key=int)
        found = {}
        for begin in range(0, len(wanted), BODIES):
            # Separated by commas: one request for all of them (`confluence-v2.json`, parameter `id`).
            params = {"id": ",".join(wanted[begin : begin + BODIES]), "body-format": "storage"}
            for page in self._listed(params, "read customers' pages"):
                found[page.id] = page
        return found

    def titled(self, title: str, *, with_trash: bool = False) -> list[Page]:
        """The pages of this title in the space, which are one at most beside those in the trash."""
        params: dict[str, Any] = {"space-id": self._connection.space().id, "title": title, "body-format": "storage"}
        # Without it Confluence gives current and archived pages.
        if with_trash:
            params["status"] = ["current", "archived", "trashed"]
        wanted = folded(title)  # what Confluence takes for one title is not only one of other letters
        return [page for page in self._listed(params, f"read the page {title}") if folded(page.title) == wanted]

    def of_space(self) -> Iterator[Page]:
        """Every page of the space that we may view, archived ones too, with its text."""
        params = {"space-id": self._connection.space().id, "body-format": "storage"}
        what = "read the pages of the space"
        pages = self._connection.listing("/pages", params, what=what, operation="page.list", shape=PAGE_WITH_BODY)
        return (self._page(content, what) for content in pages)

    def entries(self) -> Iterator[Entry]:
        """List every page of the space that we may view, archived ones too, without their texts."""
        params, what = {"space-id": self._connection.space().id}, "list the pages of the space"
        listed = self._connection.listing("/pages", params, what=what, operation="page.list", shape=ENTRY)
        return (Entry(page["id"], page["title"], str(page.get("parentId") or "")) for page in listed)

    def parent(self) -> str:
        """Return the id of the page below which customers' pages are made."""
        return self._connection.parent()

    def get(self, page_id: str) -> Page | None:
        """Return the page, or None: it does not exist, or we may not view it."""
        if not is_page_id(page_id):
            return None
        what = f"read the page {page_id}"
        response = self._connection.http.request(
            "GET",
            f"{V2}/pages/{segment(page_id)}",
            what=what,
            operation="page.get",
            params={"body-format": "storage"},
            expect=(404,),
        )
        return None if self._connection.http.is_absent(response, what) else self._read(response, what)

    def create(self, title: str, body: str) -> Page | None:
        """A new page below the parent; None where the title is taken, perhaps by an earlier try of ours."""
        what = f"create the page {title}"
        content = {
            "spaceId": self._connection.space().id,
            "status": "current",
            "title": title,
            "parentId": self._connection.parent(),
            "body": {"representation": "storage", "value": body},
        }
        self._check_size(content, what)
        response = self._connection.http.request(
            "POST",
            f"{V2}/pages",
            what=what,
            operation="page.create",
            json=content,
            repeat=True,
            expect=(400, 404, 409),
        )
        # 404 also means "no right" (`confluence-v2.json`).
        if response.status_code == 404:
            raise self._connection.denied(
                what, f"the right to add pages in the space {self._connection.settings.space}"
            )
        if response.status_code >= 400:
            if _is_taken(response) or self.titled(title):
                return None  # it may say so in the language of its site
            raise self._connection.error(Rejected, f"{TITLE}: could not {what}: {said(response)}")
        return self._written(response, what, body)

    def update(self, page: Page, body: str, message: str) -> Page | None:
        """The page with another text, all else as it was; None where its version is no longer the newest."""
        what = f"change the page {page.title}"
        content = {
            "id": page.id,
            "status": "current",
            "title": page.title,
            "body": {"representation": "storage", "value": body},
            # The next number: with any other Confluence answers 409, so nobody's edit is overwritten.
            "version": {"number": page.version + 1, "message": shorten(message, 200)},
        }
        self._check_size(content, what)
        response = self._connection.http.request(
            "PUT",
            f"{V2}/pages/{segment(page.id)}",
            what=what,
            operation="page.update",
            json=content,
            repeat=True,
            expect=(404, 409),
        )
        if response.status_code == 404:
            raise self._connection.denied(what, "the right to change it")
        return None if response.status_code == 409 else self._written(response, what, body)

    def _check_size(self, content: Mapping[str, Any], what: str) -> None:
        """Refuse, before it is sent, what Confluence would not take, with what people wrote on the page.

        Raises:
            Rejected: It is too large.
        """
        size = len(json.dumps(content))
        if size > LARGEST:
            raise self._connection.error(
                Rejected,
                f"{TITLE}: could not {what}: the page would be {thousands(size)} bytes long, and Confluence takes "
                f"{thousands(LARGEST)}",
                field="body",
                who="who writes the template, or on the page",
                next="Shorten the step's body, or the page.",
            )

    def _listed(self, params: Mapping[str, Any], what: str) -> list[Page]:
        found = self._connection.listing("/pages", params, what=what, operation="page.list", shape=PAGE_WITH_BODY)
        return [self._page(content) for content in found]

    def _read(self, response: requests.Response, what: str) -> Page:
        content = self._connection.http.decoded(response, what, PAGE_WITH_BODY)
        return self._page({**content, "base": (content.get("_links") or {}).get("base")})

    def _written(self, response: requests.Response, what: str, body: str) -> Page:
        """The page after a writing request, with the text as Confluence keeps it, which need not be what was sent.

        Where the answer lacks it, the page is read: taken for what was sent, it would be somebody's edit in the next
        plan, and be written anew by every run. Where that fails, the request has succeeded all the same.
        """
        content = self._connection.http.decoded(response, what, PAGE, effect="write")
        base = (content.get("_links") or {}).get("base")
        page = self._page({**content, "base": base}, body)
        if (content.get("body") or {}).get("storage"):
            return page
        stored = None
        with contextlib.suppress(IntegrationError):
            stored = self.get(page.id)
        return stored if stored is not None and stored.version == page.version else page

    def _page(self, content: Mapping[str, Any], body: str = "") -> Page:
        storage = (content.get("body") or {}).get("storage") or {"value": body}
        base = content["base"] or f"{self._connection.settings.site}/wiki"
        return Page(
            id=content["id"],
            title=content["title"],
            status=str(content.get("status") or "current"),
            version=content["version"]["number"],
            body=storage["value"],
            url=base + str((content.get("_links") or {}).get("webui") or ""),
        )


def is_page_id(text: str) -> bool:
    """Return whether the text could be a page's id: a number."""
    return text.isascii() and text.isdigit() and len(text) < 19


def _is_taken(response: requests.Response) -> bool:
    """Confluence says that a title is taken in words only, with 400 (Data Center: with 409)."""
    return response.status_code == 409 or "already exists" in said(response).lower()
