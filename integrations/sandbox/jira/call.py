"""Requests to the pretend Jira: who asks, for what, in which world; and the route that serves them."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route, compile_path

from integrations.sandbox.jira.answers import Json, Refused, desk_refused, refused
from integrations.sandbox.pretend import ACCOUNT, TOKEN, Operation, World, world

SYSTEM = "jira"
PLATFORM = "/rest/api/3"
DESK = "/rest/servicedeskapi"
LARGEST = 2**31 - 1
CREDENTIALS = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


@dataclasses.dataclass(frozen=True)
class Call:
    """A request whose credentials are right. `base` is the site's address."""

    world: World
    base: str
    route: str
    path: Mapping[str, str]
    query: QueryParams
    headers: Headers
    body: bytes

    @property
    def email(self) -> str:
        """The address of the account that asks; an anonymous request counts as ours."""
        given = self.headers.get("authorization")
        return ACCOUNT if given is None else _credentials(given)[0]

    @property
    def of_service_management(self) -> bool:
        """Return whether the request goes to Service Management, whose errors look different."""
        return self.route.startswith(DESK)

    def lacks(self, right: str) -> bool:
        """Return whether the account lacks this right; rights on a project are named `Right:KEY`."""
        return self.world.lacks(SYSTEM, right)

    def refuse(self, status: int, message: str) -> Refused:
        """A refusal in the words of the API that was called."""
        return desk_refused(status, message) if self.of_service_management else refused(status, message)

    def json(self) -> Any:
        """The body as JSON."""
        if not self.headers.get("content-type", "").startswith("application/json"):
            raise self.refuse(415, "Unsupported Media Type")
        try:
            return json.loads(self.body)
        except ValueError:
            raise self.refuse(400, "There was an error parsing JSON. Check that your request body is valid.") from None

    def document(self, known: Mapping[str, type | tuple[type, ...]], required: Sequence[str] = ()) -> Json:
        """The body as an object that has no other than the known keys, with values of their types."""
        body = self.json()
        if not isinstance(body, dict):
            raise self.refuse(400, "Cannot deserialize the request body: a JSON object is expected.")
        for key, value in body.items():
            if key not in known:
                raise self.refuse(400, f'Unrecognized field "{key}"')
            if value is not None and not of_type(value, known[key]):
                raise self.refuse(400, f'Cannot deserialize value of field "{key}": unexpected type.')
        for key in required:
            if body.get(key) is None:
                raise self.refuse(400, f"{key} is required.")
        return body

    def number(self, name: str, default: int, most: int | None = None) -> int:
        """A query parameter that counts something; the trap `page_size` caps those that have a `most`."""
        text = self.query.get(name)
        if text is not None and not (text.isdecimal() and text.isascii() and int(text) <= LARGEST):
            raise self.refuse(400, f"The parameter '{name}' must be a whole number that is not negative.")
        value = default if text is None else int(text)
        return value if most is None else min(value, most, self.world.traps.page_size or most)

    def list(self, name: str) -> list[str]:
        """A query parameter that may be repeated and may hold several, parted by commas."""
        return [part.strip() for text in self.query.getlist(name) for part in text.split(",") if part.strip()]


def of_type(value: Any, expected: type | tuple[type, ...]) -> bool:
    """Return whether a JSON value is of the type; true and false are no numbers."""
    if isinstance(value, bool):
        return expected is bool or (isinstance(expected, tuple) and bool in expected)
    return isinstance(value, expected)


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """An operation of the vendor.

    It has a method and a path template, its name in the request log, and the function that serves it.
    """

    method: str
    path: str
    operation: str
    serve: Callable[[Call], Response]
    anonymous: bool = False
    writes: bool | None = None
    """None: every method but GET writes."""

    @property
    def logged(self) -> Operation:
        """The operation as the request log shows it."""
        return Operation(self.operation, self.method != "GET" if self.writes is None else self.writes)

    def to_route(self) -> Route:
        """The route, in a transaction: a refusal takes everything back."""

        async def handle(request: Request) -> Response:
            body = await request.body()
            given = world(request)
            call = Call(
                given,
                request.scope["closedwon.base"],
                self.path,
                request.path_params,
                request.query_params,
                request.headers,
                body,
            )
            try:
                authenticate(call, anonymous=self.anonymous)
                with given.state.transaction():
                    return self.serve(call)
            except Refused as refusal:
                return refusal.answer

        return Route(self.path, handle, methods=[self.method], name=self.operation)


def _credentials(given: str) -> tuple[str, str]:
    """The address and the token of basic authentication; empty where it is none."""
    try:
        email, _, token = base64.b64decode(given.removeprefix("Basic "), validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return email, token


def authenticate(call: Call, *, anonymous: bool) -> None:
    """Refuse wrong credentials, and missing ones unless the operation may be called by anybody."""
    given = call.headers.get("authorization")
    if given == CREDENTIALS or (given is None and anonymous):
        return
    email, token = _credentials(given or "")
    users = call.world.state.table(SYSTEM, "user").values() if token == TOKEN else ()
    if any(user["email"] == email and user["active"] and user["accountType"] == "atlassian" for user in users):
        return  # one of our people, with all rights of the account
    refusal = call.refuse(401, "Client must be authenticated to access this resource.")
    refusal.answer.headers["WWW-Authenticate"] = 'OAuth realm="https%3A%2F%2Facme.atlassian.example"'
    refusal.answer.headers["X-Seraph-LoginReason"] = "AUTHENTICATED_FAILED" if given else "OUT"
    raise refusal


def namer(endpoints: Sequence[Endpoint]) -> Callable[[Request, bytes], Operation]:
    """Return the function that names a request.

    By method and number of path segments only a few patterns remain to be tried.
    """
    patterns: dict[tuple[str, int], list[tuple[Any, Operation]]] = {}
    for endpoint in endpoints:
        shape = (endpoint.method, endpoint.path.count("/"))
        patterns.setdefault(shape, []).append((compile_path(endpoint.path)[0], endpoint.logged))

    def name(request: Request, _body: bytes) -> Operation:
        path = request.scope["path"]
        for pattern, operation in patterns.get((request.method, path.count("/")), ()):
            if pattern.match(path):
                return operation
        return Operation("unknown", writes=False)

    return name


def dead_end(routes: Sequence[Route]) -> Route:
    """Return the route that answers when no operation does.

    It answers 405 where the path has another method, else 404.
    """

    async def handle(request: Request) -> Response:
        for route in routes:
            if route.matches(request.scope)[0] is Match.PARTIAL:
                return _plain_error(405, "HTTP 405 Method Not Allowed")
        return _plain_error(404, f"null for uri: {request.scope['closedwon.base']}{request.scope['path']}")

    methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    return Route("/{rest:path}", handle, methods=methods)


def _plain_error(status: int, message: str) -> Response:
    body = json.dumps({"message": message, "status-code": status})
    return Response(body, status, media_type="application/json")
