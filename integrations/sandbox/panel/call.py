"""Requests to the pretend Control API: who asks, and Kubernetes's answer where it refuses."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integrations.sandbox.panel.kinds import SYSTEM, Kind
from integrations.sandbox.pretend import ACCOUNT, TOKEN, World, world

MANAGER = "Unknown"
JSON, MERGE, APPLY = "application/json", "application/merge-patch+json", "application/apply-patch+yaml"
ACCEPTED = {"POST": (JSON, ""), "PUT": (JSON, ""), "PATCH": (MERGE, APPLY)}
"""Media types by method; a body without any is read as JSON."""
REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    410: "Expired",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}

Endpoint = Callable[[Request], Awaitable[Response]]


class RefusedError(Exception):
    """Refusal that the API answers with.

    It is a `Status` with a code, a sentence and, sometimes, details.
    """

    def __init__(
        self, code: int, message: str, reason: str | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.details = code, message, details
        self.reason = REASONS.get(code, "") if reason is None else reason

    def response(self) -> Response:
        """As it goes over the wire."""
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "code": self.code,
        }
        if self.reason:
            status["reason"] = self.reason
        if self.details:
            status["details"] = dict(self.details)
        return JSONResponse(status, self.code)


def refusal(_path: str, status: int) -> Response:
    """A `Status` with this code for a fault that a test injects."""
    return RefusedError(status, HTTPStatus(status).phrase).response()


def serve(handler: Callable[[Request, Any], Any], code: int = 200) -> Endpoint:
    """Serve a call: `handler` gets the request and its JSON body; what it returns is answered with `code`."""

    async def endpoint(request: Request) -> Response:
        try:
            authenticate(request)
            media_type(request)
            body = _document(await request.body())
            with world(request).state.transaction():
                answer = handler(request, body)
        except RefusedError as error:
            return error.response()
        return answer if isinstance(answer, Response) else JSONResponse(answer, code)

    return endpoint


def authenticate(request: Request) -> None:
    """Refuse any other token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token.strip() != TOKEN:
        raise RefusedError(401, "Unauthorized")


def allow(there: World, verb: str, kind: Kind, name: str = "") -> None:
    """Refuse what the account may not do; rights are called `create:organizations` and so on."""
    if there.lacks(SYSTEM, f"{verb}:{kind.plural}"):
        shown = f' "{name}"' if name else ""
        raise RefusedError(
            403,
            f'{kind.resource}{shown} is forbidden: User "{ACCOUNT}" cannot {verb} resource "{kind.plural}" '
            f'in API group "{kind.group}" at the cluster scope',
            details=_about(kind, name),
        )


def media_type(request: Request) -> str:
    """The body's media type, if it is one that the method takes."""
    if request.method not in ACCEPTED:
        return ""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in ACCEPTED[request.method]:
        known = ", ".join(media_type for media_type in ACCEPTED[request.method] if media_type)
        text = f"the body of the request was in an unknown format - accepted media types include: {known}"
        raise RefusedError(415, text)
    return sent


def missing(kind: Kind, name: str) -> RefusedError:
    """There is no such object."""
    return RefusedError(404, f'{kind.resource} "{name}" not found', details=_about(kind, name))


def exists(kind: Kind, name: str) -> RefusedError:
    """The name is taken."""
    message = f'{kind.resource} "{name}" already exists'
    return RefusedError(409, message, "AlreadyExists", _about(kind, name))


def conflict(kind: Kind, name: str) -> RefusedError:
    """The version sent is not the newest."""
    return RefusedError(
        409,
        f'Operation cannot be fulfilled on {kind.resource} "{name}": the object has been modified; '
        "please apply your changes to the latest version and try again",
        details=_about(kind, name),
    )


def invalid(kind: Kind, name: str, field: str, reason: str, text: str) -> RefusedError:
    """A value breaks a rule."""
    cause = {"reason": reason, "message": text, "field": field}
    message = f'{kind.name}.{kind.group} "{name}" is invalid: {field}: {text}'
    return RefusedError(422, message, details={"name": name, "group": kind.group, "kind": kind.name, "causes": [cause]})


def _about(kind: Kind, name: str) -> dict[str, Any]:
    return {**({"name": name} if name else {}), "group": kind.group, "kind": kind.plural}


def _document(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        raise RefusedError(400, f"the object provided is unrecognized: {error}") from error
