"""Tickets: work for our own teams, which no customer's portal shows."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from integrations.core.change import Change
from integrations.core.errors import Ambiguous, Candidate, Conflict, IntegrationError
from integrations.core.resource import FieldInfo, Live, Lookup
from integrations.core.system import Answer, IdForm
from integrations.jira.adf import from_adf, to_adf
from integrations.jira.claims import Claims, claim_name
from integrations.jira.connection import TITLE, Connection, answered
from integrations.jira.issue.api import ISSUE_ID, Calls, Issue
from integrations.jira.issue.store import NONE, Creation, Matching, Pairs, Twins, WorkItem
from integrations.jira.people import People


class Ticket(WorkItem):
    """An internal ticket: written once, then its assignee's."""

    kind: ClassVar[str] = "ticket"
    title: ClassVar[str] = "ticket"

    status: Annotated[str | None, FieldInfo(output=True)] = None
    """Its step in the workflow; not in the answer to a creation."""


class Tickets:
    """Internal tickets: no request type, no organization, no customer as reporter.

    The mark is the issue's property `closedwon` and a label, both in the request that creates it. The property says
    the deal, by whose key the ticket is found, and the customer: a deal may be given to another one. That
    request can't be repeated safely, so a claim in the register goes before it and gets the issue's id
    after it. A claim without an id: what came of it shows by the label, at the latest after `settle`
    seconds. Two that bear one mark remain possible where a process is stopped during the very request
    that creates one: the lowest id counts, and `duplicates` has the others. A closed ticket is one that exists.
    """

    resource: type[Ticket] = Ticket
    writes: Literal["create", "send", "manual"] = "create"
    batch: int = 1
    id_form: IdForm = ISSUE_ID

    def __init__(self, connection: Connection, people: People) -> None:
        self._connection = connection
        self._calls = Calls(connection)
        self._claims = Claims(connection, Ticket.kind)
        self._matching = Matching[Ticket](connection, self._calls, self._claims)
        self._pairs = Pairs(connection, people, self._calls)
        self._creation = Creation(connection, people, self._calls, self._claims, self._matching, self._pairs)

    def find(self, lookups: Sequence[Lookup[Ticket]]) -> Answer:
        """See `Store.find`.

        Those that the ledger remembers are searched by label, fifty in a request; one to be closed is read once more
        past the index, which lags. An absent one whose assignee can't be found is refused here, before anything is
        written.
        """
        found = self._matching.find(lookups, self._creation.check_assignee, lambda lookup, _: lookup.resource.active)

        def live(lookup: Lookup[Ticket]) -> Live[Ticket] | IntegrationError | None:
            issue = found[lookup.key]
            return self._found(lookup, issue) if isinstance(issue, Issue) else issue

        return answered(lookups, live, self._connection.settings.concurrency)

    def put(self, changes: Sequence[Change[Ticket]]) -> Answer:
        """See `Store.put`. An update completes a description that nobody has changed since, and closes duplicates."""
        return answered(changes, self._put, self._connection.settings.concurrency)

    def _found(self, lookup: Lookup[Ticket], issue: Issue) -> Live[Ticket]:
        """The ticket, where it is this customer's.

        Raises:
            Ambiguous: It is another customer's, or does not say whose it is.
        """
        wanted = lookup.resource
        is_inherited = issue.customer in wanted.inherited
        if not (lookup.chosen or _is_of(wanted, issue) or is_inherited or (wanted.is_proven and not issue.customer)):
            raise self._choice(issue)
        twins = self._pairs.of(issue, settled=issue.done) if issue.twins else Twins()
        return dataclasses.replace(self._live(wanted, issue, twins.duplicates), twins=twins.used)

    def _live(self, wanted: Ticket, issue: Issue, duplicates: str = NONE) -> Live[Ticket]:
        """Return the ticket's current state.

        A closed ticket counts as archived only where it is to be archived. Its description counts as the
        wanted one: its people are done with it.
        """
        ours = {claim_name(Ticket.kind, key) for key in (wanted.key, *wanted.former)}
        state = Ticket(
            key=wanted.key,
            active=not issue.done or wanted.active,
            project=issue.project or wanted.project,
            summary=issue.summary or wanted.summary,
            description=wanted.description if issue.done else from_adf(issue.description),
            issue_type=issue.issue_type,
            assignee=issue.assignee,
            labels=tuple(label for label in issue.labels if label not in ours),
            status=issue.status,
            duplicates=duplicates,
        )
        return Live(issue.key, state, self._url(issue), ours=issue.mark is not None and _is_of(wanted, issue))

    def _url(self, issue: Issue) -> str:
        return f"{self._connection.settings.base}/browse/{issue.key}"

    def _choice(self, issue: Issue) -> Ambiguous:
        """Return the error that a person has to decide whether a ticket is this customer's.

        That is where the deal was another customer's before.
        """
        whose = (
            f"was made for another customer ({issue.customer})" if issue.customer else "does not say for which customer"
        )
        return self._connection.error(
            Ambiguous,
            f"{TITLE}: the ticket {issue.key} of this deal {whose}",
            candidates=(Candidate(issue.key, issue.summary, self._url(issue)),),
            next="Choose it, or say `never`, with: closedwon link. For new work, enter a new opportunity.",
        )

    def _put(self, change: Change[Ticket]) -> Live[Ticket]:
        wanted, found = change.wanted(), change.found
        if found is None:
            issue = self._creation.create(wanted, _mark(wanted))
            return self._live(wanted, self._as_kept(issue) if change.lacked else issue)
        issue = self._calls.read(found.id)
        self._matching.check_owner(issue, wanted)
        if change.action == "archive":
            status = issue.status if issue.done else self._calls.close(issue.key)
            return Live(found.id, found.state.model_copy(update={"active": False, "status": status}), found.url)
        if issue.mark is None or not _is_of(wanted, issue):
            self._calls.mark(issue, _mark(wanted), self._claims.name(wanted.key))
            self._claims.record(wanted.key, issue=issue.id, name=issue.key)
        state = found.state
        if "description" in change.names:
            written = self._described(wanted, state, issue)
            kept = self._as_kept(written) if change.lacked else written
            state = state.model_copy(update={"description": from_adf(kept.description)})
        if "duplicates" in change.names:
            mark = _mark(wanted)
            self._pairs.close(issue.key, found.state.duplicates.split(", "), self._claims.name(wanted.key), mark)
            state = state.model_copy(update={"duplicates": NONE})
        return Live(found.id, state, found.url)

    def _described(self, wanted: Ticket, seen: Ticket, issue: Issue) -> Issue:
        """The ticket as it is after its description was completed.

        Raises:
            Conflict: Meanwhile somebody has changed it, or closed the ticket.
        """
        if issue.done or from_adf(issue.description) != seen.comparable("description"):
            raise self._connection.error(
                Conflict,
                f"{TITLE}: meanwhile somebody has changed the ticket {issue.key}",
                next="Look at the plan again.",
            )
        self._calls.describe(issue, wanted.description)
        return dataclasses.replace(issue, description=to_adf(wanted.description))

    def _as_kept(self, issue: Issue) -> Issue:
        """Return a ticket that is to be completed later with the description as Jira keeps it.

        If the sent description were recorded, Jira's form of it would look like a person's edit then. Where
        it can't be read, the ticket was written all the same.
        """
        with contextlib.suppress(IntegrationError):
            return dataclasses.replace(issue, description=self._calls.read(issue.key).description)
        return issue


def _is_of(wanted: Ticket, issue: Issue) -> bool:
    """Return whether the ticket's mark names the customer, where there is one to name."""
    return not wanted.customer or wanted.customer == issue.customer


def _mark(wanted: Ticket) -> dict[str, str]:
    return {"key": wanted.key, **({"customer": wanted.customer} if wanted.customer else {})}


__all__ = ["Ticket", "Tickets"]
