"""Pages: created once a title, changed one version at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from integrations.sandbox.pretend import World, world
from integrations.sandbox.state import Document
from integrations.sandbox.wiki import drafts
from integrations.sandbox.wiki.call import (
    AUTHOR,
    SYSTEM,
    RefusedError,
    identifier,
    now,
    numbers,
    only,
    page_of,
    several,
)
from integrations.sandbox.wiki.index import index, title_term
from integrations.sandbox.wiki.spaces import may_create, space_of

MOST_PAGES, MOST_SPACES = 250, 100
"""Ids that one listing takes: `maxItems` of its parameters `id` and `space-id` (`confluence-v2.json`)."""
TAKEN = "A page with this title already exists: A page already exists with the same TITLE in this space"


def page_of_world(there: World, page_id: str) -> Document:
    """The page, if it exists and its space may be viewed.

    Raises:
        RefusedError: 404; Confluence does not tell the two apart.
    """
    page = there.state.table(SYSTEM, "page").get(page_id)
    if page is None or space_of(there, page["space"]) is None:
        raise RefusedError(404, f"Page not found: {page_id}")
    return {"id": page_id, **page}


def create(request: Request, body: Any) -> Document:
    """A new page; its title must be free in the space, archived pages included."""
    only(request, "embedded", "private", "root-level")
    there = world(request)
    draft = drafts.new(body)
    space = space_of(there, draft.space or "")
    if space is None or not may_create(there, space):
        raise RefusedError(404, f"Space with id {draft.space} not found, or no permission to create a page in it")
    parent = _parent(there, request, draft, space)
    _free(there, space["id"], draft.title, None)
    page_id = str(there.state.number(SYSTEM, "content", 65_600))
    page = {
        "space": space["id"],
        "spaceKey": space["key"],
        "title": draft.title,
        "parent": parent,
        "body": drafts.stored(draft.value, f"{page_id}/1"),
        "version": 1,
        "status": draft.status,
        "message": "",
        "history": [],
        "author": AUTHOR,
        "created": now(),
        "changed": now(),
        "labels": [],
    }
    index(there).pages.save(page_id, page)
    return shown(there, page_id, page, body=True)


def get(request: Request, _body: Any) -> Document:
    """Return a page, without its body unless `body-format` asks for it."""
    only(
        request,
        "body-format",
        "status",
        "version",
        "get-draft",
        "include-labels",
        "include-properties",
        "include-version",
    )
    page_id = identifier(request)
    there = world(request)
    page = page_of_world(there, page_id)
    if request.query_params.get("get-draft") == "true":
        page = {**page, **(page.get("draft") or {})}
    return shown(there, page_id, page, body=_with_body(request))


def update(request: Request, body: Any) -> Document:
    """Replace title, body and parent. The version must be the current one plus 1.

    What people have in an unpublished draft of the page is lost: Confluence merges the new text into the draft, and
    "if two versions are significantly diverged" the new one overrides it (`confluence-v2.json`); here it always does.
    """
    only(request)
    page_id, there = identifier(request), world(request)
    page = page_of_world(there, page_id)
    draft = drafts.changed(body, page_id)
    if there.lacks(SYSTEM, "update"):
        raise RefusedError(404, f"No permission to update the page with id {page_id}")
    if draft.space not in (None, page["space"]):
        raise RefusedError(400, "Moving a page to a different space is not supported")
    if draft.status == "draft":
        return _update_draft(there, page_id, page, draft)
    if draft.version != page["version"] + 1:
        raise RefusedError(
            409,
            "Version must be incremented when updating a page. "
            f"Current Version: [{page['version']}]. Provided version: [{draft.version}]",
        )
    _free(there, page["space"], draft.title, page_id)
    parent = page["parent"] if draft.parent is None else draft.parent
    if draft.parent is not None:
        _inside(there, draft.parent, page["space"])
    stored = {name: value for name, value in page.items() if name not in ("id", "draft")}
    changed = {
        **stored,
        "title": draft.title,
        "parent": parent,
        "body": drafts.stored(draft.value, f"{page_id}/{draft.version}"),
        "version": draft.version,
        "status": draft.status,
        "message": draft.message,
        "history": [*page["history"], _version(page)],
        "changed": now(),
    }
    index(there).pages.save(page_id, changed)
    return shown(there, page_id, changed, body=True)


def _update_draft(there: World, page_id: str, page: Document, draft: drafts.Draft) -> Document:
    """Keep an unpublished edit: for everybody else the page stays as it is."""
    if draft.version != 1:
        raise RefusedError(400, "Version number of a draft must be 1")
    written = {
        "title": draft.title,
        "body": drafts.stored(draft.value, f"{page_id}/draft"),
        "version": 1,
        "status": "draft",
        "message": draft.message,
        "changed": now(),
    }
    stored = {name: value for name, value in page.items() if name != "id"}
    index(there).pages.save(page_id, {**stored, "draft": written})
    return shown(there, page_id, {**page, **written}, body=True)


def listing(request: Request, _body: Any) -> Response:
    """Pages of the spaces that may be viewed, by ids, space and title; current and archived ones by default."""
    only(request, "id", "space-id", "title", "status", "body-format", "limit", "cursor", "sort", "subtype")
    return _listed(request, numbers(request, "space-id", MOST_SPACES), set(numbers(request, "id", MOST_PAGES)))


def of_space(request: Request, _body: Any) -> Response:
    """Pages of one space."""
    only(request, "title", "status", "body-format", "limit", "cursor", "sort", "depth")
    space_id = identifier(request)
    if space_of(world(request), space_id) is None:
        raise RefusedError(404, "Space not found")
    return _listed(request, [space_id], set())


def _listed(request: Request, spaces: list[str], ids: set[str]) -> Response:
    there, title, with_body = world(request), request.query_params.get("title"), _with_body(request)
    statuses = several(request, "status") or ["current", "archived"]
    if title is not None and spaces:
        terms = [title_term(space, title) for space in spaces]
    else:
        terms = [f"space:{space}" for space in spaces] or ["page"]

    def rows(after: str | None) -> Iterator[tuple[str, Document]]:
        found = (
            [number for term in terms for number in index(there).pages.find(term, after)] if len(terms) > 1 else None
        )
        for page_id, page in found or index(there).pages.find(terms[0], after):
            named = title is None or page["title"].lower() == title.lower()
            picked = page["status"] in statuses and (not ids or page_id in ids)
            if named and picked and space_of(there, page["space"]) is not None:
                yield page_id, shown(there, page_id, page, body=with_body)

    return page_of(request, rows)


def children(request: Request, _body: Any) -> Response:
    """The current pages right below a page."""
    only(request, "limit", "cursor", "sort")
    there, page_id = world(request), identifier(request)
    page_of_world(there, page_id)
    typed = {"type": "page"} if request.url.path.endswith("/direct-children") else {}

    def rows(after: str | None) -> Iterator[tuple[str, Document]]:
        for child_id, child in index(there).pages.find(f"parent:{page_id}", after):
            if child["status"] in ("current", "archived"):
                yield (
                    child_id,
                    {
                        "id": child_id,
                        "status": child["status"],
                        "title": child["title"],
                        "spaceId": child["space"],
                        "childPosition": int(child_id),
                        **typed,
                    },
                )

    return page_of(request, rows)


def versions(request: Request, _body: Any) -> Response:
    """The page's versions, newest first."""
    only(request, "body-format", "limit", "cursor", "sort")
    page = page_of_world(world(request), identifier(request))
    newest_first = [_version(page), *reversed(page["history"])]

    def rows(after: str | None) -> Iterator[tuple[str, Document]]:
        for version in newest_first:
            if after is None or version["number"] < int(after):
                yield str(version["number"]), version

    return page_of(request, rows)


