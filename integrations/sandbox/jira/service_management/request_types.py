"""Request types, and requests made with one: these are what customers see in the portal."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from integrations.sandbox.jira.accounts import account
from integrations.sandbox.jira.answers import Json, answered, date_of, desk_refused
from integrations.sandbox.jira.call import DESK, PLATFORM, SYSTEM, Call, Endpoint
from integrations.sandbox.jira.issues.fields import DESK_ONLY, write
from integrations.sandbox.jira.issues.records import add_issue
from integrations.sandbox.jira.permissions import may
from integrations.sandbox.jira.service_management.page import desk_user_answer, found_desk, paged
from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document

KNOWN: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("serviceDeskId", "requestTypeId", "raiseOnBehalfOf", "channel"), str),
    **dict.fromkeys(("requestFieldValues", "form"), dict),
    "requestParticipants": list,
    "isAdfRequest": bool,
}


def add_request_type(world: World, desk: Document, name: str, issue_type: str) -> None:
    """Store a new request type of the desk."""
    number = str(world.state.number(SYSTEM, "requesttype"))
    world.state.table(SYSTEM, "requesttype")[number] = {
        "id": number,
        "name": name,
        "serviceDeskId": desk["id"],
        "projectKey": desk["projectKey"],
        "issueTypeId": issue_type,
    }


def _answer(call: Call, kind: Document) -> Json:
    address = f"{call.base}{DESK}/servicedesk/{kind['serviceDeskId']}/requesttype/{kind['id']}"
    return {
        "_expands": [],
        "id": kind["id"],
        "_links": {"self": address},
        "name": kind["name"],
        "description": "",
        "helpText": "",
        "issueTypeId": kind["issueTypeId"],
        "serviceDeskId": kind["serviceDeskId"],
        "portalId": kind["serviceDeskId"],
        "groupIds": ["1"],
        "icon": {"id": "1", "_links": {"iconUrls": {}}},
    }


def _of(call: Call, desk: Document) -> list[Document]:
    kinds = call.world.state.table(SYSTEM, "requesttype").values()
    return [kind for kind in kinds if kind["serviceDeskId"] == desk["id"]]


def list_request_types(call: Call) -> Response:
    """`GET servicedesk/{id}/requesttype`: those whose name has `searchQuery` in it."""
    text = call.query.get("searchQuery", "").lower()
    kinds = [kind for kind in _of(call, found_desk(call)) if text in kind["name"].lower()]
    return paged(call, kinds, lambda kind: _answer(call, kind))


def get_request_type(call: Call) -> Response:
    """`GET servicedesk/{id}/requesttype/{id}`."""
    wanted = call.path["request_type"]
    for kind in _of(call, found_desk(call)):
        if kind["id"] == wanted:
            return answered(_answer(call, kind))
    raise desk_refused(404, f"The request type with ID '{wanted}' does not exist.")


def create_request(call: Call) -> Response:
    """`POST request`: an issue that the portal shows."""
    body = call.document(KNOWN, ("serviceDeskId", "requestTypeId", "requestFieldValues"))
    kind = call.world.state.table(SYSTEM, "requesttype").get(body["requestTypeId"])
    desk = call.world.state.table(SYSTEM, "servicedesk").get(body["serviceDeskId"])
    if kind is None or desk is None or kind["serviceDeskId"] != desk["id"]:
        raise desk_refused(400, "The request type or the service desk does not exist.")
    if not may(call, "Create Issues", desk["projectKey"]):
        raise desk_refused(403, "Sorry, you do not have permission to raise a request here.")
    issue = add_issue(call.world, _project(call, desk), kind["issueTypeId"], _changes(call, desk, kind, body), {})
    return answered(_request_answer(call, issue, kind), 201)


def _project(call: Call, desk: Document) -> Document:
    return call.world.state.table(SYSTEM, "project")[desk["projectId"]]


def _changes(call: Call, desk: Document, kind: Document, body: Json) -> Json:
    values: Json = {"summary": None, **body["requestFieldValues"]}
    if not body.get("isAdfRequest") and isinstance(values.get("description"), str):
        values["description"] = _paragraph(values["description"])
    changes, errors = write(call, _project(call, desk), values)
    behalf = body.get("raiseOnBehalfOf")
    reporter = account(call.world, behalf)
    if behalf is not None and reporter is None:
        errors["raiseOnBehalfOf"] = f"The user '{behalf}' does not exist."
    errors |= dict.fromkeys(DESK_ONLY & values.keys(), "The field is not part of the request type.")
    if errors:
        raise desk_refused(400, " ".join(f"{name}: {why}" for name, why in errors.items()))
    if reporter is not None:
        changes |= {"reporter": reporter["email"], "reporterAccountId": reporter["accountId"]}
    return {**changes, "requestTypeId": kind["id"]}


def _paragraph(text: str) -> Any:
    content = [{"type": "text", "text": text}] if text else []
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": content}]}


def _request_answer(call: Call, issue: Document, kind: Document) -> Json:
    reporter = account(call.world, issue["reporterAccountId"])
    category = {"new": "NEW", "indeterminate": "INDETERMINATE", "done": "DONE"}[issue["statusCategory"]]
    links = {
        "self": f"{call.base}{DESK}/request/{issue['id']}",
        "jiraRest": f"{call.base}{PLATFORM}/issue/{issue['id']}",
        "web": f"{call.base}/servicedesk/customer/portal/{kind['serviceDeskId']}/{issue['key']}",
        "agent": f"{call.base}/browse/{issue['key']}",
    }
    status = {"status": issue["status"], "statusCategory": category, "statusDate": date_of(issue["created"])}
    return {
        "_expands": [],
        "issueId": issue["id"],
        "issueKey": issue["key"],
        "summary": issue["summary"],
        "requestTypeId": kind["id"],
        "serviceDeskId": kind["serviceDeskId"],
        "createdDate": date_of(issue["created"]),
        "reporter": desk_user_answer(call, reporter) if reporter else {},
        "requestFieldValues": [{"fieldId": "summary", "label": "Summary", "value": issue["summary"]}],
        "currentStatus": status,
        "_links": links,
    }


_PATH = f"{DESK}/servicedesk/{{desk}}/requesttype"
ENDPOINTS = [
    Endpoint("GET", _PATH, "requesttype.list", list_request_types),
    Endpoint("GET", f"{_PATH}/{{request_type}}", "requesttype.get", get_request_type),
    Endpoint("POST", f"{DESK}/request", "request.create", create_request),
]
