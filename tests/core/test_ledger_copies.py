"""Copies of the ledger: before a migration, one a day, by hand, and put back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta

import pytest

from integrations.core.errors import ConfigError, LedgerError
from integrations.core.ledger import Ledger, care
from integrations.core.ledger import file as copies
from integrations.core.ledger.file import key_path
from integrations.core.ledger.heirs import Gone
from integrations.core.ledger.migrations import SCHEMA
from tests.core.ledgers import FIRST, unpacked

DAY = date(2026, 1, 1)


@pytest.fixture
def path(tmp_path):
    """A ledger that has seen a run."""
    path = tmp_path / "state" / "ledger.sqlite"
    ledger = Ledger(path)
    ledger.choose("a", "thing", "deal:1/one", "7", "")
    ledger.close()
    return path


def remember(path, answer):
    ledger = Ledger(path)
    ledger.choose("a", "thing", "deal:1/one", answer, "")
    ledger.close()


def answer(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("select answer from choices").fetchall()


def state_of(folder):
    return {file.name: (file.read_bytes(), file.stat().st_mode) for file in folder.iterdir()}


def test_the_ledger_of_before_is_kept_at_a_migration(tmp_path):
    """As it was, readable by the version that wrote it, for its user only."""
    path = unpacked(FIRST, tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        before = list(connection.iterdump())
    Ledger(path).close()
    kept = path.with_name("ledger.sqlite.before-2")
    with closing(sqlite3.connect(kept)) as connection:
        assert list(connection.iterdump()) == before
    assert kept.stat().st_mode & 0o777 == 0o600


def test_without_a_copy_there_is_no_migration(tmp_path, monkeypatch):
    """A disk that has no room for the copy leaves the ledger as it was, and says so."""
    path = unpacked(FIRST, tmp_path)
    monkeypatch.setattr(copies.os, "fsync", full)
    with pytest.raises(LedgerError, match="disk is full"):
        Ledger(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select value from meta where name = 'schema'").fetchone() == ("1",)
    assert not list(tmp_path.glob("*.part"))


def full(*_):
    raise OSError(28, "No space left on device")


def test_one_copy_a_day_is_kept_for_seven_days(path):
    """The first of each day; what is written later that day is in the next."""
    for day in range(10):
        for _ in range(2):
            copies.daily(path, DAY + timedelta(days=day))
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute("update choices set answer = ?", (str(day),))
    kept = copies.dailies(path)
    assert [file.name for file in kept] == [f"ledger.sqlite.{DAY + timedelta(days=day)}" for day in range(9, 2, -1)]
    assert answer(kept[0]) == [("8",)]
    assert {file.stat().st_mode & 0o777 for file in kept} == {0o600}


def test_the_first_run_of_a_day_keeps_the_copy_of_that_day(path):
    """What the run itself writes is not in it."""
    remember(path, "8")
    remember(path, "9")
    (kept,) = copies.dailies(path)
    assert kept.name == f"ledger.sqlite.{date.today()}"  # noqa: DTZ011  (as the ledger names it)
    assert answer(kept) == [("7",)]


def test_a_daily_copy_that_cannot_be_written_holds_up_nothing(path, monkeypatch):
    monkeypatch.setattr(copies.os, "fsync", full)
    remember(path, "8")
    assert not copies.dailies(path)
    assert not list(path.parent.glob("*.part"))


def test_what_a_killed_copy_left_is_cleared_away(path):
    left = path.with_name("ledger.sqlite.2026-01-01.x7f.part")
    left.touch()
    copies.daily(path, DAY)
    assert not left.exists()


def test_a_backup_is_restored(path, tmp_path):
    target = tmp_path / "backup.copy"
    care.backup(path, target)
    remember(path, "8")
    aside = care.restore(path, target)
    assert (answer(path), answer(aside)) == ([("7",)], [("8",)])
    assert {file.stat().st_mode & 0o777 for file in (path, target, aside)} == {0o600}
    assert not care.check(path).faults


def test_a_backup_replaces_an_older_one_and_nothing_else(path, tmp_path):
    target = tmp_path / "backup.copy"
    care.backup(path, target)
    remember(path, "8")
    care.backup(path, target)
    assert answer(target) == [("8",)]
    for other in (path, key_path(path)):
        with pytest.raises((ConfigError, LedgerError)):
            care.backup(path, other)
    assert answer(path) == [("8",)]


def test_a_lost_ledger_is_restored(path, tmp_path):
    care.backup(path, tmp_path / "backup.copy")
    path.unlink()
    assert care.restore(path, tmp_path / "backup.copy") is None
    assert answer(path) == [("7",)]


def test_a_damaged_ledger_is_restored_and_kept_aside(path, tmp_path):
    """Also with a log beside it, which must not be replayed over the copy."""
    care.backup(path, tmp_path / "backup.copy")
    path.write_bytes(b"damage" * 5000)
    path.with_name("ledger.sqlite-wal").write_bytes(b"log" * 5000)
    aside = care.restore(path, tmp_path / "backup.copy")
    assert answer(path) == [("7",)]
    assert aside.read_bytes() == b"damage" * 5000


def test_an_older_copy_is_brought_to_this_schema(tmp_path):
    (tmp_path / "copy").mkdir()
    source, path = unpacked(FIRST, tmp_path / "copy"), unpacked(FIRST, tmp_path)
    care.restore(path, source)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select value from meta where name = 'schema'").fetchone() == (str(SCHEMA),)


def newer(path, tmp_path):
    care.backup(path, tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy")) as connection:
        connection.execute("update meta set value = '99' where name = 'schema'")
        connection.commit()


def of_another_key(_path, tmp_path):
    Ledger(tmp_path / "other.sqlite").close()
    care.backup(tmp_path / "other.sqlite", tmp_path / "copy")


def of_another_program(_path, tmp_path):
    with closing(sqlite3.connect(tmp_path / "copy")) as connection:
        connection.execute("create table bookmarks (url text)")


def damaged(path, tmp_path):
    care.backup(path, tmp_path / "copy")
    size = (tmp_path / "copy").stat().st_size
    with (tmp_path / "copy").open("rb+") as file:
        file.seek(8192)
        file.write(b"x" * (size - 8192))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (newer, "schema 99"),
        (of_another_key, "another key"),
        (of_another_program, "another program"),
        (damaged, "is damaged"),
        (lambda _, folder: (folder / "copy").touch(), "is empty"),
        (lambda _, folder: (folder / "copy").write_text("no database" * 100), "no SQLite database"),
        (lambda *_: None, "can't be used"),
    ],
)
def test_what_is_no_copy_of_this_ledger_is_not_restored(path, tmp_path, make, text):
    """Nothing is changed, and the reason is named."""
    make(path, tmp_path)
    before = state_of(path.parent)
    with pytest.raises((ConfigError, LedgerError), match=text):
        care.restore(path, tmp_path / "copy")
    assert state_of(path.parent) == before


@pytest.mark.parametrize("change", [care.restore, lambda path, _: care.begin_anew(path)])
def test_a_ledger_that_a_run_has_open_is_not_replaced(path, tmp_path, monkeypatch, change):
    """The run would go on in a file that nobody finds any more."""
    monkeypatch.setattr(copies, "ALONE", 0.05)
    care.backup(path, tmp_path / "copy")
    running = Ledger(path)
    with pytest.raises(LedgerError, match="locked by another program"):
        change(path, tmp_path / "copy")
    running.choose("a", "thing", "deal:1/one", "9", "")
    running.close()
    assert answer(path) == [("9",)]


def test_a_new_ledger_keeps_the_old_one_and_its_key(path):
    old, key = answer(path), key_path(path).read_bytes()
    aside = care.begin_anew(path)
    assert [answer(aside[0]), aside[1].read_bytes()] == [old, key]
    assert answer(path) == []
    assert key_path(path).read_bytes() != key
    assert not care.check(path).faults


def test_a_ledger_without_its_key_can_be_begun_anew(path):
    """What people have said is counted: who could take a customer's place is known to the ERP all the same."""
    ledger = Ledger(path)
    ledger.heirs.keep([Gone("101"), Gone("102", "105", "merged into it"), Gone("103")])
    ledger.heirs.answer("101", "105", "")
    ledger.heirs.answer("103", "none", "")
    ledger.close()
    key_path(path).unlink()
    assert care.losses(path) == [
        "1 choices of people (closedwon link)",
        "2 answers of people about customers that are gone (closedwon link CUSTOMER heir=ID|none)",
    ]
    care.begin_anew(path)
    Ledger(path).close()


def test_a_check_changes_nothing_and_makes_nothing(tmp_path):
    assert care.check(tmp_path / "none.sqlite").facts == ("There is no ledger yet: the first run makes one.",)
    path = unpacked(FIRST, tmp_path)
    before = state_of(tmp_path)
    found = care.check(path)
    assert not found.faults
    assert "Its schema is 1: the next run keeps a copy and brings it to" in " ".join(found.facts)
    assert "1 write has no known outcome, since 30 Nov 2026" in " ".join(found.facts)
    assert state_of(tmp_path) == before


def test_a_check_names_everything_that_is_wrong(path):
    path.chmod(0o644)
    key_path(path).chmod(0o640)
    assert sorted(fault.faults[0].message for fault in care.check(path).faults) == [
        "may be read by others (mode 640). Nothing was changed or contacted",
        "may be read by others (mode 644). Nothing was changed or contacted",
    ]
