"""The calls on issues, and what an issue says of itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations.core.document import Document
from integrations.core.errors import Rejected
from integrations.core.system import IdForm
from integrations.core.text import segment
from integrations.jira.adf import to_adf
from integrations.jira.connection import (
    ADMINISTRATOR,
    NOTHING,
    PLATFORM,
    TITLE,
    Connection,
    Missing,
    library,
    rights_of,
)

MARK = "closedwon"
# Named, because the search gives only ids otherwise.
FIELDS = ("summary", "description", "status", "assignee", "issuetype", "project", "labels", "duedate")
ISSUE = {"id": str, "key": str, "fields": dict}
PAGE = 50
ISSUE_ID = IdForm(re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}-[1-9][0-9]{0,17}|[1-9][0-9]{0,17}"), "a key, such as OPS-12")
INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}
"""The property of a comment that no customer sees, which Service Management reads and Jira's document does not name."""


@dataclasses.dataclass(frozen=True)
class Issue:
    """An issue as Jira shows it.

    Attributes:
        mark: Our key in its property `closedwon`; `customer` and `state`: what that says besides.
        counting: The key of the issue that counts instead, where we have written so into the property: this is a twin.
        done: Whether its status is of the category done.
        twins: The other issues that bear the same mark and are not done, as far as the index knows.
        in_service_desk: Whether customers may see comments; also where the answer does not tell.
    """

    id: int
    key: str
    mark: str | None = None
    customer: str = ""
    state: str = ""
    counting: str = ""
    done: bool = False
    project: str = ""
    summary: str = ""
    description: Mapping[str, Any] | None = None
    status: str | None = None
    assignee: str | None = None
    issue_type: str | None = None
    labels: tuple[str, ...] = ()
    due_date: dt.date | None = None
    in_service_desk: bool = True
    twins: tuple[Issue, ...] = ()


def issue(body: Mapping[str, Any]) -> Issue:
    """An issue from Jira's answer."""
    fields = body.get("fields") or {}
    value = (body.get("properties") or {}).get(MARK)
    mark = value if isinstance(value, dict) and value.get("key") else {}
    status = fields.get("status") or {}
    project = fields.get("project") or {}
    return Issue(
        id=int(body["id"]),
        key=str(body["key"]),
        mark=str(mark["key"]) if mark else None,
        customer=str(mark.get("customer") or ""),
        state=str(mark.get("state") or ""),
        counting=str(mark.get("counting") or ""),
        done=(status.get("statusCategory") or {}).get("key") == "done",
        project=str(project.get("key") or ""),
        summary=str(fields.get("summary") or ""),
        description=fields.get("description"),
        status=status.get("name"),
        assignee=(fields.get("assignee") or {}).get("emailAddress"),
        issue_type=(fields.get("issuetype") or {}).get("name"),
        labels=tuple(fields.get("labels") or ()),
        due_date=dt.date.fromisoformat(fields["duedate"]) if fields.get("duedate") else None,
        in_service_desk=project.get("projectTypeKey", "service_desk") == "service_desk",
    )


