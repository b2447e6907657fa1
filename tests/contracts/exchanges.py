"""Exchanges written by hand, for the checker's own tests: right ones, and ways to spoil them."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from integrations.sandbox.server import Exchange
from tests.contracts.checker import Checker

CREDENTIALS = {
    "jira": {"authorization": "Basic Y2xvc2Vkd29uOnRva2Vu"},
    "wiki": {"authorization": "Basic Y2xvc2Vkd29uOnRva2Vu"},
    "panel": {"authorization": "Bearer sandbox-token"},
    "portal": {"x-accesstoken": "sandbox-token"},
    "erp": {"authorization": "bearer sandbox-token"},
}


def exchange(
    system: str,
    call: str,
    body: Any = None,
    status: int = 200,
    answer: Any = None,
    *,
    headers: dict[str, str] | None = None,
) -> Exchange:
    """`call` is method, path and query in one, as `GET /path?a=b`; bodies are JSON, bytes stay as they are."""
    method, _, target = call.partition(" ")
    path, _, query = target.partition("?")
    return Exchange(
        system=system,
        method=method,
        path=path,
        query=query,
        headers={
            **CREDENTIALS[system],
            **({} if body is None else {"content-type": "application/json"}),
            **(headers or {}),
        },
        body=_encoded(body),
        status=status,
        answer_headers={"content-type": "text/plain" if isinstance(answer, bytes) else "application/json"},
        answer=_encoded(answer),
    )


def _encoded(body: Any) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    return json.dumps(body).encode()


def anonymous(original: Exchange) -> Exchange:
    """The same without credentials."""
    kept = {name: value for name, value in original.headers.items() if name not in ("authorization", "x-accesstoken")}
    return dataclasses.replace(original, headers=kept)


def answered(original: Exchange, status: int, answer: Any = None) -> Exchange:
    """The same with another answer."""
    return dataclasses.replace(original, status=status, answer=_encoded(answer))


def sent(original: Exchange, body: Any) -> Exchange:
    """The same with another body."""
    return dataclasses.replace(original, body=_encoded(body))


def asked(original: Exchange, query: str) -> Exchange:
    """The same with another query."""
    return dataclasses.replace(original, query=query)


def numbered(original: Exchange, number: int) -> Exchange:
    """The same, right as it is, but unequal to that of any other number."""
    headers, answered = ({**some, "x-number": str(number)} for some in (original.headers, original.answer_headers))
    return dataclasses.replace(original, headers=headers, answer_headers=answered)


def told(original: Exchange) -> list[str]:
    """What the checker says about it."""
    return [problem.text for problem in Checker().check(original)]
