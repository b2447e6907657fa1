"""Looking after the ledger: check it, back it up; of a file also put a copy back, or begin a new one."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from integrations.core.dates import dated_moment
from integrations.core.errors import ClosedwonError, ConfigError, Fault, LedgerError
from integrations.core.ledger import file
from integrations.core.ledger.database import Connection
from integrations.core.ledger.file import (
    State,
    alone,
    check_key,
    check_schema,
    check_value,
    key_path,
    prepare,
    read_key,
    state,
)
from integrations.core.ledger.migrations import SCHEMA
from integrations.core.ledger.transfer import fill
from integrations.core.server import Server
from integrations.core.storage import check_private, named, sync_folder

_LOST: Mapping[str, tuple[str, str]] = {
    "choices": ("select count(*) from choices", "{} choices of people (closedwon link)"),
    "heirs": (
        "select count(*) from heirs where answer <> ''",
        "{} answers of people about customers that are gone (closedwon link CUSTOMER heir=ID|none)",
    ),
    "out": (
        "select count(*) from contacts_tombstones where reason <> 'left'",
        "{} people who were revoked or forgotten: the next sync lets them in again, if the ERP has them",
    ),
    "leaving": ("select count(*) from contacts_leaving", "{} memberships that are on their way out"),
    "acknowledged": ("select count(*) from invoices_acknowledgements", "{} acknowledged findings"),
    "disputes": ("select count(*) from invoices_disputes", "{} disputes"),
    "intents": ("select count(*) from intents where closed is null", "{} writes whose outcome is not known"),
    "audit": ("select count(*) from audit", "{} lines about who wrote what"),
}


_OPEN = "select count(*), min(opened) from intents where closed is null"


@dataclasses.dataclass(frozen=True)
class Checkup:
    """Result of checking a ledger.

    Attributes:
        facts: The parts that are in order, as sentences.
        faults: The faults, each with the way to fix it.
    """

    facts: tuple[str, ...]
    faults: tuple[ClosedwonError, ...]


def check(place: Path | Server) -> Checkup:
    """Look at a ledger, its key and its copies; changes nothing and makes nothing."""
    return _check_server(place) if isinstance(place, Server) else _check_file(place)


def _check_file(path: Path) -> Checkup:
    facts: list[str] = []
    faults: list[ClosedwonError] = []
    if not os.path.lexists(path):
        with_key = " with the key that is there" if key_path(path).exists() else ""
        return Checkup((f"There is no ledger yet: the first run makes one{with_key}.",), ())
    with _collected(faults), named(path):
        check_private(path, path.stat())
        facts.append("It is for its user only.")
    found = None
    with _collected(faults), named(path), closing(_opened(path)) as connection:
        found = state(connection, path)
        _check_integrity(connection, path)
        facts += ["SQLite finds no damage in it.", *_schema(path, found, connection)]
    if found is not None:
        with _collected(faults), named(path):
            check_key(path, found, read_key(path))
            facts.append("Its key is there.")
    newest = next(iter(file.dailies(path)), None)
    facts.append(f"The newest copy is {newest}." if newest is not None else "There is no daily copy yet.")
    return Checkup(tuple(facts), tuple(faults))


def _check_server(server: Server) -> Checkup:
    from integrations.core.ledger import postgresql  # noqa: PLC0415  (only where the ledger is on a server)

    facts: list[str] = []
    faults: list[ClosedwonError] = []
    with _collected(faults), closing(postgresql.opened(server)) as session, server.in_words():
        version = session.info.parameter_status("server_version") or "?"
        facts.append(f"The server answers: PostgreSQL {version.partition(' ')[0]}.")
        found = postgresql.state(session, server)
        postgresql.check(server, found)
        facts += _schema(server, found, postgresql.Statements(session))
        if found is not None:
            facts.append("Its key is there.")
        facts.append("Closedwon makes no daily copies of it: have the server backed up, with pg_dump for instance.")
    return Checkup(tuple(facts), tuple(faults))


def backup(place: Path | Server, target: Path) -> None:
    """Write a copy of the ledger, without the key, to a SQLite file; an older copy is replaced.

    Raises:
        ConfigError: There is no ledger, or the file is something else.
        LedgerError: It can't be written.
    """
    if isinstance(place, Path) and not place.exists():
        raise ConfigError(Fault(str(place), "", "there is no ledger yet"), next="The first run makes one.")
    if target.exists():
        if isinstance(place, Path):
            _refuse_itself(place, target)
        _ledger_in(target)
    if isinstance(place, Server):
        _back_up(place, target)
    else:
        file.copy(place, target)


def _back_up(server: Server, target: Path) -> None:
    from integrations.core.ledger import postgresql  # noqa: PLC0415  (only where the ledger is on a server)

    postgresql.prepare(server)
    with closing(postgresql.ServerDatabase(server)) as database, database.transaction() as source:
        file.write(target, lambda made: fill(made, source))


def restore(path: Path, source: Path) -> Path | None:
    """Put a copy in the place of the ledger, and migrate it to this schema.

    Return the path under which the replaced ledger is kept; None where there was none.

    Raises:
        ConfigError: The copy is no ledger, is damaged or newer, or was written with another key.
        LedgerError: It can't be read or written, or another process has the ledger open.
    """
    with named(source):
        source.stat()
        _refuse_itself(path, source)
    found, key = _ledger_in(source), read_key(path)
    if found.check is not None and found.check != check_value(key):
        raise ConfigError(
            Fault(str(source), "", f"was written with another key than {key_path(path)}. Nothing was changed"),
            next=f"Put the key that belongs to it back first, as {key_path(path)}.",
        )
    staged, aside = path.with_name(f"{path.name}.restored"), _aside(path)
    file.copy(source, staged)
    with named(path):
        try:
            if path.exists():
                with alone(path):
                    os.link(path, aside)
                    _without_log(path, aside)
                    staged.replace(path)
            else:
                staged.replace(path)
        finally:
            staged.unlink(missing_ok=True)
        sync_folder(path.parent)
    # Migrate only now: an older copy keeps its own state until it has become the ledger.
    prepare(path)
    return aside if aside.exists() else None


def begin_anew(path: Path) -> list[Path]:
    """Put the ledger and its key aside, make new ones, and return the paths of the old ones.

    Raises:
        LedgerError: Another process has the ledger open, or the disk does not let us.
    """
    kept: list[Path] = []
    with named(path):
        if path.exists():
            with alone(path):
                aside = _aside(path)
                path.rename(aside)
                _without_log(path, aside)
                kept.append(aside)
        if os.path.lexists(key_path(path)):
            kept.append(key_path(path).rename(_aside(key_path(path))))
        sync_folder(path.parent)
    prepare(path)
    return kept


def losses(path: Path) -> list[str]:
    """Return, in words, what exists only in this ledger, as far as it can be read."""
    found = []
    with contextlib.suppress(OSError, sqlite3.Error), closing(_opened(path)) as connection:
        for query, words in _LOST.values():
            with contextlib.suppress(sqlite3.OperationalError):
                (number,) = connection.execute(query).fetchone()
                found += [words.format(number)] if number else []
    return found


def _opened(path: Path) -> sqlite3.Connection:
    """Open a database without creating one."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)


