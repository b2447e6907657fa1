"""Look-ups beside a table, so that finding an object costs the same among ten as among 100,000."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from integrations.sandbox.state import Document, Table


class Lookup:
    """Index of one table's objects by terms such as `parent:17`, in the order of their ids.

    A term is remembered for good and compared with the object when it is found, so that a change or a
    write taken back needs no bookkeeping. `order` makes ids comparable (`int` where they are numbers).
    """

    def __init__(
        self, table: Table, terms: Callable[[Document], Iterable[str]], order: Callable[[str], Any] = int
    ) -> None:
        """Read the table once; from then on everything must be stored by `save`."""
        self.table, self._terms, self._order = table, terms, order
        self._ids: dict[str, list[str]] = {}
        for key, document in table.items():
            self._remember(key, document)

    def save(self, key: str, document: Document) -> None:
        """Store an object and make it findable."""
        self.table[key] = document
        self._remember(key, document)

    def find(self, term: str, after: str | None = None) -> Iterator[tuple[str, Document]]:
        """Id and object of all that have the term now, those behind the id `after` only."""
        ids = self._ids.get(term, [])
        start = 0 if after is None else bisect.bisect_right(ids, self._order(after), key=self._order)
        for position in range(start, len(ids)):
            document = self.table.get(ids[position])
            if document is not None and term in self._terms(document):
                yield ids[position], document

    def _remember(self, key: str, document: Document) -> None:
        for term in self._terms(document):
            ids = self._ids.setdefault(term, [])
            position = bisect.bisect_left(ids, self._order(key), key=self._order)
            if position == len(ids) or ids[position] != key:
                ids.insert(position, key)
