"""A process that ends before one of its own transactions: the vendors have done what the ledger does not know yet."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, event

from tests.flows.contacts.world import KilledError


@dataclasses.dataclass
class Doomed:
    """What becomes of a process.

    Attributes:
        left: How many transactions that write it has left; None: it is not killed, they are counted.
        begun: How many it began.
        over: Whether it was killed.
    """

    left: int | None = None
    begun: int = 0
    over: bool = False

    def begins(self, connection: Connection) -> None:
        """A transaction begins.

        Raises:
            KilledError: It is dead, and writes nothing any more.
        """
        if connection.get_execution_options().get("writes"):
            self.begun += 1
            self.over = self.over or (self.left is not None and self.begun > self.left)
        if self.over:
            raise KilledError


@contextlib.contextmanager
def doomed(left: int | None = None) -> Iterator[Doomed]:
    """In this block the process has so many transactions left; its end is the block's, in silence."""
    fate = Doomed(left)

    def begins(connection: Connection, *_: Any) -> None:
        fate.begins(connection)

    event.listen(Engine, "begin", begins)
    try:
        with contextlib.suppress(KilledError):
            yield fate
    finally:
        event.remove(Engine, "begin", begins)
