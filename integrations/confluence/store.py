"""The store of sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from integrations.confluence.connection import TITLE, Connection
from integrations.confluence.index import Index
from integrations.confluence.pages import Pages
from integrations.confluence.search import Row, Search
from integrations.confluence.section import Section, subject
from integrations.confluence.writing import Writing
from integrations.core.change import Change
from integrations.core.errors import IntegrationError
from integrations.core.resource import Lookup
from integrations.core.rows import attempt
from integrations.core.store import NUMBER, Answer, IdForm


class Sections:
    """Managed sections of customers' pages.

    The mark is a parameter of the macro that a section is, so it is written in the very request that makes the
    page or puts the section there: there are no orphans. A page's title is unique in its space and its versions
    are compared, so two at once make one. Sections of one customer share a page and never touch one another.
    """

    resource = Section
    writes: Literal["create", "send", "manual"] = "create"
    batch = 1
    id_form = IdForm(NUMBER.pattern, "the number in the page's address, such as 65600")

    def __init__(self, connection: Connection, pages: Pages) -> None:
        index = Index(pages)
        self._search = Search(connection, pages, index)
        self._writing = Writing(connection, pages, index)

    def find(self, lookups: Sequence[Lookup[Section]]) -> Answer:
        """Find by the ids of an earlier run in one request; else by title, then in a list of the space."""
        if not lookups:
            return {}
        hinted = self._search.hinted(lookups)
        answers: dict[str, Row] = {}
        for name in dict.fromkeys(subject(lookup.key) for lookup in lookups):
            own = [lookup for lookup in lookups if subject(lookup.key) == name]
            try:
                answers |= self._search.customer(own, hinted)
            except IntegrationError as error:
                answers |= {lookup.key: answers.get(lookup.key, error) for lookup in own}
        return answers

    def put(self, changes: Sequence[Change[Section]]) -> Answer:
        """Each section by itself; whatever else stands on its page stays byte for byte."""
        answers: dict[str, Row] = {}
        for change in changes:
            answers[change.key] = attempt(TITLE, self._writing.put, change)
        return answers
