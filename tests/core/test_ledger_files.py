"""The ledger's files: for their user only, and named where the disk or its rights refuse them."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from integrations.core.errors import ClosedwonError, ConfigError, LedgerError
from integrations.core.ledger import Ledger, care, schema
from integrations.core.ledger.file import key_path
from tests.core.ledgers import FIRST, unpacked

NOBODY = 65534
IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="needs two users: run it as root")


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's rights, to which no mode of a file applies."""
    if not IS_ROOT:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def path() -> Iterator[Path]:
    """A ledger whose folder anybody may look into, and whose user is not root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "state"
        folder.parent.chmod(0o755)
        folder.mkdir()
        if IS_ROOT:
            os.chown(folder, NOBODY, NOBODY)
        with as_nobody():
            Ledger(folder / "ledger.sqlite").close()
            yield folder / "ledger.sqlite"
            folder.chmod(0o700)


def refused(path: Path) -> ClosedwonError:
    """How a ledger is refused at the start, unchanged."""
    is_open = os.access(path.parent, os.R_OK, effective_ids=True)
    before = {file.name for file in path.parent.iterdir()} if is_open else None
    with pytest.raises((ConfigError, LedgerError)) as error:
        Ledger(path)
    assert before is None or {file.name for file in path.parent.iterdir()} == before
    assert "harm" in error.value.message or "Nothing was changed" in error.value.message
    assert error.value.next
    return error.value


def test_a_folder_that_is_made_is_for_its_user_only(tmp_path):
    Ledger(tmp_path / "new" / "state" / "ledger.sqlite").close()
    assert (tmp_path / "new" / "state").stat().st_mode & 0o777 == 0o700


def test_a_read_only_folder_is_named(path):
    path.parent.chmod(0o500)
    assert "may not be read and written" in refused(path).message


def test_a_read_only_folder_without_a_ledger_is_named(path):
    path.unlink()
    path.parent.chmod(0o500)
    assert "may not be read and written" in refused(path).message


def test_a_folder_that_cannot_be_entered_is_named(path):
    path.parent.chmod(0)
    assert "may not be read and written" in refused(path).message


@pytest.mark.parametrize("which", [lambda path: path, key_path])
def test_a_file_that_cannot_be_read_is_named(path, which):
    which(path).chmod(0)
    error = refused(path)
    assert f"{which(path)}: may not be read and written" in error.message


@pytest.mark.parametrize("which", [lambda path: path, key_path])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_may_read_or_write_is_refused(path, which, mode):
    which(path).chmod(mode)
    error = refused(path)
    assert f"{which(path)}: may be read by others (mode {mode:03o})" in error.message
    assert error.next == f"Keep it to its user: chmod 600 {which(path)}"
    assert [fault.message for fault in care.check(path).faults] == [error.message]


@needs_root
@pytest.mark.parametrize("which", [lambda path: path, key_path])
@pytest.mark.parametrize("mode", [0o600, 0o666])
def test_a_file_of_another_user_is_named(path, which, mode):
    """Its owner is named, whether or not it could be read."""
    os.seteuid(0)
    os.chown(which(path), 0, 0)
    which(path).chmod(mode)
    os.seteuid(NOBODY)
    error = refused(path)
    assert "root" in f"{error.message} {error.next}"


@needs_root
def test_root_does_not_take_over_the_ledger_of_another_user(path):
    """What it made beside it, its user could not open any more."""
    os.seteuid(0)
    try:
        assert "not to root" in refused(path).message
    finally:
        os.seteuid(NOBODY)


def test_a_key_that_is_a_link_is_refused(path):
    """What it points at is not read; a key is not made through it either."""
    kept = key_path(path).rename(path.with_name("elsewhere"))
    key_path(path).symlink_to(kept)
    assert "is a link" in refused(path).message
    path.unlink()
    kept.unlink()
    path.touch(mode=0o600)
    assert "is a link" in refused(path).message
    assert not kept.exists()


def test_a_folder_in_the_place_of_the_ledger_is_named(path):
    path.unlink()
    path.mkdir()
    assert "is a folder" in refused(path).message


def test_another_programs_database_is_refused_and_left_alone(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table bookmarks (url text)")
    path.chmod(0o600)
    before = path.read_bytes()
    assert "a database of another program" in refused(path).message
    assert path.read_bytes() == before


def test_a_disk_without_room_for_the_key_leaves_none(tmp_path, monkeypatch):
    """The next start is the first one again."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("integrations.core.ledger.file.os.fsync", full)
    path = tmp_path / "ledger.sqlite"
    with pytest.raises(LedgerError, match="disk is full"):
        Ledger(path)
    assert [file.name for file in tmp_path.iterdir()] == ["ledger.sqlite"]
    monkeypatch.undo()
    Ledger(path).close()


def test_nothing_that_is_forgotten_stays_in_a_copy(tmp_path):
    """Copies that closedwon made by itself go; one that a person made is theirs."""
    path = unpacked(FIRST, tmp_path)
    Ledger(path).close()
    care.backup(path, tmp_path / "mine.copy")
    Ledger(path).close()
    assert len(list(tmp_path.glob("ledger.sqlite.*"))) == 2
    ledger = Ledger(path)
    ledger.object_index.blank("/contact/e954ce44a37099d65c295cfd2916cb92")
    ledger.close()
    assert not [file for file in tmp_path.glob("ledger.sqlite.*") if not file.name.endswith(("-wal", "-shm"))]
    assert (tmp_path / "mine.copy").exists()


def test_opening_a_ledger_frees_no_lock_of_the_same_process(tmp_path: Path) -> None:
    """A server has it open in several threads: to another process that ends, it must not look as if nobody had."""
    path, log = tmp_path / "ledger.sqlite", tmp_path / "ledger.sqlite-wal"
    visitor = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1])\n"
        "connection.execute('select count(*) from meta').fetchone()\n"
        "connection.close()\n"
    )
    with contextlib.closing(Ledger(path)) as ledger:
        with ledger.writing() as transaction:
            transaction.put(schema.meta, [{"name": "first", "value": "written"}])
        Ledger(path).close()
        subprocess.run([sys.executable, "-c", visitor, str(path)], check=True)
        assert log.exists()
        with ledger.writing() as transaction:
            transaction.put(schema.meta, [{"name": "second", "value": "written"}])
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select count(*) from meta where value = 'written'").fetchone() == (2,)
