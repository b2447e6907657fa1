"""A ticket that was written while a system that it tells of was down is completed later, if it is as we wrote it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from integrations.sandbox.pretend import TOKEN
from tests.crash.boundaries import assert_finished
from tests.crash.site import END, Machine, Site

pytestmark = pytest.mark.crash

PERSON = "lena.gerber@acme.example"


@pytest.fixture
def machine(place: Site) -> Machine:
    """A machine that has set up a deal while the wiki was down."""
    place.trap(jira_index_lag=0)
    made = place.machine()
    text = made.settings.read_text(encoding="utf-8")
    made.settings.write_text(re.sub(r"patience = [\d.]+", "patience = 0.3", text), encoding="utf-8")
    place.fault("status", system="wiki", status=503, times=1000)
    ran = made.run("setup", "42", "--yes")
    assert ran.code == 1, ran.words
    assert step(ran.document, "ticket")["result"] == "done"
    place.sandbox.server.faults.clear()
    return made


def step(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(step for step in document["steps"] if step["step"] == name)
    return found


def ticket(place: Site) -> dict[str, Any]:
    """The deal's ticket as Jira holds it."""
    (found,) = (issue for issue in place.state()["jira"]["issue"] if issue["properties"].get("closedwon"))
    assert isinstance(found, dict)
    return found


def person(place: Site, method: str, path: str, body: Any) -> None:
    """Somebody else does something to the ticket."""
    address = f"{place.sandbox.url}/jira/rest/api/3/issue/{ticket(place)['key']}{path}"
    requests.request(method, address, json=body, auth=(PERSON, TOKEN), timeout=END).raise_for_status()


def test_the_next_run_completes_it_and_the_third_finds_nothing_to_do(place: Site, machine: Machine) -> None:
    """The plan shows it; afterwards everything is as if nothing had been down."""
    assert "customer page" not in str(ticket(place)["description"])
    plan = machine.run("setup", "42", "-n")
    change = step(plan.document, "ticket")
    assert (change["action"], [field["name"] for field in change["fields"]]) == ("update", ["description"])
    assert "~" in machine.run_as_shown("setup", "42", "-n").out
    assert machine.run("setup", "42", "--yes").outcome == (0, "done")
    assert "customer page" in str(ticket(place)["description"])
    assert_finished(place, machine, "service")


@pytest.mark.parametrize("done", ["description", "closed"])
def test_one_that_a_person_changed_or_closed_is_left(place: Site, machine: Machine, done: str) -> None:
    """What else was missing is made."""
    if done == "closed":
        person(place, "POST", "/transitions", {"transition": {"id": "31"}})
    else:
        text = {"type": "paragraph", "content": [{"type": "text", "text": "In Zug, not in Bern."}]}
        before = ticket(place)["description"]
        person(place, "PUT", "", {"fields": {"description": {**before, "content": [*before["content"], text]}}})
    before = ticket(place)["description"]
    for _ in range(2):
        ran = machine.run("setup", "42", "--yes")
        assert ran.outcome == (0, "done"), ran.words
        assert step(ran.document, "ticket")["result"] == "kept"
    assert ticket(place)["description"] == before
