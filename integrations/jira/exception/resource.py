"""The ticket of an invoicing exception as it is wanted."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from integrations.core.document import Document
from integrations.core.resource import About
from integrations.core.text import one_line
from integrations.jira.issue.resource import WorkItem

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

    due_date: Annotated[dt.date | None, About(owner="people", once=True, label="due", kept=True)] = None
    """By when somebody should have acted."""
    state: Annotated[
        str, AfterValidator(one_line), Field(min_length=1, max_length=LONGEST_STATE), About(owner="ours", kept=True)
    ] = "open"
    """What we last told of it, in a few words without anybody's name: `open`, `acknowledged until 2026-12-31`,
    `open again`; `resolved` once it is to be archived, whatever stands here."""
    note: Annotated[Document, About(once=True, hidden=True)] = Document()
    """The comment that goes with a change of `state`; a new ticket says it all in its description."""
    status: Annotated[str | None, About(output=True)] = None
    """Its step in the workflow; not told by the answer to a creation."""
    closed: Annotated[bool, About(output=True, words=("open", "closed"))] = False
    """Whether that step is a done one, whoever took the ticket there."""

    @model_validator(mode="after")
    def _is_open_while_it_exists(self) -> Self:
        if self.active and self.state == RESOLVED:
            raise ValueError(f"an exception that exists can't be called {RESOLVED}")
        return self
