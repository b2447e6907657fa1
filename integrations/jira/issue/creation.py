"""Making a ticket exactly once: first a claim, then the ticket with its mark, then its id in the claim."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, Generic

from integrations.core.errors import AuthError, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.resource import PLACEHOLDER
from integrations.jira.adf import to_adf
from integrations.jira.claims import Claims
from integrations.jira.connection import Connection
from integrations.jira.issue.calls import Calls, Issue
from integrations.jira.issue.matching import Matching, W
from integrations.jira.people import People


class Creation(Generic[W]):
    """Makes the tickets of one kind."""

    def __init__(
        self, connection: Connection, people: People, calls: Calls, claims: Claims, matching: Matching[W]
    ) -> None:
        self._connection, self._people = connection, people
        self._calls, self._claims, self._matching = calls, claims, matching

    def check_assignee(self, wanted: W) -> None:
        """Refuse, before anything is written, a ticket that would have nobody.

        Raises:
            Rejected: The assignee can't be found.
        """
        if wanted.active and wanted.assignee and wanted.assignee != PLACEHOLDER:
            self._people.account_id(wanted.assignee, "assignee")

    def create(self, wanted: W, mark: Mapping[str, str], more: Mapping[str, Any] | None = None) -> Issue:
        """A new ticket, if the claim is ours; `more`: Jira's fields beyond those that every ticket has.

        Raises:
            Uncertain: Somebody else claimed it between our look and now, or the answer was lost.
            Rejected: Jira does not take a field, or the assignee can't be found.
        """
        fields = {**self._fields(wanted), **(more or {})}
        first = self._claims.write(wanted.key)
        if not first and not self._matching.may_take_over(wanted.key):
            raise self._matching.claimed(wanted.key, self._connection.settings.settle)
        try:
            number, key = self._calls.create(fields, mark)
        except Uncertain:
            raise
        except (AuthError, Rejected, Unavailable):
            self._claims.drop(wanted.key)
            raise
        # The ticket exists and is marked: should this be lost, it is found by its label.
        with contextlib.suppress(IntegrationError):
            self._claims.write(wanted.key, issue=number, name=key)
        one = Issue(
            number,
            key,
            mark=wanted.key,
            state=mark.get("state", ""),
            project=wanted.project,
            summary=wanted.summary,
            assignee=wanted.assignee,
            issue_type=fields["issuetype"]["name"],
            labels=wanted.labels,
        )
        return one if first else self._eldest(wanted, one)

    def _eldest(self, wanted: W, made: Issue) -> Issue:
        """After taking over a stale claim: if its maker came back to life, the elder ticket stays."""
        self._matching.settled(wanted.key)
        label = self._claims.name(wanted.key)
        elder = [one for one in self._calls.labelled([label]) if one.mark == wanted.key and one.id < made.id]
        if not elder:
            return made
        self._calls.close(made.key)
        kept = min(elder, key=lambda one: one.id)
        self._claims.write(wanted.key, issue=kept.id, name=kept.key)
        return kept

    def _fields(self, wanted: W) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "project": {"key": wanted.project},
            "issuetype": {"name": wanted.issue_type or self._connection.settings.issue_type},
            "summary": wanted.summary,
            "labels": [*wanted.labels, self._claims.name(wanted.key)],
        }
        if wanted.description:
            fields["description"] = to_adf(wanted.description)
        if wanted.assignee:
            fields["assignee"] = {"accountId": self._people.account_id(wanted.assignee, "assignee")}
        return fields