class Calls:
    """API calls that read and change issues."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, key: str) -> Issue:
        """The issue with this key or id; a moved one answers to its old key.

        Raises:
            Missing: There is none, or it may not be seen.
        """
        client = library(
            self._connection,
            what=f"read the ticket {key}",
            operation="issue.get",
            shape=ISSUE,
            right="Browse Projects",
        )
        return issue(client.issue(segment(key), fields=",".join(FIELDS), properties=MARK).raw)

    def labelled(self, labels: Sequence[str], current: Sequence[int] = ()) -> Iterator[Issue]:
        """The issues with one of these labels, as far as the index knows by now, in projects that we may browse.

        Of up to fifty ids in `current` Jira gives what holds now, whatever the index knows (`reconcileIssues`).
        """
        token: str | None = None
        quoted = ", ".join(f'"{label}"' for label in labels)
        while True:
            body = self._connection.json(
                "POST",
                f"{PLATFORM}/search/jql",
                what="look for tickets by their label",
                operation="issue.search",
                shape={"issues": [ISSUE]},
                right="Browse Projects",
                effect="read",
                json={
                    "jql": f"labels in ({quoted}) ORDER BY created ASC",
                    "fields": list(FIELDS),
                    "properties": [MARK],
                    "maxResults": PAGE,
                    **({"reconcileIssues": list(current)} if current else {}),
                    **({"nextPageToken": token} if token else {}),
                },
            )
            yield from (issue(entry) for entry in body["issues"])
            # Pages have no offset and no total: the last one has no token.
            token = body.get("nextPageToken")
            if token is None:
                return

    def prove_visibility(self, project: str) -> None:
        """Make sure that a search shows this project's issues.

        Raises:
            AuthError: We may not browse it, so that finding nothing there proves nothing.
        """
        what, right = f"look for tickets in {project}", f"Browse Projects on {project}"
        shape = rights_of("BROWSE_PROJECTS")
        client = library(self._connection, what=what, operation="permission.mine", shape=shape, right=right)
        try:
            held = client.my_permissions(projectKey=project, permissions="BROWSE_PROJECTS")["permissions"]
        except Missing:
            raise self._connection.denied(what, right) from None
        if not held["BROWSE_PROJECTS"]["havePermission"]:
            raise self._connection.denied(what, right)

    def authors(self, key: str) -> list[Mapping[str, Any]]:
        """Return the author of each change to the issue and of each comment; an unknown account is empty.

        Jira gives the latest hundred changes with the issue. Neither its creation nor its properties count as
        changes.

        Raises:
            Missing: The issue does not exist, or we may not see it.
        """
        body = self._connection.json(
            "GET",
            f"{PLATFORM}/issue/{key}",
            what=f"read who has written on the ticket {key}",
            operation="issue.get",
            shape={**ISSUE, "changelog": {"histories": list}},
            right="Browse Projects",
            params={"fields": "comment", "expand": "changelog"},
        )
        changes = (body.get("changelog") or {}).get("histories") or []
        comments = ((body.get("fields") or {}).get("comment") or {}).get("comments") or []
        return [change.get("author") or {} for change in (*changes, *comments)]

    def describe(self, issue: Issue, description: Document) -> None:
        """Write the whole description; safe to repeat."""
        self._connection.request(
            "PUT",
            f"{PLATFORM}/issue/{issue.key}",
            what=f"complete the description of the ticket {issue.key}",
            operation="issue.update",
            right="Edit Issues",
            repeat=True,
            json={"fields": {"description": to_adf(description)}},
            success=NOTHING,
        )

    def create(self, fields: Mapping[str, Any], mark: Mapping[str, Any]) -> tuple[int, str]:
        """Create an issue with our mark in the same request; its id and key."""
        project = fields["project"]["key"]
        # Never sent again by itself: it has no idempotency key. The library's own call can't send properties.
        body = self._connection.json(
            "POST",
            f"{PLATFORM}/issue",
            what=f"create the ticket “{fields['summary']}” in {project}",
            operation="issue.create",
            shape={"id": str, "key": str},
            right=f"Create Issues on {project}",
            json={"fields": fields, "properties": [{"key": MARK, "value": mark}]},
        )
        return int(body["id"]), str(body["key"])

    def mark(self, issue: Issue, mark: Mapping[str, Any], label: str, comment: Document | None = None) -> None:
        """Mark an issue, add our label to its own, and comment on it, all in one; without a comment twice is once.

        A comment that Service Management could show to customers is internal.
        """
        update: dict[str, Any] = {"labels": [{"add": label}]}
        if comment:
            hidden = {"properties": [INTERNAL]} if issue.in_service_desk else {}
            update["comment"] = [{"add": {"body": to_adf(comment), **hidden}}]
        self._connection.request(
            "PUT",
            f"{PLATFORM}/issue/{segment(issue.key)}",
            what=f"comment on the ticket {issue.key}" if comment else f"mark the ticket {issue.key}",
            operation="issue.update",
            right="Edit Issues",
            repeat=not comment,
            success=NOTHING,
            json={"update": update, "properties": [{"key": MARK, "value": mark}]},
        )

    def close(self, issue_key: str) -> str:
        """Move an issue to the first done status that its workflow leads to, and return that status.

        Raises:
            Rejected: Its workflow leads to none from here, or we may not move it.
        """
        return self._move(issue_key, "close", "a done one", "done")

    def reopen(self, issue_key: str) -> str:
        """Move an issue to a status that is not done, preferably one before work begins; return that status.

        Raises:
            Rejected: Its workflow leads to none from here, or we may not move it.
        """
        return self._move(issue_key, "reopen", "an open one", "new", "indeterminate")

    def _move(self, issue_key: str, verb: str, target: str, *categories: str) -> str:
        what, right = f"{verb} the ticket {issue_key}", "Transition Issues"
        shape = {"transitions": [{"id": str, "to": {"name": str, "statusCategory": {"key": str}}}]}
        client = library(self._connection, what=what, operation="issue.transitions", shape=shape, right=right)
        # By the category of the status, because names and ids differ between workflows.
        offered = [
            (transition["to"]["statusCategory"]["key"], transition)
            for transition in client.transitions(segment(issue_key))
        ]
        fitting = [transition for wanted in categories for category, transition in offered if category == wanted]
        if not fitting:
            raise self._connection.error(
                Rejected,
                f'{TITLE}: could not {what}: from its status no step leads to {target}, or the account lacks "{right}"',
                who=ADMINISTRATOR,
                next=f"{verb.capitalize()} it by hand.",
            )
        self._connection.request(
            "POST",
            f"{PLATFORM}/issue/{segment(issue_key)}/transitions",
            what=what,
            operation="issue.transition",
            right=right,
            json={"transition": {"id": str(fitting[0]["id"])}},
            success=NOTHING,
        )
        return str(fitting[0]["to"]["name"])
