"""The panel on the sandbox's own pages, and its duplicates."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.panel.kinds import ORGANIZATION, SYSTEM
from integrations.sandbox.pretend import World

MARK = "closedwon.io/key"


def mark(document: dict[str, Any]) -> str:
    """Our key in an organization; empty where it bears none."""
    metadata = document.get("metadata", {})
    both = {**metadata.get("labels", {}), **metadata.get("annotations", {})}
    return str(both.get(MARK, ""))


def duplicates(there: World) -> list[str]:
    """Marks that more than one organization bears."""
    names: dict[str, list[str]] = {}
    for name, document in there.state.table(SYSTEM, ORGANIZATION.table).items():
        if mark(document):
            names.setdefault(mark(document), []).append(name)
    return [
        f"panel: the organization of {key} is there {len(found)} times: {', '.join(found)}"
        for key, found in names.items()
        if len(found) > 1
    ]


def link(kind: str, document: dict[str, Any]) -> str | None:
    """Return the address of an organization for people, from the sandbox's root."""
    if kind == ORGANIZATION.table:
        return f"/{SYSTEM}/apis/{ORGANIZATION.group}/v1/{ORGANIZATION.plural}/{document['name']}"
    return None
