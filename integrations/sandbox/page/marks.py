"""Our marks as each system's objects bear them, read anew here: the sandbox shares no code with the product."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from integrations.sandbox.panel.overview import mark
from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document
from integrations.sandbox.wiki.storage import marks as section_marks

NAME = "closedwon"
Marks = Callable[[str, Document], list[str]]
"""What an object of a kind bears."""


def readers(there: World) -> dict[str, Marks]:
    """By system, what reads the marks of its objects."""
    named = _external_ids(there.state.table("erp", "ir.model.data").values())
    return {
        "erp": lambda kind, document: named.get((kind, document["id"]), []),
        "jira": lambda _kind, document: _jira(document),
        "wiki": lambda kind, document: section_marks(document["body"]) if kind == "page" else [],
        "panel": lambda _kind, document: [mark(document)] if mark(document) else [],
    }


def _external_ids(rows: Iterable[Document]) -> dict[tuple[str, Any], list[str]]:
    found: dict[tuple[str, Any], list[str]] = {}
    for row in rows:
        if row.get("module") == NAME:
            found.setdefault((row["model"], row["res_id"]), []).append(row["name"])
    return found


def _jira(document: Document) -> list[str]:
    value = (document.get("properties") or {}).get(NAME)
    key = value.get("key") if isinstance(value, dict) else value
    if isinstance(key, str) and key:
        return [key]
    description = document.get("description")
    lines = description.splitlines() if isinstance(description, str) else []
    return [line.partition(":")[2].strip() for line in lines if line.startswith(f"{NAME}:")]
