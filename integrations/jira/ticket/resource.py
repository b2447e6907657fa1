"""A ticket as it is wanted."""

from __future__ import annotations

from typing import Annotated, ClassVar

from integrations.core.resource import About
from integrations.jira.issue.resource import WorkItem


class Ticket(WorkItem):
    """An internal ticket: written once, then its assignee's."""

    kind: ClassVar[str] = "ticket"
    title: ClassVar[str] = "ticket"

    status: Annotated[str | None, About(output=True)] = None
    """Its step in the workflow; not told by the answer to a creation."""
