"""Files of our own: for their user only, never reached through a link; and in words why one can't be used."""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from integrations.core.errors import ConfigError, Fault, LedgerError

UNHARMED = "What it holds is unharmed."
AGAIN = "then run the same command again."

_ROOM = ("the disk is full", f"Make room on the disk, {AGAIN}")
_RIGHTS = (
    "may not be read and written by {user}",
    "It belongs to {owner}: run closedwon as {owner}, or give {user} the right to read and write it and its folder.",
)
_DAMAGED = (
    "is damaged",
    "Look at it with: closedwon ledger check   and put the newest copy back with: closedwon ledger restore FILE",
)
_NO_DATABASE = ("is damaged, or no SQLite database at all", _DAMAGED[1])
_DISK = ("can't be read or written, says the disk", f"Look at the disk and its file system, {AGAIN}")
_MISSING = ("can't be opened", "Look at the folder: it has to be there, and {user} has to be allowed to write in it.")

_BY_SYSTEM: Mapping[int, tuple[str, str]] = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: ("the quota of {user} is used up", f"Make room, {AGAIN}"),
    errno.EFBIG: ("may not grow any more (ulimit -f)", f"Raise the limit, {AGAIN}"),
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: ("its disk is read-only", f"Make the disk writable, {AGAIN}"),
    errno.EIO: _DISK,
    errno.EMFILE: ("too many files are open", f"Raise the limit (ulimit -n), {AGAIN}"),
    errno.ENFILE: ("too many files are open on this machine", f"Close other programs, {AGAIN}"),
    errno.EISDIR: ("is a folder", "Name a file as `file` in [ledger] of the settings."),
    errno.ENOTDIR: ("lies below something that is no folder", "Correct `file` in [ledger] of the settings."),
    errno.ENAMETOOLONG: ("has too long a name", "Correct `file` in [ledger] of the settings."),
}
_BY_SQLITE: Mapping[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_READONLY: _RIGHTS,
    sqlite3.SQLITE_PERM: _RIGHTS,
    sqlite3.SQLITE_BUSY: ("is locked by another program", f"Close what else has it open, {AGAIN}"),
    sqlite3.SQLITE_LOCKED: ("is locked by another program", f"Close what else has it open, {AGAIN}"),
    sqlite3.SQLITE_PROTOCOL: ("is locked by another program", f"Close what else has it open, {AGAIN}"),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _NO_DATABASE,
    sqlite3.SQLITE_CANTOPEN: _MISSING,
    sqlite3.SQLITE_NOMEM: ("could not be read: memory ran out", f"Free memory, {AGAIN}"),
}
"""By SQLite's primary result code; https://www.sqlite.org/rescode.html."""


def open_own(path: Path, flags: int) -> int:
    """Open a file of ours, which is made for its user only where `flags` allow it; gives the descriptor.

    Raises:
        ConfigError: It is a link, no file, or belongs to another user.
        OSError: It can't be opened for another reason.
    """
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _refused(path, "is a link: what it points at was not touched", "Remove the link.") from None
        raise
    try:
        check_own(path, os.fstat(descriptor))
    except ConfigError:
        os.close(descriptor)
        raise
    return descriptor


def check_own(path: Path, found: os.stat_result) -> None:
    """Check that a file is ours.

    Raises:
        ConfigError: It is no file, or belongs to another user.
    """
    if not stat.S_ISREG(found.st_mode):
        raise _refused(path, "is no file", "Remove it.")
    if found.st_uid != os.geteuid():
        owner, user = _name(found.st_uid), _name(os.geteuid())
        raise _refused(path, f"belongs to {owner}, not to {user}", f"Run closedwon as {owner}: sudo -u {owner} …")


def check_private(path: Path, found: os.stat_result) -> None:
    """Check that a file is ours alone.

    Raises:
        ConfigError: It is no file, belongs to another user, or others may read or write it.
    """
    check_own(path, found)
    if found.st_mode & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        raise _refused(path, f"may be read by others (mode {mode:03o})", f"Keep it to its user: chmod 600 {path}")


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn errors of the block about a file of ours into words: why it can't be used, and what to do.

    Raises:
        LedgerError: The disk, its rights or its locks do not let us.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        known = trouble(path, error)
        if known is None:
            raise
        raise known from error


def trouble(path: Path, error: OSError | sqlite3.Error) -> LedgerError | None:
    """Return, in words, why a file of ours can't be used.

    None where the error is no fault of the file, the disk or their rights.
    """
    if isinstance(error, OSError):
        file = Path(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else path
        found = _BY_SYSTEM.get(error.errno or 0, (f"can't be used ({error.strerror})", f"Look at it, {AGAIN}"))
    else:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None or code & 0xFF not in _BY_SQLITE:
            return None
        file, found = path, _BY_SQLITE[code & 0xFF]
        if found is _DISK and _is_full(path):
            found = _ROOM
    message, following = found
    names = {"user": _name(os.geteuid()), "owner": _owner(file)}
    harm = "Nothing was changed in it." if found in (_DAMAGED, _NO_DATABASE) else UNHARMED
    return LedgerError(f"{file}: {message.format(**names)}. {harm}", next=following.format(**names))


def sync_folder(folder: Path) -> None:
    """Make the names of new files in a folder survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refused(path: Path, message: str, following: str) -> ConfigError:
    return ConfigError(Fault(str(path), "", f"{message}. Nothing was changed or contacted"), next=following)


def _is_full(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return os.statvfs(path.parent).f_bavail == 0
    return False


def _owner(path: Path) -> str:
    for place in (path, *path.parents):
        with contextlib.suppress(OSError):
            return _name(place.stat().st_uid)
    return "unknown"


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
