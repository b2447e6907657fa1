"""The calls on issues, and what an issue says of itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations.core.errors import Rejected
from integrations.jira.connection import ADMINISTRATOR, PLATFORM, TITLE, Connection, Missing
from integrations.jira.library import library

MARK = "closedwon"
FIELDS = ("summary", "status", "assignee", "issuetype", "project", "labels")
PAGE = 50


@dataclasses.dataclass(frozen=True)
class Issue:
    """An issue as Jira shows it."""

    id: int
    key: str
    mark: str | None = None
    done: bool = False
    project: str = ""
    summary: str = ""
    status: str | None = None
    assignee: str | None = None
    issue_type: str | None = None
    labels: tuple[str, ...] = ()


def issue(body: Mapping[str, Any]) -> Issue:
    """An issue from Jira's answer."""
    fields = body.get("fields") or {}
    value = (body.get("properties") or {}).get(MARK)
    status = fields.get("status") or {}
    return Issue(
        int(body["id"]),
        str(body["key"]),
        str(value["key"]) if isinstance(value, dict) and value.get("key") else None,
        (status.get("statusCategory") or {}).get("key") == "done",
        str((fields.get("project") or {}).get("key") or ""),
        str(fields.get("summary") or ""),
        status.get("name"),
        (fields.get("assignee") or {}).get("emailAddress"),
        (fields.get("issuetype") or {}).get("name"),
        tuple(fields.get("labels") or ()),
    )


class Calls:
    """What one can ask of, and do to, issues."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, key: str) -> Issue:
        """The issue with this key or id; a moved one answers to its old key.

        Raises:
            Missing: There is none, or it may not be seen.
        """
        client = library(
            self._connection, what=f"read the ticket {key}", operation="issue.get", right="Browse Projects"
        )
        return issue(client.issue(key, fields=",".join(FIELDS), properties=MARK).raw)

    def labelled(self, labels: Sequence[str]) -> Iterator[Issue]:
        """The issues with one of these labels, as far as the index knows by now, in projects that we may browse."""
        token: str | None = None
        quoted = ", ".join(f'"{label}"' for label in labels)
        while True:
            body = self._connection.json(
                "POST",
                f"{PLATFORM}/search/jql",
                what="look for tickets by their label",
                operation="issue.search",
                right="Browse Projects",
                repeat=True,
                json={
                    "jql": f"labels in ({quoted}) ORDER BY created ASC",
                    "fields": list(FIELDS),
                    "properties": [MARK],
                    "maxResults": PAGE,
                    **({"nextPageToken": token} if token else {}),
                },
            )
            yield from (issue(one) for one in body["issues"])
            token = body.get("nextPageToken")
            if token is None:
                return

    def prove_visibility(self, project: str) -> None:
        """Make sure that a search shows what this project holds.

        Raises:
            AuthError: We may not browse it, so that nothing found there proves nothing.
        """
        what, right = f"look for tickets in {project}", f"Browse Projects on {project}"
        client = library(self._connection, what=what, operation="permission.mine", right=right)
        try:
            held = client.my_permissions(projectKey=project, permissions="BROWSE_PROJECTS")["permissions"]
        except Missing:
            raise self._connection.denied(what, right) from None
        if not held["BROWSE_PROJECTS"]["havePermission"]:
            raise self._connection.denied(what, right)

    def create(self, fields: Mapping[str, Any], key: str) -> tuple[int, str]:
        """Create an issue with our mark in the same request; its id and key."""
        project = fields["project"]["key"]
        body = self._connection.json(
            "POST",
            f"{PLATFORM}/issue",
            what=f"create the ticket “{fields['summary']}” in {project}",
            operation="issue.create",
            right=f"Create Issues on {project}",
            json={"fields": fields, "properties": [{"key": MARK, "value": {"key": key}}]},
        )
        return int(body["id"]), str(body["key"])

    def mark(self, issue_key: str, key: str, label: str) -> None:
        """Mark an issue and add our label to its own; twice is once."""
        self._connection.request(
            "PUT",
            f"{PLATFORM}/issue/{issue_key}",
            what=f"mark the ticket {issue_key}",
            operation="issue.update",
            right="Edit Issues",
            repeat=True,
            json={
                "update": {"labels": [{"add": label}]},
                "properties": [{"key": MARK, "value": {"key": key}}],
            },
        )

    def close(self, issue_key: str) -> str:
        """Take an issue to the first done status that its workflow leads to, and give that status.

        Raises:
            Rejected: Its workflow leads to none from here, or we may not move it.
        """
        what, right = f"close the ticket {issue_key}", "Transition Issues"
        client = library(self._connection, what=what, operation="issue.transitions", right=right)
        for transition in client.transitions(issue_key):
            target = transition["to"]
            if target["statusCategory"]["key"] == "done":
                self._connection.request(
                    "POST",
                    f"{PLATFORM}/issue/{issue_key}/transitions",
                    what=what,
                    operation="issue.transition",
                    right=right,
                    json={"transition": {"id": str(transition["id"])}},
                )
                return str(target["name"])
        raise Rejected(
            f'{TITLE}: could not {what}: from its status no step leads to a done one, or the account lacks "{right}"',
            system=self._connection.name,
            who=ADMINISTRATOR,
            next="Close it by hand.",
        )
