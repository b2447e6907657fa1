"""A listing of organizations, kept while we run and cheap to bring up to date."""

from __future__ import annotations

import dataclasses
import functools
import threading
import time
from collections.abc import Mapping
from typing import Any

from integrations.core.company_name import CompanyName, company_name
from integrations.core.naming import common_beginning, is_named
from integrations.core.text import one_line
from integrations.jira.connection import Connection
from integrations.jira.organization.resource import LONGEST_NAME

ORGANIZATION = {"id": str, "name": str}
WHOLE = 60.0
"""Seconds after which the whole listing is read again: others may have removed something from its middle."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """An organization in a listing. `created` is in seconds since 1970; old ones do not have it."""

    id: int
    name: str
    created: float | None = None

    @functools.cached_property
    def folded(self) -> str:
        """The name in the form in which Jira compares names."""
        return folded(self.name)

    @functools.cached_property
    def company(self) -> CompanyName:
        """The name, taken apart."""
        return company_name(self.name)


def entry(body: Mapping[str, Any]) -> Entry:
    """An organization as Service Management shows it."""
    created = (body.get("created") or {}).get("epochMillis")
    return Entry(int(body["id"]), str(body["name"]), created / 1000 if created is not None else None)


def folded(name: str) -> str:
    """Return a name in the form in which Jira compares names: equal for two that it takes for one."""
    return one_line(name).casefold()


class Directory:
    """All organizations, or those that a service desk serves.

    Service Management can't search them by name. New ones come last, so what was read stays good as long
    as the last entry is still in its place; a look then costs one request.
    """

    def __init__(self, connection: Connection, path: str, *, what: str, operation: str, right: str) -> None:
        self._connection, self._path = connection, path
        self._what, self._operation, self._right = what, operation, right
        self._guard = threading.Lock()
        self._entries: list[Entry] = []
        self._begun = self._whole = float("-inf")

    def look(self) -> None:
        """Make sure of a reading that began after this call did.

        Threads that wait for a reading share it.
        """
        arrived = time.monotonic()
        with self._guard:
            if self._begun >= arrived:
                return
            begun = time.monotonic()
            if not self._entries or begun - self._whole > WHOLE or not self._read_on():
                self._entries = self._read(0)
                self._whole = begun
            self._begun = begun

    def known(self) -> tuple[Entry, ...]:
        """The organizations as last read, and those that we made since."""
        with self._guard:
            return tuple(self._entries)

    def named(self, name: str) -> list[Entry]:
        """Return the organizations of this name, the lowest id first."""
        wanted = folded(name)
        return sorted((one for one in self.known() if one.folded == wanted), key=lambda one: one.id)

    def alike(self, name: str) -> list[Entry]:
        """Return the organizations whose name reads as this one, the lowest id first.

        Legal forms do not count.
        """
        wanted = company_name(name)
        return sorted((one for one in self.known() if one.company.reads_as(wanted)), key=lambda one: one.id)

    def told_apart(self, name: str) -> list[Entry]:
        """Return the organizations of this name with any distinguishing addition."""
        beginning = folded(common_beginning(name, LONGEST_NAME))
        found = (one for one in self.known() if one.folded.startswith(beginning))
        return [one for one in found if is_named(one.name, name, LONGEST_NAME)]

    def get(self, organization: int) -> Entry | None:
        """Return the organization with this id."""
        return next((one for one in self.known() if one.id == organization), None)

    @property
    def highest(self) -> int:
        """The highest id seen."""
        return max((one.id for one in self.known()), default=0)

    def add(self, one: Entry) -> None:
        """Remember what we made or linked."""
        with self._guard:
            if one.id not in {known.id for known in self._entries}:
                self._entries.append(one)

    def remove(self, organization: int) -> None:
        """Forget what we unlinked."""
        with self._guard:
            self._entries = [one for one in self._entries if one.id != organization]

    def _read_on(self) -> bool:
        """Read from the last known entry on; False: that entry is no longer in its place."""
        last = self._entries[-1]
        tail = self._read(len(self._entries) - 1)
        if not tail or tail[0].id != last.id:
            return False
        self._entries[-1:] = tail
        return True

    def _read(self, start: int) -> list[Entry]:
        listed = self._connection.listed(
            self._path,
            what=self._what,
            operation=self._operation,
            shape=ORGANIZATION,
            right=self._right,
            start=start,
        )
        return [entry(row) for row in listed.rows]
