"""The ledger's transactions: plain SQL for whichever database, the SQLite file of one, and who writes into it.

Statements keep to what SQLite and PostgreSQL (`postgresql.py`) both understand. A column that a migration declares as
`json` is read as what it holds; dictionaries, lists and tuples are written as JSON.
"""

from __future__ import annotations

import dataclasses
import functools
import getpass
import json
import os
import sqlite3
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from integrations.core.ledger.file import TIMEOUT, configure
from integrations.core.storage import trouble

CHUNK = 400
"""Keys in one statement: SQLite limits the variables (999 before 3.32), and a statement has others besides."""
IDLE = 5
"""Connections kept open while nobody uses them; opening one costs several pragmas."""

sqlite3.register_converter("json", json.loads)


@dataclasses.dataclass(frozen=True)
class Table:
    """A table that rows are written into, as the migrations made it.

    Attributes:
        key: The columns that identify a row; empty: the database numbers the rows.
        kept: By column, the SQL expression for its value when a row replaces an older one; by default the new value.
            `excluded` is the new row.
    """

    name: str
    key: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()


class Rows(Protocol):
    """The answer to a statement: of sqlite3 and of psycopg alike."""

    @property
    def description(self) -> Sequence[Any] | None:
        """The columns, each with its name first."""

    def fetchone(self) -> Sequence[Any] | None:
        """Return the next row; None after the last."""


class Connection(Protocol):
    """A connection to a database, over which statements with `?` are run."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """Run a statement."""

    def executemany(self, statement: str, rows: Sequence[Sequence[Any]], /) -> object:
        """Run a statement once for each of these rows of values."""


class Transactions(Protocol):
    """A ledger's database."""

    def transaction(self, *, writes: bool = False) -> AbstractContextManager[Transaction]:
        """Open a transaction: it reads at one moment, or it writes everything or nothing."""

    def close(self) -> None:
        """Release it."""


