"""Issues in the store: found as far as the account may browse, saved with what follows from their fields."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.jira.accounts import account, current
from integrations.sandbox.jira.answers import Json, moment, refused
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import SYSTEM, Call
from integrations.sandbox.jira.permissions import visible_project
from integrations.sandbox.jira.templates import ISSUE_TYPES, first_status, with_status
from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document

TRACKED = ("summary", "description", "labels", "assignee", "status", "duedate", "priorityId", "parent", "reporter")
"""The fields whose changes the changelog has; comments and properties are none."""


def found_issue(call: Call) -> Document:
    """The issue of the path, by key in any case or by id; 404 also for one that may not be browsed."""
    given = call.path["issue"]
    lookup = books(call.world).issues
    issue = lookup.one(f"id:{given}") if given.isdecimal() else lookup.one(f"key:{given.upper()}")
    if issue is None or visible_project(call, issue["project"]) is None:
        raise refused(404, "Issue does not exist or you do not have permission to see it.")
    return issue


def save_issue(world: World, issue: Document, by: Document | None = None) -> Document:
    """Store a new or changed issue; the index learns of it later. `by`: the account that changes it."""
    found = books(world)
    before = found.issues.table.get(issue["id"])
    items = [] if before is None else [_item(before, issue, name) for name in TRACKED if before[name] != issue[name]]
    if items and by is not None:
        number = str(world.state.number(SYSTEM, "history", 10000))
        entry = {"id": number, "authorAccountId": by["accountId"], "created": moment(), "items": items}
        issue = {**issue, "history": [entry, *issue.get("history", [])]}
    visible = issue["projectTypeKey"] == "service_desk" and _reaches_a_customer(world, issue)
    stored = {**issue, "customer_visible": visible, "updated": moment()}
    found.index.changed(issue["id"], before)
    found.issues.save(issue["id"], stored)
    return stored


def _item(before: Document, after: Document, name: str) -> Json:
    """Return a field's change, as the changelog has it; texts of more than a line are left out."""
    old, new = (None if isinstance(state[name], dict) else str(state[name] or "") for state in (before, after))
    return {"field": name, "fieldtype": "jira", "fieldId": name, "fromString": old, "toString": new}


def _reaches_a_customer(world: World, issue: Document) -> bool:
    reporter = account(world, issue["reporterAccountId"])
    by_customer = reporter is not None and reporter["accountType"] == "customer"
    return bool(issue["requestTypeId"] or issue["organizations"] or by_customer)


def add_issue(world: World, project: Document, issue_type: str, changes: Json, properties: dict[str, Any]) -> Document:
    """Store a new issue of the project, in its first status."""
    me = current(world)
    number = str(world.state.number(SYSTEM, "issue", 10000))
    key = f"{project['key']}-{world.state.number(SYSTEM, 'issue of ' + project['id'])}"
    issue = {
        "id": number,
        "key": key,
        "project": project["key"],
        "projectTypeKey": project["projectTypeKey"],
        "issuetype": ISSUE_TYPES[issue_type][0],
        "issueTypeId": issue_type,
        "summary": "",
        "description": None,
        "labels": [],
        "properties": properties,
        "assignee": None,
        "assigneeAccountId": None,
        "reporter": me["email"],
        "reporterAccountId": me["accountId"],
        "creatorAccountId": me["accountId"],
        "priorityId": "3",
        "duedate": None,
        "parent": None,
        "requestTypeId": None,
        "organizations": [],
        "comments": [],
        "history": [],
        "resolved": None,
        "created": moment(),
    }
    return save_issue(world, with_status({**issue, **changes}, first_status(project["projectTypeKey"])))
