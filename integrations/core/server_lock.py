"""Locks that hold over all machines that share a PostgreSQL server: advisory locks of one session.

The server frees them when the session ends, however its process does; within a second where that is killed, within half
a minute where its machine is gone. A server that restarts forgets them: then what holds one writes nothing more.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from integrations.core.dates import lately
from integrations.core.errors import ConfigError, LedgerError, LedgerUnavailable, Unavailable
from integrations.core.lock import WAIT
from integrations.core.server import Server

if TYPE_CHECKING:
    from integrations.core.server import Session

_HOLDER = """
    select application_name, backend_start from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and granted and classid = %s::bigint::oid and objid = %s::bigint::oid and objsubid = 1
        and pg_locks.database = (select oid from pg_database where datname = current_database())
        and pid <> pg_backend_pid()
    limit 1"""


def number_of(schema: str, key: str) -> int:
    """Return the 64 bits that stand for a key, the same on every machine: two ledgers of one database have others."""
    return int.from_bytes(hashlib.sha256(f"{schema}\0{key}".encode()).digest()[:8], "big", signed=True)


def holder_of(connection: Session, number: int) -> str:
    """Return, in words, the process that holds a lock, its machine, and since when it is at work."""
    bits = number % 2**64
    row = connection.execute(_HOLDER, [bits >> 32, bits % 2**32]).fetchone()
    name = str(row[0]).split(" ", 2) if row is not None else []
    if row is None or len(name) < 3 or row[1] is None:
        return "another process"
    return _named(name[1], name[2], row[1])


class ServerLocks:
    """Locks by key, on a connection of their own that does nothing else; see `Locks`.

    The connection is made when it is first needed. Threads of this process exclude each other, too.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._guard = threading.Lock()
        self._connection: Session | None = None
        self._schema, self._since = "", datetime.now(UTC)
        self._held: set[int] = set()
        self.failure: LedgerError | None = None

    @contextlib.contextmanager
    def hold(self, key: str, *, wait: float = WAIT, waiting: Callable[[str], None] | None = None) -> Iterator[None]:
        """Hold `key` for the block; see `Locks.hold`."""
        number = self._acquire(key, wait, waiting)
        try:
            yield
        finally:
            self._release(number)

    def check(self) -> None:
        """Ask the server whether the session lives that holds the locks; see `Locks.check`."""
        with self._guard:
            if self.failure is not None:
                raise self.failure
            if self._held:
                self._ask("select 1")

    def close(self) -> None:
        """Let everything go."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._held.clear()

    def _acquire(self, key: str, wait: float, waiting: Callable[[str], None] | None) -> int:
        deadline = time.monotonic() + wait
        was_reported = False
        while True:
            number, holder = self._try(key)
            if not holder:
                return number
            if time.monotonic() >= deadline:
                raise Unavailable(f"{key} is being worked on by {holder}", next="Try again when it has ended.")
            if waiting is not None and not was_reported:
                was_reported = True
                waiting(holder)
            time.sleep(random.uniform(0.03, 0.1))  # noqa: S311  (jitter, not a secret)

    def _try(self, key: str) -> tuple[int, str]:
        """Take a lock if it is free; return its number, and who holds it instead of us."""
        with self._guard:
            connection = self._connected()
            number = number_of(self._schema, key)
            # A session may take its own lock again and again: threads are told apart here.
            if number in self._held:
                return number, _named(os.getpid(), socket.gethostname(), self._since)
            if self._ask("select pg_try_advisory_lock(%s)", number):
                self._held.add(number)
                return number, ""
            with self._kept():
                return number, holder_of(connection, number)

    def _release(self, number: int) -> None:
        with self._guard:
            if number in self._held:
                self._held.discard(number)
                # Whatever is wrong is reported by whoever asks next; a session that has ended holds nothing.
                with contextlib.suppress(LedgerError, ConfigError):
                    self._ask("select pg_advisory_unlock(%s)", number)

    def _connected(self) -> Session:
        """Return the connection; one that is lost while nothing is held is replaced.

        Raises:
            LedgerError: The server is away, or a lock was lost.
        """
        if self.failure is not None:
            raise self.failure
        if self._connection is not None and not self._held and not _lives(self._connection):
            self._connection.close()
            self._connection = None
        if self._connection is None:
            self._connection = self._server.connect()
            self._since = datetime.now(UTC)
            self._schema = str(self._ask("select current_schema()"))
        return self._connection

    def _ask(self, statement: str, *values: Any) -> Any:
        """Return the first column of the answer to a statement on the connection that there is."""
        if self._connection is None:
            raise RuntimeError("there is no connection")
        with self._kept():
            row = self._connection.execute(statement, values).fetchone()
        return row[0] if row is not None else None

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        """Remember for good that locks are lost, where the connection is lost while any is held."""
        try:
            with self._server.in_words():
                yield
        except (LedgerError, ConfigError) as error:
            if not self._held:
                raise
            self.failure = LedgerUnavailable(
                f"the lock on what was being written is lost: {error.message}. Nothing more was written",
                next="What was under way is recorded as far as the server let us. Run the same command again.",
            )
            raise self.failure from None


def _lives(connection: Session) -> bool:
    try:
        connection.execute("select 1")
    except Exception as error:  # noqa: BLE001  (of a driver that may not be imported here)
        del error
        return False
    return True


def _named(process: int | str, host: str, since: datetime) -> str:
    return f"process {process} on {host} since {lately(since, seconds=True)}"
