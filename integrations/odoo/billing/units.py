"""Units of measure, and how many of one make up another."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from integrations.odoo.billing.server import Server
from integrations.odoo.connection import Row
from integrations.odoo.partners import reference

UNIT = "uom.uom"
FIELDS = ("factor", "category_id", "relative_uom_id")
ONE = Decimal(1)


class Units:
    """The units of one Odoo: some dozens; read when two are compared for the first time."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._rows: Mapping[int, Row] | None = None

    def ratio(self, unit: Any, other: Any) -> Decimal | None:
        """How many of `other` one of `unit` is, each given as `[id, name]`: 8 hours for a day.

        None where they measure different things. Until version 18 a unit's factor says how many of it make its
        category's first unit (17: hours 8, days 1), from 19 on how many of the first it is itself (hours 1, days 8):
        measured on both.
        """
        one, two = reference(unit) or 0, reference(other) or 0
        if one == two:
            return ONE
        rows = self._known()
        first, second = rows.get(one), rows.get(two)
        if first is None or second is None or not self._are_alike(first, second):
            return None
        factors = Decimal(repr(first["factor"])), Decimal(repr(second["factor"]))
        if not all(factors):
            return None
        return factors[0] / factors[1] if self._is_absolute() else factors[1] / factors[0]

    def _known(self) -> Mapping[int, Row]:
        if self._rows is None:
            found = self._server.search(UNIT, [], FIELDS, what="read the units of measure")
            self._rows = {row["id"]: row for row in found}
        return self._rows

    def _is_absolute(self) -> bool:
        return "relative_uom_id" in self._server.fields(UNIT)

    def _are_alike(self, one: Row, other: Row) -> bool:
        kind = self._kind(one)
        return bool(kind) and kind == self._kind(other)

    def _kind(self, row: Row) -> int:
        """What a unit measures: its category, or from 19 on the unit that it is told by in the end; 0: unknown."""
        if not self._is_absolute():
            return reference(row.get("category_id")) or 0
        seen: set[int] = set()
        while (above := reference(row["relative_uom_id"])) and above not in seen:
            seen.add(above)
            row = self._known().get(above) or {"id": above, "relative_uom_id": False}
        return int(row["id"])
