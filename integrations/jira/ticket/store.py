"""Tickets as core sees them: found and written."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, Literal

from integrations.core.change import Change
from integrations.core.errors import AuthError, Conflict, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.resource import PLACEHOLDER, Live, Lookup
from integrations.core.store import Answer
from integrations.jira.adf import to_adf
from integrations.jira.claims import Claims, claim_name
from integrations.jira.connection import TITLE, Connection
from integrations.jira.people import People
from integrations.jira.rows import answered
from integrations.jira.ticket.calls import Calls, Issue
from integrations.jira.ticket.matching import Matching
from integrations.jira.ticket.resource import Ticket


class Tickets:
    """Internal tickets: no request type, no organization, no customer as reporter.

    The mark is the issue's property `closedwon` and a label, both in the request that creates it. That
    request can't be repeated safely, so a claim in the register goes before it and gets the issue's id
    after it. A claim without an id: what came of it shows by the label, at the latest after `settle`
    seconds. A closed ticket is one that exists.
    """

    resource: type[Ticket] = Ticket
    writes: Literal["create", "send", "manual"] = "create"
    batch: int = 1

    def __init__(self, connection: Connection, people: People) -> None:
        self._connection, self._people = connection, people
        self._width = connection.settings.concurrency
        self._calls = Calls(connection)
        self._claims = Claims(connection, Ticket.kind)
        self._matching = Matching(connection, self._calls, self._claims)

    def find(self, lookups: Sequence[Lookup[Ticket]]) -> Answer:
        """See `Store.find`.

        Many that the ledger remembers are searched by label first, fifty in a request. An absent one whose
        assignee can't be found is refused here, before anything is written.
        """
        remembered = [lookup for lookup in lookups if lookup.id is not None and not lookup.chosen]
        found: dict[str, Issue | IntegrationError | None] = dict.fromkeys(lookup.key for lookup in lookups)
        if len(remembered) > 1:
            found |= self._matching.labelled(remembered)
        rest = [lookup for lookup in lookups if found[lookup.key] is None]
        found |= answered(rest, self._matching.by_id, self._width)
        rest = [lookup for lookup in lookups if found[lookup.key] is None]
        if rest:
            claims = self._claims.read([key for lookup in rest for key in lookup.keys])

            def by_claims(lookup: Lookup[Ticket]) -> Issue | None:
                one = self._matching.by_claims(lookup, [claims[key] for key in lookup.keys if key in claims])
                if one is None:
                    self._check_assignee(lookup.resource)
                return one

            found |= answered(rest, by_claims, self._width)
        return {lookup.key: self._answer(lookup, found[lookup.key]) for lookup in lookups}

    def put(self, changes: Sequence[Change[Ticket]]) -> Answer:
        """See `Store.put`. There is nothing to update: every field is written once."""
        return answered(changes, self._put, self._width)

    def _check_assignee(self, wanted: Ticket) -> None:
        if wanted.active and wanted.assignee and wanted.assignee != PLACEHOLDER:
            self._people.account_id(wanted.assignee, "assignee")

    def _answer(
        self, lookup: Lookup[Ticket], found: Issue | IntegrationError | None
    ) -> Live[Ticket] | IntegrationError | None:
        return self._live(lookup.resource, found) if isinstance(found, Issue) else found

    def _live(self, wanted: Ticket, one: Issue) -> Live[Ticket]:
        """What is there. Only where it is to be archived, a closed one counts as archived."""
        ours = {claim_name(Ticket.kind, key) for key in (wanted.key, *wanted.aliases)}
        state = Ticket(
            key=wanted.key,
            active=not one.done or wanted.active,
            project=one.project or wanted.project,
            summary=one.summary or wanted.summary,
            description=wanted.description,
            issue_type=one.issue_type,
            assignee=one.assignee,
            labels=tuple(label for label in one.labels if label not in ours),
            status=one.status,
        )
        return Live(one.key, state, f"{self._connection.settings.base}/browse/{one.key}", ours=one.mark is not None)

    def _put(self, change: Change[Ticket]) -> Live[Ticket]:
        wanted, found = change.wanted(), change.found
        if found is None:
            return self._live(wanted, self._create(change))
        if change.action == "archive":
            status = self._calls.close(found.id)
            return Live(found.id, found.state.model_copy(update={"active": False, "status": status}), found.url)
        one = self._calls.read(found.id)
        if one.mark is None:
            self._calls.mark(one.key, wanted.key, claim_name(Ticket.kind, wanted.key))
            self._claims.write(wanted.key, issue=one.id, name=one.key)
        elif one.mark not in (wanted.key, *wanted.aliases):
            raise Conflict(
                f"{TITLE}: meanwhile the ticket {one.key} was taken for something else ({one.mark})",
                system=self._connection.name,
                next="Look at the plan again.",
            )
        return Live(found.id, found.state, found.url)

    def _create(self, change: Change[Ticket]) -> Issue:
        """A new ticket, if the claim is ours.

        Raises:
            Uncertain: Somebody else claimed it between our look and now, or the answer was lost.
        """
        wanted = change.wanted()
        fields = self._fields(wanted)
        first = self._claims.write(wanted.key)
        if not first and not self._matching.may_take_over(wanted.key):
            raise self._matching.claimed(wanted.key, self._connection.settings.settle)
        try:
            number, key = self._calls.create(fields, wanted.key)
        except Uncertain:
            raise
        except (AuthError, Rejected, Unavailable):
            self._claims.drop(wanted.key)
            raise
        # The ticket exists and is marked: should this be lost, it is found by its label.
        with contextlib.suppress(IntegrationError):
            self._claims.write(wanted.key, issue=number, name=key)
        one = Issue(
            number, key, wanted.key, False, wanted.project, wanted.summary, None, wanted.assignee,
            fields["issuetype"]["name"], wanted.labels,
        )  # fmt: skip
        return one if first else self._eldest(wanted, one)

    def _eldest(self, wanted: Ticket, made: Issue) -> Issue:
        """After taking over a stale claim: if its maker came back to life, the elder ticket stays."""
        self._matching.settled(wanted.key)
        label = claim_name(Ticket.kind, wanted.key)
        elder = [one for one in self._calls.labelled([label]) if one.mark == wanted.key and one.id < made.id]
        if not elder:
            return made
        self._calls.close(made.key)
        kept = min(elder, key=lambda one: one.id)
        self._claims.write(wanted.key, issue=kept.id, name=kept.key)
        return kept

    def _fields(self, wanted: Ticket) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "project": {"key": wanted.project},
            "issuetype": {"name": wanted.issue_type or self._connection.settings.issue_type},
            "summary": wanted.summary,
            "labels": [*wanted.labels, claim_name(Ticket.kind, wanted.key)],
        }
        if wanted.description:
            fields["description"] = to_adf(wanted.description)
        if wanted.assignee:
            fields["assignee"] = {"accountId": self._people.account_id(wanted.assignee, "assignee")}
        return fields
