"""Claims: what we are about to make, written down in Jira before it is made.

A ticket can't be created twice safely, and an organization's mark comes after its creation. So first a
property of the register project says who is at it: setting one answers 201 to the first and 200 to all
others, and reading one is never late. What became of it is written into it afterwards.

A claim bears a nonce, and its age is measured by Jira's clock alone. Right before the creation it is read again: a
process that was stopped for so long that somebody else took its claim over creates nothing. Right after the creation
it is read once more: who lost it while the creation was on its way looks for what the other has made. Neither is read
where so little time has passed since we claimed that nobody can have taken over. Two remain possible where a process
is stopped during the creation and does not live to look; they bear the same mark, by which a later run finds them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.core.errors import IntegrationError, Unavailable, Uncertain
from integrations.core.http.pace import elapsed
from integrations.core.text import segment, short_hash
from integrations.jira.connection import NOTHING, PLATFORM, Connection, Missing

AT_ONCE = 40
"""Properties asked for in one address, which stays below two thousand characters."""

FRESH = 1.0
"""Seconds for which a claim is good in any case, however short `settle` is."""


@dataclasses.dataclass(frozen=True)
class Claim:
    """A claim as it was read.

    Attributes:
        key: Our key of what is claimed.
        at: When it was claimed, in seconds since 1970, by Jira's clock (version 1: by a machine's own).
        content: Everything that stands in it.
        age: Seconds since then; never negative.
    """

    key: str
    at: float
    content: Mapping[str, Any]
    age: float

    @property
    def nonce(self) -> str | None:
        """The value that tells this claim from every other; None in a claim written by version 1."""
        nonce = self.content.get("nonce")
        return str(nonce) if nonce else None

    @property
    def gives_way(self) -> bool:
        """Return whether its writer took the key as free.

        Such a writer creates nothing on finding that the key was not free.
        """
        return self.nonce is not None and self.content.get("over") is None and self.content.get("issue") is None


@dataclasses.dataclass(frozen=True)
class Held:
    """A claim of our own.

    Attributes:
        first: Nobody had claimed the key; False: an abandoned claim was taken over.
        since: When it was last written, by `elapsed`.
    """

    key: str
    nonce: str
    first: bool
    since: float


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
        """Return the claims that exist, by key.

        Reading the project itself proves that its properties may be read.

        Raises:
            AuthError: The account may not browse the register.
        """
        names = {self.name(key): key for key in dict.fromkeys(keys)}
        found: dict[str, Claim] = {}
        for start in range(0, len(names), AT_ONCE):
            values = self._properties(list(names)[start : start + AT_ONCE])
            found.update(
                (names[name], self._claim(names[name], value))
                for name, value in values.items()
                if isinstance(value, dict) and name in names
            )
        return found

    def _claim(self, key: str, value: Mapping[str, Any]) -> Claim:
        at = value.get("at")
        at = at if isinstance(at, (int, float)) else 0.0
        return Claim(key, at, value, max(0.0, self._connection.http.clock.seconds() - at))

    def _properties(self, names: Sequence[str]) -> Mapping[str, Any]:
        project = self._connection.register()
        what, right = f"look up in the project {project} what was made before", f"Browse Projects on {project}"
        try:
            body = self._connection.json(
                "GET",
                f"{PLATFORM}/project/{segment(project)}",
                what=what,
                operation="project.get",
                shape={"id": str, "key": str},
                right=right,
                params={"properties": ",".join(names)},
            )
        except Missing:
            raise self._connection.denied(what, right) from None
        properties = body.get("properties")
        return properties if isinstance(properties, dict) else {}

    def take(self, key: str, over: Claim | None, **content: Any) -> Held | None:
        """Claim the key, or take over an abandoned claim; None: somebody else was quicker.

        Where nobody was known to have claimed it, but somebody has, their claim is written over, as there is no way
        to write only where nothing stands. Its owner goes on all the same: see `gives_way`.
        """
        # Jira has no compare-and-set: reading first only shortens the time in which two take one claim over.
        if over is not None:
            there = self._read(key)
            if there is None or there.content != over.content:
                return None
        nonce, content = uuid.uuid4().hex, {"over": (over.nonce or "") if over is not None else None, **content}
        try:
            held, first = self._write(key, nonce, content)
        except Unavailable as error:
            # Our own first try may have been the one that wrote: the nonce that is read tells.
            if isinstance(error, Uncertain) or self._connection.settings.patience <= 0:
                raise
            there = self._read(key)
            held, first = self._write(key, nonce, content)
            # Its answer was lost: it was the first, unless somebody claimed the key in the very same moment.
            first = first or (there is not None and there.nonce == nonce)
        return dataclasses.replace(held, first=first and over is None) if first or over is not None else None

    def confirm(self, held: Held) -> bool:
        """Read our claim again, right before the creation.

        Return whether it is still ours, and not so old that it may be taken over.
        """
        if self._is_certain(held):
            return True
        there = self._read(held.key)
        return self._is_ours(held, there) and elapsed() - held.since < max(self._connection.settings.settle, FRESH)

    def _is_certain(self, held: Held) -> bool:
        """Return whether nobody can have taken it over: by Jira's clock, nobody does before `settle` is over.

        Several may take over an abandoned claim at once, so a claim of ours that took one over is never
        certain.
        """
        # Spares an undisturbed set-up four requests of 42 (ADR 16).
        return held.first and elapsed() - held.since < self._connection.settings.settle / 2

    def amend(self, held: Held, **content: Any) -> Held:
        """Change the content of our claim."""
        amended, _ = self._write(held.key, held.nonce, {"over": None if held.first else "", **content})
        return dataclasses.replace(amended, first=held.first)

    def rival(self, held: Held) -> Claim | None:
        """The claim of somebody who took ours over: read right after the creation."""
        if self._is_certain(held):
            return None
        there = self._read(held.key)
        return None if there is None or self._is_ours(held, there) else there

    @staticmethod
    def _is_ours(held: Held, there: Claim | None) -> bool:
        return there is not None and (there.nonce == held.nonce or (held.first and there.gives_way))

    def record(self, key: str, **content: Any) -> None:
        """Write into a key's claim the result so far, no matter whose claim it is."""
        self._write(key, uuid.uuid4().hex, {"over": "", **content})

    def drop(self, held: Held) -> None:
        """Withdraw a claim whose creation was refused.

        A claim that stays behind only makes the next run look longer.
        """
        # Only our own: another run may have taken it over, and is creating by it.
        with contextlib.suppress(IntegrationError):
            there = self._read(held.key)
            if there is None or there.nonce != held.nonce:
                return
            self._connection.request(
                "DELETE",
                self._path(held.key),
                what=f"take back the claim of {held.key}",
                operation="project.property.delete",
                effect="claim",
                repeat=True,
                expect={404},
                success=NOTHING,
            )

    def _write(self, key: str, nonce: str, content: Mapping[str, Any]) -> tuple[Held, bool]:
        """Write a claim; also return whether there was none before."""
        since = elapsed()
        at = self._connection.http.clock.seconds()
        project = self._connection.register()
        response = self._connection.request(
            "PUT",
            self._path(key),
            what=f"note in the project {project} that {key} is being made",
            operation="project.property.put",
            right=f"Administer Projects on {project}",
            effect="claim",
            json={"kind": self._kind, "key": key, "at": at, "nonce": nonce, **content},
            success=(200, 201),
        )
        return Held(key, nonce, first=False, since=since), response.status_code == 201

    def _read(self, key: str) -> Claim | None:
        project = self._connection.register()
        try:
            body = self._connection.json(
                "GET",
                self._path(key),
                what=f"look in the project {project} who is making {key}",
                operation="project.property.get",
                shape={"key": str, "value": object},
            )
        except Missing:
            return None
        value = body.get("value")
        return self._claim(key, value) if isinstance(value, dict) else None

    def _path(self, key: str) -> str:
        return f"{PLATFORM}/project/{segment(self._connection.register())}/properties/{segment(self.name(key))}"
