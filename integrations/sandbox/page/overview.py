"""The content of the overview: per system and kind, newest first."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from typing import Any

from integrations.sandbox.page.describe import MAIN, below, title
from integrations.sandbox.page.marks import Marks, readers
from integrations.sandbox.pretend import Pretend
from integrations.sandbox.server import Server
from integrations.sandbox.state import Document, Table

AT_ONCE, AT_MOST = 6, 300


@dataclasses.dataclass(frozen=True)
class Row:
    """An object on the overview."""

    title: str
    below: str
    link: str | None
    marks: tuple[str, ...]
    twice: bool


@dataclasses.dataclass(frozen=True)
class Group:
    """All objects of one kind: those shown at once, those unfolded by a click, and how many are left off."""

    name: str
    count: int
    shown: list[Row]
    folded: list[Row]
    left_off: int


@dataclasses.dataclass(frozen=True)
class Section:
    """A system on the overview."""

    name: str
    title: str
    requests: int
    marked: int
    groups: list[Group]
    others: list[Group]


def overview(server: Server) -> dict[str, Any]:
    """Return everything that the overview's template needs."""
    reading = readers(server.world)
    sections = [_section(server, system, reading.get(system.name)) for system in server.systems.values()]
    twice = [sentence for system in server.systems.values() for sentence in system.duplicates(server.world)]
    return {
        "sections": sections,
        "duplicates": twice,
        "requests": sum(server.counts.values()),
        "objects": sum(group.count for section in sections for group in section.groups),
        "marked": sum(section.marked for section in sections),
    }


def _section(server: Server, system: Pretend, marks: Marks | None) -> Section:
    tables = {kind: table for (name, kind), table in server.world.state.tables().items() if name == system.name}
    main = MAIN.get(system.name, {})
    every = {kind: _every_mark(kind, table, marks) for kind, table in tables.items()}
    groups = {kind: _group(server, system, kind, table, every[kind]) for kind, table in tables.items()}
    return Section(
        name=system.name,
        title=system.title,
        requests=server.counts[system.name],
        marked=sum(len(found) for found in every.values()),
        groups=[dataclasses.replace(groups[kind], name=name) for kind, name in main.items() if kind in groups],
        others=[group for kind, group in sorted(groups.items()) if kind not in main and group.count],
    )


def _every_mark(kind: str, table: Table, marks: Marks | None) -> dict[str, list[str]]:
    if marks is None:
        return {}
    found = {key: marks(kind, {"id": key, **document}) for key, document in table.items()}
    return {key: borne for key, borne in found.items() if borne}


def _group(server: Server, system: Pretend, kind: str, table: Table, marks: dict[str, list[str]]) -> Group:
    often = Counter(mark for borne in marks.values() for mark in borne)
    newest = itertools.islice(((key, table[key]) for key in reversed(list(table))), AT_MOST)
    rows = [_row(server, system, kind, {"id": key, **record}, marks.get(key, []), often) for key, record in newest]
    rows.sort(key=lambda row: not row.twice)
    return Group(kind, len(table), rows[:AT_ONCE], rows[AT_ONCE:], max(0, len(table) - AT_MOST))


def _row(server: Server, system: Pretend, kind: str, document: Document, marks: list[str], often: Counter[str]) -> Row:
    return Row(
        title=title(document),
        below=below(server.world, system.name, kind, document),
        link=system.link(kind, document),
        marks=tuple(dict.fromkeys(marks)),
        twice=any(often[mark] > 1 for mark in marks),
    )
