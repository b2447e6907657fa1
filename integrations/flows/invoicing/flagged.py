"""What became of the tickets that findings want."""

from __future__ import annotations

import dataclasses
from typing import Any

from integrations.core.apply import Status
from integrations.core.change import Action
from integrations.core.ending import Ending, ending_of, error_document, exit_code
from integrations.core.envelope import waits_for
from integrations.core.errors import IntegrationError


@dataclasses.dataclass(frozen=True)
class TicketLine:
    """One ticket, in words for people.

    Attributes:
        key: Ours: `finding:…`, `customer:…/invoicing`, `cause:…`.
        label: Its summary.
        who: Who it is for: an e-mail address, or a role.
        state: What it is to say of the exception: `open`, `acknowledged until …`, `resolved`.
        id: The vendor's, where it exists.
    """

    key: str
    label: str
    who: str
    state: str
    action: Action
    status: Status
    id: str = ""
    url: str = ""
    error: IntegrationError | None = None
    unapproved: bool = False

    def document(self) -> dict[str, Any]:
        """The line as JSON."""
        return {
            "key": self.key,
            "summary": self.label,
            "who": self.who,
            "state": self.state,
            "action": self.action,
            "result": self.status,
            "id": self.id or None,
            "url": self.url or None,
            "error": error_document(self.error),
        }


@dataclasses.dataclass(frozen=True)
class Flagged:
    """What became of the tickets.

    Attributes:
        system: The section of the system that they are made in; `title`: what people call it.
        lines: Those that were not simply as wanted.
        kept: How many were.
        closed_by_people: Tickets that somebody closed although the exception is still there.
        plan: The plan's id; empty where there is nothing to write or to show.
        is_read_only: The system is in mode `read`: nobody can approve the plan.
        shown_only: Nothing was to be written, or nobody said yes.
        asks: The system is written only after a person approved the very plan.
        error: What stopped all of them.
    """

    system: str
    title: str
    lines: tuple[TicketLine, ...] = ()
    kept: int = 0
    closed_by_people: tuple[TicketLine, ...] = ()
    plan: str = ""
    is_read_only: bool = False
    shown_only: bool = False
    asks: bool = False
    interrupted: bool = False
    error: IntegrationError | None = None

    @property
    def exit_code(self) -> int:
        """What the command may end with because of them."""
        is_shown = (self.shown_only and bool(self.plan)) or self.is_read_only
        return exit_code(self.lines, self.error, is_shown=is_shown, interrupted=self.interrupted)

    @property
    def ending(self) -> Ending:
        """Return how it ended, in one word."""
        return ending_of(
            self.lines,
            self.error,
            is_shown=self.shown_only and bool(self.plan),
            is_read_only=self.is_read_only,
            interrupted=self.interrupted,
        )

    def changes(self) -> list[dict[str, Any]]:
        """The changes, as the envelope of every run has them."""
        return [
            {
                **line.document(),
                "subject": line.key.partition("/")[0],
                "step": line.key,
                "system": self.system,
                "kind": "exception",
                "name": line.label,
                "fields": [],
                "theirs": [],
                "waits_for": waits_for(line.status, line.error, self.system, line.who),
            }
            for line in self.lines
        ]

    def document(self) -> dict[str, Any]:
        """The JSON document."""
        return {
            "system": self.system,
            "plan": self.plan or None,
            "changes": [line.document() for line in self.lines],
            "kept": self.kept,
            "closed_by_people": [line.document() for line in self.closed_by_people],
            "error": error_document(self.error),
        }
