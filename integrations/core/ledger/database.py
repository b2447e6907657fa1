"""The ledger's file and the key beside it, and who writes into it."""

from __future__ import annotations

import getpass
import os
import secrets
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from integrations.core.errors import ConfigError, Fault

LENGTH = 32
"""Bytes of the key."""


def engine(path: Path) -> Engine:
    """The database in this file; a transaction writes where its execution options say `writes`."""
    made = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(made, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        # What is deleted is overwritten, however SQLite was built: somebody may have asked to be forgotten.
        connection.execute("pragma secure_delete = on")

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another wrote meanwhile.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("begin immediate" if writes else "begin")

    return made


def hash_key(path: Path) -> bytes:
    """The key in this file, which is made (mode 0600) where it is missing, and whole before anybody can see it.

    Raises:
        ConfigError: There is a file, and no key in it: hashes without one would tell what they are of.
    """
    if not path.exists():
        made = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(LENGTH))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            with suppress(FileExistsError):
                os.link(made, path)
        finally:
            made.unlink()
    key = path.read_bytes()
    if len(key) < LENGTH:
        raise ConfigError(Fault(str(path), "", "is no key"), next="Remove it: the next run makes a new one.")
    return key


def user() -> str:
    """The account of our staff whose run this is."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
