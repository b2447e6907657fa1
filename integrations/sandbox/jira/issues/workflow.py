"""The workflow: from every status to every other by transitions; a done status sets the resolution."""

from __future__ import annotations

from starlette.responses import Response

from integrations.sandbox.jira.accounts import asking
from integrations.sandbox.jira.answers import Json, answered, done, moment, refused
from integrations.sandbox.jira.call import PLATFORM, Call, Endpoint
from integrations.sandbox.jira.issues.comments import added_comments
from integrations.sandbox.jira.issues.records import found_issue, save_issue
from integrations.sandbox.jira.permissions import may
from integrations.sandbox.jira.templates import TRANSITIONS, status_answer, transition_of, with_status
from integrations.sandbox.state import Document

KNOWN: dict[str, type | tuple[type, ...]] = {
    "transition": dict,
    "fields": dict,
    "update": dict,
    "historyMetadata": dict,
    "properties": list,
}


def list_transitions(call: Call) -> Response:
    """`GET transitions`: those that the account may take; none without the right."""
    issue = found_issue(call)
    asked = call.query.get("transitionId")
    keys = [key for key in TRANSITIONS if asked in (None, key)] if may(call, *_right(issue)) else []
    return answered({"expand": "transitions", "transitions": [_transition(call, issue, key) for key in keys]})


def _right(issue: Document) -> tuple[str, str]:
    return "Transition Issues", issue["project"]


def _transition(call: Call, issue: Document, key: str) -> Json:
    name, status = transition_of(key, issue["projectTypeKey"])
    flags = {"hasScreen": False, "isInitial": False, "isConditional": False, "isGlobal": True, "isAvailable": True}
    return {"id": key, "name": name, "to": status_answer(call.base, status), **flags, "looped": False}


def take_transition(call: Call) -> Response:
    """`POST transitions`: also with a comment, as the `jira` library sends it."""
    issue = found_issue(call)
    body = call.document(KNOWN)
    key = (body.get("transition") or {}).get("id")
    if key is None:
        raise refused(400, "Missing 'transition' identifier")
    key = str(key)  # the `jira` library sends a number
    if key not in TRANSITIONS or not may(call, *_right(issue)):
        raise refused(400, f"Transition id '{key}' is not valid for this issue.")
    unknown = set(body.get("fields") or {}) - {"resolution"}
    if unknown:
        message = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
        raise refused(400, errors={name: message.format(name) for name in unknown})
    moved = with_status(issue, transition_of(key, issue["projectTypeKey"])[1])
    comments = _comments(call, issue, body.get("update") or {})
    resolved = moment() if moved["statusCategory"] == "done" else None
    save_issue(call.world, {**moved, "comments": comments, "resolved": resolved}, asking(call))
    return done()


def _comments(call: Call, issue: Document, update: Json) -> list[Document]:
    if not update.keys() <= {"comment"}:
        raise refused(400, "Only comments can be added with a transition.")
    return added_comments(call, issue, update.get("comment") or [])


_PATH = f"{PLATFORM}/issue/{{issue}}/transitions"
ENDPOINTS = [
    Endpoint("GET", _PATH, "issue.transitions", list_transitions),
    Endpoint("POST", _PATH, "issue.transition", take_transition),
]
