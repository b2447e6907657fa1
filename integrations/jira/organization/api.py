"""The calls on one organization."""

from __future__ import annotations

import dataclasses
import functools
import threading
import time
from collections.abc import Mapping
from typing import Any

from integrations.core.company_name import CompanyName, company_name
from integrations.core.names import common_beginning, is_named
from integrations.core.text import one_line, segment
from integrations.jira.connection import DESK, NOTHING, TITLE, Connection, Missing

LONGEST_NAME = 200
"""Characters of a name, by the document of `POST organization`."""


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
        return sorted((entry for entry in self.known() if entry.folded == wanted), key=lambda entry: entry.id)

    def alike(self, name: str) -> list[Entry]:
        """Return the organizations whose name reads as this one, the lowest id first.

        Legal forms do not count.
        """
        wanted = company_name(name)
        return sorted((entry for entry in self.known() if entry.company.reads_as(wanted)), key=lambda entry: entry.id)

    def told_apart(self, name: str) -> list[Entry]:
        """Return the organizations of this name with any distinguishing addition."""
        beginning = folded(common_beginning(name, LONGEST_NAME))
        found = (entry for entry in self.known() if entry.folded.startswith(beginning))
        return [entry for entry in found if is_named(entry.name, name, LONGEST_NAME)]

    def get(self, organization: int) -> Entry | None:
        """Return the organization with this id."""
        return next((entry for entry in self.known() if entry.id == organization), None)

    @property
    def highest(self) -> int:
        """The highest id seen."""
        return max((entry.id for entry in self.known()), default=0)

    def add(self, entry: Entry) -> None:
        """Remember what we made or linked."""
        with self._guard:
            if entry.id not in {known.id for known in self._entries}:
                self._entries.append(entry)

    def remove(self, organization: int) -> None:
        """Forget what we unlinked."""
        with self._guard:
            self._entries = [entry for entry in self._entries if entry.id != organization]

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


MARK = "closedwon"
RIGHT = "Service Desk Agent"
RIGHT_TO_CREATE = "Service Desk Agent, and where the site says so (Organization management) Administer Jira"


class Calls:
    """API calls that read and change organizations; both listings learn of each change."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        desk = connection.settings.service_desk
        self._desk_path = f"{DESK}/servicedesk/{segment(desk)}/organization"
        self.all = Directory(
            connection,
            f"{DESK}/organization",
            what="list the organizations",
            operation="organization.list",
            right=RIGHT,
        )
        self.served = Directory(
            connection,
            self._desk_path,
            what=f"list the organizations of the service desk {desk}",
            operation="servicedesk.organization.list",
            right=f"Service Desk Agent on the service desk {desk}",
        )

    def mark(self, organization: int) -> str | None:
        """The key in its mark; None: it has none (or there is no such organization)."""
        try:
            body = self._connection.json(
                "GET",
                self._property(organization),
                what=f"read the mark of the organization {organization}",
                operation="organization.property.get",
                shape={"key": str, "value": object},
                right=RIGHT,
            )
        except Missing:
            return None
        value = body.get("value")
        return str(value["key"]) if isinstance(value, dict) and value.get("key") else None

    def write_mark(self, organization: int, key: str) -> None:
        """Mark it; the same mark twice is one."""
        self._connection.request(
            "PUT",
            self._property(organization),
            what=f"mark the organization {organization}",
            operation="organization.property.put",
            right=RIGHT,
            repeat=True,
            json={"key": key},
            success=(200, 201),
        )

    def read(self, organization: int | str) -> Entry:
        """The organization itself.

        Raises:
            Missing: There is none, or it may not be seen.
        """
        if not str(organization).isdecimal():
            raise Missing(f"{TITLE}: {organization} is no organization's id", system=self._connection.name)
        body = self._connection.json(
            "GET",
            f"{DESK}/organization/{segment(str(organization))}",
            what=f"read the organization {organization}",
            operation="organization.get",
            shape=ORGANIZATION,
            right=RIGHT,
        )
        return entry(body)

    def has_people(self, organization: int) -> bool:
        """Return whether the organization has any members."""
        body = self._connection.json(
            "GET",
            f"{DESK}/organization/{organization}/user",
            what=f"look whether the organization {organization} has people",
            operation="organization.user.list",
            shape={"values": list},
            right=RIGHT,
            params={"start": 0, "limit": 1},
        )
        return bool(body["values"])

    def create(self, name: str) -> Entry:
        """Create one, or get the one that has the name: the site decides, and does not say."""
        body = self._connection.json(
            "POST",
            f"{DESK}/organization",
            what=f"create the organization “{name}”",
            operation="organization.create",
            shape=ORGANIZATION,
            right=RIGHT_TO_CREATE,
            json={"name": name},
        )
        return entry(body)

    def link(self, entry: Entry) -> None:
        """Have the service desk serve it; twice is once."""
        self._serve("POST", entry, "link the organization {} to the service desk", "servicedesk.organization.add")
        self.served.add(entry)

    def unlink(self, entry: Entry) -> None:
        """Have the service desk no longer serve it; the organization stays."""
        self._serve(
            "DELETE", entry, "unlink the organization {} from the service desk", "servicedesk.organization.remove"
        )
        self.served.remove(entry.id)

    def _serve(self, method: str, entry: Entry, what: str, operation: str) -> None:
        self._connection.request(
            method,
            self._desk_path,
            what=what.format(entry.id),
            operation=operation,
            right=RIGHT,
            repeat=True,
            json={"organizationId": entry.id},  # a number here, a string everywhere else
            success=NOTHING,
        )

    @staticmethod
    def _property(organization: int) -> str:
        return f"{DESK}/organization/{segment(str(organization))}/property/{MARK}"
