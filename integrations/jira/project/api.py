"""The calls on projects, and what a project says of itself."""

from __future__ import annotations

import dataclasses
import re
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import requests

from integrations.core.company_name import folded
from integrations.core.names import common_beginning, is_named
from integrations.core.text import segment
from integrations.jira.connection import NOTHING, PLATFORM, Connection, Page, library, refusals, rights_of

LONGEST_NAME = 80


RIGHT = "Administer Jira"
MARK = re.compile(r"^closedwon: (\S+)[ \t]*$", re.MULTILINE)
KEYS_AT_ONCE = 50
PAGE = 50
MOST = 100
"""Projects of one request: Jira gives no more (`jira-platform-v3.json`)."""
LISTED = 60.0
"""Seconds that a list of several requests is kept."""
PROJECT = {"id": str, "key": str, "name": str}
GOOD_FOR = 300.0
"""Seconds that a look at our rights is believed."""


@dataclasses.dataclass(frozen=True)
class Found:
    """A project as Jira shows it. `gone`: in the trash, where it keeps its key."""

    id: int
    key: str
    name: str
    description: str
    project_type: str
    lead: str | None
    archived: bool
    gone: bool

    @property
    def mark(self) -> str | None:
        """The key in its mark."""
        found = MARK.search(self.description)
        return found.group(1) if found else None


def found(body: Mapping[str, Any]) -> Found:
    """A project from Jira's answer."""
    return Found(
        int(body["id"]),
        str(body["key"]),
        str(body["name"]),
        str(body.get("description") or ""),
        str(body.get("projectTypeKey") or ""),
        (body.get("lead") or {}).get("emailAddress"),
        bool(body.get("archived")),
        bool(body.get("deleted")),
    )


def marked(description: str, key: str) -> str:
    """A description with our mark as its last line, or in place of the one that it has."""
    if MARK.search(description):
        return MARK.sub(lambda _: f"closedwon: {key}", description, count=1)
    return f"{description.rstrip()}\n\nclosedwon: {key}".lstrip()


def called(projects: Iterable[Found], name: str) -> list[Found]:
    """Return the projects of this name, with or without an addition."""
    wanted = folded(name)
    return [
        project for project in projects if folded(project.name) == wanted or is_named(project.name, name, LONGEST_NAME)
    ]


class Calls:
    """API calls that read and change projects."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._guard, self._listing_guard = threading.Lock(), threading.Lock()
        self._proven = self._listed_at = float("-inf")
        self._listing: list[Found] = []

    def every(self) -> tuple[list[Found], bool]:
        """List every project; and tell whether the list is of this moment, as it is where one request takes them all.

        A longer one is kept for a while: it shows what reads alike, and proves nothing.
        """
        with self._listing_guard:
            if time.monotonic() - self._listed_at < LISTED:
                return self._listing, False
            begun = time.monotonic()
            listing, pages = self._search({}, MOST)
            if pages > 1:
                self._listing, self._listed_at = listing, begun
            return listing, pages == 1

    def read(self, key: str) -> Found:
        """The project with this key or id.

        Raises:
            Missing: There is none, it is in the trash, or it may not be seen.
        """
        right = f"Browse Projects on {key}"
        what = f"read the project {key}"
        client = library(self._connection, what=what, operation="project.get", shape=PROJECT, right=right)
        return found(client.project(segment(key)).raw)

    def with_keys(self, keys: Sequence[str]) -> list[Found]:
        """Return the projects with these keys that exist, also archived ones and those in the trash."""
        unique = list(dict.fromkeys(keys))
        return [
            project
            for start in range(0, len(unique), KEYS_AT_ONCE)
            for project in self._search({"keys": unique[start : start + KEYS_AT_ONCE]})[0]
        ]

    def called(self, name: str) -> list[Found]:
        """Return the projects of this name, with or without an addition.

        Also archived ones and those in the trash.
        """
        return called(self._search({"query": common_beginning(name, LONGEST_NAME)})[0], name)

    def prove_visibility(self) -> None:
        """Make sure that a project that we did not see does not exist.

        An account with "Administer Jira" sees every project in a search (according to Atlassian's
        documentation), and needs that right anyway to create one.

        Raises:
            AuthError: The account lacks it, or may browse nothing.
        """
        with self._guard:
            if time.monotonic() - self._proven < GOOD_FOR:
                return
            what = "look for projects"
            shape = rights_of("ADMINISTER", "BROWSE_PROJECTS")
            client = library(self._connection, what=what, operation="permission.mine", shape=shape)
            held = client.my_permissions(permissions="ADMINISTER,BROWSE_PROJECTS")["permissions"]
            for name, right in (("ADMINISTER", RIGHT), ("BROWSE_PROJECTS", "Browse Projects")):
                if not held[name]["havePermission"]:
                    raise self._connection.denied(what, right)
            self._proven = time.monotonic()

    def create(self, body: Mapping[str, Any]) -> tuple[requests.Response, dict[str, str]]:
        """Create a project; a key or name that is taken is an answer: Jira's complaints by field."""
        what = f"create the project “{body['name']}” with the key {body['key']}"
        response = self._connection.request(
            "POST",
            f"{PLATFORM}/project",
            what=what,
            operation="project.create",
            right=RIGHT,
            json=body,
            expect={400},
        )
        return response, refusals(response)[0] if response.status_code == 400 else {}

    def describe(self, key: str, description: str) -> None:
        """Write a project's description."""
        self._connection.json(
            "PUT",
            f"{PLATFORM}/project/{segment(key)}",
            what=f"mark the project {key}",
            operation="project.update",
            shape={"id": str, "key": str},
            right=f"Administer Projects on {key}",
            repeat=True,
            json={"description": description},
        )

    def archive(self, key: str) -> None:
        """Archive a project; people can take it out again."""
        self._connection.request(
            "POST",
            f"{PLATFORM}/project/{segment(key)}/archive",
            what=f"archive the project {key}",
            operation="project.archive",
            right=RIGHT,
            success=NOTHING,
        )

    def _search(self, query: Mapping[str, Any], at_once: int = PAGE) -> tuple[list[Found], int]:
        """Return the projects that a search finds, and the number of requests that it took."""
        what = "look for projects"

        def page(offset: int) -> Page:
            params = {
                **query,
                "status": ["live", "archived", "deleted"],  # a project in the trash keeps its key for 60 days
                "expand": "description,lead",
                "startAt": offset,
                "maxResults": at_once,
            }
            path = f"{PLATFORM}/project/search"
            shape = {"values": [PROJECT], "isLast": bool}
            body = self._connection.json("GET", path, what=what, operation="project.search", shape=shape, params=params)
            return Page(body["values"], body["isLast"])

        listed = self._connection.whole(page, "id", what=what)
        return [found(row) for row in listed.rows], listed.pages
