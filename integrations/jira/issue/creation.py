"""Making a ticket once: first a claim, then the ticket with its mark, then its id in the claim.

The claim is read again right before and right after the creation: `integrations/jira/claims.py` says why.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, Generic

from integrations.core.errors import AuthError, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.resource import PLACEHOLDER
from integrations.jira.adf import to_adf
from integrations.jira.claims import Claims, Held
from integrations.jira.connection import Connection
from integrations.jira.issue.calls import Calls, Issue
from integrations.jira.issue.matching import Matching, W
from integrations.jira.issue.resource import WorkItem
from integrations.jira.issue.twins import Pairs
from integrations.jira.people import People


class Creation(Generic[W]):
    """Creation of tickets of one kind."""

    def __init__(
        self, connection: Connection, people: People, calls: Calls, claims: Claims, matching: Matching[W], pairs: Pairs
    ) -> None:
        self._connection, self._people = connection, people
        self._calls, self._claims, self._matching, self._pairs = calls, claims, matching, pairs

    def check_assignee(self, wanted: W) -> None:
        """Refuse, before anything is written, a ticket that would have nobody.

        Raises:
            Rejected: The assignee can't be found.
        """
        if wanted.active and wanted.assignee and wanted.assignee != PLACEHOLDER:
            self._people.account_id(wanted.assignee, "assignee")

    def create(self, wanted: W, mark: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> Issue:
        """Create a ticket, if the claim is ours.

        `more` holds Jira's fields beyond those that every ticket has.

        Raises:
            Uncertain: Somebody else claimed the key since we looked, or took our claim over, or the answer was lost.
            Rejected: Jira does not take a field, or the assignee can't be found.
        """
        fields = {**self._fields(wanted), **(more or {})}
        held = self._claims.take(wanted.key, self._matching.abandoned(wanted.key))
        if held is None or not self._claims.confirm(held):
            raise self._matching.claimed(wanted.key, self._connection.settings.settle)
        try:
            number, key = self._calls.create(fields, mark)
        except Uncertain:
            raise
        except (AuthError, Rejected, Unavailable):
            self._claims.drop(held)
            raise
        one = _made(number, key, wanted, fields, mark)
        # The ticket exists and is marked: should any of this be lost, a later run finds it, and a twin, by its label.
        elder = None
        with contextlib.suppress(IntegrationError):
            elder = self._elder(wanted, one, held)
        if elder is not None:
            with contextlib.suppress(IntegrationError):
                self._pairs.end(one, elder.key, self._claims.name(wanted.key), mark)
            one = elder
        with contextlib.suppress(IntegrationError):
            self._claims.record(wanted.key, issue=one.id, name=one.key)
        self._matching.settled(wanted.key)
        return one

    def _elder(self, wanted: W, made: Issue, held: Held) -> Issue | None:
        """The ticket that somebody else made first: who took our claim over, or whose claim we took over."""
        rival = self._claims.rival(held)
        return None if rival is None and held.first else self._matching.elder(wanted.key, made, rival)

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


def _made(number: int, key: str, wanted: WorkItem, fields: Mapping[str, Any], mark: Mapping[str, Any]) -> Issue:
    """Return the ticket that was created from these fields."""
    return Issue(
        number,
        key,
        mark=wanted.key,
        customer=str(mark.get("customer", "")),
        state=mark.get("state", ""),
        project=wanted.project,
        summary=wanted.summary,
        description=fields.get("description"),
        assignee=wanted.assignee,
        issue_type=fields["issuetype"]["name"],
        labels=wanted.labels,
    )
