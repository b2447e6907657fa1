"""The command, several times at once: on one machine, whose locks all runs see."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.crash.boundaries import CASES, assert_finished, assert_same, prepared, undisturbed
from tests.crash.census import census
from tests.crash.site import Machine, Ran, Site, ended, ending

pytestmark = pytest.mark.crash

FEW, MANY = 3, 10
"""Processes at once: in the usual run, and with every boundary."""


def all_ended(processes: Sequence[subprocess.Popen[str]]) -> list[Ran]:
    """The end of each."""
    with ending(processes):
        return [ended(process) for process in processes]


def organizations(place: Site, name: str) -> list[dict[str, str]]:
    """Jira's organizations that customers of this name have, and which deal or customer each is for."""
    there = place.state()["jira"]["organization"]
    return [
        organization["properties"].get("closedwon", {})
        for organization in there
        if organization["name"].startswith(name)
    ]


def assert_plan_is_empty(place: Site, machine: Machine, *deals: str) -> None:
    """Nothing is left to do for these deals, and nothing is there twice."""
    assert place.state()["duplicates"] == []
    place.forget_requests()
    for deal in deals:
        again = machine.run("setup", deal, "-n")
        assert again.outcome == (0, "done"), again.out
    assert place.writes() == []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A deal whose company is in the ERP already, and a Jira that gives an organization of the same name.

    In the whole matrix also a deal whose company is made, twice as many processes, and a Jira that makes a second
    organization of the same name, as the sandbox does anyway.
    """
    every = metafunc.config.getoption("--every-boundary")
    if "case" in metafunc.fixturenames:
        cases = [("service", MANY), ("consulting", MANY)] if every else [("service", FEW)]
        metafunc.parametrize(("case", "processes"), cases)
    elif "trap" in metafunc.fixturenames:
        metafunc.parametrize("trap", ["existing", "duplicate"] if every else ["existing"])


def test_one_deal_many_times_at_once_makes_one_of_everything(place: Site, case: str, processes: int) -> None:
    """Each run ends 0: one writes, and the others wait for it, saying who is at it, and find nothing to do."""
    machine = prepared(place, case)
    runs = all_ended([machine.start("setup", CASES[case].deal, "--yes") for _ in range(processes)])
    assert [run.outcome for run in runs] == [(0, "done")] * processes, [run.words for run in runs]
    wrote = [any(step["result"] == "done" for step in run.document["steps"]) for run in runs]
    assert sum(wrote) == 1
    assert_finished(place, machine, case)


def test_who_waits_says_for_whom(place: Site) -> None:
    """Words on stderr name the process that is at it."""
    machine = place.machine()
    first = machine.start("setup", "42", "--yes")
    with ending([first]):
        place.sandbox.server.latency = 0.1
        second = machine.start("setup", "42", "--yes")
        runs = {process.pid: ended(process) for process in (first, second)}
    lines = [f"process {other} on" in run.words for other, run in zip(reversed(runs), runs.values(), strict=True)]
    assert sorted(lines) == [False, True], [run.words for run in runs.values()]
    assert "is working on this customer" in " ".join(" ".join(run.words.split()) for run in runs.values())


def test_two_deals_of_one_customer_at_once_make_one_customer(place: Site) -> None:
    """One organization, page and panel organization; a ticket for each deal; both on the page."""
    machine = place.machine()
    runs = all_ended([machine.start("setup", deal, "--yes") for deal in ("42", "53")])
    assert [run.outcome for run in runs] == [(0, "done")] * 2, [run.words for run in runs]
    # Whoever came first could not name the other's ticket yet.
    assert machine.run("setup", "42", "--yes").outcome == (0, "done")
    assert_same(kinds(census(place.state())), kinds(undisturbed("second").there))
    assert_plan_is_empty(place, machine, "42", "53")


def kinds(there: Counter[str]) -> Counter[str]:
    """How many there are of each kind."""
    counted: Counter[str] = Counter()
    for line, number in there.items():
        counted[" ".join(line.split()[:2])] += number
    return counted


def test_every_won_deal_twice_at_once_makes_one_of_everything(place: Site) -> None:
    """Two crontabs at the same minute. What waits for a person (the customer made by hand) waits in both."""
    machine = place.machine()
    runs = all_ended([machine.start("setup", "--won", "--yes") for _ in range(2)])
    state = place.state()
    assert state["duplicates"] == []
    for run in runs:
        ends = {document["deal"]: document["outcome"] for document in run.documents}
        assert {deal for deal, end in ends.items() if end != "done"} <= {"52"}, ends
    alone = machine.run("setup", "--won", "--yes")
    assert [(document["deal"], document["outcome"]) for document in alone.documents] == [("52", "waiting")]
    assert_plan_is_empty(place, machine, "42", "43", "44", "45", "46", "47", "48", "49", "53")


def test_two_namesakes_at_once_are_two_of_everything(place: Site, trap: str) -> None:
    """Whatever creating an organization does whose name exists: nothing of one customer reaches the other."""
    place.trap(jira_organization_name=trap)
    machine = place.machine()
    runs = all_ended([machine.start("setup", deal, "--yes") for deal in ("45", "46")])
    assert [run.outcome for run in runs] == [(0, "done")] * 2, [run.out for run in runs]
    assert_two_apart(place, runs)
    assert_plan_is_empty(place, machine, "45", "46")


def assert_two_apart(place: Site, runs: Sequence[Ran]) -> None:
    """Every step's object is one customer's alone, and bears that customer's mark."""
    name = "Alpina Treuhand AG"
    steps = [
        {(step["step"], step["id"]) for step in run.document["steps"]}
        for run in sorted(runs, key=lambda run: str(run.document["deal"]))
    ]
    assert steps[0] & steps[1] == set()
    assert sorted(organization["key"] for organization in organizations(place, name)) == [
        "customer:103",
        "customer:104",
    ]
    state = place.state()
    panels = [
        organization for organization in state["panel"]["organization"] if organization["spec"]["displayName"] == name
    ]
    assert sorted(panel["metadata"]["annotations"]["closedwon.io/key"] for panel in panels) == [
        "customer:103",
        "customer:104",
    ]
    pages = [page["body"] for page in state["wiki"]["page"] if page["title"].startswith(name)]
    assert sorted(("Zürich" in body, "Chur" in body) for body in pages) == [(False, True), (True, False)]
    assert len([issue for issue in state["jira"]["issue"] if name in issue["summary"]]) == 2
