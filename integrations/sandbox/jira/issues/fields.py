"""The fields of an issue as they are written: what each takes, in Jira's words where it does not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from integrations.sandbox.jira import document_format
from integrations.sandbox.jira.accounts import account
from integrations.sandbox.jira.answers import Json
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import SYSTEM, Call, of_type
from integrations.sandbox.jira.permissions import may, visible_project
from integrations.sandbox.jira.templates import ISSUE_TYPES, PRIORITIES, issue_types_of
from integrations.sandbox.state import Document

REQUEST_TYPE, ORGANIZATIONS = "customfield_10010", "customfield_10002"
LONGEST_SUMMARY, LONGEST_LABEL = 255, 255
NOT_THERE = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


class BadValue(Exception):
    """The value does not fit the field; says why."""


Write = Callable[[Call, Document, Any], Json]
"""Field value -> what changes in the stored issue (of which project and type are known already)."""


def summary(_call: Call, _project: Document, value: Any) -> Json:
    """Check a summary: a line of text."""
    if value is not None and not isinstance(value, str):
        raise BadValue("Operation value must be a string")
    if not value or not value.strip():
        raise BadValue("You must specify a summary of the issue.")
    if len(value) > LONGEST_SUMMARY:
        raise BadValue(f"Summary can't exceed {LONGEST_SUMMARY} characters.")
    if "\n" in value or "\r" in value:
        raise BadValue("The summary is invalid because it contains newline characters.")
    return {"summary": value.strip()}


def description(_call: Call, _project: Document, value: Any) -> Json:
    """A document; never wiki text."""
    if value is None:
        return {"description": None}
    if not document_format.is_document(value):
        raise BadValue("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
    if not document_format.is_valid(value):
        raise BadValue("INVALID_INPUT")
    if document_format.is_too_long(value):
        raise BadValue(document_format.TOO_LONG)
    return {"description": value}


def labels(_call: Call, _project: Document, value: Any) -> Json:
    """A list of words, kept in order, each once."""
    if value is None:
        return {"labels": []}
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        raise BadValue("Operation value must be an array of strings")
    for label in value:
        if not label or any(character.isspace() for character in label):
            raise BadValue(f"The label '{label}' contains spaces which is invalid.")
        if len(label) > LONGEST_LABEL:
            raise BadValue(f"The label '{label}' exceeds the maximum length of {LONGEST_LABEL} characters.")
    return {"labels": list(dict.fromkeys(value))}


def assignee(call: Call, _project: Document, value: Any) -> Json:
    """Check an assignee: one of us, active; null takes it away."""
    account_id = _account_id(value)
    if account_id is None:
        return {"assignee": None, "assigneeAccountId": None}
    user = account(call.world, account_id)
    if user is None or not user["active"] or user["accountType"] != "atlassian":
        raise BadValue(f"User '{account_id}' cannot be assigned issues.")
    return {"assignee": user["email"], "assigneeAccountId": account_id}


def reporter(call: Call, project: Document, value: Any) -> Json:
    """Check a reporter: one of us, or in a service desk a customer's person.

    That person's portal then shows the issue.
    """
    account_id = _account_id(value)
    user = account(call.world, account_id)
    allowed = ("atlassian", "customer") if project["projectTypeKey"] == "service_desk" else ("atlassian",)
    if user is None or not user["active"] or user["accountType"] not in allowed:
        raise BadValue("The reporter specified is not a user.")
    return {"reporter": user["email"], "reporterAccountId": account_id}


def priority(_call: Call, _project: Document, value: Any) -> Json:
    """By id or by name."""
    key = _reference(value, "id", "name")
    found = next((number for number, name in PRIORITIES.items() if key in (("id", number), ("name", name))), None)
    if found is None:
        raise BadValue("The priority selected is invalid.")
    return {"priorityId": found}


def due_date(call: Call, project: Document, value: Any) -> Json:
    """A day, or null; who may not schedule issues has no such field."""
    if not may(call, "Schedule Issues", project["key"]):
        raise BadValue(NOT_THERE.format("duedate"))
    if value is None:
        return {"duedate": None}
    try:
        return {"duedate": dt.date.fromisoformat(value).isoformat()}
    except (TypeError, ValueError):
        raise BadValue("Error parsing date string; the format is yyyy-MM-dd") from None


def parent(call: Call, project: Document, value: Any) -> Json:
    """An issue of the same project, by key or id."""
    kind, key = _reference(value, "key", "id")
    found = books(call.world).issues.one(f"{kind}:{key.upper()}")
    if found is None or found["project"] != project["key"]:
        raise BadValue("Could not find issue by id or key.")
    return {"parent": found["key"]}


def request_type(call: Call, project: Document, value: Any) -> Json:
    """A request type of the project's own desk: the issue becomes visible in its portal."""
    found = call.world.state.table(SYSTEM, "requesttype").get(value) if isinstance(value, str) else None
    if value is not None and (found is None or found["projectKey"] != project["key"]):
        raise BadValue("The request type is not valid for this project.")
    return {"requestTypeId": value}


