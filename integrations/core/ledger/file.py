"""The ledger's file and the key beside it: made, checked, fitted together, and brought to the newest schema."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hmac
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date
from pathlib import Path

from integrations.core.errors import ClosedwonError, ConfigError, Fault
from integrations.core.ledger.migrations import SCHEMA, migrate
from integrations.core.server import Server
from integrations.core.storage import check_private, named, open_own, sync_folder

KEPT = 7
"""Daily copies that are kept."""

_DATED = "[0-9]" * 4 + "-" + "[0-9]" * 2 + "-" + "[0-9]" * 2


def copy(source: Path, target: Path) -> None:
    """Write the ledger in `source` to a file; see `write`."""

    def fill(made: sqlite3.Connection) -> None:
        with named(source), closing(sqlite3.connect(source)) as read:
            read.backup(made)

    write(target, fill)


def write(target: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Write a file (mode 0600) that `fill` puts a ledger into; an older file is replaced.

    The file is complete or absent.

    Raises:
        LedgerError: There is no room for it, or no right to write it.
    """
    with named(target):
        descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent)
        os.close(descriptor)
        made = Path(name)
        try:
            with closing(sqlite3.connect(made)) as copied:
                fill(copied)
                # One file, which needs nothing beside it.
                copied.execute("pragma journal_mode = delete")
            with made.open("rb+") as file:
                os.fsync(file.fileno())
            made.replace(target)
        finally:
            made.unlink(missing_ok=True)
        sync_folder(target.parent)


def before_migration(path: Path, number: int) -> None:
    """Keep a copy of the ledger before it is migrated to the schema of this number."""
    copy(path, path.with_name(f"{path.name}.before-{number}"))


def daily(path: Path, today: date) -> None:
    """Make today's copy of the ledger, unless there is one, and keep only the last seven.

    A copy that can't be written does not hold up a run: `check` reports how old the newest one is.
    """
    target = path.with_name(f"{path.name}.{today.isoformat()}")
    if target.exists():
        return
    with contextlib.suppress(ClosedwonError, OSError, sqlite3.Error):
        copy(path, target)
        broken_off = path.parent.glob(f"{path.name}.{_DATED}.*.part")
        for old in (*dailies(path)[KEPT:], *broken_off):
            old.unlink()


def dailies(path: Path) -> list[Path]:
    """Return the daily copies beside a ledger, the newest first."""
    return sorted(path.parent.glob(f"{path.name}.{_DATED}"), reverse=True)


def forget(path: Path) -> None:
    """Remove the copies that closedwon made by itself, because a person asked to be forgotten."""
    for old in (*dailies(path), *path.parent.glob(f"{path.name}.before-*")):
        old.unlink(missing_ok=True)


LENGTH = 32
"""Bytes of the key: as many as SHA-256 has."""

TIMEOUT = 30.0
"""Seconds to wait for another process that writes."""

ALONE = 5.0
"""Seconds to wait for other processes that have the ledger open."""
FACTS = "select name, value from meta where name in ('schema', 'check', 'moved')"
"""What is read of a ledger before anything else is done with it."""


@dataclasses.dataclass(frozen=True)
class State:
    """State of a ledger.

    Attributes:
        schema: The number of its newest migration.
        check: The check value of its key; None before the schema that introduced it.
        moved: The place that it was moved to; empty: it is in use.
    """

    schema: int
    check: str | None
    moved: str = ""


