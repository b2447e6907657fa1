"""Twins: tickets that bear the mark of another one, because two machines made one each before either could know.

The lowest id counts. The younger is closed with a comment that names the one that counts, unless a person has written
on it: that one is reported and left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.core.document import Document, Paragraph, Span
from integrations.core.errors import Conflict
from integrations.jira.connection import TITLE, Connection, Missing
from integrations.jira.issue.calls import Calls, Issue
from integrations.jira.issue.resource import NONE
from integrations.jira.people import People


@dataclasses.dataclass(frozen=True)
class Twins:
    """The twins of one ticket, as issue keys.

    Attributes:
        idle: Nobody has written on them: they are to be closed.
        used: People have, or have closed the ticket that counts: they are left to people.
    """

    idle: tuple[str, ...] = ()
    used: tuple[str, ...] = ()

    @property
    def duplicates(self) -> str:
        """The field of that name, as it is."""
        return ", ".join(self.idle) or NONE


class Pairs:
    """Detection and closing of twins."""

    def __init__(self, connection: Connection, people: People, calls: Calls) -> None:
        self._connection, self._people, self._calls = connection, people, calls

    def of(self, one: Issue, *, settled: bool) -> Twins:
        """Return the twins of a ticket, each checked for changes by people.

        Args:
            one: The ticket that counts.
            settled: People closed it, so that its twin may be the one that they go on with.
        """
        keys = [twin.key for twin in one.twins]
        idle = () if settled else tuple(key for key in keys if not self._is_used(key))
        return Twins(idle, tuple(key for key in keys if key not in idle))

    def close(self, counting: str, twins: Sequence[str], label: str, mark: Mapping[str, Any]) -> None:
        """Close these twins, each with a comment that names the ticket that counts; twice comments once.

        Raises:
            Conflict: Meanwhile a person has written on one.
        """
        for key in twins:
            one = self._calls.read(key)
            if one.done:
                continue
            if self._is_used(key):
                raise Conflict(
                    f"{TITLE}: meanwhile somebody has written on the ticket {key}, which is there twice",
                    system=self._connection.name,
                    next="Look at the plan again.",
                )
            self.end(one, counting, label, mark)

    def end(self, one: Issue, counting: str, label: str, mark: Mapping[str, Any]) -> None:
        """Close a twin that nobody has written on."""
        if one.counting != counting:
            said = f"This ticket was made twice. {counting} is the one that counts."
            comment = Document(blocks=(Paragraph(spans=(Span(text=said),)),))
            self._calls.mark(one, {**mark, "counting": counting}, label, comment)
        self._calls.close(one.key)

    def _is_used(self, key: str) -> bool:
        """Return whether anyone but us and Jira's own automation has changed it or commented on it."""
        try:
            authors = self._calls.authors(key)
        except Missing:
            return True
        own = self._people.own_account_id()
        return any(author.get("accountId") != own and author.get("accountType") != "app" for author in authors)
