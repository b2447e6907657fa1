"""The fields of a Jira issue: the published document leaves them open, so that any typing error passes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft7Validator

from tests.contracts.verdict import sentences

CUSTOM = re.compile(r"customfield_\d+\Z")


def _one_of_keys(*keys: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {key: {"type": "string", "minLength": 1} for key in keys},
        "additionalProperties": False,
        "minProperties": 1,
    }


PERSON = {"anyOf": [{"type": "null"}, _one_of_keys("accountId", "id")]}
NAMED = {"type": "array", "items": _one_of_keys("id", "name")}
DATE = {"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}$"}

WRITABLE: Mapping[str, Any] = {
    "assignee": PERSON,
    "components": NAMED,
    "description": {},
    "duedate": DATE,
    "environment": {},
    "fixVersions": NAMED,
    "issuetype": _one_of_keys("id", "name"),
    "labels": {"type": "array", "items": {"type": "string", "pattern": r"^\S+$", "maxLength": 255}},
    "parent": _one_of_keys("id", "key"),
    "priority": _one_of_keys("id", "name"),
    "project": _one_of_keys("id", "key"),
    "reporter": PERSON,
    "resolution": _one_of_keys("id", "name"),
    "security": _one_of_keys("id", "name"),
    "summary": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[^\r\n]*$"},
    "timetracking": _one_of_keys("originalEstimate", "remainingEstimate"),
    "versions": NAMED,
}
"""Jira's own fields that one may set, and the form that each has in a request."""

READABLE = frozenset(WRITABLE) | {
    "aggregateprogress",
    "aggregatetimeestimate",
    "aggregatetimeoriginalestimate",
    "aggregatetimespent",
    "attachment",
    "comment",
    "created",
    "creator",
    "issuelinks",
    "issuerestriction",
    "lastViewed",
    "progress",
    "resolutiondate",
    "status",
    "statusCategory",
    "statuscategorychangedate",
    "subtasks",
    "thumbnail",
    "timeestimate",
    "timeoriginalestimate",
    "timespent",
    "updated",
    "votes",
    "watches",
    "worklog",
    "workratio",
}
"""All of Jira's own fields that an answer may hold."""

SEARCHABLE = READABLE | {"id", "key", "*all", "*navigable"}
"""What may be named where a request says which fields it wants."""

RICH = ("description", "environment")
"""Fields whose value is an ADF document."""

_WRITTEN = Draft7Validator(
    {
        "type": "object",
        "properties": dict(WRITABLE),
        "patternProperties": {CUSTOM.pattern.replace(r"\Z", "$"): {}},
        "additionalProperties": False,
    }
)


def written(fields: Any) -> Iterator[str]:
    """What is wrong with the fields of a request that creates or changes an issue."""
    for sentence in sentences(_WRITTEN.iter_errors(fields)):
        yield f"issue field {sentence}"


def unknown(names: Any, known: frozenset[str]) -> Iterator[str]:
    """Names of issue fields that Jira does not have; a leading minus excludes a field."""
    for name in sorted({str(name).removeprefix("-") for name in names}):
        if name not in known and not CUSTOM.match(name):
            yield f"unknown issue field {name!r}"
