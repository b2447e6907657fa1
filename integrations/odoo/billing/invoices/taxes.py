"""Taxes, and the taxes that fiscal positions put in their place."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from integrations.core.billing import Tax
from integrations.odoo.billing.server import Server
from integrations.odoo.connection import Row
from integrations.odoo.partners import reference

TAX = "account.tax"
POSITION = "account.fiscal.position"
MAPPING = "account.fiscal.position.tax"
NO_TAX = "no tax"


@dataclasses.dataclass(frozen=True)
class Position:
    """A fiscal position with its replacements of taxes.

    Attributes:
        leads: From a tax to the taxes in its place; to none where the position removes it.
        takes_all: The position removes all taxes.
        since: The day of the last change; the replacements before it are not known. None where Odoo does not say.
    """

    leads: Mapping[int, tuple[int, ...]]
    takes_all: bool = False
    since: date | None = None


class Taxes:
    """All taxes by id, with the fiscal positions' replacements; answers are kept, because many lines have the same."""

    def __init__(self, taxes: Iterable[Row], positions: Mapping[int, Position]) -> None:
        self._rows = {int(row["id"]): row for row in taxes}
        self._positions = positions
        self._kept: dict[tuple[int | None, tuple[int, ...]], tuple[Tax, ...]] = {}

    def position_on(self, position: int, day: date | None) -> int | None:
        """The position, if its replacements on an invoice's day are known; else None.

        They are not known for days before its last change: when a country changes its rate, the position gets another
        tax, and all older invoices are right as they are.
        """
        since = self._positions[position].since if position in self._positions else None
        return None if since is not None and day is not None and day < since else position

    def of_line(self, taxes: Sequence[int], position: int | None) -> tuple[Tax, ...]:
        """A line's taxes, each with whether it fits the invoice's fiscal position.

        A tax does not fit if the position replaces or removes it, and fits if the position puts it in another's place.
        Otherwise it is not known: Odoo keeps only the present tax of a product, not that of the invoice's day.
        """
        key = (position, tuple(taxes))
        found = self._kept.get(key)
        if found is None:
            known = (tax for tax in key[1] if tax in self._rows)
            found = self._kept[key] = tuple(self._tax(tax, self._positions.get(position or 0)) for tax in known)
        return found

    def _tax(self, number: int, position: Position | None) -> Tax:
        row = self._rows[number]
        percent = Decimal(repr(row["amount"])) if row["amount_type"] in ("percent", "division") else Decimal(0)
        fits, expected = (None, "") if position is None else self._judged(number, position)
        return Tax(name=str(row["name"]), percent=percent, fits=fits, expected=expected)

    def _judged(self, number: int, position: Position) -> tuple[bool | None, str]:
        if position.takes_all:
            return False, NO_TAX
        wanted = position.leads.get(number)
        if wanted is not None and number not in wanted:
            return False, ", ".join(str(self._rows[tax]["name"]) for tax in wanted if tax in self._rows) or NO_TAX
        if wanted is not None or any(number in lead for lead in position.leads.values()):
            return True, ""
        return None, ""


def read(server: Server) -> Taxes:
    """Read all taxes and fiscal positions, archived ones too, because old invoices have them.

    Until version 18 a position lists its replacements. From 19 on a tax names the taxes that it replaces and the
    positions in which it does; a position without any tax removes all then, which before changed nothing (`map_tax` in
    Odoo's sources).
    """
    fields = ("name", "amount", "amount_type", "original_tax_ids", "fiscal_position_ids", "write_date")
    taxes = server.search(TAX, [], fields, what="read the taxes")
    if server.has(TAX, "original_tax_ids", "fiscal_position_ids"):
        positions = server.search(POSITION, [], ("tax_ids", "write_date"), what="read the fiscal positions")
        return Taxes(taxes, _told_by_taxes(server, taxes, positions))
    mapped = ("position_id", "tax_src_id", "tax_dest_id", "write_date")
    return Taxes(taxes, _listed(server, server.search(MAPPING, [], mapped, what="read the fiscal positions")))


def _told_by_taxes(server: Server, taxes: Sequence[Row], positions: Sequence[Row]) -> dict[int, Position]:
    leads: dict[int, dict[int, tuple[int, ...]]] = {int(row["id"]): {} for row in positions}
    written = [(int(row["id"]), row) for row in positions]
    written += [(position, tax) for tax in taxes for position in tax["fiscal_position_ids"]]
    since = _since(server, written)
    for tax in taxes:
        for position in tax["fiscal_position_ids"]:
            mapping = leads.setdefault(position, {})
            for source in tax["original_tax_ids"]:
                mapping[source] = (*mapping.get(source, ()), int(tax["id"]))
    empty = {int(row["id"]) for row in positions if not row.get("tax_ids", True)}
    return {number: Position(mapping, number in empty, since.get(number)) for number, mapping in leads.items()}


def _since(server: Server, written: Iterable[tuple[int, Row]]) -> dict[int, date]:
    """By position, the day of the newest change of a record that defines its replacements."""
    found: dict[int, date] = {}
    for position, row in written:
        day = server.day(row.get("write_date"))
        if day is not None:
            found[position] = max(day, found.get(position, day))
    return found


def _listed(server: Server, rows: Sequence[Row]) -> dict[int, Position]:
    since = _since(server, ((reference(row["position_id"]) or 0, row) for row in rows))
    leads: dict[int, dict[int, tuple[int, ...]]] = {}
    for row in rows:
        position, source, instead = (reference(row[name]) for name in ("position_id", "tax_src_id", "tax_dest_id"))
        if position is None or source is None:
            continue
        mapping = leads.setdefault(position, {})
        mapping[source] = (*mapping.get(source, ()), *([instead] if instead else []))
    return {number: Position(mapping, since=since.get(number)) for number, mapping in leads.items()}
