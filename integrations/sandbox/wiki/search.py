"""CQL as far as it is used here: `type`, `space`, `title`, `parent` and `label`, joined by `and`."""

from __future__ import annotations

import itertools
import re
from typing import Any

from starlette.requests import Request

from integrations.sandbox.pretend import World, world
from integrations.sandbox.state import Document
from integrations.sandbox.wiki.call import SYSTEM, RefusedError, only
from integrations.sandbox.wiki.index import index
from integrations.sandbox.wiki.spaces import visible

_CLAUSE = re.compile(r"""\s*(\w+)\s*=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w.-]+)\s*(?:and\b|$)""", re.IGNORECASE)
FIELDS = ("type", "space", "title", "parent", "label")


def search(request: Request, _body: Any) -> dict[str, Any]:
    """Content that CQL finds among what may be viewed."""
    only(request, "cql", "limit", "expand", "cqlcontext", "start")
    clauses = _clauses(request.query_params.get("cql", ""))
    limit = request.query_params.get("limit", "25")
    if not limit.isdecimal():
        raise RefusedError(400, "limit is not a number")
    there = world(request)
    capped = min(int(limit), there.traps.page_size or 1000)
    spaces = there.state.table(SYSTEM, "space")
    term = next((f"{name}:{clauses[name]}" for name in ("label", "parent") if name in clauses), "page")
    found = [
        _shown(there, page_id, page)
        for page_id, page in itertools.islice(
            (
                (key, page)
                for key, page in index(there).pages.find(term)
                if _fits(page, clauses, spaces[page["space"]], there)
            ),
            capped,
        )
    ]
    return {"results": found, "start": 0, "limit": capped, "size": len(found), "_links": {"base": _base(request)}}


def _clauses(cql: str) -> dict[str, str]:
    clauses: dict[str, str] = {}
    position = 0
    while position < len(cql):
        clause = _CLAUSE.match(cql, position)
        if clause is None or clause[1].lower() not in FIELDS:
            raise RefusedError(400, f"Could not parse cql : {cql}")
        clauses[clause[1].lower()] = re.sub(r"\\(.)", r"\1", clause[2].strip("\"'"))
        position = clause.end()
    if not clauses:
        raise RefusedError(400, "Could not parse cql : it is empty")
    return clauses


def _fits(page: Document, clauses: dict[str, str], space: Document, there: World) -> bool:
    facts = {"type": "page", "space": space["key"], "title": page["title"], "parent": page["parent"]}
    same = all(facts[name] == value for name, value in clauses.items() if name != "label")
    labelled = "label" not in clauses or clauses["label"] in page["labels"]
    return same and labelled and page["status"] == "current" and visible(there, space)


def _shown(there: World, page_id: str, page: Document) -> Document:
    key = there.state.table(SYSTEM, "space")[page["space"]]["key"]
    links = {"webui": f"/spaces/{key}/pages/{page_id}", "self": f"/wiki/rest/api/content/{page_id}"}
    return {"id": page_id, "type": "page", "status": "current", "title": page["title"], "_links": links}


def _base(request: Request) -> str:
    return f"{request.scope['closedwon.base']}/wiki"
