"""`-v`: the requests and the failures of a run, by its id; without it, a sentence."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any

import pytest

from config.settings import find
from config.workspace import checked
from integrations.core.ledger import Ledger
from tests.cli.place import Place, run

SECRET = "hunter2 of eva.muster@example.com"


def broken(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError(SECRET)


@pytest.fixture
def failing(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A command that fails in a way that nobody foresaw."""
    monkeypatch.setattr(Ledger, "runs", broken)
    return place


def test_an_unforeseen_failure_is_a_sentence_with_where_to_report_it(failing: Place) -> None:
    ended = failing.run("deals")
    assert ended.code == 1
    assert ended.out == ""
    assert "closedwon: something unforeseen happened (ZeroDivisionError)" in ended.said
    assert "report it at https://" in ended.said
    assert "with what -v shows" in ended.said
    assert ".py" not in ended.err


def test_with_v_its_frames_are_logged_and_no_text_of_it(failing: Place) -> None:
    ended = failing.run("deals", "-v")
    assert ended.code == 1
    assert "in broken" in ended.err
    assert "builtins.ZeroDivisionError" in ended.err
    assert "hunter2" not in ended.err
    assert "something unforeseen happened (ZeroDivisionError)" in ended.said


@pytest.mark.parametrize("command", [("init", "--sandbox", "http://127.0.0.1:1"), ("demo",), ("sandbox",)])
def test_commands_without_settings_have_it_too(
    command: tuple[str, ...], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a failure says of `-v` holds for every command."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "cli.init.write_sandbox_settings",
        "integrations.sandbox.thread.running",
        "integrations.sandbox.app.serve",
    ):
        monkeypatch.setattr(name, broken)
    ended = run(*command, "-v")
    assert ended.code == 1
    assert "in broken" in ended.err
    assert "hunter2" not in ended.err


def test_request_lines_bear_the_id_under_which_the_ledger_has_what_the_run_did(place: Place) -> None:
    """Who looks into a run finds its requests by the id of its audit lines."""
    ended = place.setup("42", "--yes", "-v")
    assert ended.code == 0
    with contextlib.closing(sqlite3.connect(checked(find(place.settings)).ledger_file)) as connection:
        runs = {run for (run,) in connection.execute("select distinct run from audit")}
    lines = [line.split() for line in ended.err.splitlines() if line.endswith(" ms")]
    assert lines
    assert runs <= {line[0] for line in lines}
    assert all(status.isdigit() for *_, status, _, _ in lines)
    assert {line[1] for line in lines} >= {"erp", "jira", "panel", "wiki"}
    assert not [line for line in lines if "?" in " ".join(line)]
