"""`closedwon serve` as a process: a webhook arrives, and the customer is there, whatever happens meanwhile."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from integrations.sandbox.thread import Running
from tests.serve.conftest import NEW_TOKEN, TOKEN, Served, serving, settled, until


@pytest.fixture(scope="module")
def server(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that several tests use, each with deals of its own."""
    with serving(settled(tmp_path_factory.mktemp("serve"), sandbox)) as server:
        yield server


def test_a_webhook_arrives_and_the_customer_is_there(server: Served) -> None:
    answer = server.hook(42)
    assert (answer.status_code, answer.json()) == (202, {"accepted": True})
    until(lambda: server.states(42) == ["done"])
    assert "nothing to do" in server.place.run("setup", "42", "-n").said
    assert server.hook(42, NEW_TOKEN).status_code == 202
    until(lambda: server.states(42) == ["done", "done"])


def test_the_same_webhook_ten_times_at_once_makes_one_of_everything(server: Served) -> None:
    assert server.at_once(43, 10) == [202] * 10
    until(lambda: set(server.states(43)) == {"done"})
    assert server.place.state()["duplicates"] == []
    assert len(server.states(43)) <= 2
    assert "nothing to do" in server.place.run("setup", "43", "-n").said


def test_what_is_not_won_is_no_run_for_anybody(server: Served) -> None:
    server.hook(999999)
    until(lambda: server.states(999999) == ["done"])


def test_a_refused_hook_queues_nothing(server: Served) -> None:
    before = server.runs()
    assert server.hook(44, "guess").status_code == 401
    assert server.hook(44, _model="res.partner").status_code == 400
    assert requests.post(f"{server.url}/hooks/erp/{TOKEN}", data="{", timeout=5).status_code == 400
    assert requests.post(f"{server.url}/hooks/erp/{TOKEN}", data="x" * 300_000, timeout=5).status_code == 413
    assert requests.post(f"{server.url}/hooks/nobody", json={}, timeout=5).status_code == 404
    assert requests.get(f"{server.url}/hooks/erp/{TOKEN}", timeout=5).status_code == 405
    assert server.runs() == before


def test_a_hook_is_refused_within_seconds_while_the_database_is_held(server: Served) -> None:
    holder = sqlite3.connect(server.place.folder / ".closedwon" / "engine.sqlite", isolation_level=None)
    holder.execute("begin immediate")
    try:
        begun = time.monotonic()
        assert server.hook(44).status_code == 503
        assert time.monotonic() - begun < 5
    finally:
        holder.execute("rollback")
        holder.close()
    assert server.states(44) == []


def test_its_state_and_figures_can_be_read_and_name_nobody(server: Served) -> None:
    server.hook(999998)
    until(lambda: server.states(999998) == ["done"])
    for path in ("healthz", "readyz"):
        assert requests.get(f"{server.url}/{path}", timeout=5).status_code == 200
    text = requests.get(f"{server.url}/metrics", timeout=5).text
    assert 'closedwon_hooks_total{status="202",system="erp"}' in text
    assert 'closedwon_attempts_total{flow="setup",outcome="done"}' in text
    assert "closedwon_runs_open" in text
    assert "Müller" not in text


