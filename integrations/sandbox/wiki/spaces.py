"""Spaces, and what the account may do in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from integrations.sandbox.pretend import World, world
from integrations.sandbox.state import Document
from integrations.sandbox.wiki.call import SYSTEM, RefusedError, identifier, numbers, only, page_of, several

MOST = 250
"""Keys or ids that one listing takes: `maxItems` of its parameters (`confluence-v2.json`)."""


def visible(there: World, space: Document) -> bool:
    """Return whether the account may view the space; the right is called `view:KEY`."""
    return not there.lacks(SYSTEM, f"view:{space['key']}")


def may_create(there: World, space: Document) -> bool:
    """Return whether the account may add pages; the right is called `create:KEY`."""
    return not there.lacks(SYSTEM, f"create:{space['key']}")


def space_of(there: World, space_id: str) -> Document | None:
    """The space, if it exists and may be seen."""
    space = there.state.table(SYSTEM, "space").get(space_id)
    return {"id": space_id, **space} if space is not None and visible(there, space) else None


def listing(request: Request, _body: Any) -> Response:
    """The spaces that the account may view; unknown keys are left out silently."""
    only(request, "keys", "ids", "type", "status", "limit", "cursor", "sort", "description-format", "include-icon")
    keys, ids, there = several(request, "keys", MOST), numbers(request, "ids", MOST), world(request)
    status, kind = request.query_params.get("status"), request.query_params.get("type")

    def rows(after: str | None) -> Iterator[tuple[str, Document]]:
        for key, space in there.state.table(SYSTEM, "space").items():
            wanted = (not keys or space["key"] in keys) and (not ids or key in ids)
            fits = status in (None, "current") and kind in (None, "global")
            if wanted and fits and visible(there, space) and (after is None or int(key) > int(after)):
                yield key, shown(key, space)

    return page_of(request, rows)


def get(request: Request, _body: Any) -> Document:
    """Return a space."""
    space_id = identifier(request)
    return shown(space_id, _found(request, space_id))


def operations(request: Request, _body: Any) -> dict[str, Any]:
    """Return the operations that the account may do in the space, as pairs of operation and target."""
    space = _found(request, identifier(request))
    there = world(request)
    allowed = [("use", "application"), ("read", "space")]
    if may_create(there, space):
        allowed.append(("create", "page"))
    if not there.lacks(SYSTEM, "update"):
        allowed += [("update", "page"), ("create", "comment")]
    return {"operations": [{"operation": name, "targetType": target} for name, target in allowed]}


def shown(space_id: str, space: Document) -> Document:
    """The space as v2 answers it."""
    return {
        "id": space_id,
        "key": space["key"],
        "name": space["name"],
        "type": "global",
        "status": "current",
        "authorId": space["author"],
        "createdAt": space["created"],
        "homepageId": space["homepage"],
        "_links": {"webui": f"/spaces/{space['key']}"},
    }


def _found(request: Request, space_id: str) -> Document:
    space = space_of(world(request), space_id)
    if space is None:
        raise RefusedError(404, "Space not found")
    return space
