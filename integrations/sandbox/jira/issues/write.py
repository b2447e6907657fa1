"""Creating issues, one or up to fifty, and changing them; nothing here is idempotent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from integrations.sandbox.jira import properties
from integrations.sandbox.jira.accounts import account, asking, user_answer
from integrations.sandbox.jira.answers import Json, Refused, answered, done, error_body, refused
from integrations.sandbox.jira.call import PLATFORM, Call, Endpoint
from integrations.sandbox.jira.issues.answer import FIELDS, chosen_fields, issue_answer
from integrations.sandbox.jira.issues.comments import added_comments
from integrations.sandbox.jira.issues.fields import BadValue, issue_type_of, project_of, write
from integrations.sandbox.jira.issues.records import add_issue, found_issue, save_issue
from integrations.sandbox.jira.permissions import may
from integrations.sandbox.state import Document

MOST_AT_ONCE = 50
MOST_CHANGES = 100
KNOWN: dict[str, type | tuple[type, ...]] = {
    "fields": dict,
    "update": dict,
    "properties": list,
    "historyMetadata": dict,
}


def create_issue(call: Call) -> Response:
    """`POST issue`: fields, labels and properties in one step."""
    return answered(_created(call, _create(call, call.document(KNOWN))), 201)


def _created(call: Call, issue: Document) -> Json:
    return {"id": issue["id"], "key": issue["key"], "self": f"{call.base}{PLATFORM}/issue/{issue['id']}"}


def _create(call: Call, body: Json) -> Document:
    fields = _with_updates({}, body)
    errors: dict[str, str] = {}
    project = _checked(errors, "project", lambda: project_of(call, fields.pop("project", None)))
    if project is None:
        raise refused(400, errors=errors)
    if not may(call, "Create Issues", project["key"]):
        raise refused(403, "You do not have permission to create issues in this project.")
    issue_type = _checked(errors, "issuetype", lambda: issue_type_of(project, fields.pop("issuetype", None)))
    changes, more = write(call, project, {"summary": None, **fields})
    errors |= more
    if issue_type == "10005" and "parent" not in changes:
        errors["parent"] = "Issue type is a sub-task but parent issue key or id not specified."
    if errors or issue_type is None:
        raise refused(400, errors=errors)
    return add_issue(call.world, project, issue_type, changes, _properties(body))


def _checked(errors: dict[str, str], name: str, find: Callable[[], Any]) -> Any:
    try:
        return find()
    except BadValue as fault:
        errors[name] = str(fault)
        return None


def _properties(body: Json) -> Json:
    found: Json = {}
    for record in body.get("properties") or []:
        if not isinstance(record, dict) or record.keys() != {"key", "value"}:
            raise refused(400, "Each of the properties has a key and a value.")
        problem = properties.fault(record["key"], record["value"])
        if problem:
            raise refused(400, problem)
        found[record["key"]] = record["value"]
    return found


def _with_updates(current: Json, body: Json) -> Json:
    """The fields to write, with what `update` does to labels and single values worked in."""
    fields: Json = dict(body.get("fields") or {})
    for name, operations in (body.get("update") or {}).items():
        if name in fields:
            raise refused(400, errors={name: f"Field '{name}' cannot appear in both 'fields' and 'update'"})
        if not isinstance(operations, list):
            raise refused(400, errors={name: "data was not an array"})
        value = current.get(name)
        for operation in operations:
            value = _updated(name, value, operation)
        fields[name] = value
    return fields


def _updated(name: str, value: Any, operation: Any) -> Any:
    if not isinstance(operation, dict) or len(operation) != 1:
        raise refused(400, errors={name: "An operation is one of set, add and remove."})
    verb, operand = next(iter(operation.items()))
    if verb == "set":
        return operand
    if name == "labels" and verb in ("add", "remove"):
        others = [label for label in value or [] if label != operand]
        return [*others, operand] if verb == "add" else others
    raise refused(400, errors={name: f"Field with id '{name}' and operation '{verb}' does not support it."})


def create_issues(call: Call) -> Response:
    """`POST issue/bulk`: the good ones are created (201), the bad ones told by their position."""
    updates = call.document({"issueUpdates": list}).get("issueUpdates") or []
    if not 0 < len(updates) <= MOST_AT_ONCE:
        raise refused(400, f"Between 1 and {MOST_AT_ONCE} issues can be created in one request.")
    issues, errors = [], []
    for position, update in enumerate(updates):
        try:
            _check_shape(update)
            issues.append(_created(call, _create(call, update)))
        except Refused as refusal:
            found = {"status": refusal.answer.status_code, "elementErrors": error_body(refusal)}
            errors.append({**found, "failedElementNumber": position})
    return answered({"issues": issues, "errors": errors}, 201 if issues else 400)


def _check_shape(update: Any) -> None:
    if not isinstance(update, dict) or not update.keys() <= KNOWN.keys():
        raise refused(400, "An issue has fields, update, properties and historyMetadata, nothing else.")


def update_issue(call: Call) -> Response:
    """`PUT issue/{key}`: what is not named stays; comments and properties are added in the same step."""
    issue = found_issue(call)
    body = call.document(KNOWN)
    if not may(call, "Edit Issues", issue["project"]):
        raise refused(400, "You do not have permission to edit issues in this project.")
    update = dict(body.get("update") or {})
    comments = added_comments(call, issue, update.pop("comment", []))
    changes, errors = write(call, _project_of(call, issue), _with_updates(issue, {**body, "update": update}))
    if errors:
        raise refused(400, errors=errors)
    marked = {**issue["properties"], **_properties(body)}
    changed = {**issue, **changes, "comments": comments, "properties": marked}
    stored = save_issue(call.world, changed, asking(call))
    if call.query.get("returnIssue") == "true":
        return answered(issue_answer(call, stored, list(FIELDS)))
    return done()


def _project_of(call: Call, issue: Document) -> Document:
    return project_of(call, {"key": issue["project"]})


def get_issue(call: Call) -> Response:
    """`GET issue/{key}`: every field unless some are named."""
    names = chosen_fields(call.list("fields"), ["*all"])
    issue = found_issue(call)
    body = issue_answer(call, issue, names, call.list("properties"))
    if "changelog" in call.list("expand"):
        body["changelog"] = _changelog(call, issue)
    return answered(body)


def _changelog(call: Call, issue: Document) -> Json:
    """The latest changes, the newest first."""
    histories = []
    for entry in issue.get("history", [])[:MOST_CHANGES]:
        author = account(call.world, entry["authorAccountId"])
        shown = {} if author is None else {"author": user_answer(call.base, author)}
        histories.append({"id": entry["id"], **shown, "created": entry["created"], "items": entry["items"]})
    return {"startAt": 0, "maxResults": len(histories), "total": len(issue.get("history", [])), "histories": histories}


def _find(call: Call, for_writing: bool) -> Document:
    issue = found_issue(call)
    if for_writing and not may(call, "Edit Issues", issue["project"]):
        raise refused(403, "You do not have permission to edit issues in this project.")
    return issue


def _save(call: Call, issue: Document) -> None:
    save_issue(call.world, issue)


ENDPOINTS = [
    Endpoint("POST", f"{PLATFORM}/issue", "issue.create", create_issue),
    Endpoint("POST", f"{PLATFORM}/issue/bulk", "issue.bulk", create_issues),
    Endpoint("GET", f"{PLATFORM}/issue/{{issue}}", "issue.get", get_issue),
    Endpoint("PUT", f"{PLATFORM}/issue/{{issue}}", "issue.update", update_issue),
    *properties.endpoints(f"{PLATFORM}/issue/{{issue}}/properties", "issue", _find, _save),
]
