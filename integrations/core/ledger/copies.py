"""Copies of the ledger: before each migration, one a day, and those that people ask for.

A copy is a whole ledger in one file, made with SQLite's backup interface while others go on writing. It needs the
same key. It comes into being under another name, so that a copy that broke off is never taken for one.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path

from integrations.core.errors import ClosedwonError
from integrations.core.storage import named, sync_folder

KEPT = 7
"""Daily copies that are kept."""

_DATED = "[0-9]" * 4 + "-" + "[0-9]" * 2 + "-" + "[0-9]" * 2


def copy(source: Path, target: Path) -> None:
    """Write the ledger in `source` to a file (mode 0600), which is whole or not there; an older one is replaced.

    Raises:
        LedgerError: There is no room for it, or no right to write it.
    """
    with named(target):
        descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent)
        os.close(descriptor)
        made = Path(name)
        try:
            with named(source), closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(made)) as copied:
                read.backup(copied)
                # One file, which needs nothing beside it.
                copied.execute("pragma journal_mode = delete")
            with made.open("rb+") as file:
                os.fsync(file.fileno())
            made.replace(target)
        finally:
            made.unlink(missing_ok=True)
        sync_folder(target.parent)


def before_migration(path: Path, number: int) -> None:
    """Keep the ledger as it is before it gets the schema of this number."""
    copy(path, path.with_name(f"{path.name}.before-{number}"))


def daily(path: Path, today: date) -> None:
    """Keep a copy of today, unless there is one, and no more than the last seven.

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
    """Remove the copies that closedwon made by itself: somebody asked that nothing be kept of them."""
    for old in (*dailies(path), *path.parent.glob(f"{path.name}.before-*")):
        old.unlink(missing_ok=True)