def _ledger_in(path: Path) -> State:
    """Read the schema and the key's check value of a copy.

    Raises:
        ConfigError: It is no ledger that this version can use.
    """
    with named(path), closing(_opened(path)) as connection:
        found = state(connection, path)
        if found is None:
            raise ConfigError(Fault(str(path), "", "is empty, not a ledger of closedwon. Nothing was changed"))
        _check_integrity(connection, path)
    check_schema(path, found)
    return found


def _check_integrity(connection: sqlite3.Connection, path: Path) -> None:
    damage = [str(row[0]) for row in connection.execute("pragma integrity_check(1)")]
    if damage != ["ok"]:
        raise LedgerError(
            f"{path}: is damaged ({damage[0].splitlines()[-1]}). Nothing was changed.",
            next="Put the newest copy back: closedwon ledger restore FILE",
        )


def _schema(place: Path | Server, found: State | None, connection: Connection) -> Iterator[str]:
    if found is None:
        yield "It is empty: the next run makes its tables."
        return
    check_schema(place, found)
    brings = "keeps a copy and brings" if isinstance(place, Path) else "brings"
    known = f"Its schema is {found.schema}"
    yield f"{known}." if found.schema == SCHEMA else f"{known}: the next run {brings} it to {SCHEMA}."
    number, since = connection.execute(_OPEN).fetchone() or (0, "")
    if number:
        begun = dated_moment(datetime.fromisoformat(since))
        writes = "1 write has" if number == 1 else f"{number} writes have"
        yield f"{writes} no known outcome, since {begun}: the next run of the same deal or customer looks for it."
    else:
        yield "The outcome of every write is known."


def _without_log(path: Path, aside: Path) -> None:
    """Move SQLite's side files of a damaged ledger along with it: they must not be replayed over the next one."""
    for suffix in ("-wal", "-shm", "-journal"):
        log = path.with_name(path.name + suffix)
        if log.exists():
            log.rename(aside.with_name(aside.name + suffix))


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.old-{datetime.now().astimezone():%Y%m%d-%H%M%S}")


def _refuse_itself(path: Path, other: Path) -> None:
    if path.exists() and other.samefile(path):
        raise ConfigError(Fault(str(other), "", "is the ledger itself. Nothing was changed"), next="Name another file.")


@contextlib.contextmanager
def _collected(faults: list[ClosedwonError]) -> Iterator[None]:
    try:
        yield
    except ClosedwonError as error:
        faults.append(error)
