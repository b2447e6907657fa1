"""Commands with a ledger on a PostgreSQL server: the same ends, faults in words, and the way there and back."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from integrations.core.ledger import Ledger
from integrations.core.server import Server
from integrations.sandbox.server import Exchange
from tests.cli.place import Place
from tests.postgresql import GUARDED, KEY, PASSWORD, Cluster

SETTINGS = 'url = { env = "LEDGER_URL" }\nkey = { env = "LEDGER_KEY" }\n'


@pytest.fixture
def shared(place: Place, database: Server, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A place whose ledger is in an empty database."""
    monkeypatch.setenv("LEDGER_URL", database.url)
    monkeypatch.setenv("LEDGER_KEY", KEY.hex())
    place.edit('file = ".closedwon/ledger.sqlite"\n', SETTINGS)
    place.requests()
    return place


def test_what_is_in_step_on_a_server_stays_in_step(shared: Place) -> None:
    """A set-up and a sync of contacts, each twice: the second time nothing is to do."""
    assert shared.set_up("42", "--yes")["outcome"] == "done"
    assert shared.run("contacts", "sync", "--yes").code == 0
    shared.requests()
    assert shared.set_up("42", "--yes")["outcome"] == "done"
    assert shared.run("contacts", "sync", "--yes", "--full").code == 0
    assert shared.set_up("42", "-n")["outcome"] == "done"
    assert shared.nothing_was_written()
    assert not list((shared.folder / ".closedwon").glob("ledger*"))


def test_check_and_status_name_the_database_and_no_password(
    shared: Place, database: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_URL", database.url.replace("owner@", f"owner:{PASSWORD}@"))
    shared.setup("42", "--yes")
    named = f"PostgreSQL database postgres on {database._parts['host']}"
    for arguments in (["check"], ["status"], ["status", "42"], ["ledger", "check"], ["check", "--json"]):
        ended = shared.run(*arguments)
        assert ended.code in (0, 4), ended.said
        assert named in ended.said.replace("- ", "-")
        assert PASSWORD not in ended.said


def test_a_wrong_password_stops_a_run_before_anything_is_contacted(
    shared: Place, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_URL", cluster.url(user=GUARDED, password="wrong-guess"))
    ended = shared.setup("42", "--yes")
    assert ended.code == 2
    assert f"does not take the password of {GUARDED}" in ended.said
    assert "wrong-guess" not in ended.said
    assert shared.requests() == []


@pytest.mark.parametrize("variable", ["LEDGER_URL", "LEDGER_KEY"])
def test_a_secret_that_is_missing_is_named(shared: Place, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(variable)
    ended = shared.setup("42", "--yes")
    assert ended.code == 2
    assert f"no secret in environment variable {variable}" in ended.said
    assert shared.requests() == []


def test_a_url_without_a_key_is_a_fault_of_the_settings(place: Place) -> None:
    place.edit('file = ".closedwon/ledger.sqlite"\n', 'url = { env = "LEDGER_URL" }\n')
    ended = place.run("status")
    assert ended.code == 2
    assert "has a url and no key" in ended.said


@contextlib.contextmanager
def at_the_first_write(place: Place, disturb: Callable[[], None]) -> Any:
    """Disturb a run once, as soon as it has sent a request that writes."""
    seen: list[Exchange] = []

    def watch(exchange: Exchange) -> None:
        if not seen and any(entry["writes"] for entry in list(place.sandbox.server.log)):
            seen.append(exchange)
            disturb()

    place.sandbox.server.observers.append(watch)
    try:
        yield seen
    finally:
        place.sandbox.server.observers.remove(watch)


def test_a_server_that_restarts_in_mid_run_stops_what_writes(shared: Place, cluster: Cluster, database: Server) -> None:
    """What was under way is recorded, nothing is written after it, and the next run makes the rest."""
    with at_the_first_write(shared, cluster.restart) as seen:
        ended = shared.setup("42", "--yes", "--json")
    assert seen
    assert ended.code == 1
    error = ended.document["error"]
    assert error["type"] == "LedgerUnavailable"
    assert "the lock on what was being written is lost" in error["message"]
    written = shared.requests(writing=True)
    with contextlib.closing(Ledger(database)) as ledger, ledger.reading() as transaction:
        assert "done" in transaction.scalars("select outcome from audit")
    assert shared.set_up("42", "--yes")["outcome"] == "done"
    assert shared.state()["duplicates"] == []
    assert len(written) < len(shared.requests(writing=True))


def test_a_server_that_is_gone_for_good_stops_what_writes(
    shared: Place, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be recorded is looked for by the next run."""
    monkeypatch.setattr("integrations.core.ledger.postgresql.PATIENCE", 0.2)
    with at_the_first_write(shared, cluster.stop):
        ended = shared.setup("42", "--yes", "--json")
    cluster.start()
    assert ended.code == 1
    assert "LedgerUnavailable" in ended.out
    assert shared.set_up("42", "--yes")["outcome"] == "done"
    assert shared.state()["duplicates"] == []


def test_a_ledger_moves_to_a_server_and_back(place: Place, database: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time the command says what to write into the settings, and with that nothing is to do."""
    monkeypatch.setenv("LEDGER_URL", database.url)
    place.setup("42", "--yes")
    moved = place.run("ledger", "move", "env:LEDGER_URL")
    assert moved.code == 0, moved.said
    lines = [line.strip() for line in moved.out.splitlines() if line.startswith(("  url", "  key"))]
    assert lines[0] == 'url={env="LEDGER_URL"}'
    place.requests()
    old = place.setup("42", "--yes")
    assert (old.code, "this ledger was moved to" in old.said) == (2, True)
    assert database.url not in old.said
    assert place.requests() == []
    place.edit('file = ".closedwon/ledger.sqlite"', "\n".join(lines))
    assert place.set_up("42", "-n")["outcome"] == "done"
    assert place.run("ledger", "move", "env:LEDGER_URL").code == 2
    back = place.run("ledger", "move", str(place.folder / "back.sqlite"))
    assert back.code == 0, back.said
    place.edit("\n".join(lines), f'file = "{place.folder / "back.sqlite"}"')
    assert place.set_up("42", "--yes")["outcome"] == "done"
    assert place.nothing_was_written()
    assert json.loads(place.run("check", "--json").out)["ledger"]["faults"] == []


def test_what_looks_after_files_says_what_holds_on_a_server(shared: Place) -> None:
    ended = shared.run("ledger", "restore", "x")
    assert ended.code == 2
    assert "is no file: this command looks after files" in ended.said
    assert "pg_restore" in ended.said
