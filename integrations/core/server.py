"""The PostgreSQL server that the settings name: connected to, and in words why it can't be used.

psycopg is imported when a connection is made: who has no server needs no driver.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import re
import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from integrations.core.errors import ClosedwonError, ConfigError, Fault, LedgerError, LedgerUnavailable
from integrations.core.secret import Secret

if TYPE_CHECKING:
    import psycopg

    Session = psycopg.Connection[tuple[Any, ...]]

URLS = ("postgresql://", "postgres://")
"""Beginnings of the URL of a PostgreSQL server."""
CONNECT = 5
"""Seconds for a connection to be made."""
LOCKED = 30
"""Seconds to wait for another run that writes."""

_AGAIN = "The next run tries again by itself."
_SETTINGS = "Correct what `url` in [ledger] of the settings points at."

_REFUSED: tuple[tuple[str, str, str], ...] = (
    ("password authentication failed|no password supplied", "does not take the password of {user}", _SETTINGS),
    ('role ".*" does not exist', "knows no user {user}", _SETTINGS),
    ('database ".*" does not exist', "has no such database", "Make it (createdb {database}), or name another."),
    (
        "no pg_hba.conf entry",
        "does not let {user} in from this machine",
        "Ask its administrator for a line in pg_hba.conf.",
    ),
    ("permission denied", "does not let {user} use the database", "Ask its administrator for the right to connect."),
    ("invalid connection option|invalid integer value|invalid URI", "its address can't be read", _SETTINGS),
)
"""Words of a refused connection, which has no code, for what a person has to put right."""

_AWAY: tuple[tuple[str, str], ...] = (
    ("starting up|in recovery mode|not yet accepting", "is just starting"),
    ("shutting down|terminating connection|closed the connection|connection is (lost|closed)", "ended the connection"),
    ("too many (connections|clients)|remaining connection slots", "has no connection left for us"),
    ("could not translate host name|failed to resolve host", "its name leads nowhere"),
    ("timeout expired|timed out|timeout", "does not answer"),
    ("certificate|SSL", "can't be reached securely"),
)
"""The same, for what passes."""

_BY_STATE: Mapping[str, tuple[str, str]] = {
    "25006": ("is read-only", "Name the server that may be written to, and not its copy, as `url` in [ledger]."),
    "42501": ("lets {user} do too little", "Ask its administrator: {user} has to own the ledger's tables and schema."),
    "53100": ("has no room on its disk", "Make room there, then run the same command again."),
    "53200": ("has no memory left", "Free memory there, then run the same command again."),
    "55P03": ("is being written to by another run, for too long", "See which run does not end, then try again."),
    "57014": ("broke off a statement that took too long", "Raise its statement_timeout for {user}, then try again."),
    "XX001": ("is damaged", "Put a copy back with pg_restore."),
    "XX002": ("has a damaged index", "Have its administrator run: reindex database"),
}
"""By code; https://www.postgresql.org/docs/current/errcodes-appendix.html."""

