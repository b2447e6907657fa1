"""The wiki on the sandbox's own pages, and its duplicates."""

from __future__ import annotations

from collections import Counter
from typing import Any

from integrations.sandbox.pretend import World
from integrations.sandbox.wiki.call import SYSTEM
from integrations.sandbox.wiki.storage import marks


def duplicates(there: World) -> list[str]:
    """Marks that more than one managed section bears, on one current page or on several."""
    places: dict[str, list[str]] = {}
    for page_id, page in there.state.table(SYSTEM, "page").items():
        if page["status"] == "current":
            for mark in marks(page["body"]):
                places.setdefault(mark, []).append(page_id)
    return [
        f"wiki: the section {mark} is there {len(ids)} times: {_named(there, ids)}"
        for mark, ids in places.items()
        if len(ids) > 1
    ]


def link(kind: str, document: dict[str, Any]) -> str | None:
    """Return the address of an object for people, from the sandbox's root."""
    if kind == "page":
        return f"/{SYSTEM}/wiki/spaces/{document['spaceKey']}/pages/{document['id']}"
    if kind == "space":
        return f"/{SYSTEM}/wiki/spaces/{document['key']}"
    return None


def _named(there: World, ids: list[str]) -> str:
    pages = there.state.table(SYSTEM, "page")
    return ", ".join(f"{pages[number]['title']!r} ({number})" for number in Counter(ids))
