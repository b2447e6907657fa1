"""A sandbox and a ledger as the first release left them are understood: marks are written anew, nothing is made."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from integrations.sandbox.pretend import COLLEAGUE_TOKEN
from tests import worlds
from tests.cli.place import Place
from tests.cli.test_corrected import forget, people, places
from tests.cli.test_typed_anew import actions, everything

OF_THE_DEAL = {"organization", "panel", "page", "ticket", "links"}
"""The steps whose objects the first release marked with a deal that had made its company."""


@pytest.fixture
def left(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Deals 42, 43 and 44 and their people, as the commit b90b9d7 set them up."""
    box = worlds.answers_as_then(place.sandbox, monkeypatch)
    place = dataclasses.replace(place, sandbox=box)
    worlds.restore(box, worlds.FIRST, place.folder / ".closedwon" / "ledger.sqlite")
    return place


def marks(place: Place) -> set[str]:
    """The marks of organizations, tickets and sections of pages, as each system keeps them."""
    state = place.state()
    jira = [record["properties"] for kind in ("organization", "issue") for record in state["jira"][kind]]
    panel = [record["metadata"].get("annotations") or {} for record in state["panel"]["organization"]]
    sections = re.findall(r'ac:name="closedwon">([^<]+)<', " ".join(page["body"] for page in state["wiki"]["page"]))
    marked = {record["closedwon"]["key"] for record in jira if "closedwon" in record}
    return marked | {record["closedwon.io/key"] for record in panel if "closedwon.io/key" in record} | set(sections)


def run_twice(place: Place) -> dict[str, dict[str, str]]:
    """Set all three deals up, and once more; what the first run of each did, by deal and step."""
    found = {}
    for deal in ("42", "43", "44"):
        found[deal] = actions(place.set_up(deal, "--yes"))
        for step in [step for step, action in found[deal].items() if action == "choose"]:
            choose(place, deal, step)
    assert place.run("contacts", "sync", "--yes", "--full").code == 0
    place.requests()
    for deal in found:
        again = place.set_up(deal, "--yes")
        assert (again["outcome"], set(actions(again).values())) == ("done", {"keep"})
    assert place.run("contacts", "sync", "--yes", "--full").code == 0
    assert place.nothing_was_written()
    return found


def choose(place: Place, deal: str, step: str) -> None:
    """Settle what is asked about with the one object that is named."""
    (asked,) = [entry for entry in place.set_up(deal, "-n")["steps"] if entry["step"] == step]
    answer, *_ = re.findall(rf"{step}=(\S+)", asked["error"]["next"])
    assert place.run("link", deal, f"{step}={answer}").code == 0
    assert actions(place.set_up(deal, "--yes"))[step] == "adopt"


def members(place: Place) -> dict[Any, set[str]]:
    return {key: people(place) for key, place in places(place).items()}


@pytest.mark.parametrize("is_lost", [False, True])
def test_marks_of_the_first_release_are_written_anew_once_and_nothing_is_made(left: Place, *, is_lost: bool) -> None:
    """With the ledger; where it is lost, a person says whose a ticket is that no company was made with."""
    before, were_in = everything(left), members(left)
    if is_lost:
        forget(left)
    found = run_twice(left)
    adopted = {deal: {step for step, action in steps.items() if action == "adopt"} for deal, steps in found.items()}
    asked = {deal: {step for step, action in steps.items() if action == "choose"} for deal, steps in found.items()}
    proven, unproven = (set(), {"ticket"}) if is_lost else ({"ticket"}, set())
    assert adopted == {"42": proven, "43": OF_THE_DEAL, "44": proven}
    assert asked == {"42": unproven, "43": set(), "44": unproven}
    assert "create" not in {action for steps in found.values() for action in steps.values()}
    assert everything(left) == before
    assert members(left) == were_in
    issues: list[Any] = [issue["properties"].get("closedwon") for issue in left.state()["jira"]["issue"]]
    customers = {mark["key"]: mark["customer"] for mark in issues if mark}
    tickets = {"deal:42/ticket": "customer:101", "deal:43/ticket": "customer:1002", "deal:44/ticket": "customer:102"}
    assert customers == tickets
    assert {mark for mark in marks(left) if mark.startswith("deal:")} == set(tickets)


