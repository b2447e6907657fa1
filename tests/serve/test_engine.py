"""The engine: what was announced is run at least once, one run of a customer at a time, whatever dies meanwhile."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dbos import DBOS

from integrations.engine import Announcer, Hands, Worker
from integrations.runs import FIRST_PAUSE, LONGEST_PAUSE, Replayed, Result, Run, Runs, database, pause

WORKER = """
import os, sys, time
from integrations.engine import Hands, Worker
from integrations.runs import Result

def work(run):
    with open(sys.argv[2], "a") as file:
        file.write(f"{run.subject} {run.attempts}\\n")
    time.sleep(SECONDS)
    return Result("done")

worker = Worker(sys.argv[1], Hands({"setup": work}, lambda run: run.subject))
worker.start()
"""
KILLED = (
    WORKER.replace("SECONDS", "60")
    + """
for deal in ("41", "42"):
    worker.announce("setup", deal)
time.sleep(60)
"""
)
TAKEN_OVER = (
    WORKER.replace("SECONDS", "0")
    + """
while any(run.state != "done" for run in worker.runs.listed()):
    time.sleep(0.1)
worker.stop(1)
"""
)


class Deals:
    """A flow that writes down what it was run for; waits at a gate where there is one."""

    def __init__(self) -> None:
        self.seen: list[Run] = []
        self.gate = threading.Event()
        self.gate.set()
        self.results: dict[str, list[Result]] = {}

    def __call__(self, run: Run) -> Result:
        self.seen.append(run)
        assert self.gate.wait(10)
        planned = self.results.get(run.subject)
        return planned.pop(0) if planned else Result("done")

    def attempts(self, deal: str) -> list[int]:
        return [run.attempts for run in self.seen if run.subject == deal]


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/engine.sqlite"


@pytest.fixture(scope="module")
def deals() -> Deals:
    return Deals()


@pytest.fixture(scope="module")
def worker(deals: Deals, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A worker that all tests use, each with deals of its own; deal 7x are one customer's."""
    url = f"sqlite:///{tmp_path_factory.mktemp('engine')}/engine.sqlite"
    hands = Hands({"setup": deals}, lambda run: "customer:7" if run.subject.startswith("7") else run.subject)
    worker = Worker(url, hands)
    worker.start()
    yield worker
    deals.gate.set()
    worker.stop(3)


def states(worker: Announcer, *subjects: str) -> dict[str, str]:
    return {run.run: run.state for run in worker.runs.listed() if not subjects or run.subject in subjects}


def test_ten_at_once_are_one_run_one_during_it_is_one_more_and_one_later_too(worker: Worker, deals: Deals) -> None:
    deals.gate.clear()
    with ThreadPoolExecutor(10) as pool:
        named = {run.run for run in pool.map(lambda _: worker.announce("setup", "42"), range(10))}
    assert named == {"setup-42-1"}
    until(lambda: deals.attempts("42") == [1])
    with ThreadPoolExecutor(10) as pool:
        named = {run.run for run in pool.map(lambda _: worker.announce("setup", "42"), range(10))}
    assert named == {"setup-42-2"}
    deals.gate.set()
    until(lambda: states(worker, "42") == {"setup-42-1": "done", "setup-42-2": "done"})
    worker.announce("setup", "42")
    until(lambda: states(worker).get("setup-42-3") == "done")
    assert deals.attempts("42") == [1, 1, 1]


def test_what_is_down_is_tried_again_and_what_waits_is_looked_at_again(worker: Worker, deals: Deals) -> None:
    deals.results["43"] = [Result("waiting", "Unavailable", "erp", 0.1), Result("waiting", "Rejected", "erp", 0.1)]
    worker.announce("setup", "43")
    until(lambda: states(worker, "43") == {"setup-43-1": "done"})
    assert deals.attempts("43") == [1, 2, 3]
    (run,) = worker.runs.listed("43")
    assert (run.error, run.since, run.next_look) == ("", None, None)


def test_a_run_that_waits_says_since_when_and_is_replaced_by_a_newer_one(worker: Worker, deals: Deals) -> None:
    deals.results["44"] = [Result("waiting", "Ambiguous", "jira", 600)]
    worker.announce("setup", "44")
    until(lambda: states(worker, "44") == {"setup-44-1": "waiting"})
    (run,) = worker.runs.listed("setup-44-1")
    assert run.since is not None
    assert run.next_look == pytest.approx(run.since + 600)
    assert (run.error, run.system) == ("Ambiguous", "jira")
    worker.announce("setup", "44")
    until(lambda: states(worker, "44") == {"setup-44-1": "replaced", "setup-44-2": "done"})


def test_a_cancelled_run_is_not_begun_again(worker: Worker, deals: Deals) -> None:
    deals.results["45"] = [Result("waiting", "Unavailable", "erp", 0.3)]
    worker.announce("setup", "45")
    until(lambda: states(worker, "45") == {"setup-45-1": "waiting"})
    assert worker.cancel("setup-45-1")
    assert not worker.cancel("setup-45-1")
    time.sleep(1.5)
    assert deals.attempts("45") == [1]
    assert states(worker, "45") == {"setup-45-1": "cancelled"}


