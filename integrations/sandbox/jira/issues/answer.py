"""An issue as Jira shows it, with the fields that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from integrations.sandbox.jira.accounts import account, user_answer
from integrations.sandbox.jira.answers import Json
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import DESK, PLATFORM, SYSTEM, Call
from integrations.sandbox.jira.issues.comments_answer import comments_page
from integrations.sandbox.jira.issues.fields import ORGANIZATIONS, REQUEST_TYPE
from integrations.sandbox.jira.projects.answer import project_answer
from integrations.sandbox.jira.templates import issue_type_answer, priority_answer, status_answer
from integrations.sandbox.state import Document

EXPAND = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"


def _user(call: Call, account_id: str | None) -> Json | None:
    user = account(call.world, account_id)
    return None if user is None else user_answer(call.base, user)


def _project(call: Call, issue: Document) -> Json | None:
    project = books(call.world).projects.one(f"key:{issue['project']}")
    if project is None:
        return None
    body = project_answer(call, project, ())
    kept = ("self", "id", "key", "name", "projectTypeKey", "simplified", "avatarUrls")
    return {name: body[name] for name in kept}


def _parent(call: Call, issue: Document) -> Json | None:
    parent = books(call.world).issues.one(f"key:{issue['parent']}") if issue["parent"] else None
    if parent is None:
        return None
    fields = {"summary": parent["summary"], "status": status_answer(call.base, parent["statusId"])}
    return {"id": parent["id"], "key": parent["key"], "self": _address(call, parent), "fields": fields}


def _resolution(call: Call, issue: Document) -> Json | None:
    if issue["resolved"] is None:
        return None
    return {"self": f"{call.base}{PLATFORM}/resolution/10000", "id": "10000", "description": "", "name": "Done"}


def _request_type(call: Call, issue: Document) -> Json | None:
    kind = call.world.state.table(SYSTEM, "requesttype").get(issue["requestTypeId"] or "")
    if kind is None:
        return None
    address = f"{call.base}{DESK}/servicedesk/{kind['serviceDeskId']}/requesttype/{kind['id']}"
    return {"requestType": {"_links": {"self": address}, "id": kind["id"], "name": kind["name"]}}


def _organizations(call: Call, issue: Document) -> list[Json]:
    known = call.world.state.table(SYSTEM, "organization")
    found = [known[key] for key in issue["organizations"] if key in known]
    return [
        {
            "id": organization["id"],
            "name": organization["name"],
            "_links": {"self": f"{call.base}{DESK}/organization/{organization['id']}"},
        }
        for organization in found
    ]


FIELDS: dict[str, Callable[[Call, Document], Any]] = {
    "summary": lambda _, issue: issue["summary"],
    "description": lambda _, issue: issue["description"],
    "labels": lambda _, issue: issue["labels"],
    "issuetype": lambda call, issue: issue_type_answer(call.base, issue["issueTypeId"]),
    "project": _project,
    "status": lambda call, issue: status_answer(call.base, issue["statusId"]),
    "priority": lambda call, issue: priority_answer(call.base, issue["priorityId"]),
    "assignee": lambda call, issue: _user(call, issue["assigneeAccountId"]),
    "reporter": lambda call, issue: _user(call, issue["reporterAccountId"]),
    "creator": lambda call, issue: _user(call, issue["creatorAccountId"]),
    "created": lambda _, issue: issue["created"],
    "updated": lambda _, issue: issue["updated"],
    "duedate": lambda _, issue: issue["duedate"],
    "resolution": _resolution,
    "resolutiondate": lambda _, issue: issue["resolved"],
    "parent": _parent,
    "subtasks": lambda _call, _issue: [],
    "comment": lambda call, issue: comments_page(call, issue, issue["comments"], 0, len(issue["comments"])),
    REQUEST_TYPE: _request_type,
    ORGANIZATIONS: _organizations,
}
NAVIGABLE = [name for name in FIELDS if name != "comment"]


def _address(call: Call, issue: Document) -> str:
    return f"{call.base}{PLATFORM}/issue/{issue['id']}"


def chosen_fields(asked: Sequence[str], default: Sequence[str]) -> list[str]:
    """The names of the fields to show: `*all`, `*navigable`, names, and `-name` for all but these."""
    included = [name for name in asked if not name.startswith("-")]
    excluded = {name[1:] for name in asked if name.startswith("-")}
    names = included or list(default)
    if "*all" in names:
        names = list(FIELDS)
    elif "*navigable" in names:
        names = [*NAVIGABLE, *names]
    return [name for name in dict.fromkeys(names) if name in FIELDS and name not in excluded]


def issue_answer(call: Call, issue: Document, names: Sequence[str], properties: Sequence[str] = ()) -> Json:
    """The issue with these fields; unknown ones are left out, as Jira does."""
    body: Json = {"expand": EXPAND, "id": issue["id"], "self": _address(call, issue), "key": issue["key"]}
    body["fields"] = {name: FIELDS[name](call, issue) for name in names}
    if body["fields"].get("parent", 0) is None:
        del body["fields"]["parent"]
    if properties:
        shown = issue["properties"] if "*all" in properties else properties
        body["properties"] = {key: issue["properties"][key] for key in shown if key in issue["properties"]}
    return body
