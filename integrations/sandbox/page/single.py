"""The page of a single object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from integrations.sandbox.page.describe import MAIN, title
from integrations.sandbox.page.marks import readers
from integrations.sandbox.page.rich_text import from_document, from_storage
from integrations.sandbox.pretend import Pretend
from integrations.sandbox.server import Server
from integrations.sandbox.state import Document

HIDDEN = frozenset({"id", "body", "description", "history", "properties"})


def single(server: Server, path: str) -> dict[str, Any] | None:
    """Return the content of the page of the object at this address; None: there is no such object."""
    system = server.systems.get(path.lstrip("/").partition("/")[0])
    found = _at(server, system, path) if system is not None else None
    if system is None or found is None:
        return None
    kind, document = found
    marks = readers(server.world).get(system.name)
    return {
        "title": title(document),
        "system": system.title,
        "kind": MAIN.get(system.name, {}).get(kind, kind),
        "marks": marks(kind, document) if marks else [],
        "text": _text(document),
        "facts": list(_facts({name: value for name, value in document.items() if name not in HIDDEN})),
        "path": path,
    }


def _at(server: Server, system: Pretend, path: str) -> tuple[str, Document] | None:
    """By the id at the path's end first; the rest only where an address bears a name instead."""
    tables = {kind: table for (name, kind), table in server.world.state.tables().items() if name == system.name}
    last = path.rstrip("/").rpartition("/")[2]
    direct = ((kind, last, table[last]) for kind, table in tables.items() if last in table)
    every = ((kind, key, document) for kind, table in tables.items() for key, document in table.items())
    for candidates in (direct, every):
        for kind, key, document in candidates:
            whole = {"id": key, **document}
            if system.link(kind, whole) == path:
                return kind, whole
    return None


def _text(document: Document) -> str:
    """The body as safe HTML."""
    if isinstance(document.get("body"), str):
        return from_storage(document["body"])
    description = document.get("description")
    return from_document(description) if description else ""


def _facts(document: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every value that is not empty, nested ones by their path."""
    for name, value in document.items():
        if isinstance(value, dict) and value:
            yield from _facts(value, f"{place}{name}.")
        elif value not in (None, "", False, [], {}):
            yield f"{place}{name}", _said(value)


def _said(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(part, (str, int)) for part in value):
        return ", ".join(str(part) for part in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
