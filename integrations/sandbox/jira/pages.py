"""Pages for people: where an object's link leads. Plain, and open to anybody on this machine."""

from __future__ import annotations

import html
import json
from typing import Any

from starlette.responses import HTMLResponse, Response

from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import SYSTEM, Call, Endpoint
from integrations.sandbox.state import Document

ORGANIZATION = "/jira/servicedesk/projects/{project}/organization/{organization}"
DESK_PROJECT = "SUP"


def link(kind: str, document: dict[str, Any]) -> str | None:
    """The address of an object's page, from the sandbox's root; None: it has none."""
    if kind in ("issue", "project"):
        return f"/jira/browse/{document['key']}"
    if kind == "servicedesk":
        return f"/jira/browse/{document['projectKey']}"
    if kind == "organization":
        return "/jira" + ORGANIZATION.format(project=DESK_PROJECT, organization=document["id"])
    return None


def browse(call: Call) -> Response:
    """The page of an issue or a project."""
    term = f"key:{call.path['key'].upper()}"
    found = books(call.world)
    return _page(call.path["key"], found.issues.one(term) or found.projects.one(term))


def show_organization(call: Call) -> Response:
    """The page of an organization."""
    found = call.world.state.table(SYSTEM, "organization").get(call.path["organization"])
    return _page(found["name"] if found else call.path["organization"], found)


def _page(title: str, document: Document | None) -> Response:
    heading = html.escape(title)
    if document is None:
        return HTMLResponse(f"<!doctype html><title>{heading}</title><p>There is no {heading}.", 404)
    rows = "".join(
        f"<dt>{html.escape(name)}<dd>{html.escape(value if isinstance(value, str) else json.dumps(value))}"
        for name, value in document.items()
    )
    return HTMLResponse(
        f'<!doctype html><meta charset="utf-8"><title>{heading}</title><h1>{heading}</h1><dl>{rows}</dl>'
    )


ENDPOINTS = [
    Endpoint("GET", "/browse/{key}", "page.browse", browse, anonymous=True),
    Endpoint("GET", ORGANIZATION, "page.organization", show_organization, anonymous=True),
]
