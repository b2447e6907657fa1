"""Labels: read in v2, written in v1 only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from integrations.sandbox.pretend import world
from integrations.sandbox.state import Document
from integrations.sandbox.wiki.call import SYSTEM, RefusedError, identifier, only, page_of
from integrations.sandbox.wiki.index import index
from integrations.sandbox.wiki.pages import page_of_world

FORBIDDEN = re.compile(r"[:;,.?&\[\]()#^*@!\s]")
LONGEST = 255


def listing(request: Request, _body: Any) -> Response:
    """The page's labels (v2)."""
    only(request, "prefix", "sort", "limit", "cursor")
    page = page_of_world(world(request), identifier(request))

    def rows(after: str | None) -> Iterator[tuple[str, Document]]:
        for number, name in enumerate(page["labels"], start=1):
            if after is None or number > int(after):
                yield str(number), {"id": str(number), "name": name, "prefix": "global"}

    return page_of(request, rows)


def add(request: Request, body: Any) -> dict[str, Any]:
    """Add labels (v1); those that the page has already stay as they are."""
    page_id, page = _writable(request)
    rows = body if isinstance(body, list) else [body]
    names = list(page["labels"])
    for row in rows:
        name = _name(row)
        if name not in names:
            names.append(name)
    _save(request, page_id, page, names)
    results = [
        {"id": str(number), "name": name, "label": name, "prefix": "global"}
        for number, name in enumerate(names, start=1)
    ]
    return {"results": results, "start": 0, "limit": 200, "size": len(results), "_links": {}}


def remove(request: Request, _body: Any) -> Response:
    """Remove a label (v1), named in the path or by `name`."""
    page_id, page = _writable(request)
    name = request.path_params.get("label") or request.query_params.get("name")
    if name not in page["labels"]:
        raise RefusedError(404, f"No label with name {name} on content with id {page_id}")
    _save(request, page_id, page, [label for label in page["labels"] if label != name])
    return Response(status_code=204)


def _writable(request: Request) -> tuple[str, Document]:
    page_id, there = identifier(request), world(request)
    page = page_of_world(there, page_id)
    if there.lacks(SYSTEM, "update"):
        raise RefusedError(403, f"No permission to edit the content with id {page_id}")
    return page_id, page


def _save(request: Request, page_id: str, page: Document, names: list[str]) -> None:
    stored = {name: value for name, value in page.items() if name != "id"}
    index(world(request)).pages.save(page_id, {**stored, "labels": names})


def _name(row: Any) -> str:
    if not isinstance(row, dict) or row.get("prefix") != "global" or not isinstance(row.get("name"), str):
        raise RefusedError(400, "A label needs a prefix (global) and a name")
    name: str = row["name"].lower()
    if not 0 < len(name) <= LONGEST or FORBIDDEN.search(name):
        raise RefusedError(400, f"The label {name} contains invalid characters or is too long")
    return name
