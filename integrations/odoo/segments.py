"""Tags for customers' segments: found by name, made where there is none, and never twice."""

from __future__ import annotations

import threading
import time

from integrations.core.errors import IntegrationError, Rejected
from integrations.odoo import marks
from integrations.odoo.connection import ARCHIVED_TOO, BadValue, Connection
from integrations.odoo.facts import LEAST_AGE
from integrations.odoo.load import GET_OR_CREATE, Load

CATEGORY = "res.partner.category"
LIFETIME = 600.0
"""Seconds for which a tag's id is kept."""


class Segments:
    """Ids of tags by name. Absence is kept for `LEAST_AGE` seconds only: another run may make the tag meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._guard = threading.Lock()
        self._ids: dict[str, tuple[int | None, float]] = {}
        """By name the tag's id, None where there was none, and the monotonic time of the read."""

    def named(self, name: str) -> int | None:
        """The id of the tag with this name, of several the lowest; None where there is none."""
        with self._guard:
            known, read_at = self._ids.get(name, (None, float("-inf")))
            if time.monotonic() - read_at < (LIFETIME if known is not None else LEAST_AGE):
                return known
            found = self._named(name)
            self._ids[name] = found, time.monotonic()
            return found

    def is_among(self, name: str | None, tags: frozenset[int]) -> bool:
        """Return whether one of these tags is the segment's, also where people renamed the one that we made."""
        if not name or not tags:
            return False
        found = self.named(name)
        if found is None:
            found = self._made_by_us(name)
            if found is not None:
                self._known(name, found)
        return found in tags

    def made(self, name: str) -> int:
        """Return the tag's id, making the tag if need be; of two runs at once only one makes it.

        Raises:
            Rejected: Odoo refuses the name.
        """
        found = self.named(name)
        if found is not None:
            return found
        load = Load(self._connection, CATEGORY, ("id", "name"), f'create the tag "{name}"', "create", GET_OR_CREATE)
        made = load.rows({name: [f"{marks.MODULE}.{marks.of_segment(name)}", name]})[name]
        if isinstance(made, Rejected):
            raise self._connection.error(Rejected, f'Odoo: could not create the tag "{name}"', field="segment")
        if isinstance(made, IntegrationError):
            raise made
        return self._known(name, made)

    def _known(self, name: str, tag: int) -> int:
        with self._guard:
            self._ids[name] = tag, time.monotonic()
        return tag

    def _named(self, name: str) -> int | None:
        rows = self._connection.search(
            CATEGORY, [["name", "=", name]], ["name"], what=f'read the tag "{name}"', archived=False
        )
        return min((int(row["id"]) for row in rows), default=None)

    def _made_by_us(self, name: str) -> int | None:
        """Find by its external id the tag that we made, whatever people call it now; None where there is none."""
        try:
            _, found = self._connection.call(
                "ir.model.data",
                "check_object_reference",
                what=f'read the tag "{name}"',
                context=ARCHIVED_TOO,
                module=marks.MODULE,
                xml_id=marks.of_segment(name),
            )
        except BadValue:
            return None
        return int(found) if found else None
