"""The sandbox's tables, taken and put back: a world that is set up once for many tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.sandbox.jira import books as jira
from integrations.sandbox.panel import store as panel
from integrations.sandbox.pretend import World
from integrations.sandbox.wiki import index as wiki

Tables = Mapping[tuple[str, str], Mapping[str, Any]]
"""By system and kind: the objects by their ids."""


def taken(there: World) -> dict[tuple[str, str], dict[str, Any]]:
    """Return all tables as they are now, to be pickled or written down by the caller: the objects are not copied."""
    return {name: dict(table) for name, table in there.state._tables.items()}


def put_back(there: World, tables: Tables) -> None:
    """Replace everything in the sandbox by these objects; rights, traps and faults stay."""
    for name in tables:
        there.state.table(*name)
    for name, table in there.state._tables.items():
        for key in list(table):
            table.restore(key, None)
        table.watchers.clear()
        for key, document in tables.get(name, {}).items():
            table.restore(key, document)
    for lookups in (jira, panel, wiki):
        lookups.forget(there)
