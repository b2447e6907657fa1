"""Work of a server: what becomes of an attempt, by what held it; and in which partition a run belongs."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest

from cli.jobs import Jobs
from config.workspace import checked
from integrations.runs import Result, Run
from integrations.sandbox.thread import Running
from tests.cli.place import Place

RUN = Run("setup-42-1", "setup", "42", 1, "running", 1, 0.0, 0.0, None, None, None, "", "")


@pytest.fixture
def place(sandbox: Running, tmp_path: Path) -> Place:
    place = Place(tmp_path, sandbox)
    place.system("erp", "patience = 0")
    return place


@pytest.fixture
def deals() -> list[str]:
    return []


@pytest.fixture
def jobs(place: Place, deals: list[str]) -> Jobs:
    return Jobs(checked(place.settings), deals.append)


def test_a_system_that_is_down_is_tried_again_when_it_says_and_given_up_in_the_end(place: Place, jobs: Jobs) -> None:
    place.fault(system="erp", do="status", status=503, retry_after=77, times=1000)
    result = jobs.work["setup"](RUN)
    assert (result.state, result.error, result.system) == ("waiting", "Unavailable", "erp")
    assert result.again is not None
    assert result.again >= 77
    long_ago = time.time() - 25 * 3600
    assert jobs.work["setup"](dataclasses.replace(RUN, since=long_ago)) == Result("failed", "Unavailable", "erp")
    assert jobs.place(RUN) == "deal:42"
    for schedule in ("won", "invoices"):
        result = jobs.work[schedule](dataclasses.replace(RUN, flow=schedule))
        assert (schedule, result.state, result.error) == (schedule, "waiting", "Unavailable")
    place.fixed()


def test_runs_of_a_customer_and_of_a_schedule_are_in_its_partition(jobs: Jobs) -> None:
    assert jobs.place(RUN) == "customer:101"
    assert jobs.place(dataclasses.replace(RUN, subject="999999")) == "deal:999999"
    assert jobs.place(dataclasses.replace(RUN, flow="won")) == "won"


def test_what_a_person_has_to_do_is_looked_at_again(jobs: Jobs) -> None:
    result = jobs.work["setup"](dataclasses.replace(RUN, subject="52"))
    assert (result.state, result.error, result.again) == ("waiting", "Ambiguous", 15 * 60)


def test_what_no_system_may_be_written_for_is_planned(place: Place, deals: list[str]) -> None:
    for name in ("erp", "jira", "panel", "wiki"):
        place.system(name, 'mode = "read"')
    jobs = Jobs(checked(place.settings), deals.append)
    place.requests()
    assert jobs.work["setup"](RUN) == Result("planned")
    assert place.nothing_was_written()


def test_a_deal_that_is_not_won_is_no_run(place: Place, jobs: Jobs) -> None:
    place.requests()
    assert jobs.work["setup"](dataclasses.replace(RUN, subject="999999")) == Result("done")
    assert place.nothing_was_written()


def test_the_schedule_names_every_won_deal_until_it_is_done(place: Place, jobs: Jobs, deals: list[str]) -> None:
    assert jobs.work["won"](dataclasses.replace(RUN, flow="won")) == Result("done")
    assert "42" in deals
    assert jobs.work["setup"](RUN) == Result("done")
    deals.clear()
    jobs.work["won"](dataclasses.replace(RUN, flow="won"))
    assert deals
    assert "42" not in deals
    run = place.run("status", "42", "-v")
    assert run.code == 0