def prepare(path: Path) -> bytes:
    """Return the key of the ledger in this file; create what is missing, and migrate an older schema.

    A new ledger takes the key that is there, or makes one; any other needs the key that it was written with.

    Raises:
        ConfigError: The file is no ledger, is newer, open to others, or its key is missing or another one.
        LedgerError: The disk, its rights or its locks do not allow it. In either case nothing was changed.
    """
    with named(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # One that is there is not opened: closing it would free all locks that this process has on it, those of SQLite
        # in another thread too (https://www.sqlite.org/howtocorrupt.html, 2.2).
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            _check_usable(path)
        check_private(path, path.stat())
        return _prepared(path)


def _check_usable(path: Path) -> None:
    """Check, without opening it, that a file may be read and written.

    Raises:
        OSError: It may not, as opening it would say.
    """
    may = os.access(path, os.R_OK | os.W_OK, effective_ids=True)
    if path.is_dir() or (path.exists() and not may):
        reason = errno.EISDIR if path.is_dir() else errno.EACCES
        raise OSError(reason, os.strerror(reason), str(path))


def _prepared(path: Path) -> bytes:
    # Pragmas only after the checks: a foreign or newer file must not even be switched to a write-ahead log.
    with closing(sqlite3.connect(path, timeout=TIMEOUT)) as connection:
        found = state(connection, path)
        check_schema(path, found)
        key = read_key(path) if found is not None else make_key(path)
        check_key(path, found, key)
        configure(connection)
        if found is None or found.schema != SCHEMA:
            _bring_up(connection, path, key)
        if found is None:
            sync_folder(path.parent)
        else:
            daily(path, date.today())  # noqa: DTZ011  (the day of who looks for the copy)
    return key


def _bring_up(connection: sqlite3.Connection, path: Path, key: bytes) -> None:
    with _transaction(connection):
        # Another process may have made or migrated it since.
        found = state(connection, path)
        check_schema(path, found)
        check_key(path, found, key)
        if found is not None and found.schema != SCHEMA:
            # Inside the transaction, so that no other process writes between the copy and the migration.
            before_migration(path, found.schema + 1)
        if found is None or found.schema != SCHEMA:
            migrate(connection.execute, found.schema if found is not None else 0, check_value(key))


def configure(connection: sqlite3.Connection) -> None:
    """Configure a connection so that a committed intent survives a power loss."""
    connection.isolation_level = None
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    # Deleted rows are overwritten, whatever SQLite's default: a person may have asked to be forgotten.
    connection.execute("pragma secure_delete = on")


def state(connection: sqlite3.Connection, path: Path) -> State | None:
    """Return a ledger's schema and the check value of its key; None where the file is empty.

    Raises:
        ConfigError: It is another program's database.
    """
    found = _facts(connection)
    if not found and connection.execute("select count(*) from sqlite_master").fetchone() == (0,):
        return None
    # Between the two statements another process may have made all tables of a new ledger.
    found = found or _facts(connection)
    schema = str(found.get("schema", ""))
    if not schema.isdecimal():
        raise ConfigError(
            Fault(str(path), "", "is a database of another program, not a ledger of closedwon. Nothing was changed"),
            next="Name another file as `file` in [ledger] of the settings.",
        )
    return State(int(schema), found.get("check"), found.get("moved", ""))


def _facts(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the schema and the check value from the table `meta`; empty where there is no such table."""
    try:
        return dict(connection.execute(FACTS).fetchall())
    except sqlite3.OperationalError as error:
        if not str(error).startswith("no such"):
            raise
        return {}


def check_schema(place: Path | Server, found: State | None) -> None:
    """Check that this version knows a ledger's schema, and that the ledger is still in use.

    Raises:
        ConfigError: A newer version wrote it, or it was moved.
    """
    if found is not None and found.moved:
        raise ConfigError(
            Fault(str(place), "", f"this ledger was moved to {found.moved}. Nothing was changed or contacted"),
            next="Let [ledger] of the settings name that place, on every machine.",
        )
    if found is not None and found.schema > SCHEMA:
        raise ConfigError(
            Fault(str(place), "", f"the ledger has schema {found.schema}, this closedwon knows {SCHEMA}"),
            next="Install the version of closedwon that wrote it, or a newer one. Nothing was changed.",
        )


def check_key(path: Path, found: State | None, key: bytes) -> None:
    """Check that a ledger was written with this key, as far as its schema tells.

    Raises:
        ConfigError: It was written with another one.
    """
    if not is_written_with(found, key):
        raise _key_lost(path, "is not the key that the ledger was written with")


def is_written_with(found: State | None, key: bytes) -> bool:
    """Return whether a ledger was written with this key, as far as its schema tells."""
    return found is None or found.check is None or hmac.compare_digest(found.check, check_value(key))


def check_value(key: bytes) -> str:
    """Return the keyed hash of a constant, which tells whether a key is a ledger's own."""
    return hmac.digest(key, b"closedwon ledger", "sha256").hex()[:32]


def key_path(path: Path) -> Path:
    """Return the file of the key that belongs to the ledger in `path`."""
    return path.with_suffix(".key")


def read_key(path: Path) -> bytes:
    """Return the key beside a ledger.

    Raises:
        ConfigError: There is none, or it is damaged: without it, no hash in the ledger can be matched again.
    """
    try:
        descriptor = open_own(key_path(path), os.O_RDONLY)
    except FileNotFoundError:
        raise _key_lost(path, "is missing, and the ledger was written with it") from None
    with os.fdopen(descriptor, "rb") as file:
        check_private(key_path(path), os.fstat(descriptor))
        key = file.read()
    if len(key) < LENGTH:
        raise _key_lost(path, f"is no key: it has {len(key)} bytes, a key has {LENGTH}")
    return key


def make_key(path: Path, key: bytes | None = None) -> bytes:
    """Return the key for a new ledger: the one that is there, else this one, or a new one.

    A new key is complete before anybody can see it.

    Raises:
        ConfigError: The existing file holds no key: hashes without one could be reversed by guessing.
    """
    if not os.path.lexists(key_path(path)):
        descriptor, made = tempfile.mkstemp(prefix=f"{key_path(path).name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(key or secrets.token_bytes(LENGTH))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(made, key_path(path))
        finally:
            Path(made).unlink()
        sync_folder(path.parent)
    return read_key(path)


@contextmanager
def alone(path: Path) -> Iterator[sqlite3.Connection]:
    """Keep every other process out of the ledger, with its log merged; gives the connection that does.

    A damaged ledger is of use to nobody anyway.

    Raises:
        LedgerError: Another process has it open.
    """
    with named(path), closing(sqlite3.connect(path, timeout=ALONE, isolation_level=None)) as connection:
        try:
            # Refused as long as another connection is open.
            connection.execute("pragma journal_mode = delete")
            connection.execute("begin exclusive")
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise
        yield connection


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
