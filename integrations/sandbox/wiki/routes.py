"""The routes of the wiki, and their names in the log."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from integrations.sandbox.pretend import Operation
from integrations.sandbox.wiki import account, labels, pages, properties, search, spaces
from integrations.sandbox.wiki.call import Answer, RefusedError, v1, v2

V2, V1 = "/wiki/api/v2", "/wiki/rest/api"
PROPERTIES = V2 + "/pages/{page}/properties"


@dataclasses.dataclass(frozen=True)
class Call:
    """An operation of the vendor."""

    method: str
    path: str
    name: str
    handler: Callable[[Request, Any], Any]

    @property
    def writes(self) -> bool:
        """Return whether Confluence changes anything for it."""
        return self.method != "GET"

    @property
    def endpoint(self) -> Answer:
        """The handler behind the credentials."""
        return v2(self.handler) if self.path.startswith(V2) else v1(self.handler)


CALLS = (
    Call("GET", V2 + "/spaces", "space.list", spaces.listing),
    Call("GET", V2 + "/spaces/{id}", "space.get", spaces.get),
    Call("GET", V2 + "/spaces/{id}/operations", "space.operations", spaces.operations),
    Call("GET", V2 + "/spaces/{id}/pages", "space.pages", pages.of_space),
    Call("GET", V2 + "/pages", "page.list", pages.listing),
    Call("POST", V2 + "/pages", "page.create", pages.create),
    Call("GET", V2 + "/pages/{id}", "page.get", pages.get),
    Call("PUT", V2 + "/pages/{id}", "page.update", pages.update),
    Call("GET", V2 + "/pages/{id}/children", "page.children", pages.children),
    Call("GET", V2 + "/pages/{id}/direct-children", "page.children", pages.children),
    Call("GET", V2 + "/pages/{id}/operations", "page.operations", pages.operations),
    Call("GET", V2 + "/pages/{id}/versions", "page.versions", pages.versions),
    Call("GET", V2 + "/pages/{id}/labels", "page.labels", labels.listing),
    Call("GET", PROPERTIES, "page.property.list", properties.listing),
    Call("POST", PROPERTIES, "page.property.create", properties.create),
    Call("GET", PROPERTIES + "/{property}", "page.property.get", properties.get),
    Call("PUT", PROPERTIES + "/{property}", "page.property.update", properties.update),
    Call("DELETE", PROPERTIES + "/{property}", "page.property.delete", properties.delete),
    Call("GET", V1 + "/user/current", "user.current", account.current),
    Call("GET", V1 + "/content/search", "content.search", search.search),
    Call("GET", V1 + "/search", "content.search", search.search),
    Call("POST", V1 + "/content/{id}/label", "label.add", labels.add),
    Call("DELETE", V1 + "/content/{id}/label", "label.remove", labels.remove),
    Call("DELETE", V1 + "/content/{id}/label/{label}", "label.remove", labels.remove),
    Call("GET", V1 + "/content", "content.gone", account.gone),
    Call("POST", V1 + "/content", "content.gone", account.gone),
    Call("GET", V1 + "/content/{id}", "content.gone", account.gone),
    Call("PUT", V1 + "/content/{id}", "content.gone", account.gone),
    Call("DELETE", V1 + "/content/{id}", "content.gone", account.gone),
)


def _nowhere(_request: Request, _body: Any) -> Response:
    raise RefusedError(404, "Not Found")


_ROUTES = [(Route(call.path, call.endpoint, methods=[call.method]), call) for call in CALLS]
ROUTES = [
    *(route for route, _ in _ROUTES),
    Route("/{rest:path}", v2(_nowhere), methods=["GET", "POST", "PUT", "DELETE"]),
]


def operation(request: Request, _body: bytes) -> Operation:
    """The vendor operation that serves the request."""
    for route, call in _ROUTES:
        match, _ = route.matches(request.scope)
        if match is Match.FULL and request.method != "HEAD":
            return Operation(call.name, call.writes and call.name != "content.gone")
    return Operation("unknown", writes=False)
