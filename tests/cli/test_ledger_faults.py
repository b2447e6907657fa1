"""A ledger that fails, at the start or in the middle: named, unharmed, and nothing is sent that it cannot record."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from integrations.core.ledger import database
from tests.cli.place import NO_PEOPLE, Ended, Place
from tests.conformance.laws import SLOW

REVOKE = "contacts revoke beat@mueller-soehne.example --yes"
WRITING = ("setup 43 --yes", "setup --won --yes", "contacts sync --full --yes", "invoices check --flag --yes", REVOKE)
UNDO = "contacts revoke nadja.brunner@mueller-soehne.example --undo"
DECIDING = ("link 52 panel=never", UNDO, "invoices baseline 2026-01-01", "invoices dispute 602 --owner L --reason R")
READING = ("setup 43 -n", "contacts sync -n", "contacts problems", "contacts report", "status", "deals")


def ledger_of(place: Place) -> Path:
    return place.folder / ".closedwon" / "ledger.sqlite"


@contextlib.contextmanager
def file_size(limit: int) -> Iterator[None]:
    """No file grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def is_named(ended: Ended) -> None:
    """What went wrong has a name, and something to do about it."""
    assert ended.code in (1, 2), ended
    assert "ledger.sqlite" in "".join(ended.said.split()), "a long path is broken"
    assert "unharmed" in ended.said or "Nothing was changed" in ended.said
    assert "report it" not in ended.said


@pytest.fixture
def begun(place: Place) -> Place:
    """A world in which every command has something to do."""
    return begin(place)


def begin(place: Place) -> Place:
    place.without_people()
    place.setup("42", "--yes")
    place.edit(f"{NO_PEOPLE}\n[erp]", "[erp]")
    place.run(*UNDO.replace("--undo", "--yes").split())
    place.run("invoices", "check")
    place.requests()
    return place


@pytest.mark.parametrize(
    "command", [pytest.param(command, marks=SLOW if place % 2 else ()) for place, command in enumerate(WRITING)]
)
def test_a_disk_that_fills_up_in_the_middle_stops_what_writes_and_is_named(begun: Place, command: str) -> None:
    """Wherever it fills up: what the systems were sent has its intent, so the next run makes nothing twice."""
    failed = 0
    for limit in range(16_384, 150_000, 24_576):
        with file_size(limit):
            ended = begun.run(*command.split())
        if ended.code not in (1, 2):
            break
        is_named(ended)
        failed += 1
    assert failed
    for _ in range(2):
        begun.requests()
        assert begun.run(*command.split()).code in (0, 4)
    assert begun.nothing_was_written()
    assert begun.state()["duplicates"] == []


@pytest.fixture
def small_disk(place: Place) -> Iterator[Path]:
    """A disk of its own for the ledger, which can be filled."""
    folder = ledger_of(place).parent
    command = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs", str(folder)]
    kept = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    if os.geteuid() != 0 or subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("needs the right to mount a file system of its own (root)")
    try:
        for name, content in kept.items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_named(place: Place, small_disk: Path) -> None:
    """At the start: nothing is sent, and nothing is said to be kept that is not."""
    begin(place)
    with contextlib.suppress(OSError), (small_disk / "filling").open("wb", buffering=0) as filling:
        while True:
            filling.write(bytes(4096))
    for command in (*WRITING, *DECIDING):
        is_named(ended := place.run(*command.split()))
        assert "disk is full" in ended.said
        assert place.nothing_was_written()
    (small_disk / "filling").unlink()
    for command in (*WRITING, *DECIDING):
        assert place.run(*command.split()).code in (0, 4)


def test_a_ledger_that_somebody_else_keeps_locked_is_named(begun: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser of databases, a copy under way: it is waited for, and nothing is sent meanwhile."""
    monkeypatch.setattr(database, "TIMEOUT", 0.05)
    with closing(sqlite3.connect(ledger_of(begun), isolation_level=None)) as other:
        other.execute("begin immediate")
        for command in (*WRITING, *DECIDING):
            is_named(ended := begun.run(*command.split()))
            assert "is locked by another program" in ended.said
            assert begun.nothing_was_written()


@pytest.mark.parametrize("begin", [0, 4096])
def test_a_damaged_ledger_is_named(place: Place, begin: int) -> None:
    """Its head, or every page after it: no command goes on, and the way back is said."""
    place.without_people()
    place.setup("42", "--yes")
    place.requests()
    path = ledger_of(place)
    size = path.stat().st_size
    with path.open("rb+") as file:
        file.seek(begin)
        file.write(b"damaged " * ((size - begin) // 8))
    for command in (*WRITING, *DECIDING, *READING):
        is_named(ended := place.run(*command.split()))
        assert "is damaged" in ended.said
        assert "closedwon ledger restore FILE" in ended.said
    assert place.nothing_was_written()
    assert place.run("ledger", "check").code == 1
    assert "is damaged" in place.run("check").said
