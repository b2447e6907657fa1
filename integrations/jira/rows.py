"""Many in, one answer each: a row that fails does not touch its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from integrations.core.errors import IntegrationError
from integrations.core.pool import Pool
from integrations.core.rows import attempt
from integrations.jira.connection import TITLE


class Row(Protocol):
    """A look-up or a change."""

    @property
    def key(self) -> str:
        """The key under which its answer is returned."""


RowT = TypeVar("RowT", bound=Row)
A = TypeVar("A")


def answered(rows: Iterable[RowT], answer: Callable[[RowT], A], width: int) -> dict[str, A | IntegrationError]:
    """The answer to each row by its key, up to `width` at once; what one row raises is its own answer."""

    def caught(row: RowT) -> A | IntegrationError:
        return attempt(TITLE, answer, row)

    listed = list(rows)
    if len(listed) < 2 or width < 2:
        return {row.key: caught(row) for row in listed}
    with Pool(min(width, len(listed))) as pool:
        return dict(zip((row.key for row in listed), pool.map(caught, listed), strict=True))
