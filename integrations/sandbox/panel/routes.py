"""The routes of the panel, and their names in the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from integrations.sandbox.panel import invitations, objects, patches, reviews
from integrations.sandbox.panel.call import Endpoint, RefusedError, serve
from integrations.sandbox.panel.kinds import BY_RESOURCE, KINDS, REDEMPTION, Kind
from integrations.sandbox.pretend import Operation

VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
REVIEWS = {
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": ("selfsubjectaccessreview.create", reviews.access),
    "/apis/authentication.k8s.io/v1/selfsubjectreviews": ("selfsubjectreview.create", reviews.myself),
}
_PATH = re.compile(r"/apis/([^/]+)/v1/(?:namespaces/[^/]+/)?([^/]+)(/[^/]+)?\Z")


def operation(request: Request, _body: bytes) -> Operation:
    """The vendor operation that serves the request, such as `organization.create`."""
    path = request.scope["path"]
    if path in REVIEWS:
        return Operation(REVIEWS[path][0], writes=False)
    found = _PATH.match(path)
    kind = BY_RESOURCE.get((found[1], found[2])) if found else None
    if found is None or kind is None:
        return Operation("unknown", writes=False)
    verb = VERBS.get(request.method) or ("get" if found[3] else "list")
    return Operation(f"{kind.table}.{verb}", writes=request.method in VERBS)


def _routes() -> list[Route]:
    made = [Route(path, serve(handler, 201), methods=["POST"]) for path, (_, handler) in REVIEWS.items()]
    redemptions = f"/apis/{REDEMPTION.group}/v1/{REDEMPTION.plural}"
    made.append(Route(redemptions, serve(invitations.redemption, 201), methods=["POST"]))
    for kind in KINDS:
        base = f"/apis/{kind.group}/v1"
        paths = [f"{base}/namespaces/{{namespace}}/{kind.plural}" if kind.namespaced else f"{base}/{kind.plural}"]
        if kind.namespaced:
            made.append(Route(f"{base}/{kind.plural}", _reading(objects.listing, kind), methods=["GET"]))
        made += _of_kind(kind, paths[0])
    made.append(Route("/version", _version, methods=["GET"]))
    made += [Route(f"/{name}", _healthy, methods=["GET"]) for name in ("livez", "readyz", "healthz")]
    made.append(Route("/{rest:path}", serve(_nowhere), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]))
    return made


def _of_kind(kind: Kind, collection: str) -> list[Route]:
    handlers: dict[str, tuple[str, str, Endpoint]] = {
        "list": ("GET", "", _reading(objects.listing, kind)),
        "create": ("POST", "", _writing(objects.create, kind, 201)),
        "get": ("GET", "/{name}", _reading(objects.get, kind)),
        "update": ("PUT", "/{name}", _writing(objects.replace, kind)),
        "patch": ("PATCH", "/{name}", _writing(patches.patch, kind)),
        "delete": ("DELETE", "/{name}", _reading(objects.delete, kind)),
    }
    routes = [
        Route(collection + part, endpoint, methods=[method])
        for verb, (method, part, endpoint) in handlers.items()
        if verb in kind.verbs
    ]
    other = serve(_not_allowed)
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return [*routes, Route(collection, other, methods=methods), Route(collection + "/{name}", other, methods=methods)]


def _reading(handler: Callable[[Request, Kind], Any], kind: Kind) -> Endpoint:
    return serve(lambda request, _body: handler(request, kind))


def _writing(handler: Callable[[Request, Any, Kind], Any], kind: Kind, code: int = 200) -> Endpoint:
    return serve(lambda request, body: handler(request, body, kind), code)


def _not_allowed(request: Request, _body: Any) -> None:
    raise RefusedError(405, f"the server does not allow this method on the requested resource ({request.method})")


def _nowhere(request: Request, _body: Any) -> Response:
    if request.url.path.startswith("/apis/"):
        raise RefusedError(404, "the server could not find the requested resource")
    return PlainTextResponse("404 page not found\n", 404)


async def _version(_request: Request) -> Response:
    return JSONResponse({"major": "1", "minor": "31", "gitVersion": "v1.31.4", "platform": "linux/amd64"})


async def _healthy(_request: Request) -> Response:
    return PlainTextResponse("ok")


ROUTES = _routes()
