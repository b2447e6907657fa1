"""Tickets as core sees them: found and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from integrations.core.change import Change
from integrations.core.errors import IntegrationError
from integrations.core.resource import Live, Lookup
from integrations.core.store import Answer
from integrations.jira.claims import Claims, claim_name
from integrations.jira.connection import Connection
from integrations.jira.issue.calls import Calls, Issue
from integrations.jira.issue.creation import Creation
from integrations.jira.issue.matching import Matching
from integrations.jira.people import People
from integrations.jira.rows import answered
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
        self._connection = connection
        self._calls = Calls(connection)
        self._claims = Claims(connection, Ticket.kind)
        self._matching = Matching[Ticket](connection, self._calls, self._claims)
        self._creation = Creation(connection, people, self._calls, self._claims, self._matching)

    def find(self, lookups: Sequence[Lookup[Ticket]]) -> Answer:
        """See `Store.find`.

        Many that the ledger remembers are searched by label first, fifty in a request. An absent one whose
        assignee can't be found is refused here, before anything is written.
        """
        found = self._matching.find(lookups, self._creation.check_assignee)
        return {lookup.key: self._answer(lookup, found[lookup.key]) for lookup in lookups}

    def put(self, changes: Sequence[Change[Ticket]]) -> Answer:
        """See `Store.put`. There is nothing to update: every field is written once."""
        return answered(changes, self._put, self._connection.settings.concurrency)

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
            return self._live(wanted, self._creation.create(wanted, {"key": wanted.key}))
        if change.action == "archive":
            status = self._calls.close(found.id)
            return Live(found.id, found.state.model_copy(update={"active": False, "status": status}), found.url)
        one = self._calls.read(found.id)
        self._matching.check_owner(one, wanted)
        if one.mark is None:
            self._calls.mark(one, {"key": wanted.key}, self._claims.name(wanted.key))
            self._claims.write(wanted.key, issue=one.id, name=one.key)
        return Live(found.id, found.state, found.url)