def test_what_nobody_foresaw_fails_without_its_text(worker: Worker) -> None:
    worker.announce("nothing", "hunter2")
    until(lambda: states(worker, "hunter2") == {"nothing-hunter2-1": "failed"})
    assert worker.runs.listed("hunter2")[0].error == "Unforeseen"


def test_a_message_announces_once(worker: Worker) -> None:
    worker.announce("setup", "46", message="m1")
    with pytest.raises(Replayed):
        worker.announce("setup", "47", message="m1")
    assert not worker.runs.listed("47")


def test_a_tick_of_a_schedule_is_one_run_however_often_it_comes(worker: Worker) -> None:
    with ThreadPoolExecutor(10) as pool:
        named = {run.run for run in pool.map(lambda _: worker.announce("setup", "48", once=True), range(10))}
    until(lambda: states(worker, "48") == {"setup-48-1": "done"})
    assert named == {worker.announce("setup", "48", once=True).run}


def test_a_tick_takes_the_place_of_earlier_ones_that_wait(url: str) -> None:
    there = database(url)
    runs = Runs(there)
    runs.migrate()
    with runs.transaction() as connection:
        first, _ = runs.add(connection, "contacts", "10:00", once=True)
    begun = runs.begin(first.run, 1)
    assert begun is not None
    with runs.transaction() as connection:
        assert runs.end(connection, begun, Result("waiting", "Rejected", "erp", 60))
        assert not runs.add(connection, "contacts", "10:00", once=True)[1]
        runs.add(connection, "contacts", "10:05", once=True)
    assert [run.state for run in runs.listed()] == ["queued", "replaced"]
    there.dispose()


def test_what_is_long_over_is_forgotten_but_each_deals_last_run(worker: Worker) -> None:
    for _ in range(2):
        worker.announce("setup", "49")
        until(lambda: "queued" not in states(worker, "49").values())
    until(lambda: list(states(worker, "49").values()) == ["done", "done"])
    worker.forget(time.time() - 1000)
    assert len(states(worker, "49")) == 2
    until(lambda: not DBOS.list_workflows(status="PENDING", workflow_id_prefix="setup-49"))
    worker.forget(time.time())
    assert list(states(worker, "49")) == ["setup-49-2"]
    assert DBOS.list_workflows(workflow_id_prefix="setup-49") == []
    worker.announce("setup", "49")
    until(lambda: states(worker, "49").get("setup-49-3") == "done")


def test_what_is_open_and_nobody_goes_on_with_is_queued_anew(worker: Worker, deals: Deals) -> None:
    with worker.runs.transaction() as connection:
        worker.runs.add(connection, "setup", "50")
    deals.results["51"] = [Result("waiting", "Rejected", "erp", 600)]
    worker.announce("setup", "51")
    until(lambda: states(worker, "51") == {"setup-51-1": "waiting"})
    worker.rescue()
    until(lambda: states(worker, "50") == {"setup-50-1": "replaced", "setup-50-2": "done"})
    assert states(worker, "51") == {"setup-51-1": "waiting"}


def test_runs_of_one_customer_come_one_after_the_other(worker: Worker, deals: Deals) -> None:
    deals.gate.clear()
    for deal in ("71", "72", "73"):
        worker.announce("setup", deal)
    until(lambda: sum(len(deals.attempts(deal)) for deal in ("71", "72", "73")) == 1)
    time.sleep(1)
    assert sum(len(deals.attempts(deal)) for deal in ("71", "72", "73")) == 1
    deals.gate.set()
    until(lambda: list(states(worker, "71", "72", "73").values()) == ["done"] * 3)


def test_what_a_killed_worker_left_is_taken_over_and_its_bytes_name_nobody(url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = subprocess.Popen([sys.executable, "-c", KILLED, url, str(log)])
    until(lambda: log.exists() and len(log.read_text().splitlines()) == 2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    begun = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", TAKEN_OVER, url, str(log)], check=True, timeout=30)
    assert ended.returncode == 0
    assert time.monotonic() - begun < 15
    assert sorted(log.read_text().splitlines()) == ["41 1", "41 1", "42 1", "42 1"]
    kept = sqlite3.connect(tmp_path / "engine.sqlite")
    rows = kept.execute("select workflow_uuid, inputs, output, error, serialization from workflow_status").fetchall()
    kept.close()
    assert all(row[0] for row in rows)
    assert {row[4] for row in rows} == {"portable_json"}
    assert {str(json.loads(row[2])) for row in rows if row[2]} <= {"None", "done"}
    assert (tmp_path / "engine.sqlite").stat().st_mode & 0o077 == 0


def test_pauses_grow_up_to_a_bound_and_never_end_before_the_system_said() -> None:
    assert FIRST_PAUSE <= pause(1) <= 1.3 * FIRST_PAUSE
    assert pause(2) > FIRST_PAUSE * 1.9
    assert LONGEST_PAUSE <= pause(50) <= 1.3 * LONGEST_PAUSE
    assert pause(1, 77) >= 77
    assert len({pause(3) for _ in range(5)}) == 5