def operations(request: Request, _body: Any) -> dict[str, Any]:
    """Return the operations that the account may do with the page."""
    there = world(request)
    page = page_of_world(there, identifier(request))
    allowed = [("read", "page"), ("copy", "page")]
    if not there.lacks(SYSTEM, "update"):
        allowed += [("update", "page"), ("create", "comment")]
    if may_create(there, space_of(there, page["space"]) or {}):
        allowed.append(("create", "page"))
    return {"operations": [{"operation": name, "targetType": target} for name, target in allowed]}


def shown(there: World, page_id: str, page: Document, *, body: bool) -> Document:
    """The page as v2 answers it."""
    space = there.state.table(SYSTEM, "space")[page["space"]]
    document = {
        "id": page_id,
        "status": page["status"],
        "title": page["title"],
        "spaceId": page["space"],
        "parentId": page["parent"],
        "parentType": "page",
        "position": int(page_id),
        "authorId": page["author"],
        "ownerId": page["author"],
        "lastOwnerId": None,
        "createdAt": page["created"],
        "version": _version(page),
        "body": {"storage": {"representation": "storage", "value": page["body"]}} if body else {},
        "_links": {
            "webui": f"/spaces/{space['key']}/pages/{page_id}",
            "editui": f"/pages/resumedraft.action?draftId={page_id}",
            "tinyui": f"/x/{page_id}",
        },
    }
    if page["parent"] is None:
        del document["parentId"], document["parentType"]
    return document


def _version(page: Document) -> Document:
    return {
        "createdAt": page["changed"],
        "message": page["message"],
        "number": page["version"],
        "minorEdit": False,
        "authorId": page["author"],
    }


def _with_body(request: Request) -> bool:
    wanted = request.query_params.get("body-format")
    if wanted not in (None, "storage", "atlas_doc_format", "view"):
        raise RefusedError(400, f"Provided value {{{wanted}}} for 'body-format' is not supported")
    return wanted == "storage"


def _parent(there: World, request: Request, draft: drafts.Draft, space: Document) -> str | None:
    if request.query_params.get("root-level") == "true":
        if draft.parent is not None:
            raise RefusedError(400, "parentId may not be given together with root-level")
        return None
    if draft.parent is None:
        homepage: str = space["homepage"]
        return homepage
    _inside(there, draft.parent, space["id"])
    return draft.parent


def _inside(there: World, parent: str, space: str) -> None:
    if page_of_world(there, parent)["space"] != space:
        raise RefusedError(400, "The parent ID specified is not in the same space")


def _free(there: World, space: str, title: str, page_id: str | None) -> None:
    for other, page in index(there).pages.find(title_term(space, title)):
        if other != page_id and page["status"] in ("current", "archived"):
            raise RefusedError(400, TAKEN)