def organizations(call: Call, _project: Document, value: Any) -> Json:
    """Organizations, by number: their members see the issue."""
    known = call.world.state.table(SYSTEM, "organization")
    if not isinstance(value or [], list) or not all(
        of_type(number, int) and str(number) in known for number in value or []
    ):
        raise BadValue("Specify valid organization IDs.")
    return {"organizations": [str(number) for number in value or []]}


WRITERS: dict[str, Write] = {
    "summary": summary,
    "description": description,
    "labels": labels,
    "assignee": assignee,
    "reporter": reporter,
    "priority": priority,
    "duedate": due_date,
    "parent": parent,
    REQUEST_TYPE: request_type,
    ORGANIZATIONS: organizations,
}
DESK_ONLY = frozenset({REQUEST_TYPE, ORGANIZATIONS})


def write(call: Call, project: Document, fields: Json) -> tuple[Json, dict[str, str]]:
    """Return the changes of the fields to the stored issue, and the reason for each refused field."""
    changes: Json = {}
    errors = {}
    for name, value in fields.items():
        desk_only = name in DESK_ONLY and project["projectTypeKey"] != "service_desk"
        if name not in WRITERS or desk_only:
            errors[name] = NOT_THERE.format(name)
            continue
        try:
            changes |= WRITERS[name](call, project, value)
        except BadValue as fault:
            errors[name] = str(fault)
    return changes, errors


def project_of(call: Call, value: Any) -> Document:
    """The project that an issue is to be created in."""
    try:
        key = _reference(value, "key", "id")[1]
    except BadValue:
        raise BadValue("Specify a valid project ID or key") from None
    found = visible_project(call, key)
    if found is None or found["archived"]:
        raise BadValue("Specify a valid project ID or key")
    return found


def issue_type_of(project: Document, value: Any) -> str:
    """The id of the issue type, by id or name, among those of the project."""
    try:
        wanted = _reference(value, "id", "name")
    except BadValue:
        raise BadValue("Specify an issue type") from None
    for key in issue_types_of(project["projectTypeKey"]):
        if wanted in (("id", key), ("name", ISSUE_TYPES[key][0])):
            return key
    raise BadValue("Specify a valid issue type")


def _account_id(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not value.keys() & {"id", "accountId"}:
        raise BadValue("data was not an object with an 'accountId'")
    found = value.get("accountId", value.get("id"))
    if found is not None and not isinstance(found, str):
        raise BadValue("data was not an object with an 'accountId'")
    return found


def _reference(value: Any, *names: str) -> tuple[str, str]:
    """The first of these keys that the reference names, and its value."""
    for name in names:
        if isinstance(value, dict) and isinstance(value.get(name), str):
            return name, value[name]
    raise BadValue("data was not an object")
