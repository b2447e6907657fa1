"""The connection to Confluence: basic authentication, listings in parts, one space, one parent page."""

from __future__ import annotations

import base64
import dataclasses
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import requests

from integrations.confluence.settings import Settings
from integrations.core.errors import AuthError, ErrorMaker, IntegrationError, Rejected
from integrations.core.http import Http, HttpContext, Shape, vendor_text
from integrations.core.system import NUMBER

TITLE = "Confluence"
ADMINISTRATOR = "a Confluence administrator"
V2 = "/wiki/api/v2"
V1 = "/wiki/rest/api"
SPACE = {"id": str, "key": str}
LISTED = 250
"""Objects in one part of a listing: the most that Confluence gives."""


@dataclasses.dataclass(frozen=True)
class Space:
    """The space that customers' pages are in."""

    id: str
    homepage: str


class Connection(ErrorMaker):
    """A wiki: its settings, and facts about it that do not change while we run."""

    def __init__(self, name: str, settings: Settings, wire: HttpContext) -> None:
        self.name, self.settings, self.wire = name, settings, wire
        self.http = Http(
            name,
            settings.site,
            wire,
            settings.limits,
            title=TITLE,
            headers=self._credentials,
            classify=self._classify,
            administrator=ADMINISTRATOR,
            account=settings.account,
        )
        self._guard = threading.Lock()
        self._space: Space | None = None
        self._parent: str | None = None

    def space(self) -> Space:
        """The space.

        Raises:
            AuthError: It does not exist, or we may not view it: Confluence does not tell the two apart.
        """
        with self._guard:
            if self._space is None:
                self._space = self._read_space()
            return self._space

    def parent(self) -> str:
        """The id of the page below which customers' pages go.

        Raises:
            Rejected: There is no such page, or we may not view it.
        """
        space = self.space()
        with self._guard:
            if self._parent is None:
                self._parent = self._read_parent(space)
            return self._parent

    def listing(
        self, path: str, params: Mapping[str, Any], *, what: str, operation: str, shape: Shape
    ) -> Iterator[dict[str, Any]]:
        """Every object of a listing, part after part, each of this form; each gets the site's address as `base`."""
        form = {"results": [shape]}
        first = {**params, "limit": LISTED}
        answer = self.http.json("GET", V2 + path, what=what, operation=operation, shape=form, params=first)
        while True:
            links = answer.get("_links") or {}
            # Links of pages are relative to an address that only the listing has.
            yield from ({"base": links.get("base"), **result} for result in answer["results"])
            following = links.get("next")
            if not following:
                return
            answer = self.http.json("GET", _path(str(following)), what=what, operation=operation, shape=form)

    def denied(self, what: str, right: str) -> AuthError:
        """Confluence says 404 to what we may not do."""
        return self.error(
            AuthError,
            f"{TITLE}: may not {what}: {self.settings.account} lacks {right}, or there is no such thing",
            who=ADMINISTRATOR,
            next=f"Ask {ADMINISTRATOR} for the right, then: closedwon check {self.name}",
        )

    def _credentials(self) -> Mapping[str, str]:
        pair = f"{self.settings.account}:{self.settings.token.reveal()}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode(), "Accept": "application/json"}

    def _read_space(self) -> Space:
        key = self.settings.space
        what = f"view the space {key}"
        for found in self.listing("/spaces", {"keys": key}, what=what, operation="space.list", shape=SPACE):
            if found.get("key") == key:
                return Space(str(found["id"]), str(found.get("homepageId") or ""))
        raise self.error(
            AuthError,
            f"{TITLE}: there is no space {key}, or {self.settings.account} may not view it",
            who=ADMINISTRATOR,
            next=f"Fix `space` in [{self.name}], or ask {ADMINISTRATOR} for the right to view it.",
        )

    def _read_parent(self, space: Space) -> str:
        wanted = self.settings.parent
        if wanted is None or NUMBER.pattern.fullmatch(wanted):
            if wanted or space.homepage:
                return wanted or space.homepage
            wanted = "homepage"
        else:
            params = {"space-id": space.id, "title": wanted, "status": "current"}
            what = f"read the page {wanted}"
            for found in self.listing("/pages", params, what=what, operation="page.list", shape={"id": str}):
                return str(found["id"])
        raise self.error(
            Rejected,
            f"{TITLE}: the page {wanted}, below which customers' pages go, is not in the space {self.settings.space}",
            who="the person who runs closedwon",
            next=f"Make the page, or fix `parent` in [{self.name}].",
        )

    def _classify(self, response: requests.Response, what: str) -> IntegrationError | None:
        """Only 400 and 413 tell more than their status; a 404 is the caller's to read."""
        if response.status_code == 413:
            return self.error(Rejected, f"{TITLE}: could not {what}: it is too large", field="body")
        if response.status_code == 404:
            return self.denied(what, "the right")
        if response.status_code == 400:
            return self.error(
                Rejected,
                f"{TITLE}: could not {what}: {said(response)}",
                who=ADMINISTRATOR,
                next=f"Ask {ADMINISTRATOR} what the space demands, then run the command again.",
            )
        return None


def said(response: requests.Response) -> str:
    """Confluence's own words for a refusal, in either form that its two versions have."""
    try:
        body = response.json()
    except requests.exceptions.JSONDecodeError:
        return "refused"
    if not isinstance(body, dict):
        return "refused"
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return vendor_text(first.get("title") or body.get("message") or "refused")


def _path(following: str) -> str:
    """The next part's path: a relative URL, which begins with the wiki's own path or right behind it."""
    return following if following.startswith("/wiki/") else "/wiki" + following
