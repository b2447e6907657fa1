"""Content properties of a page: JSON below a key, with a version of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from integrations.sandbox.pretend import world
from integrations.sandbox.state import Document
from integrations.sandbox.wiki.call import AUTHOR, SYSTEM, RefusedError, identifier, now, only, page_of
from integrations.sandbox.wiki.index import index
from integrations.sandbox.wiki.pages import page_of_world

LONGEST_KEY = 255


def listing(request: Request, _body: Any) -> Response:
    """The page's properties; `key` picks one."""
    only(request, "key", "sort", "limit", "cursor")
    there, page_id, wanted = world(request), _page(request), request.query_params.get("key")

    def rows(after: str | None) -> Iterator[tuple[str, Document]]:
        for property_id, document in index(there).properties.find(f"page:{page_id}", after):
            if wanted in (None, document["key"]):
                yield property_id, shown(property_id, document)

    return page_of(request, rows)


def get(request: Request, _body: Any) -> Document:
    """Return a property."""
    property_id, document = _found(request, _page(request))
    return shown(property_id, document)


def create(request: Request, body: Any) -> Document:
    """A new property; its key must be free on the page."""
    there, page_id = world(request), _writable(request)
    key, value = _key_and_value(body)
    for _, document in index(there).properties.find(f"page:{page_id}"):
        if document["key"] == key:
            raise RefusedError(409, f"Property with key {key} already exists for content with id {page_id}")
    property_id = str(there.state.number(SYSTEM, "content", 65_600))
    document = {"page": page_id, "key": key, "value": value, "version": 1, "changed": now()}
    index(there).properties.save(property_id, document)
    return shown(property_id, document)


def update(request: Request, body: Any) -> Document:
    """Replace a property's value; the version must be the current one plus 1."""
    there = world(request)
    property_id, document = _found(request, _writable(request))
    key, value = _key_and_value(body)
    version = body.get("version")
    number = version.get("number") if isinstance(version, dict) else None
    if key != document["key"]:
        raise RefusedError(400, "The key of a property cannot be changed")
    if number != document["version"] + 1:
        current = document["version"]
        raise RefusedError(
            409, f"Version must be incremented. Current Version: [{current}]. Provided version: [{number}]"
        )
    changed = {**document, "value": value, "version": number, "changed": now()}
    index(there).properties.save(property_id, changed)
    return shown(property_id, changed)


def delete(request: Request, _body: Any) -> Response:
    """Remove a property."""
    property_id, _ = _found(request, _writable(request))
    del world(request).state.table(SYSTEM, "property")[property_id]
    return Response(status_code=204)


def shown(property_id: str, document: Document) -> Document:
    """The property as v2 answers it."""
    version = {
        "createdAt": document["changed"],
        "message": "",
        "number": document["version"],
        "minorEdit": False,
        "authorId": AUTHOR,
    }
    return {"id": property_id, "key": document["key"], "value": document["value"], "version": version}


def _key_and_value(body: Any) -> tuple[str, Any]:
    if not isinstance(body, dict) or set(body) - {"key", "value", "version"}:
        raise RefusedError(400, "Malformed request body: key and value are expected")
    key = body.get("key")
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY or "value" not in body:
        raise RefusedError(400, f"A property needs a value and a key of at most {LONGEST_KEY} characters")
    return key, body["value"]


def _page(request: Request) -> str:
    page_id = identifier(request, "page")
    page_of_world(world(request), page_id)
    return page_id


def _writable(request: Request) -> str:
    page_id, there = _page(request), world(request)
    if there.lacks(SYSTEM, "update"):
        raise RefusedError(403, f"No permission to update the content with id {page_id}")
    return page_id


def _found(request: Request, page_id: str) -> tuple[str, Document]:
    property_id = identifier(request, "property")
    document = world(request).state.table(SYSTEM, "property").get(property_id)
    if document is None or document["page"] != page_id:
        raise RefusedError(404, f"Property not found: {property_id}")
    return property_id, document
