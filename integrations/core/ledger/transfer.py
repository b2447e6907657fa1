"""A ledger's rows, carried from one database to another: every table, row by row, as they were written."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from integrations.core.errors import ConfigError, Fault, LedgerError
from integrations.core.ledger import file, schema
from integrations.core.ledger.database import Copy, Table, Transaction, Transactions
from integrations.core.ledger.migrations import migrate
from integrations.core.server import Server
from integrations.core.storage import named

BATCH = 500
"""Rows that are carried at once."""


@functools.cache
def columns() -> Mapping[str, Mapping[str, str]]:
    """Return by table the columns of the newest schema, each with its type."""
    with closing(sqlite3.connect(":memory:")) as connection:
        migrate(connection.execute, 0, "")
        names = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        return {
            table: {row[1]: row[2] for row in connection.execute(f"pragma table_info({table})")}
            for table in sorted(names)
        }


def transfer(source: Transaction, target: Transaction) -> dict[str, int]:
    """Carry all rows of a ledger into the tables of another, which have none; return their number by table.

    Raises:
        LedgerError: Not all of them arrived.
    """
    carried = {}
    for table, types in columns().items():
        target.execute(f"delete from {table}")  # noqa: S608  (what making the tables put there)
        # JSON is carried as its text, as it stands: whatever it says, and in whichever order.
        shown = ", ".join(
            f'cast("{name}" as text) as "{name}"' if kind == "json" else f'"{name}"' for name, kind in types.items()
        )
        rows = source.select(f"select {shown} from {table}")  # noqa: S608  (our names)
        while batch := list(islice(rows, BATCH)):
            target.put(Table(table), batch)
        carried[table] = _counted(source, table)
        if _counted(target, table) != carried[table]:
            raise LedgerError(f"not all rows of {table} arrived", next="Nothing was changed. Try again.")
    return carried


def fill(made: sqlite3.Connection, source: Transaction) -> None:
    """Put a ledger's tables and rows into a database that is empty, in one transaction."""
    made.execute("begin")
    migrate(made.execute, 0, "")
    transfer(source, Transaction(made))
    made.execute("commit")


def copy_of(database: Transactions) -> Copy:
    """Return a copy in memory of a ledger that is elsewhere; see `Copy`.

    Raises:
        LedgerError: It can't be read.
    """
    with database.transaction() as source:
        return Copy(lambda kept: fill(kept, source))


def move(source: Path | Server, target: Path | Server) -> int:
    """Carry a whole ledger, with its key, to a place where there is none; return the number of its rows.

    The new one is complete, or not there. The one that is left keeps its rows, and is refused from then on, with the
    place where it went: settings that were not changed would go on with it.

    Raises:
        ConfigError: There is no ledger to move, or there is one at the target.
        LedgerError: Another process has one of them open, or can't read or write it.
    """
    if isinstance(source, Path) and not source.exists():
        raise ConfigError(Fault(str(source), "", "there is no ledger yet"), next="The first run makes one.")
    if isinstance(source, Server) and isinstance(target, Server) and source.url == target.url:
        raise _taken(target)
    key = _prepared(source)
    with _alone(source) as reading:
        carried = _into_server(reading, target) if isinstance(target, Server) else _into_file(reading, target, key)
        reading.put(schema.meta, [{"name": "moved", "value": str(target)}])
        if isinstance(source, Path):
            reading.execute("commit")  # what keeps others out of a file is a transaction
        return carried


def _prepared(place: Path | Server) -> bytes:
    """Return the key of a ledger that is brought to the newest schema."""
    if isinstance(place, Server):
        from integrations.core.ledger import postgresql  # noqa: PLC0415  (only where a ledger is on a server)

        return postgresql.prepare(place)
    return file.prepare(place)


@contextmanager
def _alone(place: Path | Server) -> Iterator[Transaction]:
    """Keep others out of a ledger while it is read."""
    if isinstance(place, Server):
        from integrations.core.ledger import postgresql  # noqa: PLC0415  (only where a ledger is on a server)

        with postgresql.alone(place) as session:
            yield Transaction(postgresql.Statements(session))
    else:
        with file.alone(place) as connection:
            yield Transaction(connection)


def _into_server(source: Transaction, server: Server) -> int:
    from integrations.core.ledger import postgresql  # noqa: PLC0415  (only where a ledger is on a server)

    with postgresql.alone(server) as session, session.transaction():
        if postgresql.state(session, server) is not None:
            raise _taken(server)
        postgresql.make_tables(session, server)
        carried = transfer(source, Transaction(postgresql.Statements(session)))
        postgresql.renumber(session)
    return sum(carried.values())


def _into_file(source: Transaction, path: Path, key: bytes) -> int:
    if path.exists():
        raise _taken(path)
    with named(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.make_key(path, key) != key:
        raise ConfigError(
            Fault(str(file.key_path(path)), "", "is the key of another ledger. Nothing was changed"),
            next="Name another file.",
        )
    file.write(path, lambda made: fill(made, source))
    return sum(_counted(source, table) for table in columns())


def _taken(place: Path | Server) -> ConfigError:
    fault = Fault(str(place), "", "holds a ledger or something else already. Nothing was changed")
    return ConfigError(fault, next="Name a file that there is not, or an empty database.")


def _counted(transaction: Transaction, table: str) -> int:
    return int(transaction.scalar(f"select count(*) from {table}"))  # noqa: S608  (our names)
