"""A process that ends before one of its own transactions: the vendors have done what the ledger does not know yet."""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3
from collections.abc import Iterator
from unittest import mock

from integrations.core.ledger.database import Database
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

    def begins(self, *, writes: bool) -> None:
        """A transaction begins.

        Raises:
            KilledError: It is dead, and writes nothing any more.
        """
        if writes:
            self.begun += 1
            self.over = self.over or (self.left is not None and self.begun > self.left)
        if self.over:
            raise KilledError


@contextlib.contextmanager
def doomed(left: int | None = None) -> Iterator[Doomed]:
    """In this block the process has so many transactions left; its end is the block's, in silence."""
    fate = Doomed(left)

    begin = Database._begin

    def begins(database: Database, connection: sqlite3.Connection, *, writes: bool) -> None:
        fate.begins(writes=writes)
        begin(database, connection, writes=writes)

    with contextlib.suppress(KilledError), mock.patch.object(Database, "_begin", begins):
        yield fate
