"""Two machines that share nothing but the vendors' systems: neither sees the other's ledger or locks."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from integrations.sandbox.server import Exchange
from tests.crash.boundaries import CASES, assert_same, undisturbed
from tests.crash.census import census
from tests.crash.forked import Forked, forked
from tests.crash.site import Machine, Ran, Site, ended, ending

pytestmark = pytest.mark.crash

RUNS = 5
MAKING = re.compile(r"^PUT .*/properties/closedwon-|^POST (/rest/servicedeskapi/organization|/rest/api/3/issue)$")
"""Claims, and what they are for: the organization's claim, the organization, then the same of the ticket."""


def all_ended(processes: Sequence[subprocess.Popen[str]]) -> list[Ran]:
    """The end of each."""
    with ending(processes):
        return [ended(process) for process in processes]


def until_done(machine: Machine, deal: str) -> Ran:
    """Run the set-up again for as long as it waits."""
    for _ in range(RUNS):
        ran = machine.run("setup", deal, "--yes")
        if ran.code == 0:
            break
    return ran


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One playbook, and a stop right after either claim; in the whole matrix three, and a stop at each request."""
    every = metafunc.config.getoption("--every-boundary")
    if "number" in metafunc.fixturenames:
        metafunc.parametrize("number", range(5) if every else [0, 2])
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", ["service", "consulting", "project"] if every else ["service"])


def test_one_deal_on_two_machines_at_once_makes_one_of_everything(place: Site, case: str) -> None:
    """By the vendors' unique keys (ERP external ids, panel names, page titles, project keys) and, in Jira, by claims.

    The later one may be told to wait, or to look again; its next runs take up what the first has made.
    """
    deal = CASES[case].deal
    machines = [place.machine(name) for name in ("here", "there")]
    runs = all_ended([machine.start("setup", deal, "--yes") for machine in machines])
    assert {run.document["outcome"] for run in runs} <= {"done", "waiting"}, [run.words for run in runs]
    assert [until_done(machine, deal).outcome for machine in machines] == [(0, "done")] * 2
    state = place.state()
    assert state["duplicates"] == []
    assert_same(census(state), undisturbed(case).there)
    place.forget_requests()
    assert [machine.run("setup", deal, "-n").outcome for machine in machines] == [(0, "done")] * 2
    assert place.writes() == []


def test_two_deals_of_one_customer_on_two_machines_make_one_customer(place: Site) -> None:
    """The customer's objects are made by whoever comes first; each deal has its ticket."""
    machines = {deal: place.machine(deal) for deal in ("42", "53")}
    runs = all_ended([machine.start("setup", deal, "--yes") for deal, machine in machines.items()])
    assert {run.document["outcome"] for run in runs} <= {"done", "waiting"}, [run.words for run in runs]
    for _ in range(2):  # the page lists both deals' tickets only when both are there
        assert [until_done(machine, deal).outcome for deal, machine in machines.items()] == [(0, "done")] * 2
    state = place.state()
    assert state["duplicates"] == []
    tickets = [issue["summary"] for issue in state["jira"]["issue"] if "Müller" in issue["summary"]]
    assert len(tickets) == 2
    assert (
        len(
            [
                organization
                for organization in state["jira"]["organization"]
                if organization["name"] == "Müller & Söhne AG"
            ]
        )
        == 1
    )


@contextlib.contextmanager
def stopped(place: Site, machine: Machine, number: int, *arguments: str) -> Iterator[Forked]:
    """A run that is stopped by the kernel as its nth request of those is answered, and goes on after the block."""
    with forked(machine, *arguments) as process:
        seen: list[Exchange] = []

        def stop(exchange: Exchange) -> None:
            if MAKING.search(f"{exchange.method} {exchange.path}"):
                seen.append(exchange)
                if len(seen) == number + 1:
                    process.send(signal.SIGSTOP)

        place.sandbox.server.observers.append(stop)
        assert process.reaches(lambda: len(seen) > number)
        place.sandbox.server.observers.remove(stop)
        yield process
        process.send(signal.SIGCONT)
        process.ended()


def test_a_machine_that_is_stopped_longer_than_settle_makes_nothing_twice(place: Site, number: int) -> None:
    """It has claimed an organization or a ticket; another machine finishes meanwhile what it has begun."""
    here, there = place.machine("here"), place.machine("there")
    with stopped(place, here, number, "setup", "42", "--yes"):
        assert until_done(there, "42").outcome == (0, "done")
    assert place.state()["duplicates"] == []
    assert [until_done(machine, "42").outcome for machine in (here, there)] == [(0, "done")] * 2
    state = place.state()
    assert state["duplicates"] == []
    assert_same(census(open_ones(state)), undisturbed("service").there)


def open_ones(state: dict[str, Any]) -> dict[str, Any]:
    """The state without tickets that were closed as made twice."""
    issues = [issue for issue in state["jira"]["issue"] if "counting" not in issue["properties"].get("closedwon", {})]
    return {**state, "jira": {**state["jira"], "issue": issues}}
