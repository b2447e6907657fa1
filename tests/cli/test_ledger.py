"""`closedwon ledger`: looking after our own memory; no system is contacted."""

from __future__ import annotations

import json

import pytest

from tests.cli.place import Place
from tests.cli.terminal import Terminal


@pytest.fixture
def used(place: Place) -> Place:
    """A deal was set up, and somebody revoked."""
    place.setup("42", "--yes")
    place.run("contacts", "revoke", "nadja.brunner@mueller-soehne.example", "--yes")
    place.requests()
    return place


def test_a_ledger_that_is_well_is_said_to_be(used: Place) -> None:
    ended = used.run("ledger", "check")
    assert (ended.code, ended.err) == (0, "")
    assert "SQLite finds no damage in it. Its schema is" in ended.said
    assert "The outcome of every write is known." in ended.said
    assert used.requests() == []


def test_a_backup_is_put_back(used: Place) -> None:
    """What came since is gone, and kept aside."""
    assert used.run("ledger", "backup", str(used.folder / "copy")).code == 0
    used.run("link", "52", "panel=never")
    used.requests()
    ended = used.run("ledger", "restore", str(used.folder / "copy"))
    assert ended.code == 0
    assert "ledger.sqlite.old-" in ended.said
    assert used.requests() == []
    assert used.set_up("42")["outcome"] == "done"
    assert used.nothing_was_written()


@pytest.mark.parametrize("command", ["setup 42 --yes", "contacts sync --yes", "invoices check", "status", "deals"])
def test_no_command_goes_on_without_the_key(used: Place, command: str) -> None:
    """A new key would let in again who was revoked."""
    (used.folder / ".closedwon" / "ledger.key").unlink()
    ended = used.run(*command.split())
    assert ended.code == 2
    assert "ledger.key" in ended.said
    assert "is missing, and the ledger was written with it" in ended.said
    assert "closedwon ledger new" in ended.said
    assert used.nothing_was_written()
    assert not (used.folder / ".closedwon" / "ledger.key").exists()


def test_check_names_what_is_wrong_with_the_ledger(used: Place) -> None:
    """Before anything else is done; the systems are looked at all the same."""
    (used.folder / ".closedwon" / "ledger.sqlite").chmod(0o644)
    (used.folder / ".closedwon" / "ledger.key").chmod(0o640)
    for command in (("check",), ("ledger", "check")):
        ended = used.run(*command)
        assert ended.code == 2
        assert "ledger.sqlite may be read by others (mode 644)" in ended.said
        assert "ledger.key may be read by others (mode 640)" in ended.said
        assert "chmod 600" in ended.said
    document = json.loads(used.run("check", "--json").out)
    assert len(document["ledger"]["faults"]) == 2
    assert used.setup("42", "--yes").code == 2


def test_a_new_ledger_is_begun_by_a_person_only(used: Place) -> None:
    assert used.run("ledger", "new").code == 2
    assert "needs a terminal" in used.run("ledger", "new", "-h").said
    assert used.run("ledger", "new", "--yes").code == 2
    assert used.run("ledger", "check").code == 0


@pytest.mark.parametrize("yes", [True, False])
def test_a_new_ledger_says_what_is_lost_and_asks(used: Place, *, yes: bool) -> None:
    key = used.folder / ".closedwon" / "ledger.key"
    before = key.read_bytes()
    terminal = Terminal(("ledger", "new", "--config", str(used.settings)), used.folder)
    try:
        terminal.wait_for("1 people who were revoked or forgotten")
        terminal.answer("Begin a new ledger? [y/N]", "y" if yes else "")
        assert terminal.end() == (0 if yes else 3)
    finally:
        terminal.kill()
    assert (key.read_bytes() == before) is not yes
    kept = [path.read_bytes() for path in key.parent.glob("ledger.key.old-*")]
    assert kept == ([before] if yes else [])
    assert used.requests() == []
