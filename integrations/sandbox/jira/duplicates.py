"""Duplicates: open objects that bear the same mark of the product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from integrations.sandbox.jira.call import SYSTEM
from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document

MARK = "closedwon"


def duplicates(world: World) -> list[str]:
    """Return a sentence for each mark that several open organizations, projects or issues bear."""
    tables = {kind: world.state.table(SYSTEM, kind).values() for kind in ("organization", "project", "issue")}
    return [
        *_same("organizations", _marked(record for record in tables["organization"] if record["servicedesks"])),
        *_same(
            "projects",
            _marked(record for record in tables["project"] if not record["archived"] and not record["deleted"]),
        ),
        *_same("issues", _marked(record for record in tables["issue"] if record["statusCategory"] != "done")),
    ]


def _marked(objects: Iterable[Document]) -> Iterator[tuple[str, str]]:
    """The mark and the name of each object that has one."""
    for record in objects:
        mark = _key(record["properties"].get(MARK)) or _line(record.get("description"))
        if mark:
            yield mark, str(record.get("key", record["id"]))


def _key(value: Any) -> str | None:
    found = value.get("key") if isinstance(value, dict) else value
    return found if isinstance(found, str) and found else None


def _line(description: Any) -> str | None:
    lines = description.splitlines() if isinstance(description, str) else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(f"{MARK}:")), None)


def _same(what: str, marked: Iterable[tuple[str, str]]) -> list[str]:
    names: dict[str, list[str]] = {}
    for mark, name in marked:
        names.setdefault(mark, []).append(name)
    return [f"jira: {what} {', '.join(found)} bear the mark {mark}" for mark, found in names.items() if len(found) > 1]
