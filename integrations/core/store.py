"""The contract between the core and the adapters: stores that are written to, sources that are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, Protocol, TypeVar

from integrations.core.change import Change
from integrations.core.errors import IntegrationError
from integrations.core.resource import Live, Lookup, R

Answer = Mapping[str, Live[Any] | None | IntegrationError]
"""Many in, one answer per key: the object, None (proven absent), or why that is not known."""


class Store(Protocol[R]):
    """One kind of resource in one system.

    A store never raises for one row what concerns one row: it answers it. Its docstring says where the
    mark lives, whether it is written atomically with the creation, and if not, what an orphan looks like.
    """

    resource: type[R]
    writes: Literal["create", "send", "manual"]
    """What making one is: a creation, a message that can't be taken back, or a task for a person."""
    batch: int
    """How many changes `put` takes at once."""

    def find(self, lookups: Sequence[Lookup[R]]) -> Answer:
        """What is there, by the resource's key. Sends no writing request.

        By itself it gives only what bears our mark, what a person chose, or what a system of record points to.
        A look-alike without our mark, or several, is `Ambiguous`. Absent only where visibility is proven and
        the read consistent: what may not be seen is an error, never None. A chosen object that bears another
        customer's mark is `Rejected`.
        """
        ...

    def put(self, changes: Sequence[Change[R]]) -> Answer:
        """Write the changes, each by its action, and give what the vendor then holds, by key.

        `create` is safe to repeat after a lost answer; `adopt` writes our mark and the fields; `update` writes
        only `change.fields`; where the vendor versions objects, a newer version than `change.found` is
        `Conflict`; elsewhere the object is read again just before. Nothing that was not asked for is touched.
        """
        ...


D_co = TypeVar("D_co", covariant=True)


class Source(Protocol[D_co]):
    """What a system is read for."""

    def get(self, keys: Sequence[str]) -> Mapping[str, D_co | None | IntegrationError]:
        """Each object, None (proven absent), or why that is not known."""
        ...

    def scan(self, since: date | None, *, won_only: bool = False) -> Iterator[D_co]:
        """Every deal won or lost since a day, by its closing, the oldest first, then the open ones; all without a day.

        `won_only`: the won ones alone.
        """
        ...
