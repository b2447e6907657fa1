"""Jira Cloud and Jira Service Management: two documents, and what neither of them says."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from integrations.sandbox.server import Exchange
from tests.contracts import adf, documents, issue_fields
from tests.contracts.credentials import authorization
from tests.contracts.openapi import Specification
from tests.contracts.operations import Operation
from tests.contracts.verdict import Verdict, parsed, unknown

PLATFORM = "/rest/api/3/"
SERVICE_DESK = "/rest/servicedeskapi/"
ISSUE = PLATFORM + "issue"
SEARCH = PLATFORM + "search/jql"
COMMENTS = ("/comment", "/comment/{id}")
TOLERATED = {
    "GET /rest/api/3/user/search": re.compile(r"request: unknown query parameter 'include(Active|Inactive)'\Z"),
    f"POST {ISSUE}/{{issueIdOrKey}}/transitions": re.compile(
        r"request: \$\.transition\.id: \d+ is not of type 'string'\Z"
    ),
}
"""What the `jira` library always sends beyond the document, and the vendor overlooks; by operation."""


@functools.cache
def platform() -> Specification:
    """Jira's own document."""
    return Specification(documents.load("atlassian/jira-platform-v3.json"))


@functools.cache
def service_desk() -> Specification:
    """Service Management's document."""
    return Specification(documents.load("atlassian/jira-service-management.json"))


class Jira:
    """The contract of Jira Cloud with Service Management."""

    def judge(self, exchange: Exchange) -> Verdict:
        """Everything in this exchange that the vendor does not allow."""
        if exchange.path.startswith(PLATFORM):
            specification = platform()
        elif exchange.path.startswith(SERVICE_DESK):
            specification = service_desk()
        else:
            return unknown(exchange, f"outside {PLATFORM} and {SERVICE_DESK}")
        operation = specification.find(exchange.method, exchange.path)
        if operation is None:
            return unknown(exchange, "Jira has no such operation")
        found = [*authorization(exchange, "Basic", "Bearer"), *specification.problems(exchange, operation)]
        found += [f"request: {text}" for text in _request_problems(exchange, operation)]
        if exchange.status < 400 and exchange.path.startswith(PLATFORM):
            found += [f"answer {exchange.status}: {text}" for text in _answer_problems(exchange, operation)]
        overlooked = TOLERATED.get(operation.name)
        return Verdict(operation.name, tuple(text for text in found if not (overlooked and overlooked.match(text))))


def _request_problems(exchange: Exchange, operation: Operation) -> Iterator[str]:
    body = parsed(exchange.body)
    if operation.document.get("x-experimental") and exchange.headers.get("x-experimentalapi") != "opt-in":
        yield "an experimental operation without the header X-ExperimentalApi: opt-in"
    if operation.name == "GET /rest/api/3/mypermissions" and "permissions" not in parse_qs(exchange.query):
        yield "asks for all permissions, which Jira refuses: `permissions` must name them"
    if operation.name == "GET /rest/api/3/user/search" and "username" in parse_qs(exchange.query):
        yield "the query parameter 'username' is deprecated"  # the document marks it everywhere but here
    if exchange.path.startswith(PLATFORM):
        yield from _issue_problems(operation, body)
        yield from _search_problems(exchange, operation, body)
        yield from _rich_text(operation, body)


def _issue_problems(operation: Operation, body: Any) -> Iterator[str]:
    if not operation.template.startswith(ISSUE) or not isinstance(body, dict):
        return
    updates = body.get("issueUpdates", [body])
    for update in updates if isinstance(updates, list) else []:
        if isinstance(update, dict):
            if isinstance(update.get("fields"), dict):
                yield from issue_fields.written(update["fields"])
            yield from issue_fields.unknown(update.get("update") or {}, issue_fields.READABLE)


def _search_problems(exchange: Exchange, operation: Operation, body: Any) -> Iterator[str]:
    if operation.template not in (SEARCH, ISSUE + "/{issueIdOrKey}", ISSUE + "/bulkfetch"):
        return
    if operation.method == "get":
        named = [name for value in parse_qs(exchange.query).get("fields", ()) for name in value.split(",")]
    else:
        named = body.get("fields", []) if isinstance(body, dict) and operation.method == "post" else []
    if isinstance(named, list):
        yield from issue_fields.unknown(named, issue_fields.SEARCHABLE)


def _rich_text(operation: Operation, body: Any) -> Iterator[str]:
    """Every place of a body that must be ADF, and whatever else says that it is."""
    if not isinstance(body, dict):
        return
    if operation.template.endswith(COMMENTS) and "body" in body:
        yield from adf.problems("the comment's body", body["body"])
        return
    updates = body.get("issueUpdates", [body])
    for update in updates if isinstance(updates, list) else []:
        yield from _added_comments(update)
        fields = update.get("fields") if isinstance(update, dict) else None
        for name in issue_fields.RICH if isinstance(fields, dict) else ():
            if isinstance(fields, dict) and fields.get(name) is not None and not _says_doc(fields[name]):
                yield from adf.problems(name, fields[name])
    for place, document in adf.documents_within(body):
        yield from adf.problems(place, document)


def _added_comments(update: Any) -> Iterator[str]:
    """The comments that an edit or a transition adds; those that say that they are ADF are looked at as everything."""
    added = (update.get("update") or {}).get("comment") if isinstance(update, dict) else None
    for operation in added if isinstance(added, list) else []:
        comment = operation.get("add") if isinstance(operation, dict) else None
        if not isinstance(comment, dict) or not _says_doc(comment.get("body")):
            body = comment.get("body") if isinstance(comment, dict) else comment
            yield from adf.problems("an added comment's body", body)


def _says_doc(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "doc"


def _answer_problems(exchange: Exchange, operation: Operation) -> Iterator[str]:
    body = parsed(exchange.answer)
    if operation.template.endswith(COMMENTS) and isinstance(body, dict):
        for comment in body.get("comments", [body]):
            if isinstance(comment, dict) and "body" in comment and not _says_doc(comment["body"]):
                yield from adf.problems("the comment's body", comment["body"])
    for issue in _issues(body):
        fields = issue["fields"]
        yield from issue_fields.unknown(fields, issue_fields.READABLE)
        for name in issue_fields.RICH:
            if fields.get(name) is not None and not _says_doc(fields[name]):
                yield from adf.problems(name, fields[name])
    for place, document in adf.documents_within(body):
        yield from adf.problems(place, document)


def _issues(body: Any) -> Iterator[dict[str, Any]]:
    """Every issue in an answer: one object that has a key and fields, or a list of such."""
    if not isinstance(body, dict):
        return
    for candidate in [body, *body.get("issues", [])] if isinstance(body.get("issues", []), list) else [body]:
        if isinstance(candidate, dict) and isinstance(candidate.get("fields"), dict) and "key" in candidate:
            yield candidate
