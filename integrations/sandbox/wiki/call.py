"""Requests to the pretend Confluence, and their answers: credentials, refusals, pages of a listing."""

from __future__ import annotations

import base64
import http
import itertools
import json
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integrations.sandbox.pretend import ACCOUNT, TOKEN, world

SYSTEM = "wiki"
CREDENTIALS = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
AUTHOR = "712020:closedwon"
DEFAULT_LIMIT, LARGEST_LIMIT = 25, 250


class RefusedError(Exception):
    """Refusal that Confluence answers with: a status and a sentence."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status, self.title = status, title


Answer = Callable[[Request], Awaitable[Response]]


def v2(handler: Callable[[Request, Any], Any]) -> Answer:
    """Serve a v2 call: `handler` gets the request and its JSON body; what it returns is the answer's body."""
    return _serving(handler, refusal_v2)


def v1(handler: Callable[[Request, Any], Any]) -> Answer:
    """Serve a v1 call; only its refusals look different."""
    return _serving(handler, refusal_v1)


def _serving(handler: Callable[[Request, Any], Any], refusal: Callable[[int, str], Response]) -> Answer:
    async def serve(request: Request) -> Response:
        try:
            _authenticate(request)
            body = _document(request, await request.body())
            with world(request).state.transaction():
                answer = handler(request, body)
        except RefusedError as error:
            return refusal(error.status, error.title)
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    return serve


def _authenticate(request: Request) -> None:
    if request.headers.get("authorization") != CREDENTIALS:
        raise RefusedError(401, "Unauthorized")


def _document(request: Request, body: bytes) -> Any:
    if request.method not in ("POST", "PUT"):
        return None
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise RefusedError(415, "Unsupported Media Type")
    try:
        return json.loads(body)
    except ValueError as error:
        raise RefusedError(400, "Malformed request body: it is not JSON") from error


def refusal_v2(status: int, title: str) -> Response:
    """An error as v2 words it."""
    code = http.HTTPStatus(status).name
    return JSONResponse({"errors": [{"status": status, "code": code, "title": title, "detail": None}]}, status)


def refusal_v1(status: int, title: str) -> Response:
    """An error as v1 words it."""
    data = {"authorized": status != 403, "valid": status != 400, "errors": [], "successful": False}
    return JSONResponse({"statusCode": status, "data": data, "message": title}, status)


def refusal(path: str, status: int) -> Response:
    """A refusal with this status for a fault that a test injects, in the form of the version that is called."""
    title = http.HTTPStatus(status).phrase
    return refusal_v2(status, title) if path.startswith("/wiki/api/v2") else refusal_v1(status, title)


def now() -> str:
    """This moment as Confluence writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def not_a_number(name: str, value: object) -> RefusedError:
    """Return Confluence's refusal of an id that is no number."""
    return RefusedError(400, f"Provided value {{{value}}} for '{name}' is not the correct type. Expected type is long")


def identifier(request: Request, name: str = "id") -> str:
    """The number in the path; anything else is refused as Confluence does."""
    value: str = request.path_params[name]
    if not value.isdecimal():
        raise not_a_number(name, value)
    return value


def numbers(request: Request, name: str, most: int) -> list[str]:
    """A query parameter that takes several ids, at most so many, repeated or separated by commas."""
    values = several(request, name, most)
    for value in values:
        if not value.isdecimal():
            raise not_a_number(name, value)
    return values


def several(request: Request, name: str, most: int | None = None) -> list[str]:
    """A query parameter that takes several values, at most so many, repeated or separated by commas."""
    values = [part for value in request.query_params.getlist(name) for part in value.split(",") if part]
    if most is not None and len(values) > most:
        raise RefusedError(400, f"Provided value for '{name}' has {len(values)} items: at most {most} are allowed")
    return values


def only(request: Request, *known: str) -> None:
    """Refuse query parameters that this call does not have: a misspelt filter must not go unnoticed."""
    for name in request.query_params:
        if name not in known:
            raise RefusedError(400, f"Unknown query parameter '{name}'")


def page_of(request: Request, rows: Callable[[str | None], Iterable[tuple[str, Any]]]) -> Response:
    """Return a page of a listing; where there is more, `_links.next` and the `Link` header lead to it.

    `rows` yields id and object of everything behind the id that the cursor holds.
    """
    limit = _limit(request)
    found = list(itertools.islice(rows(_cursor(request)), limit + 1))
    links: dict[str, str] = {"base": f"{request.scope['closedwon.base']}/wiki"}
    headers = {}
    if len(found) > limit:
        found.pop()
        cursor = base64.b64encode(json.dumps({"id": found[-1][0]}).encode()).decode()
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        links["next"] = f"{request.url.path}?{urlencode([*kept, ('cursor', cursor)])}"
        headers["Link"] = f'<{links["next"]}>; rel="next"'
    return JSONResponse({"results": [page for _, page in found], "_links": links}, headers=headers)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_LIMIT:
        raise RefusedError(400, f"Provided value {{{text}}} for 'limit' must be between 1 and {LARGEST_LIMIT}")
    return min(int(text), world(request).traps.page_size or LARGEST_LIMIT)


def _cursor(request: Request) -> str | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        after = json.loads(base64.b64decode(text, validate=True))["id"]
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError(400, "Invalid cursor") from error
    return str(after)
