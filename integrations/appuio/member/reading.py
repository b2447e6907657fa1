"""Reading organizations with their members, and everybody's addresses: each as seldom as may be."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Sequence

from integrations.appuio.connection import ADMINISTRATOR, TITLE, Item
from integrations.appuio.member.calls import Calls
from integrations.appuio.member.people import Directory, directory
from integrations.appuio.resource import is_name, mark, name
from integrations.core.errors import AuthError, IntegrationError, Rejected
from integrations.core.pool import Pool

FEW = 4
"""Organizations that are read one by one; more are read as whole lists."""


@dataclasses.dataclass(frozen=True)
class Place:
    """An organization with its members.

    Attributes:
        mark: Our key in it; empty where it bears none.
        references: Its members as the API has them.
        at: When it was asked for (monotonic seconds).
    """

    name: str
    mark: str
    references: Sequence[Item]
    version: str
    at: float

    @property
    def users(self) -> list[str]:
        """The members' names."""
        return [str(reference["name"]) for reference in self.references if reference.get("name")]


class Places:
    """Organizations as they were last read."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._width = calls.connection.settings.concurrency
        self.seen: dict[str, Place] = {}

    def read(self, names: Sequence[str]) -> dict[str, Place | IntegrationError]:
        """Each of these, or why it can't be told who is in it."""
        if len(names) > FEW:
            found = self._listed(names)
            if found is not None:
                return found
        if not names:
            return {}
        with Pool(max_workers=min(self._width, len(names))) as pool:
            return dict(zip(names, pool.map(self._one, names), strict=True))

    def _one(self, place: str) -> Place | IntegrationError:
        at = time.monotonic()
        try:
            organization = self._calls.connection.organization(place) if is_name(place) else None
            members = None if organization is None else self._calls.members(place)
        except IntegrationError as error:
            return error
        return self._made(place, organization, members, at)

    def _listed(self, names: Sequence[str]) -> dict[str, Place | IntegrationError] | None:
        """From two lists; None where we may see members only organization by organization."""
        at = time.monotonic()
        with Pool(max_workers=2) as pool:
            listed = pool.submit(self._calls.all_members)
            try:
                organizations = {name(item): item for item in self._calls.connection.organizations()}
                members = {str(item["metadata"].get("namespace")): item for item in listed.result()}
            except AuthError:
                return None
            except IntegrationError as error:
                return dict.fromkeys(names, error)
        return {place: self._made(place, organizations.get(place), members.get(place), at) for place in names}

    def _made(self, place: str, organization: Item | None, members: Item | None, at: float) -> Place | Rejected:
        system = self._calls.connection.name
        if organization is None:
            return gone(system, place)
        if members is None:
            return without_list(system, place)
        made = Place(place, mark(organization), *references(members), at)
        self.seen[place] = made
        return made


class Directories:
    """Shared directory of all users and invitations, read again when it is too old."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._guard = threading.Lock()
        self._at = float("-inf")
        self._last = Directory({}, {}, {})

    def read(self, since: float) -> Directory:
        """Return a directory that was not read before `since` (monotonic seconds).

        Raises:
            IntegrationError: Either list can't be read.
        """
        with self._guard:
            if self._at < since:
                at = time.monotonic()
                with Pool(max_workers=2) as pool:
                    users = pool.submit(self._calls.users)
                    invitations = self._calls.invitations()
                    prefix = self._calls.connection.settings.user_prefix
                    self._last, self._at = directory(users.result(), invitations, prefix), at
            return self._last


def references(members: Item) -> tuple[Sequence[Item], str]:
    """The members as the API has them, and the version of that."""
    listed = (members.get("spec") or {}).get("userRefs") or []
    return tuple(one for one in listed if isinstance(one, dict)), str(members["metadata"].get("resourceVersion") or "")


def gone(system: str, place: str) -> Rejected:
    """The organization is not to be seen."""
    return Rejected(
        f"{TITLE}: the organization {place} is gone, or we may not see it",
        system=system,
        who=ADMINISTRATOR,
        next="Run closedwon setup for a deal of the customer: it finds or makes the organization.",
    )


def without_list(system: str, place: str) -> Rejected:
    """The API makes the list together with the organization."""
    return Rejected(
        f"{TITLE}: the organization {place} has no list of members",
        system=system,
        who=ADMINISTRATOR,
        next=f"Ask {ADMINISTRATOR} to fix it.",
    )
