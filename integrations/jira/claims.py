"""Claims: what we are about to make, written down in Jira before it is made.

A ticket can't be created twice safely, and an organization's mark comes after its creation. So first a
property of the register project says who is at it: setting one answers 201 to the first and 200 to all
others, and reading one is never late. What became of it is written into it afterwards.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.core.errors import IntegrationError
from integrations.core.text import short_hash
from integrations.jira.connection import PLATFORM, Connection, Missing

AT_ONCE = 40
"""Properties asked for in one address, which stays below two thousand characters."""


@dataclasses.dataclass(frozen=True)
class Claim:
    """What a claim says.

    Attributes:
        key: Our key of what is claimed.
        at: When it was claimed, in seconds since 1970.
        said: What else its kind wrote down.
    """

    key: str
    at: float
    said: Mapping[str, Any]

    def age(self, moment: float | None = None) -> float:
        """Seconds from then until a moment, or until now; never negative, however clocks differ."""
        return max(0.0, (time.time() if moment is None else moment) - self.at)


def claim_name(kind: str, key: str) -> str:
    """The property's name, and for tickets also the label: the same on every machine."""
    return f"closedwon-{short_hash(f'{kind} {key}', 16)}"


class Claims:
    """The claims of one kind of object, in the properties of the register project."""

    def __init__(self, connection: Connection, kind: str) -> None:
        self._connection, self._kind = connection, kind

    def name(self, key: str) -> str:
        """The property of this key's claim, and for tickets also the label."""
        return claim_name(self._kind, key)

    def read(self, keys: Sequence[str]) -> dict[str, Claim]:
        """The claims that exist, by key. Reading the project itself proves that its properties may be read.

        Raises:
            AuthError: The account may not browse the register.
        """
        names = {self.name(key): key for key in dict.fromkeys(keys)}
        found: dict[str, Claim] = {}
        for start in range(0, len(names), AT_ONCE):
            for name, value in self._properties(list(names)[start : start + AT_ONCE]).items():
                if isinstance(value, dict) and name in names:
                    at = value.get("at")
                    found[names[name]] = Claim(names[name], at if isinstance(at, (int, float)) else 0.0, value)
        return found

    def _properties(self, names: Sequence[str]) -> Mapping[str, Any]:
        project = self._connection.register()
        what, right = f"look up in the project {project} what was made before", f"Browse Projects on {project}"
        try:
            body = self._connection.json(
                "GET",
                f"{PLATFORM}/project/{project}",
                what=what,
                operation="project.get",
                right=right,
                params={"properties": ",".join(names)},
            )
        except Missing:
            raise self._connection.denied(what, right) from None
        properties = body.get("properties")
        return properties if isinstance(properties, dict) else {}

    def write(self, key: str, **said: Any) -> bool:
        """Claim the key, or say more about it; whether nobody had claimed it before."""
        project = self._connection.register()
        value = {"kind": self._kind, "key": key, "at": time.time(), **said}
        response = self._connection.request(
            "PUT",
            self._path(project, key),
            what=f"note in the project {project} that {key} is being made",
            operation="project.property.put",
            right=f"Administer Projects on {project}",
            effect="claim",
            json=value,
        )
        return response.status_code == 201

    def drop(self, key: str) -> None:
        """Take the claim back: what it was for has been refused. One that stays only makes the next run look longer."""
        with contextlib.suppress(IntegrationError):
            project = self._connection.register()
            self._connection.request(
                "DELETE",
                self._path(project, key),
                what=f"take back the claim of {key}",
                operation="project.property.delete",
                effect="claim",
                repeat=True,
                expect={404},
            )

    def _path(self, project: str, key: str) -> str:
        return f"{PLATFORM}/project/{project}/properties/{self.name(key)}"
