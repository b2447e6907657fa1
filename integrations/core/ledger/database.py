"""Connections to the ledger, and who writes into it."""

from __future__ import annotations

import getpass
import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event

from integrations.core.ledger.file import TIMEOUT, configure
from integrations.core.storage import trouble


def engine(path: Path) -> Engine:
    """Return the database in this file; a transaction writes where its execution options say `writes`.

    What the disk does not let it do is raised as `LedgerError`, wherever a statement was run.
    """
    address = URL.create("sqlite", database=str(path))
    made = create_engine(address, connect_args={"timeout": TIMEOUT, "check_same_thread": False})

    @event.listens_for(made, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        configure(connection)

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another wrote meanwhile.
        statement = "begin immediate" if connection.get_execution_options().get("writes") else "begin"
        # Past SQLAlchemy's execution, which costs ten times as much as the statement.
        try:
            connection.connection.driver_connection.execute(statement)  # type: ignore[union-attr]
        except sqlite3.Error as error:
            raise trouble(path, error) or error from error

    @event.listens_for(made, "handle_error")
    def _say(context: ExceptionContext) -> None:
        original = context.original_exception
        found = trouble(path, original) if isinstance(original, sqlite3.Error) else None
        if found is not None:
            raise found from original

    return made


def user() -> str:
    """The account of our staff whose run this is; through `sudo` also who called it: `lena as closedwon`."""
    try:
        account = getpass.getuser()
    except (OSError, KeyError):
        account = "unknown"
    # One account that many share tells of nobody. Whoever may run commands as it could write anything there anyway.
    caller = os.environ.get("SUDO_USER", "")
    return f"{caller} as {account}" if caller not in ("", account) else account
