"""The ledger's file and the key beside it: made, checked, fitted together, and brought to the newest schema."""

from __future__ import annotations

import dataclasses
import hmac
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from integrations.core.errors import ConfigError, Fault
from integrations.core.ledger.migrations import SCHEMA, migrate

LENGTH = 32
"""Bytes of the key."""

TIMEOUT = 30.0
"""Seconds to wait for another process that writes."""


@dataclasses.dataclass(frozen=True)
class State:
    """The ledger's schema, and the check value of its key; None before the schema that introduced it."""

    schema: int
    check: str | None


def prepare(path: Path) -> bytes:
    """Return the key of the ledger in this file, after making what is missing and migrating what is older.

    A new ledger takes the key that is there, or makes one; any other needs the key that it was written with.

    Raises:
        ConfigError: The file is no ledger, is newer, or its key is missing or another one. Nothing was changed.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    with closing(connect(path)) as connection:
        found = state(connection, path)
        key = read_key(path) if found is not None else make_key(path)
        fits(path, found, key)
        if found is None or found.schema != SCHEMA:
            with _transaction(connection):
                # Another process may have made or migrated it since.
                found = state(connection, path)
                fits(path, found, key)
                if found is None or found.schema != SCHEMA:
                    migrate(connection, found.schema if found is not None else 0, check_value(key))
        if found is None:
            sync_folder(path.parent)
    return key


def connect(path: Path) -> sqlite3.Connection:
    """Open the file as every user of the ledger does."""
    connection = sqlite3.connect(path, timeout=TIMEOUT, isolation_level=None)
    configure(connection)
    return connection


def configure(connection: sqlite3.Connection) -> None:
    """Make a connection keep what the ledger promises: an intent that is committed survives a power loss."""
    connection.isolation_level = None
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    # What is deleted is overwritten, however SQLite was built: somebody may have asked to be forgotten.
    connection.execute("pragma secure_delete = on")


def state(connection: sqlite3.Connection, path: Path) -> State | None:
    """Return what a ledger says of itself; None where the file is empty.

    Raises:
        ConfigError: It is another program's database.
    """
    try:
        found = dict(connection.execute("select name, value from meta where name in ('schema', 'check')").fetchall())
    except sqlite3.OperationalError as error:
        if not str(error).startswith("no such"):
            raise
        found = {}
        if connection.execute("select count(*) from sqlite_master").fetchone() == (0,):
            return None
    schema = str(found.get("schema", ""))
    if not schema.isdecimal():
        raise ConfigError(
            Fault(str(path), "", "is a database of another program, not a ledger of closedwon; nothing was changed"),
            next="Name another file as `file` in [ledger] of the settings.",
        )
    return State(int(schema), found.get("check"))


def fits(path: Path, found: State | None, key: bytes) -> None:
    """Check that this version can read a ledger, and that this is its key.

    Raises:
        ConfigError: It is newer, or was written with another key.
    """
    if found is None:
        return
    if found.schema > SCHEMA:
        raise ConfigError(
            Fault(str(path), "", f"the ledger has schema {found.schema}, this closedwon knows {SCHEMA}"),
            next="Install the version of closedwon that wrote it, or a newer one. Nothing was changed.",
        )
    if found.check is not None and not hmac.compare_digest(found.check, check_value(key)):
        raise _key_lost(path, "is not the key that the ledger was written with")


def check_value(key: bytes) -> str:
    """Return the keyed hash of a constant, which tells whether a key is a ledger's own."""
    return hmac.digest(key, b"closedwon ledger", "sha256").hex()[:32]


def key_path(path: Path) -> Path:
    """Return the file of the key that belongs to the ledger in `path`."""
    return path.with_suffix(".key")


def read_key(path: Path) -> bytes:
    """Return the key beside a ledger.

    Raises:
        ConfigError: There is none, or it is damaged: what the ledger remembers of people could not be found again.
    """
    try:
        descriptor = os.open(key_path(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _key_lost(path, "is missing, and the ledger was written with it") from None
    with os.fdopen(descriptor, "rb") as file:
        key = file.read()
    if len(key) < LENGTH:
        raise _key_lost(path, f"is no key: it has {len(key)} bytes, a key has {LENGTH}")
    return key


def make_key(path: Path) -> bytes:
    """Return the key for a new ledger: the one that is there, else a new one, whole before anybody can see it.

    Raises:
        ConfigError: There is a file, and no key in it: hashes without one would give away what they are of.
    """
    if not os.path.lexists(key_path(path)):
        descriptor, made = tempfile.mkstemp(prefix=f"{key_path(path).name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(LENGTH))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(made, key_path(path))
        finally:
            Path(made).unlink()
        sync_folder(path.parent)
    return read_key(path)


def sync_folder(folder: Path) -> None:
    """Make the names of new files in a folder survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _key_lost(path: Path, message: str) -> ConfigError:
    return ConfigError(
        Fault(str(key_path(path)), "", f"{message}. Nothing was changed or contacted"),
        next=f"Put the key back from a backup, as {key_path(path)} (mode 600). If it is lost for good: "
        "closedwon ledger new, which says what is lost with it.",
    )