def test_a_second_server_says_so_and_stops(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", TOKEN)
    monkeypatch.setenv("NEW_HOOK", NEW_TOKEN)
    ended = server.place.run("serve")
    assert ended.code == 1
    assert f"process {server.process.pid} on" in ended.said
    assert "closedwon serve runs already" in ended.said


def test_what_waits_says_why_and_for_whom_and_is_done_once_it_is_settled(server: Served) -> None:
    place = server.place
    server.hook(52)
    run = until(
        lambda: next((run for run in server.runs("52") if run["state"] == "waiting" and run["attempts"] > 1), None)
    )
    assert run["error"] == "Ambiguous"
    assert run["why"]
    assert run["waits_for"]
    assert run["since"] < run["next_look"]
    shown = place.run("runs", "52")
    assert shown.code == 0
    assert "setup-52-1" in shown.out
    place.run("runs", "retry", "52")
    until(lambda: server.states(52)[0] == "waiting")
    plan = place.set_up("52", "-n")
    for step in (step for step in plan["steps"] if step["action"] == "choose"):
        answer = step["error"]["next"].splitlines()[0].split()[3]
        assert place.run("link", "52", answer).code == 0
    until(lambda: server.states(52)[0] == "done")
    assert "nothing to cancel" in place.run("runs", "cancel", "52").said


def test_a_run_that_is_cancelled_is_left_alone(server: Served) -> None:
    server.hook(53)
    until(lambda: server.states(53) in (["waiting"], ["done"]))
    name = server.runs("53")[0]["run"]
    server.place.run("runs", "cancel", name)
    assert server.states(53)[0] in ("cancelled", "done")
    ended = server.place.run("runs", "retry", "nothing")
    assert ended.code == 2
    assert "there is no run nothing" in ended.said


def test_the_log_has_no_token_and_no_name(server: Served) -> None:
    server.hook(42)
    until(lambda: server.states(42)[:1] == ["done"])
    log = (server.place.folder / "serve.log").read_text(encoding="utf-8")
    assert "deal 42: done" in log
    for secret in (TOKEN, NEW_TOKEN, "Müller", "@"):
        assert secret not in log


def test_a_signal_ends_it_in_order_and_what_is_killed_is_taken_up_at_the_next_start(
    sandbox: Running, tmp_path: Path
) -> None:
    """Killed in the middle of a set-up: the next start ends it, and there is one of everything."""
    place = settled(tmp_path, sandbox)
    place.requests()
    sandbox.server.latency = 0.05
    try:
        with serving(place) as server:
            assert server.hook(42).status_code == 202
            until(lambda: place.requests(writing=True))
            server.process.kill()
            server.process.wait()
    finally:
        sandbox.server.latency = 0.0
    assert [run["state"] for run in server.runs("42")] == ["running"]
    place.edit('won = ""', 'won = "0 0 1 1 *"')
    with serving(place) as server:
        until(lambda: server.states(42) == ["done"], 30)
        until(lambda: [run["state"] for run in server.runs("won")] == ["done"])
        until(lambda: server.states(43) == ["done"], 30)
        sandbox.server.latency = 0.05
        assert server.hook(42).status_code == 202
        until(lambda: server.states(42)[0] == "running")
        assert server.end(signal.SIGTERM) == 0
        sandbox.server.latency = 0.0
    assert server.states(42) == ["done", "done"]
    assert place.state()["duplicates"] == []
    assert "nothing to do" in place.run("setup", "42", "-n").said
    assert "Stopped in order." in (tmp_path / "serve.log").read_text(encoding="utf-8")
    assert len(server.runs("won")) == 1


def test_a_schedule_runs_once_for_a_crontab_and_the_check_counts_what_it_would_do(
    sandbox: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", TOKEN)
    place = settled(tmp_path, sandbox)
    place.without_people()
    place.edit('won = ""', 'won = "*/5 * * * *"')
    assert place.run("serve", "--check").code == 2
    monkeypatch.setenv("NEW_HOOK", NEW_TOKEN)
    checked = place.run("serve", "--check")
    assert checked.code == 0
    assert "/hooks/erp/…" in checked.out
    assert TOKEN not in checked.out
    assert int(checked.out.splitlines()[-1].split()[0]) > 5
    assert place.nothing_was_written()
    ended = place.run("serve", "--once", "won")
    assert ended.code == 4
    assert "deal 42: done" in ended.out
    assert "deal 52: waiting (jira Ambiguous)" in ended.out or "Ambiguous" in ended.out
    assert place.run("serve", "--once", "invoices").code == 0
    assert place.run("runs").out == "No runs yet. They come with: closedwon serve\n"
