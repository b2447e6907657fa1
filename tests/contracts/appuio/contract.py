"""Exchanges with the Control API: path, verb, query, body and answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import yaml

from integrations.sandbox.server import Exchange
from tests.contracts.appuio import schemas
from tests.contracts.appuio.routes import DISCOVERY, QUERIES, STATUSES, Call, call
from tests.contracts.credentials import authorization
from tests.contracts.verdict import Verdict, parsed, sentences, unknown

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
PATCHES = (APPLY, MERGE, "application/json-patch+json")


class Appuio:
    """The contract of the APPUiO Control API."""

    def judge(self, exchange: Exchange) -> Verdict:
        """Everything in this exchange that the API does not allow."""
        if exchange.path.rstrip("/") in DISCOVERY:
            wrong = () if exchange.method == "GET" else ("request: this path can only be read",)
            return Verdict(f"{exchange.method} {exchange.path}", wrong)
        called = call(exchange.method, exchange.path)
        if called is None:
            return unknown(exchange, "the Control API has no such path")
        if not called.verb:
            return unknown(exchange, f"{called.served.plural} do not know {exchange.method} here")
        found = list(authorization(exchange, "Bearer"))
        found += [f"request: {text}" for text in _request_problems(exchange, called)]
        found += [f"answer {exchange.status}: {text}" for text in _answer_problems(exchange, called)]
        return Verdict(called.operation, tuple(found))


def _media_type(exchange: Exchange) -> str:
    return exchange.headers.get("content-type", "").partition(";")[0].strip().lower()


def _request_problems(exchange: Exchange, called: Call) -> Iterator[str]:
    query = parse_qs(exchange.query, keep_blank_values=True)
    for name in sorted(set(query) - QUERIES[called.verb]):
        yield f"unknown query parameter {name!r}"
    if called.verb in ("get", "list") and exchange.body:
        yield "has a body, and the operation takes none"
    elif called.verb in ("create", "update"):
        yield from _whole_object(exchange, called)
    elif called.verb == "patch":
        yield from _patch(exchange, called, query)


def _whole_object(exchange: Exchange, called: Call) -> Iterator[str]:
    if _media_type(exchange) != "application/json":
        yield f"content type {_media_type(exchange) or 'missing'}, application/json is wanted"
    body = parsed(exchange.body)
    form: schemas.Form = "create" if called.verb == "create" else "replace"
    yield from sentences(schemas.validator(called.served.kind, form).iter_errors(body))
    yield from _misplaced(body, called)


def _patch(exchange: Exchange, called: Call, query: dict[str, list[str]]) -> Iterator[str]:
    media_type = _media_type(exchange)
    if media_type not in PATCHES:
        yield f"content type {media_type or 'missing'}, one of {', '.join(PATCHES)} is wanted"
        return
    if media_type == APPLY:
        if not query.get("fieldManager", [""])[0]:
            yield "server-side apply without the query parameter fieldManager"
        body = yaml.safe_load(exchange.body)
        for key in ("apiVersion", "kind"):
            if not isinstance(body, dict) or key not in body:
                yield f"server-side apply without {key}"
        yield from sentences(schemas.validator(called.served.kind, "part").iter_errors(body))
        yield from _misplaced(body, called)
        return
    body = parsed(exchange.body)
    if media_type == MERGE:
        yield from sentences(schemas.validator(called.served.kind, "part").iter_errors(_without_null(body)))
        yield from _misplaced(body, called)
    else:
        yield from sentences(schemas.JSON_PATCH.iter_errors(body))


def _misplaced(body: Any, called: Call) -> Iterator[str]:
    """A body's own name and namespace must be those of its path."""
    metadata = body.get("metadata") if isinstance(body, dict) else None
    if not isinstance(metadata, dict):
        return
    for key, placed in (("name", called.name), ("namespace", called.namespace)):
        if placed is not None and metadata.get(key, placed) != placed:
            yield f"metadata.{key} is {metadata[key]!r}, the path says {placed!r}"


def _without_null(value: Any) -> Any:
    """A merge patch removes what it sets to null."""
    if isinstance(value, dict):
        return {key: _without_null(part) for key, part in value.items() if part is not None}
    return value


def _answer_problems(exchange: Exchange, called: Call) -> Iterator[str]:
    refused = exchange.status in (401, 403, 429) or exchange.status >= 500
    if not refused and exchange.status not in STATUSES[called.verb]:
        yield "undocumented status"
    if not exchange.answer_headers.get("content-type", "").startswith("application/json"):
        yield "is not application/json"
    body = parsed(exchange.answer)
    if exchange.status >= 400:
        yield from _failure(exchange.status, body)
    elif called.verb == "list":
        yield from _listing(body, called)
    elif not (isinstance(body, dict) and body.get("kind") == "Status" and called.verb == "delete"):
        yield from sentences(schemas.validator(called.served.kind, "answer").iter_errors(body))
        yield from _misplaced(body, called)


def _failure(status: int, body: Any) -> Iterator[str]:
    yield from sentences(schemas.STATUS.iter_errors(body))
    if isinstance(body, dict) and body.get("code") != status:
        yield f"code is {body.get('code')!r}"
    if isinstance(body, dict) and body.get("status") != "Failure":
        yield f"status is {body.get('status')!r}, not 'Failure'"


def _listing(body: Any, called: Call) -> Iterator[str]:
    yield from sentences(schemas.LIST.iter_errors(body))
    if not isinstance(body, dict):
        return
    for key, value in (("kind", f"{called.served.kind}List"), ("apiVersion", called.served.api_version)):
        if body.get(key) != value:
            yield f"{key} is {body.get(key)!r}, not {value!r}"
    item = schemas.validator(called.served.kind, "item")
    for number, part in enumerate(body["items"] if isinstance(body.get("items"), list) else ()):
        yield from (f"items[{number}] {text}" for text in sentences(item.iter_errors(part)))
