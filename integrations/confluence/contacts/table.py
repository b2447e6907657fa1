"""The contact table of a page: which column holds what, and which row is whose."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence

from integrations.confluence.contacts.cells import Cell, Mark, Row, tables_of
from integrations.confluence.macro import Managed

HEADINGS = {"name": "Name", "functions": "What for", "email": "E-mail", "phone": "Phone"}
"""What stands above each field, in the order of a new table."""

_FIELDS = {
    "name": "name", "what for": "functions", "function": "functions", "functions": "functions", "e-mail": "email",
    "email": "email", "mail": "email", "phone": "phone", "telephone": "phone",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Entry:
    """A person's row; `start` and `end` are in bytes.

    Attributes:
        columns: The table's columns.
        cells: By field.
        marks: Our anchors, wherever in the row they stand.
        is_regular: It has one cell of its own for each column, so it can be written to and taken out.
    """

    start: int
    end: int
    columns: tuple[str | None, ...]
    cells: Mapping[str, Cell]
    marks: tuple[Mark, ...]
    is_regular: bool

    @functools.cached_property
    def persons(self) -> frozenset[str]:
        """The persons whose anchors the row bears: one, unless people have merged rows."""
        return frozenset(mark.person for mark in self.marks)

    @functools.cached_property
    def email(self) -> str:
        """The address, in lower case."""
        return self.cells["email"].email if "email" in self.cells else ""

    def text(self, field: str) -> str:
        """Return the text of a field's cell."""
        return self.cells[field].text if field in self.cells else ""


@dataclasses.dataclass(frozen=True)
class Table:
    """A contact table; `bottom` is where a new row goes, in bytes.

    Attributes:
        columns: The field of each column; None where it is none of ours.
    """

    columns: tuple[str | None, ...]
    entries: tuple[Entry, ...]
    bottom: int

    @property
    def has_addresses(self) -> bool:
        """Return whether there is a column of addresses, which identify the persons."""
        return "email" in self.columns

    @functools.cached_property
    def by_email(self) -> Mapping[str, Sequence[Entry]]:
        """The rows with an address, by address."""
        groups: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.email:
                groups.setdefault(entry.email, []).append(entry)
        return groups


def table_of(body: str, section: Managed) -> Table | None:
    """The table in a section: the first with a column for addresses, else the first; None: there is none."""
    content = body.encode("utf-8", "surrogatepass")[section.start : section.end]
    found = [_table(rows) for rows in tables_of(content, section.start) if rows]
    return next((table for table in found if table.has_addresses), found[0] if found else None)


def _table(rows: Sequence[Row]) -> Table:
    grid = _grid(rows)
    header = next((place for place, cells in enumerate(grid) if "email" in _columns(cells)), 0)
    columns = _columns(grid[header])
    entries = [_entry(row, cells, columns) for row, cells in list(zip(rows, grid, strict=True))[header + 1 :]]
    return Table(columns, tuple(entries), rows[-1].end)


def _grid(rows: Sequence[Row]) -> list[list[Cell]]:
    """Each row's cells by column; one that spans several rows or columns is there for each."""
    grid: list[list[Cell]] = []
    above: dict[int, tuple[Cell, int]] = {}
    for row in rows:
        cells: list[Cell] = []
        waiting = list(row.cells)
        reaching: dict[int, tuple[Cell, int]] = {}
        while waiting or len(cells) in above:
            if len(cells) in above:
                cell, left = above[len(cells)]
                spread = [(cell, left)]
            else:
                cell = waiting.pop(0)
                spread = [(cell, cell.rows)] * cell.columns
            for one, left in spread:
                if left > 1:
                    reaching[len(cells)] = (one, left - 1)
                cells.append(one)
        grid.append(cells)
        above = reaching
    return grid


def _columns(cells: Sequence[Cell]) -> tuple[str | None, ...]:
    """The fields that a header row names, each once."""
    columns: list[str | None] = []
    for cell in cells:
        field = _FIELDS.get(cell.text.lower().rstrip(":"))
        columns.append(None if field in columns else field)
    return tuple(columns)


def _entry(row: Row, cells: Sequence[Cell], columns: Sequence[str | None]) -> Entry:
    alone = all(cell.columns == cell.rows == 1 for cell in cells)
    return Entry(
        start=row.start,
        end=row.end,
        columns=tuple(columns),
        cells={field: cell for field, cell in zip(columns, cells, strict=False) if field is not None},
        marks=tuple(mark for cell in row.cells for mark in cell.marks),
        is_regular=alone and len(cells) == len(row.cells) == len(columns),
    )
