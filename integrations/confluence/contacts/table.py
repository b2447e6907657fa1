"""The contact table of a page: which column holds what, and which row is whose."""

from __future__ import annotations

import dataclasses
import functools
import re
import urllib.parse
from collections.abc import Mapping, Sequence

from integrations.confluence.section import MACRO, PARAMETER, Managed
from integrations.confluence.storage import Handler, parse
from integrations.core.address import folded_address, only
from integrations.core.text import one_line

MARK = "closedwon-contact-"
"""What our anchors' names begin with; behind it stands the person's mark (`Member.mark`)."""
_FIRST_RELEASE = re.compile(r"[0-9a-f]{32}")
"""What stood behind it in the first release: a hash keyed by the ledger that wrote the row, longer than a mark is."""

_APART = frozenset({"p", "li", "div", "br", "tr", "td", "th", "table", "ul", "ol", *(f"h{n}" for n in range(1, 7))})
_CELLS = frozenset({"td", "th"})
_LINK = "mailto:"


@dataclasses.dataclass(frozen=True)
class Mark:
    """An anchor of ours; `start` and `end` are in bytes."""

    person: str
    start: int
    end: int

    @property
    def is_of_first_release(self) -> bool:
        """Return whether the mark is of the first release.

        Only the ledger that wrote such a mark can tell whose row it is.
        """
        return _FIRST_RELEASE.fullmatch(self.person) is not None


@dataclasses.dataclass
class Cell:
    """A cell of a contact table.

    `opening` and `closing` are where its content begins and ends; all positions are in bytes.
    """

    start: int
    opening: int
    columns: int
    rows: int
    closing: int = 0
    end: int = 0
    words: str = ""
    link: str = ""
    first: int | None = None
    """Where the content of its first paragraph begins, if it begins with one."""
    marks: list[Mark] = dataclasses.field(default_factory=list)

    @property
    def text(self) -> str:
        """The cell's text, on one line."""
        return one_line(self.words)

    @property
    def email(self) -> str:
        """The address in it: as it reads, else where its link leads; folded, or as it stands where it is none."""
        return only(self.text).email or only(self.link).email or self.link or folded_address(self.text)


@dataclasses.dataclass
class Row:
    """A row of a table with its cells."""

    start: int
    end: int = 0
    cells: list[Cell] = dataclasses.field(default_factory=list)


def tables_of(content: bytes, offset: int) -> list[list[Row]]:
    """The tables of one managed section, the outer ones; `offset` is where the section begins in the page.

    Raises:
        MalformedError: The text can't be parsed.
    """
    scribe = _Scribe(content, offset)
    parse(content, scribe)
    return scribe.tables


@dataclasses.dataclass
class _Macro:
    start: int
    is_anchor: bool
    name: str = ""


class _Scribe(Handler):
    """Notes rows and cells. What stands in a table inside a cell belongs to that cell; parameters are no text."""

    def __init__(self, content: bytes, offset: int) -> None:
        self.tables: list[list[Row]] = []
        self._content, self._offset = content, offset
        self._path: list[str] = []
        self._macros: list[_Macro] = []
        self._depth = 0
        self._row: Row | None = None
        self._cell: Cell | None = None

    def opened(self, name: str, attributes: dict[str, str], start: int, end: int) -> None:
        parent = self._path[-1] if self._path else ""
        self._path.append(name)
        if name == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
        elif self._depth == 1 and name == "tr":
            self._row = Row(self._offset + start)
        elif self._depth == 1 and name in _CELLS and self._row is not None:
            self._cell = Cell(
                self._offset + start,
                self._offset + end,
                _span(attributes.get("colspan")),
                _span(attributes.get("rowspan")),
            )
            return
        elif name == MACRO:
            self._macros.append(_Macro(start, attributes.get("ac:name") == "anchor"))
        elif name == PARAMETER and parent == MACRO and attributes.get("ac:name"):
            self._macros[-1].is_anchor = False
        if self._cell is not None:
            self._inside(self._cell, name, attributes, start, end)

    def _inside(self, cell: Cell, name: str, attributes: dict[str, str], start: int, end: int) -> None:
        if name == "p" and self._offset + start == cell.opening and not self._content.endswith(b"/>", start, end):
            cell.first = self._offset + end
        if name in _APART:
            cell.words += " "
        elif name == "a" and attributes.get("href", "").lower().startswith(_LINK):
            cell.link = cell.link or _address(attributes["href"])
        elif name == "ac:emoticon":
            cell.words += _emoji(attributes)

    def closed(self, name: str, start: int, end: int) -> None:
        self._path.pop()
        if name == MACRO:
            self._noted(self._macros.pop(), end)
        elif name == "table":
            self._depth -= 1
        elif self._depth == 1 and name == "tr" and self._row is not None:
            self._row.end = self._offset + end
            self.tables[-1].append(self._row)
            self._row = None
        elif self._depth == 1 and name in _CELLS and self._row is not None and self._cell is not None:
            self._cell.closing, self._cell.end = self._offset + start, self._offset + end
            self._row.cells.append(self._cell)
            self._cell = None
        if self._cell is not None and name in _APART:
            self._cell.words += " "

    def said(self, text: str) -> None:
        if self._path and self._path[-1] == PARAMETER:
            if self._macros and self._macros[-1].is_anchor:
                self._macros[-1].name += text
        elif self._cell is not None:
            self._cell.words += text

    def _noted(self, macro: _Macro, end: int) -> None:
        name = macro.name.strip()
        if macro.is_anchor and name.startswith(MARK) and self._cell is not None:
            person = name.removeprefix(MARK)
            self._cell.marks.append(Mark(person, self._offset + macro.start, self._offset + end))


def _span(text: str | None) -> int:
    return min(int(text), 1000) if text and text.isascii() and text.isdigit() and int(text) else 1


def _address(href: str) -> str:
    return urllib.parse.unquote(href[len(_LINK) :].partition("?")[0]).strip()


def _emoji(attributes: dict[str, str]) -> str:
    """The editor turns a sign into an element that tells it as text, or by its code points: `1f469-200d-1f4bb`."""
    fallback = attributes.get("ac:emoji-fallback", "")
    if fallback and not fallback.startswith(":"):
        return fallback
    try:
        return "".join(chr(int(code, 16)) for code in attributes["ac:emoji-id"].split("-"))
    except (KeyError, ValueError, OverflowError):
        return fallback


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
            for column, left in spread:
                if left > 1:
                    reaching[len(cells)] = (column, left - 1)
                cells.append(column)
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