class Transaction:
    """An open transaction.

    A statement's values take the places of its `?`, in order. One that ends with `in ({})` also takes any number of
    keys, and is run once for every few hundred of them.
    """

    def __init__(self, connection: Connection) -> None:
        self._open: Connection | None = connection

    @property
    def _connection(self) -> Connection:
        if self._open is None:
            raise RuntimeError("this transaction has ended")
        return self._open

    def end(self) -> None:
        """Refuse all later use, also of rows still to be read: another thread may have the connection by then."""
        self._open = None

    def select(self, statement: str, *values: Any) -> Iterator[dict[str, Any]]:
        """Read rows, each one as it is asked for."""
        return self._rows(self._connection.execute(statement, values))

    def _rows(self, found: Rows) -> Iterator[dict[str, Any]]:
        names = [column[0] for column in found.description or ()]
        while self._connection and (row := found.fetchone()) is not None:
            yield dict(zip(names, row, strict=True))

    def select_among(self, statement: str, keys: Collection[Any], *values: Any) -> Iterator[dict[str, Any]]:
        """Read the rows with these keys, each one as it is asked for."""
        for filled, some in _filled(statement, keys):
            yield from self.select(filled, *values, *some)

    def scalar(self, statement: str, *values: Any) -> Any:
        """Read the first column of the first row; None where there is none."""
        row = self._connection.execute(statement, values).fetchone()
        return row[0] if row is not None else None

    def scalars(self, statement: str, *values: Any) -> list[Any]:
        """Read the first column of every row."""
        found = self._connection.execute(statement, values)
        return [row[0] for row in iter(found.fetchone, None)]

    def execute(self, statement: str, *values: Any) -> None:
        """Run a statement that writes."""
        self._connection.execute(statement, values)

    def execute_among(self, statement: str, keys: Collection[Any], *values: Any) -> None:
        """Run a statement that writes, for these keys."""
        for filled, some in _filled(statement, keys):
            self.execute(filled, *values, *some)

    def execute_each(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement that writes, once for each of these rows of values."""
        self._connection.executemany(statement, rows)

    def put(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows that all have the same columns; they replace rows with the same key."""
        if rows:
            columns = tuple(rows[0])
            values = [[_stored(row[column]) for column in columns] for row in rows]
            self._connection.executemany(_upsert(table, columns), values)


class Database:
    """The SQLite file of a ledger.

    An error of the disk is raised as `LedgerError`, wherever a statement was run.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []

    @contextmanager
    def transaction(self, *, writes: bool = False) -> Iterator[Transaction]:
        """Open a transaction: it reads the state of one moment, or writes everything or nothing."""
        try:
            connection = self._take()
            transaction = Transaction(connection)
            try:
                self._begin(connection, writes=writes)
                yield transaction
                connection.execute("commit" if writes else "rollback")
            finally:
                transaction.end()
                self._give_back(connection)
        except sqlite3.Error as error:
            known = trouble(self._path, error)
            if known is None:
                raise
            raise known from error

    def close(self) -> None:
        """Release the file."""
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        with suppress(IndexError):  # another thread may have taken the last one
            return self._idle.pop()
        connection = self._connect()
        try:
            configure(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect(self) -> sqlite3.Connection:
        return _connected(str(self._path))

    def _begin(self, connection: sqlite3.Connection, *, writes: bool) -> None:
        # A transaction that reads first and writes later fails at once when another wrote meanwhile.
        connection.execute("begin immediate" if writes else "begin")

    def _give_back(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("rollback")
        finally:
            if connection.in_transaction or len(self._idle) >= IDLE:
                connection.close()
            else:
                self._idle.append(connection)


class Copy(Database):
    """A copy of a ledger in memory, for a run that keeps nothing: what is written into it ends with the run."""

    def __init__(self, fill: Callable[[sqlite3.Connection], None], path: Path = Path("memory")) -> None:
        """`fill` puts the tables into it; `path` is the file that they are of."""
        super().__init__(path)
        self._name = f"file:closedwon-{uuid.uuid4().hex}?mode=memory&cache=shared"
        self._kept = self._connect()  # the copy lives as long as a connection of it
        fill(self._kept)

    @classmethod
    def of_file(cls, path: Path) -> Copy:
        """Return a copy of the ledger in this file."""

        def fill(kept: sqlite3.Connection) -> None:
            with closing(_connected(str(path))) as source:
                source.backup(kept)

        return cls(fill, path)

    def close(self) -> None:
        """Drop the copy."""
        super().close()
        self._kept.close()

    def _connect(self) -> sqlite3.Connection:
        connection = _connected(self._name, uri=True)
        # Connections to one shared memory lock whole tables, and do not wait: a reader would make a writer fail.
        connection.execute("pragma read_uncommitted = on")
        return connection


def _connected(address: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(
        address, timeout=TIMEOUT, check_same_thread=False, detect_types=sqlite3.PARSE_DECLTYPES, uri=uri
    )


def _filled(statement: str, keys: Collection[Any]) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield the statement with a `?` for each key, and the keys, a few hundred at a time."""
    wanted = list(keys)
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        yield statement.format(", ".join("?" * len(some))), some


def _stored(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list | tuple) else value


@functools.cache
def _upsert(table: Table, columns: tuple[str, ...]) -> str:
    named = ", ".join(f'"{column}"' for column in columns)
    insert = f"insert into {table.name} ({named}) values ({', '.join('?' * len(columns))})"  # noqa: S608  (our names)
    if not table.key:
        return insert
    kept = dict(table.kept)
    new = {column: kept.get(column, f'excluded."{column}"') for column in columns if column not in table.key}
    changed = ", ".join(f'"{column}" = {value}' for column, value in new.items())
    conflict = ", ".join(f'"{column}"' for column in table.key)
    return f"{insert} on conflict ({conflict}) do {f'update set {changed}' if changed else 'nothing'}"


def user() -> str:
    """Return the account of our staff that runs this; through `sudo` with its caller: `lena as closedwon`."""
    try:
        account = getpass.getuser()
    except (OSError, KeyError):
        account = "unknown"
    # An account that many share identifies nobody. `SUDO_USER` can be forged, but whoever could do so may write to the
    # ledger anyway.
    caller = os.environ.get("SUDO_USER", "")
    return f"{caller} as {account}" if caller not in ("", account) else account
