"""The tags that tell customers' segments: found by name, made where there is none, never a second."""

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


class Segments:
    """Ids of tags by name. That a tag is absent is remembered only as long as one run takes to make it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._guard = threading.Lock()
        self._ids: dict[str, tuple[int | None, float]] = {}
        """By name: the tag's id (None: there was none of this name), and when that was read."""

    def named(self, name: str) -> int | None:
        """The id of the tag that bears this name; None where there is none."""
        with self._guard:
            known, read_at = self._ids.get(name, (None, float("-inf")))
            if time.monotonic() - read_at < (LIFETIME if known is not None else LEAST_AGE):
                return known
            found = self._named(name)
            self._ids[name] = found, time.monotonic()
            return found

    def is_among(self, name: str | None, tags: frozenset[int]) -> bool:
        """Return whether one of these tags is the segment's, although people may have given it another name."""
        if not name or not tags:
            return False
        found = self.named(name)
        if found is None:
            found = self._made_by_us(name)
            if found is not None:
                self._known(name, found)
        return found in tags

    def made(self, name: str) -> int:
        """The tag's id; made if need be, and by two at once only one.

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
        """Return a that we made and people gave another name since."""
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
