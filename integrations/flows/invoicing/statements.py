"""What is asked of, and written to, several of the tables of invoicing exceptions."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from integrations.flows.invoicing import tables

CHUNK = 400
"""Keys asked for at once: SQLite takes some hundreds of variables in one statement."""


def put(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or replace those with the same key."""
    if not rows:
        return
    statement = upsert(table)
    values = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    keys = [column.name for column in table.primary_key]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), [dict(row) for row in rows])


def read_again(connection: Connection, accounts: Collection[str]) -> None:
    """The next run has to read these accounts, whatever has changed; also one that is under way has to, once more."""
    table, word = tables.accounts, secrets.token_hex(5)
    for some in chunks(sorted(accounts)):
        connection.execute(update(table).where(table.c.account.in_(some)).values(waits=word))


def chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """The keys, some hundreds at a time."""
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def asked_for(connection: Connection, accounts: Iterable[str], waited: Mapping[str, str]) -> dict[str, str]:
    """What these accounts wait for, where it is not what they waited for then."""
    column = tables.accounts.c
    return {
        row.account: row.waits
        for some in chunks(sorted(accounts))
        for row in connection.execute(select(column.account, column.waits).where(column.account.in_(some)))
        if row.waits != waited.get(row.account, "")
    }


def drop(connection: Connection, table: Table, column: Any, keys: Iterable[str]) -> None:
    """Delete the rows that have one of these keys."""
    for some in chunks(sorted(keys)):
        connection.execute(delete(table).where(column.in_(some)))