_SESSION = {
    "application_name": "",
    "client_min_messages": "warning",
    "lock_timeout": f"{LOCKED}s",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    # What is committed survives a power loss, whatever the server does by default.
    "synchronous_commit": "on",
    # The server, too, notices within half a minute that this machine is gone, and frees its locks.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_KEEPALIVES = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


@dataclasses.dataclass(frozen=True)
class Server:
    """A database on a PostgreSQL server, which several machines may share.

    Attributes:
        address: The URL, of libpq's form and usually with a password, or where it is.
        secret: The key of the hashes that are kept there, or where it is.
    """

    address: Secret | str = dataclasses.field(repr=False)
    secret: Secret | bytes = dataclasses.field(repr=False)

    @functools.cached_property
    def url(self) -> str:
        """The URL: it is never shown.

        Raises:
            ConfigError: There is none where the settings point.
        """
        if isinstance(self.address, str):
            return self.address
        with _placed("url"):
            return self.address.reveal()

    @functools.cached_property
    def key(self) -> bytes:
        """The key.

        Raises:
            ConfigError: There is none where the settings point.
        """
        if isinstance(self.secret, bytes):
            return self.secret
        with _placed("key"):
            return key_in(self.secret)

    def __str__(self) -> str:
        try:
            parts = self._parts
        except ConfigError:
            return "PostgreSQL" if isinstance(self.address, str) else f"PostgreSQL database of {self.address.place}"
        port = f":{parts['port']}" if parts["port"] not in ("", "5432") else ""
        return f"PostgreSQL database {parts['database']} on {parts['host']}{port}"

    @functools.cached_property
    def _parts(self) -> dict[str, str]:
        """Return host, port, database and user as the URL says them; nothing else of it."""
        try:
            found = _driver().conninfo.conninfo_to_dict(self.url)
        except _driver().Error:
            found = {}
        user = str(found.get("user") or os.environ.get("PGUSER") or "this user")
        return {
            "host": str(found.get("host") or os.environ.get("PGHOST") or "this machine"),
            "port": str(found.get("port") or ""),
            "database": str(found.get("dbname") or os.environ.get("PGDATABASE") or user),
            "user": user,
        }

    def connect(self) -> Session:
        """Open a connection; each statement is committed by itself unless a transaction is begun.

        Raises:
            ConfigError: The server, the database, the user or the password is another one, or psycopg is missing.
            LedgerError: The server can't be reached or used now.
        """
        driver = _driver()
        with self.in_words(connecting=True):
            # A prepared statement outlives the tables that it was made for; a newer version may change those.
            connection: Session = driver.connect(
                self.url, autocommit=True, prepare_threshold=None, connect_timeout=CONNECT, **_KEEPALIVES
            )
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
        return connection

    def _prepare(self, connection: Session) -> None:
        wanted = {**_SESSION, "application_name": signature()}
        if connection.info.server_version >= 140000:
            wanted["idle_session_timeout"] = "0"
        settings = ", ".join(["set_config(%s, %s, false)"] * len(wanted))
        values = [part for setting in wanted.items() for part in setting]
        query = f"select pg_backend_pid(), current_schema(), {settings}"
        row = connection.execute(query, values).fetchone()
        if row is None or row[0] != connection.info.backend_pid:
            raise self._refused(
                "is reached through a connection pooler, over which locks do not hold",
                "Name the server itself as `url` in [ledger], or a pool of whole sessions without a pooler.",
            )
        if row[1] is None:
            raise self._refused("has no schema to put tables into", "Make the schema that `search_path` names.")

    @contextlib.contextmanager
    def in_words(self, *, connecting: bool = False) -> Iterator[None]:
        """Turn the server's errors in the block into words: why it can't be used, and what to do.

        Raises:
            ConfigError: The way there or the rights have to be put right.
            LedgerError: The server does not let us.
        """
        error_of_driver = _driver().Error
        try:
            yield
        except error_of_driver as error:
            known = self._trouble(error, connecting=connecting)
            if known is None:
                raise
            # The driver's error is not shown along: its text may have a row's values.
            raise known from None

    def _trouble(self, error: psycopg.Error, *, connecting: bool) -> ClosedwonError | None:
        driver, state = _driver(), error.sqlstate
        if state is not None and state in _BY_STATE:
            message, following = _BY_STATE[state]
            return LedgerError(f"{self}: {_filled(message, self._parts)}", next=_filled(following, self._parts))
        if connecting and isinstance(error, driver.ProgrammingError):
            return self._refused("its address can't be read", _SETTINGS)
        if state is not None and not (state.startswith(("08", "53", "57P")) or state in ("25P03", "3D000", "28P01")):
            return None
        if not isinstance(error, driver.OperationalError):
            return None
        return self._no_connection(" ".join(str(error).split()))

    def _no_connection(self, message: str) -> ClosedwonError:
        for pattern, refusal, following in _REFUSED:
            if re.search(pattern, message):
                return self._refused(refusal, following)
        reason = next((reason for pattern, reason in _AWAY if re.search(pattern, message)), None)
        if reason is None and "FATAL:" in message:
            # In the server's own language, which says no more than the user, the database and this machine.
            return self._refused(f"refuses: {message.rpartition('FATAL:')[2].strip()}", _SETTINGS)
        following = _AGAIN if reason is not None else f"Look at the server, its name and the way to it. {_AGAIN}"
        return LedgerUnavailable(f"{self}: {reason or 'can not be reached'}", next=following)

    def _refused(self, message: str, following: str) -> ConfigError:
        parts = self._parts
        fault = Fault(str(self), "", f"{_filled(message, parts)}. Nothing was changed or contacted")
        return ConfigError(fault, next=_filled(following, parts))


KEY = 32
"""Bytes of a key."""


def key_in(pointer: Secret) -> bytes:
    """Return the key of hashes that a pointer leads to: as hexadecimal digits, or a ledger's key file as it is.

    Raises:
        ConfigError: There is no key.
    """
    if pointer.path is not None:
        with contextlib.suppress(OSError):
            content = pointer.path.read_bytes()
            if len(content) == KEY:
                return content
    text = pointer.reveal()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < KEY:
        fault = Fault("", "", f"no key in {pointer.place}: it has to be {2 * KEY} hexadecimal digits")
        raise ConfigError(fault, next=f"Make one: openssl rand -hex {KEY}   or point at the .key of a ledger's file.")
    return key


@contextlib.contextmanager
def _placed(setting: str) -> Iterator[None]:
    """Name the setting in faults of the block."""
    try:
        yield
    except ConfigError as error:
        faults = [dataclasses.replace(fault, place=f"[ledger] {setting}") for fault in error.faults]
        raise ConfigError(*faults, next=error.next) from None


def _filled(words: str, parts: Mapping[str, str]) -> str:
    """Return the words with user and database put in; what the server said may have braces of its own."""
    return words.replace("{user}", parts["user"]).replace("{database}", parts["database"])


def signature() -> str:
    """Return this process, as sessions on a server are called: at most 63 characters, the last ones cut off."""
    host = socket.gethostname().encode("ascii", "replace").decode()
    return f"closedwon {os.getpid()} {host}"[:63]


def _driver() -> Any:
    try:
        import psycopg  # noqa: PLC0415  (only where the ledger is on a server)
        import psycopg.conninfo  # noqa: PLC0415
    except ImportError:
        fault = Fault("", "[ledger] url", "the package `psycopg` is not installed")
        raise ConfigError(fault, next="Install closedwon[postgresql], or leave out `url`.") from None
    return psycopg
