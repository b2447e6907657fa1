"""Jira's answers and refusals: the platform and Service Management each have their own error body."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

Json = dict[str, Any]


class Refused(Exception):
    """The request is refused: everything it wrote is taken back and `answer` is sent."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


def refused(status: int, *messages: str, errors: Mapping[str, str] | None = None) -> Refused:
    """A refusal of the platform: `messages` about the whole, `errors` by field."""
    return Refused(JSONResponse({"errorMessages": list(messages), "errors": dict(errors or {})}, status))


def desk_refused(status: int, message: str, key: str = "sd.rest.error") -> Refused:
    """A refusal of Service Management."""
    body = {"errorMessage": message, "i18nErrorMessage": {"i18nKey": key, "parameters": []}}
    return Refused(JSONResponse(body, status))


MESSAGES = {
    400: "The request is not valid.",
    401: "Client must be authenticated to access this resource.",
    403: "You do not have permission to perform this operation.",
    404: "The requested object does not exist, or you do not have permission to see it.",
    409: "The object was changed by somebody else.",
    413: "The request is too large.",
    422: "The request can't be processed.",
    429: "Rate limit exceeded.",
}


def refusal(path: str, status: int) -> Response:
    """A refusal with this status for a fault that a test injects, in the form of the API that the path belongs to."""
    message = MESSAGES.get(status, "Internal server error")
    of_desk = path.startswith("/rest/servicedeskapi")
    return (desk_refused(status, message) if of_desk else refused(status, message)).answer


def error_body(refusal: Refused) -> Json:
    """The error collection of a platform refusal, for answers that carry several."""
    found: Json = json.loads(bytes(refusal.answer.body))
    return found


def answered(body: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return JSONResponse(body, status)


def done() -> Response:
    """The empty answer 204."""
    return Response(status_code=204)


def moment() -> str:
    """Now, in the one format that Jira writes: milliseconds and an offset without a colon."""
    now = dt.datetime.now(dt.UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}+0000"


def date_of(text: str) -> Json:
    """A moment as Service Management writes it, four times over."""
    then = dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    return {
        "iso8601": then.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "jira": text,
        "friendly": then.strftime("%d/%b/%y %I:%M %p"),
        "epochMillis": int(then.timestamp() * 1000),
    }
