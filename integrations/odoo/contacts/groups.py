"""All rows of many customers, a bounded number of them at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from integrations.odoo.connection import Row

USUAL = 50
"""Rows that a customer is thought to have before any was read."""
MOST = 1000
"""Customers asked for at once at most."""
GROWTH = 4
"""How many times as many customers as before are asked for at most."""
MEMORY = 0.9
"""How much of what was learned before counts beside what is learned now."""

Read = Callable[[Sequence[int], int | None], list[Row]]
"""The rows of these customers, so many at most, the lowest ids first; None: all of them."""


def groups(customers: Sequence[int], page: int, read: Read) -> Iterator[tuple[Sequence[int], list[Row]]]:
    """The customers in groups, each with all its rows.

    A group is as large as a page is thought to hold, and two pages are read of it: rows are spread unevenly. Where
    that was not enough for sure, the group is halved; a customer alone is read to its end, however long.
    """
    start, size, rows_known, customers_known = 0, max(2, page // USUAL), 0.0, 0.0
    while start < len(customers):
        group = customers[start : start + size]
        limit = 2 * page if len(group) > 1 else None
        rows = read(group, limit)
        if limit is not None and len(rows) >= limit:
            size = len(group) // 2
            continue
        yield group, rows
        start += len(group)
        # One customer with very many says little of the next.
        rows_known = MEMORY * rows_known + min(len(rows), 2 * page)
        customers_known = MEMORY * customers_known + len(group)
        fitting = int(page * customers_known / max(rows_known, 1))
        size = max(1, min(fitting, GROWTH * len(group), MOST))
