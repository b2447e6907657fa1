"""Searching issues by JQL: through an index that lags, only what may be browsed, page by page, without a total."""

from __future__ import annotations

import base64
import bisect
import dataclasses
import itertools
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from starlette.responses import Response

from integrations.sandbox.jira.answers import Json, answered, refused
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import PLATFORM, Call, Endpoint, of_type
from integrations.sandbox.jira.issues import jql
from integrations.sandbox.jira.issues.answer import chosen_fields, issue_answer
from integrations.sandbox.jira.permissions import visible_project
from integrations.sandbox.state import Document

MOST_WITH_FIELDS, MOST_IDS, MOST_RECONCILED, MOST_PROPERTIES = 100, 5000, 50, 5
KNOWN: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("jql", "nextPageToken", "expand"), str),
    **dict.fromkeys(("fields", "properties", "reconcileIssues"), list),
    "fieldsByKeys": bool,
    "maxResults": int,
}
TERMS = {"project": "project:{}", "labels": "label:{}", "key": "key:{}", "statusCategory": "category:{}"}


def search(call: Call) -> Response:
    """`POST search/jql`."""
    body = call.document(KNOWN)
    reconciled = body.get("reconcileIssues") or []
    if len(reconciled) > MOST_RECONCILED or not all(of_type(number, int) for number in reconciled):
        raise refused(400, f"At most {MOST_RECONCILED} issue ids can be reconciled.")
    return _search(call, body, frozenset(str(number) for number in reconciled))


def search_by_address(call: Call) -> Response:
    """`GET search/jql`: the same, asked for in the address."""
    body: Json = {name: call.query[name] for name in ("jql", "nextPageToken") if name in call.query}
    body |= {name: call.list(name) for name in ("fields", "properties")}
    if "maxResults" in call.query:
        body["maxResults"] = call.number("maxResults", 50)
    reconciled = call.list("reconcileIssues")
    if len(reconciled) > MOST_RECONCILED or not all(number.isdecimal() for number in reconciled):
        raise refused(400, f"At most {MOST_RECONCILED} issue ids can be reconciled.")
    return _search(call, body, frozenset(reconciled))


def count(call: Call) -> Response:
    """`POST search/approximate-count`."""
    body = call.document({"jql": str})
    query = _understood(call, body.get("jql") or "")
    return answered({"count": sum(1 for _ in _matching(call, query, 0, frozenset()))})


def removed(_call: Call) -> Response:
    """`GET|POST search`: gone for good."""
    message = (
        "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration "
        "guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
    )
    raise refused(410, message)


def _search(call: Call, body: Json, reconciled: frozenset[str]) -> Response:
    names = _texts(body.get("fields"))
    properties = _texts(body.get("properties"))
    if len(properties) > MOST_PROPERTIES:
        raise refused(400, f"At most {MOST_PROPERTIES} issue properties can be included.")
    limit = MOST_IDS if set(names) <= {"id", "key"} and not properties else MOST_WITH_FIELDS
    asked_most = body.get("maxResults") or 50
    most = min(asked_most if asked_most > 0 else 50, limit, call.world.traps.page_size or limit)
    query = _understood(call, body.get("jql") or "")
    after = _opened(body.get("nextPageToken"), body.get("jql") or "")
    page = list(itertools.islice(_matching(call, query, after, reconciled), most + 1))
    issues = [_shown(call, issue, names, properties) for issue in page[:most]]
    last = len(page) <= most
    token = {} if last else {"nextPageToken": _closed(page[most - 1]["id"], body.get("jql") or "")}
    return answered({"issues": issues, **token, "isLast": last})


def _texts(value: Any) -> list[str]:
    if not all(isinstance(text, str) for text in value or []):
        raise refused(400, "fields and properties are lists of strings.")
    return [part for text in value or [] for part in text.split(",") if part]


def _shown(call: Call, issue: Document, names: Sequence[str], properties: Sequence[str]) -> Json:
    if not (set(names) - {"id"}) and not properties:
        return {"id": issue["id"]}
    return issue_answer(call, issue, chosen_fields(names, []) if names else [], properties)


def _understood(call: Call, text: str) -> jql.Query:
    """The query, its values looked up: what does not exist, or may not be seen, is refused."""
    try:
        query = jql.parse(text)
        clauses = tuple(dataclasses.replace(clause, values=_known(call, clause)) for clause in query.clauses)
    except jql.BadQuery as fault:
        raise refused(400, str(fault)) from None
    return dataclasses.replace(query, clauses=clauses)