def become_a_part(place: Place, heir: str) -> None:
    place.erp("res.partner", "write", ids=[1002], vals={"parent_id": int(heir), "is_company": False})


def be_merged(place: Place, heir: str) -> None:
    """The ERP's external id that names the deal is the survivor's then."""
    place.merge("1002", heir)


@pytest.mark.parametrize("is_lost", [False, True])
@pytest.mark.parametrize("happens", [become_a_part, be_merged])
def test_an_heir_without_its_own_gets_what_the_first_release_made_under_a_deal(
    left: Place, happens: Any, *, is_lost: bool
) -> None:
    """The mark says the deal of a customer that is gone, of whom this ledger may know nothing."""
    before = everything(left)
    if is_lost:
        forget(left)
    happens(left, "105")
    found = actions(left.set_up("43", "--yes"))
    assert {found[step] for step in ("organization", "panel", "page")} == {"adopt"}
    assert everything(left) == {**before, "companies": everything(left)["companies"]}


@pytest.mark.parametrize("is_lost", [False, True])
@pytest.mark.parametrize("happens", [become_a_part, be_merged])
def test_an_heir_keeps_its_own_beside_what_the_first_release_made_under_a_deal(
    left: Place, happens: Any, *, is_lost: bool
) -> None:
    """What bears the deal of a customer that is gone is that one's, whoever has the deal, and nobody moves there."""
    before = members(left)
    if is_lost:
        forget(left)
    happens(left, "102")
    for _ in range(3):
        found = actions(left.set_up("43", "--yes"))
        assert {found[step] for step in ("organization", "panel", "page")} <= {"keep", "update"}
    assert left.run("contacts", "sync", "--yes", "--full").code in (0, 4)
    assert all(people <= members(left)[key] for key, people in before.items())


def be_deleted(place: Place) -> None:
    """The company of deal 43 is deleted, and as far as anybody is asked, nobody took its place."""
    place.erp("res.partner", "unlink", key=COLLEAGUE_TOKEN, ids=[1002])
    place.run("link", "1002", "heir=none", "--reason", "as agreed")


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_second_company_of_a_deal_gets_nothing_that_was_made_for_the_first(left: Place, *, is_lost: bool) -> None:
    """The marks say the deal alone, which makes another company once the first one is deleted, on any machine."""
    if is_lost:
        forget(left)
    be_deleted(left)
    left.run("link", "43", "customer=new")
    before = {key: left.state()[key[0]][key[1]] for key in (("jira", "issue"), ("wiki", "page"))}
    old = {"organization": "6", "panel": "kaeserei-emmental", "page": "65601", "links": "65601", "ticket": "HAND-1"}
    for _ in range(3):
        steps = {step["step"]: step for step in left.set_up("43", "--yes")["steps"]}
        assert steps["customer"]["id"] not in (None, "1002")
        assert not [step for step, number in old.items() if step != "ticket" and steps[step]["id"] in (None, number)]
        assert steps["ticket"]["action"] == "choose"
    kept = {key: left.state()[key[0]][key[1]] for key in before}
    assert [page for page in kept["wiki", "page"] if str(page["id"]) == "65601"] == [
        page for page in before["wiki", "page"] if str(page["id"]) == "65601"
    ]
    assert kept["jira", "issue"] == before["jira", "issue"]
    assert left.run("link", "43", "ticket=never").code == 0
    left.set_up("43", "--yes")
    left.requests()
    assert left.set_up("43", "--yes")["outcome"] == "done"
    assert left.nothing_was_written()


def test_a_company_that_the_first_release_made_for_a_deal_is_not_made_twice(left: Place) -> None:
    """Somebody took it out of the deal; with a lost ledger, its external id alone leads back to it."""
    forget(left)
    left.erp("crm.lead", "write", ids=[43], vals={"partner_id": False})
    before = everything(left)
    found = left.set_up("43", "--yes")
    assert {step["step"]: step["id"] for step in found["steps"]}["customer"] == "1002"
    assert everything(left) == before
