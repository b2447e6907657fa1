"""Look-ups beside the records: made when first needed, kept up to date by every write, proved at every use."""

from __future__ import annotations

import bisect
from typing import Any

from integrations.sandbox.erp.environment import Environment
from integrations.sandbox.state import Document, Table


class ByValue:
    """Index of records by the exact value of one field.

    A value is remembered for good and compared with the record when it is found, so that a change, a deletion
    or a write taken back needs no bookkeeping.
    """

    def __init__(self, table: Table, field: str) -> None:
        self._table, self._field = table, field
        self._ids: dict[Any, int | dict[int, None]] = {}
        """A lone id stands for itself: most values occur once."""
        for document in table.values():
            self.remember(document)

    def remember(self, document: Document) -> None:
        """Make a record findable."""
        value, number = document.get(self._field), document["id"]
        if not value:
            return
        known = self._ids.setdefault(value, number)
        if isinstance(known, dict):
            known[number] = None
        elif known != number:
            self._ids[value] = {known: None, number: None}

    def find(self, value: Any) -> list[int]:
        """Ids of the records that have the value now."""
        known = self._ids.get(value, ())
        found = (known,) if isinstance(known, int) else known
        return [number for number in found if self._table.get(str(number), {}).get(self._field) == value]


class InOrder:
    """Index of records by a range of one field that all records have, such as `id` or `write_date`."""

    SLACK = 1000

    def __init__(self, table: Table, field: str) -> None:
        self._table, self._field = table, field
        self._entries: list[tuple[Any, int]] = []
        self._sort()

    def _sort(self) -> None:
        self._entries = sorted((row[self._field], row["id"]) for row in self._table.values() if self._field in row)

    def remember(self, document: Document) -> None:
        """Make a record findable.

        Its former positions are forgotten in bulk, when there are enough of them.
        """
        entry = (document.get(self._field), document["id"])
        if entry[0] is None:
            return
        position = bisect.bisect_left(self._entries, entry)
        if self._entries[position : position + 1] != [entry]:
            self._entries.insert(position, entry)
        if len(self._entries) > 2 * len(self._table) + self.SLACK:
            self._sort()

    def at_least(self, value: Any) -> list[int]:
        """Ids of records that may be at or behind `value`, ordered by the field; some have changed since."""
        start = bisect.bisect_left(self._entries, (value, 0))
        return [number for _, number in self._entries[start:]]

    def count(self, value: Any) -> int:
        """Return the number of records that `at_least` would give."""
        return len(self._entries) - bisect.bisect_left(self._entries, (value, 0))


def ids_by(environment: Environment, model: str, field: str, value: Any) -> list[int]:
    """Ids of all records, archived ones too, whose indexed `field` is exactly `value`."""
    table = environment.table(model)
    index = table.watchers.get(f"by {field}")
    if not isinstance(index, ByValue):
        index = table.watchers[f"by {field}"] = ByValue(table, field)
    return index.find(value)


def in_order_of(environment: Environment, model: str, field: str) -> InOrder:
    """The records by a field that all of them have."""
    table = environment.table(model)
    index = table.watchers.get(f"in order of {field}")
    if not isinstance(index, InOrder):
        index = table.watchers[f"in order of {field}"] = InOrder(table, field)
    return index


def prepare(environment: Environment, model: str, *fields: str) -> None:
    """Make look-ups ahead of their first use, those by id and by change among them."""
    for field in fields:
        ids_by(environment, model, field, 0)
    for field in ("id", "write_date"):
        in_order_of(environment, model, field)


def descendants(environment: Environment, model: str, roots: list[int]) -> set[int]:
    """The records and everything below them by `parent_id`."""
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        child = waiting.pop()
        if child not in found:
            found.add(child)
            waiting.extend(ids_by(environment, model, "parent_id", child))
    return found