def _known(call: Call, clause: jql.Clause) -> tuple[str, ...]:
    if clause.field == "project":
        return tuple(_known_project(call, value) for value in clause.values)
    if clause.field == "key":
        return tuple(_known_issue(call, value) for value in clause.values)
    if clause.field == "statusCategory":
        unknown = [value for value in clause.values if value.lower() not in jql.CATEGORIES]
        if unknown:
            raise jql.BadQuery(f"The value '{unknown[0]}' does not exist for the field 'statusCategory'.")
        return tuple(jql.CATEGORIES[value.lower()] for value in clause.values)
    return clause.values


def _known_project(call: Call, value: str) -> str:
    named = books(call.world).projects.one(f"name:{value.lower()}")
    found = visible_project(call, value.upper()) or (visible_project(call, named["key"]) if named else None)
    if found is None:
        raise jql.BadQuery(f"The value '{value}' does not exist for the field 'project'.")
    return str(found["key"])


def _known_issue(call: Call, value: str) -> str:
    lookup = books(call.world).issues
    found = lookup.one(f"id:{value}") if value.isdecimal() else lookup.one(f"key:{value.upper()}")
    if found is None or visible_project(call, found["project"]) is None:
        raise jql.BadQuery(f"An issue with key '{value}' does not exist for field 'key'.")
    return str(found["key"])


def _matching(call: Call, query: jql.Query, after: int, reconciled: frozenset[str]) -> Iterator[Document]:
    """The matching issues beyond the one with this number (0: all), in the query's order."""
    found, lag = books(call.world), call.world.traps.jira_index_lag
    visible: dict[str, bool] = {}
    for number in _candidates(call, query, after):
        key = str(number)
        issue = found.issues.table.get(key) if key in reconciled else found.index.issue(key, lag)
        if issue is None or not all(_holds(issue, clause) for clause in query.clauses):
            continue
        if issue["project"] not in visible:
            project = visible_project(call, issue["project"])
            visible[issue["project"]] = project is not None and not project["archived"]
        if visible[issue["project"]]:
            yield issue


def _candidates(call: Call, query: jql.Query, after: int) -> list[int]:
    """Numbers of the issues that could match, by whichever clause leaves the fewest."""
    lookup = books(call.world).issues
    choices = [
        [lookup.ids(TERMS[clause.field].format(value)) for value in clause.values]
        for clause in query.clauses
        if not clause.negated
    ]
    fewest = min(choices, key=lambda groups: sum(map(len, groups)), default=[lookup.table.keys()])
    numbers = sorted({int(key) for key in itertools.chain.from_iterable(fewest)})
    if query.ascending:
        return numbers[bisect.bisect_right(numbers, after) :]
    return (numbers[: bisect.bisect_left(numbers, after)] if after else numbers)[::-1]


def _holds(issue: Document, clause: jql.Clause) -> bool:
    if clause.field == "labels":
        # an issue without labels is found by no condition on labels, not even a negated one
        return bool(issue["labels"]) and (not set(clause.values).isdisjoint(issue["labels"])) != clause.negated
    return (issue[clause.field] in clause.values) != clause.negated


def _closed(last: str, text: str) -> str:
    return base64.urlsafe_b64encode(f"{zlib.crc32(text.encode())}:{last}".encode()).decode()


def _opened(token: str | None, text: str) -> int:
    """The number of the last issue of the page before; a token is good for its own query only."""
    if not token:
        return 0
    try:
        query, _, last = base64.urlsafe_b64decode(token).decode().partition(":")
        if int(query) == zlib.crc32(text.encode()):
            return int(last)
    except ValueError:
        pass
    raise refused(400, "The provided next page token is invalid or expired.")


ENDPOINTS = [
    Endpoint("POST", f"{PLATFORM}/search/jql", "issue.search", search, writes=False),
    Endpoint("GET", f"{PLATFORM}/search/jql", "issue.search", search_by_address),
    Endpoint("POST", f"{PLATFORM}/search/approximate-count", "issue.count", count, writes=False),
    Endpoint("POST", f"{PLATFORM}/search", "issue.search.removed", removed, writes=False),
    Endpoint("GET", f"{PLATFORM}/search", "issue.search.removed", removed),
]
