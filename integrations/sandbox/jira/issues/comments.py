"""Comments on an issue: a document each; in a service desk public unless marked internal."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from integrations.sandbox.jira import document_format
from integrations.sandbox.jira.accounts import asking
from integrations.sandbox.jira.answers import Json, answered, done, moment, refused
from integrations.sandbox.jira.call import PLATFORM, SYSTEM, Call, Endpoint
from integrations.sandbox.jira.issues.comments_answer import comment_answer, comments_page
from integrations.sandbox.jira.issues.records import found_issue, save_issue
from integrations.sandbox.jira.permissions import may
from integrations.sandbox.state import Document

KNOWN: dict[str, type | tuple[type, ...]] = {"body": (dict, str, list), "visibility": dict, "properties": list}


def list_comments(call: Call) -> Response:
    """`GET comment`: a page, by the time of writing."""
    issue = found_issue(call)
    start, most = call.number("startAt", 0), call.number("maxResults", 100, 5000)
    order = call.query.get("orderBy", "created")
    if order.lstrip("+- ") != "created":
        raise refused(400, "Comments can only be ordered by created.")
    comments = issue["comments"][::-1] if order.startswith("-") else issue["comments"]
    return answered(comments_page(call, issue, comments, start, most))


def new_comment(call: Call, issue: Document, given: Json) -> Document:
    """A comment that is not yet the issue's; the property `sd.public.comment` says that it is internal."""
    text = given.get("body")
    public = not any(_keeps_internal(record) for record in given.get("properties") or [])
    if not document_format.is_document(text):
        raise refused(400, errors={"comment": "Comment body is not valid!"})
    if not document_format.is_valid(text):
        raise refused(400, "INVALID_INPUT")
    if document_format.is_too_long(text):
        raise refused(400, errors={"comment": document_format.TOO_LONG})
    now = moment()
    return {
        "id": str(call.world.state.number(SYSTEM, "comment", 10000)),
        "authorAccountId": asking(call)["accountId"],
        "body": text,
        "created": now,
        "updated": now,
        "visibility": given.get("visibility"),
        "public": public and issue["projectTypeKey"] == "service_desk",
    }


def add_comment(call: Call) -> Response:
    """`POST comment`; twice makes two."""
    issue = found_issue(call)
    body = call.document(KNOWN)
    if not may(call, "Add Comments", issue["project"]):
        raise refused(400, "You do not have the permission to comment on this issue.")
    comment = new_comment(call, issue, body)
    save_issue(call.world, {**issue, "comments": [*issue["comments"], comment]})
    return answered(comment_answer(call, issue, comment), 201)


def added_comments(call: Call, issue: Document, operations: Any) -> list[Document]:
    """The issue's comments with those that `update.comment` adds, as an edit or a transition may."""
    if not isinstance(operations, list):
        raise refused(400, errors={"comment": "data was not an array"})
    if not all(
        isinstance(operation, dict) and operation.keys() == {"add"} and isinstance(operation["add"], dict)
        for operation in operations
    ):
        raise refused(400, errors={"comment": "Only the operation 'add' is supported."})
    if operations and not may(call, "Add Comments", issue["project"]):
        raise refused(400, errors={"comment": "You do not have the permission to comment on this issue."})
    return [*issue["comments"], *(new_comment(call, issue, operation["add"]) for operation in operations)]


def _keeps_internal(record: Any) -> bool:
    value = record.get("value") if isinstance(record, dict) and record.get("key") == "sd.public.comment" else None
    return isinstance(value, dict) and value.get("internal") is True


def _found(call: Call) -> tuple[Document, Document]:
    issue = found_issue(call)
    for comment in issue["comments"]:
        if comment["id"] == call.path["comment"]:
            return issue, comment
    raise refused(404, f"Can not find a comment for the id: {call.path['comment']}.")


def get_comment(call: Call) -> Response:
    """`GET comment/{id}`."""
    return answered(comment_answer(call, *_found(call)))


def update_comment(call: Call) -> Response:
    """`PUT comment/{id}`: another text."""
    issue, comment = _found(call)
    text = new_comment(call, issue, call.document(KNOWN))["body"]
    changed = {**comment, "body": text, "updated": moment()}
    comments = [changed if other["id"] == comment["id"] else other for other in issue["comments"]]
    save_issue(call.world, {**issue, "comments": comments})
    return answered(comment_answer(call, issue, changed))


def delete_comment(call: Call) -> Response:
    """`DELETE comment/{id}`."""
    issue, comment = _found(call)
    left = [other for other in issue["comments"] if other["id"] != comment["id"]]
    save_issue(call.world, {**issue, "comments": left})
    return done()


_PATH = f"{PLATFORM}/issue/{{issue}}/comment"
ENDPOINTS = [
    Endpoint("GET", _PATH, "comment.list", list_comments),
    Endpoint("POST", _PATH, "comment.create", add_comment),
    Endpoint("GET", f"{_PATH}/{{comment}}", "comment.get", get_comment),
    Endpoint("PUT", f"{_PATH}/{{comment}}", "comment.update", update_comment),
    Endpoint("DELETE", f"{_PATH}/{{comment}}", "comment.delete", delete_comment),
]
