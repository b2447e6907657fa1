"""What a request does, what each attempt at it may have done, and for whom a `put` keeps account of that.

A write whose answer is lost may have been done; one that is refused was not. So a change that failed is settled only
if none of the writes sent for it was done, or may have been: otherwise its intent stays open, and it is looked for.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Literal

Effect = Literal["read", "claim", "write"]
"""A `claim` writes down what we are about to make, and makes nothing of what is wanted."""

Attempt = Literal["not sent", "refused", "maybe", "done"]
"""What became of one attempt: `maybe` where no answer came, or one that does not tell (408 and every 5xx)."""


class Writes:
    """The writes of one `put` that were done, or may have been, by the keys of the changes that they were for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._keys: set[str] = set()
        self._all = False

    def add(self, keys: frozenset[str] | None) -> None:
        """Note a write for these changes; None: for any change of the `put`."""
        with self._guard:
            if keys is None:
                self._all = True
            else:
                self._keys |= keys

    def touched(self, key: str) -> bool:
        """Whether the vendor has done something for this change, or may have."""
        with self._guard:
            return self._all or key in self._keys


_WRITES: ContextVar[Writes | None] = ContextVar("writes", default=None)
_KEYS: ContextVar[frozenset[str] | None] = ContextVar("keys", default=None)


@contextlib.contextmanager
def counted_writes() -> Iterator[Writes]:
    """Keep account of the writes that are sent in this block, in threads of a `Pool` too."""
    writes = Writes()
    token = _WRITES.set(writes)
    try:
        yield writes
    finally:
        _WRITES.reset(token)


@contextlib.contextmanager
def on_behalf_of(keys: Iterable[str]) -> Iterator[None]:
    """Send the requests of this block for these changes alone: a store that writes several at once says for which."""
    token = _KEYS.set(frozenset(keys))
    try:
        yield
    finally:
        _KEYS.reset(token)


def note_write() -> None:
    """Note that a write was done, or may have been, for the changes on whose behalf it was sent."""
    writes = _WRITES.get()
    if writes is not None:
        writes.add(_KEYS.get())
