"""Tickets of invoicing exceptions: one for each, open for as long as the exception exists."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from integrations.core.change import Change
from integrations.core.document import Document
from integrations.core.errors import Conflict, IntegrationError, Rejected
from integrations.core.resource import FieldInfo, Live, Lookup
from integrations.core.system import Answer, IdForm
from integrations.core.text import one_line
from integrations.jira.adf import from_adf
from integrations.jira.claims import Claims
from integrations.jira.connection import ADMINISTRATOR, TITLE, WRITTEN, Connection, Missing, answered
from integrations.jira.issue.api import ISSUE_ID, Calls, Issue
from integrations.jira.issue.store import NONE, Creation, Matching, Pairs, Twins, WorkItem
from integrations.jira.people import People

RESOLVED = "resolved"
"""The state of a ticket that we closed, or are about to close."""

LONGEST_STATE = 255


class ExceptionTicket(WorkItem):
    """The ticket of an invoicing exception: written once, and told by a comment whenever its state changes.

    `active` is whether the exception exists. A ticket that people closed although it does is left to them.
    """

    kind: ClassVar[str] = "exception"
    title: ClassVar[str] = "invoicing ticket"
    in_playbooks: ClassVar[bool] = False

    due_date: Annotated[dt.date | None, FieldInfo(owner="people", once=True, label="due", kept=True)] = None
    """By when somebody should have acted."""
    state: Annotated[
        str, AfterValidator(one_line), Field(min_length=1, max_length=LONGEST_STATE), FieldInfo(owner="ours", kept=True)
    ] = "open"
    """What we last told of it, in a few words without anybody's name: `open`, `acknowledged until 2026-12-31`,
    `open again`; `resolved` once it is to be archived, whatever stands here."""
    note: Annotated[Document, FieldInfo(once=True, hidden=True)] = Document()
    """The comment that goes with a change of `state`; a new ticket says it all in its description."""
    status: Annotated[str | None, FieldInfo(output=True)] = None
    """Its step in the workflow; not in the answer to a creation."""
    closed: Annotated[bool, FieldInfo(output=True, words=("open", "closed"))] = False
    """Whether that step is a done one, whoever took the ticket there."""

    @model_validator(mode="after")
    def _is_open_while_it_exists(self) -> Self:
        if self.active and self.state == RESOLVED:
            raise ValueError(f"an exception that exists can't be called {RESOLVED}")
        return self


class ExceptionTickets:
    """Internal tickets that say what state an invoicing exception is in, and are closed when it is gone.

    Marked, claimed and made as hand-over tickets are. The state stands in the mark, and is written in one request
    with the comment that tells it, so that no state is ever told twice: whoever finds the state finds the comment.
    Where a status has to change as well, the state tells how far we got: `resolved` is written before the ticket is
    closed, and stays until it is open again. A done ticket whose state is another one was closed by people, and is
    left to them. Twins remain possible as with hand-over tickets, and are treated alike.
    """

    resource: type[ExceptionTicket] = ExceptionTicket
    writes: Literal["create", "send", "manual"] = "create"
    batch: int = 1
    id_form: IdForm = ISSUE_ID

    def __init__(self, connection: Connection, people: People) -> None:
        self._connection = connection
        self._calls = Calls(connection)
        self._claims = Claims(connection, ExceptionTicket.kind)
        self._matching = Matching[ExceptionTicket](connection, self._calls, self._claims)
        self._pairs = Pairs(connection, people, self._calls)
        self._creation = Creation(connection, people, self._calls, self._claims, self._matching, self._pairs)

    def find(self, lookups: Sequence[Lookup[ExceptionTicket]]) -> Answer:
        """See `Store.find`.

        Those that the ledger remembers are searched by label, fifty in a request; those that would have to be
        written are read once more past the index, which lags. An absent one whose assignee can't be found is
        refused here, before anything is written.
        """
        found = self._matching.find(lookups, self._creation.check_assignee, self._is_as_wanted)

        def live(lookup: Lookup[ExceptionTicket]) -> Live[ExceptionTicket] | IntegrationError | None:
            issue = found[lookup.key]
            return self._found(lookup.resource, issue) if isinstance(issue, Issue) else issue

        return answered(lookups, live, self._connection.settings.concurrency)

    def put(self, changes: Sequence[Change[ExceptionTicket]]) -> Answer:
        """See `Store.put`. Everything but the state is written once; duplicates are closed."""
        return answered(changes, self._put, self._connection.settings.concurrency)

    def _found(self, wanted: ExceptionTicket, issue: Issue) -> Live[ExceptionTicket]:
        twins = self._pairs.of(issue, settled=_closed_by_people(issue)) if issue.twins else Twins()
        return dataclasses.replace(self._live(wanted, issue, twins.duplicates), twins=twins.used)

    def _is_as_wanted(self, lookup: Lookup[ExceptionTicket], issue: Issue) -> bool:
        if _closed_by_people(issue):
            return False  # perhaps they have opened it again
        there = self._live(lookup.resource, issue).state
        if not lookup.resource.active:
            return not there.active
        return there.state == lookup.resource.state

    def _live(self, wanted: ExceptionTicket, issue: Issue, duplicates: str = NONE) -> Live[ExceptionTicket]:
        """Return the ticket's current state.

        If people closed the ticket, its state counts as the wanted one: we do not fight over it. The same
        holds for a ticket to be archived, where `active` tells: the ledger must not record an open state as
        `resolved`.
        """
        ours = {self._claims.name(key) for key in (wanted.key, *wanted.former)}
        state = ExceptionTicket.model_construct(
            key=wanted.key,
            former=(),
            active=not (issue.done and issue.state == RESOLVED) or duplicates != NONE,
            project=issue.project or wanted.project,
            summary=issue.summary or wanted.summary,
            description=wanted.description if issue.done else from_adf(issue.description),
            issue_type=issue.issue_type,
            assignee=issue.assignee,
            due_date=issue.due_date,
            labels=tuple(label for label in issue.labels if label not in ours),
            state=issue.state if wanted.active and not _closed_by_people(issue) else wanted.state,
            note=wanted.note,
            status=issue.status,
            closed=issue.done,
            duplicates=duplicates,
        )
        return Live(
            issue.key, state, f"{self._connection.settings.base}/browse/{issue.key}", ours=issue.mark is not None
        )

    def _put(self, change: Change[ExceptionTicket]) -> Live[ExceptionTicket]:
        wanted, found = change.wanted(), change.found
        if found is None:
            made = self._create(wanted)
            # Somebody's elder one, which came to light after all, may be in another state.
            return self._live(wanted, self._updated(wanted, made, made.state))
        issue = self._calls.read(found.id)
        self._matching.check_owner(issue, wanted)
        if found.state.duplicates != NONE:
            mark = {"key": wanted.key, "state": RESOLVED}
            self._pairs.close(issue.key, found.state.duplicates.split(", "), self._claims.name(wanted.key), mark)
        if change.action == "archive":
            return self._live(wanted, self._archived(wanted, issue))
        if issue.mark is None and change.action == "adopt":
            return self._live(wanted, self._adopted(wanted, issue))
        return self._live(wanted, self._updated(wanted, issue, found.state.state))

    def _create(self, wanted: ExceptionTicket) -> Issue:
        due: dict[str, Any] = {"duedate": wanted.due_date.isoformat()} if wanted.due_date else {}
        try:
            made = self._creation.create(wanted, {"key": wanted.key, "state": wanted.state}, due)
        except Rejected as error:
            raise self._refused(error, wanted) from None
        return dataclasses.replace(made, due_date=wanted.due_date)

    def _refused(self, error: Rejected, wanted: ExceptionTicket) -> Rejected:
        """The refusal for those who can fix it: no playbook says what these tickets hold."""
        if isinstance(error, Missing) or error.field == "assignee" or (error.field and error.field not in WRITTEN):
            return error
        fixing = "Correct what Jira names, in Jira or in the settings of invoicing."
        if error.field == "duedate":
            screen = f"the screen that creates issues in {wanted.project}"
            fixing = f'Put "Due date" on {screen}, and grant "Schedule Issues" to the account.'
        if error.field == "comment":
            fixing = f'Grant "Add Comments" on {wanted.project} to the account.'
        return Rejected(error.message, system=error.system, field=error.field, who=ADMINISTRATOR, next=fixing)

    def _adopted(self, wanted: ExceptionTicket, issue: Issue) -> Issue:
        """The ticket that a person chose; a done one gets no comment, as its people are through with it."""
        made = self._stated(wanted, issue, wanted.state, tell=not issue.done)
        self._claims.record(wanted.key, issue=issue.id, name=issue.key)
        return made

    def _updated(self, wanted: ExceptionTicket, issue: Issue, seen: str) -> Issue:
        """The ticket in its new state, reopened first if it was us who closed it.

        Raises:
            Conflict: Another run of ours has written another state since we looked.
        """
        if issue.state == wanted.state or _closed_by_people(issue):
            return issue
        if issue.state != seen:
            raise self._connection.error(
                Conflict,
                f"{TITLE}: meanwhile the state of the ticket {issue.key} was changed",
                next="Look at the plan again.",
            )
        # Here the status first: while `resolved` stands, a run that stops in between is ours to go on with.
        if issue.done:
            issue = dataclasses.replace(issue, done=False, status=self._calls.reopen(issue.key))
        return self._stated(wanted, issue, wanted.state)

    def _archived(self, wanted: ExceptionTicket, issue: Issue) -> Issue:
        # The state first: a run that stops in between then finds that we were about to close it.
        if issue.state != RESOLVED:
            issue = self._stated(wanted, issue, RESOLVED)
        if issue.done:
            return issue
        return dataclasses.replace(issue, done=True, status=self._calls.close(issue.key))

    def _stated(self, wanted: ExceptionTicket, issue: Issue, state: str, *, tell: bool = True) -> Issue:
        key = issue.mark or wanted.key
        note = wanted.note if tell else None
        try:
            self._calls.mark(issue, {"key": key, "state": state}, self._claims.name(key), note)
        except Rejected as error:
            raise self._refused(error, wanted) from None
        return dataclasses.replace(issue, mark=key, state=state)


def _closed_by_people(issue: Issue) -> bool:
    return issue.done and issue.state != RESOLVED


__all__ = ["RESOLVED", "ExceptionTicket", "ExceptionTickets"]
