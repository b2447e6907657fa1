"""The people who follow a set-up are a part of its plan: shown with it, approved with it, and nobody else is let in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.cli.place import Place
from tests.cli.terminal import Terminal

NEW = {"name": "Ueli Neu", "email": "ueli.neu@mueller-soehne.example", "type": "contact", "category_id": [5]}
"""Somebody who is technical, and so is let in everywhere."""
DEAL = """id = "A-7"
title = "Managed hosting"
engagement = "service"
won_on = 2026-11-30
currency = "CHF"
monthly = "2400.00"
customer = "101"
"""
Open = Callable[..., Terminal]


@pytest.fixture
def terminal(place: Place) -> Iterator[Open]:
    """Opens a terminal with `closedwon` in the user's folder."""
    opened: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        opened.append(Terminal(arguments, place.folder))
        return opened[-1]

    yield start
    for process in opened:
        process.kill()


def hire(place: Place, customer: int = 101) -> None:
    """Give a customer somebody new."""
    place.erp("res.partner", "create", vals_list=[{**NEW, "parent_id": customer}])


def let_in(place: Place) -> set[str]:
    """The addresses of everybody who is in a place of a customer's."""
    state = place.state()
    accounts = {user["accountId"]: user["email"] for user in state["jira"]["user"]}
    members = {accounts[user] for found in state["jira"]["organization"] for user in found["users"]}
    invited = {invitation["spec"]["email"] for invitation in state["panel"]["invitation"]}
    pages = " ".join(page["body"] for page in state["wiki"]["page"])
    return members | invited | set(re.findall(r"[\w.+-]+@[\w-]+\.example", pages))


def people(document: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """The changes of people in a document, by system and key."""
    changes = [change for change in document["changes"] if change["kind"] in ("member", "contact")]
    return sorted((change["system"], change["key"], change["action"], change["result"]) for change in changes)


@pytest.mark.parametrize("deal", ["42", "deal.toml"])
def test_the_plans_id_stands_for_the_people_too(place: Place, deal: str) -> None:
    place.write("deal.toml", DEAL)
    deal = deal if deal == "42" else str(place.folder / deal)
    before = place.set_up(deal, "-n")
    hire(place)
    after = place.set_up(deal, "-n")
    assert before["plan"] != after["plan"]
    assert len(people(after)) == len(people(before)) + 3
    assert [
        change for change in after["changes"] if change not in before["changes"] and change["kind"] == "organization"
    ] == []


@pytest.mark.parametrize("deal", ["42", "deal.toml"])
def test_a_plans_id_lets_exactly_these_people_in(place: Place, deal: str) -> None:
    place.write("deal.toml", DEAL)
    deal = deal if deal == "42" else str(place.folder / deal)
    shown = place.set_up(deal, "-n")
    done = place.set_up(deal, "--plan", shown["plan"])
    assert done["outcome"] == "done"
    assert people(done) == [(*person[:3], "done") for person in people(shown)]
    assert people(shown)
    again = place.set_up(deal, "-n")
    assert (again["outcome"], again["plan"], people(again)) == ("done", None, [])


def test_an_id_that_was_shown_before_somebody_came_does_nothing(place: Place) -> None:
    shown = place.set_up("42", "-n")
    hire(place)
    place.requests()
    ended = place.setup("42", "--plan", shown["plan"])
    assert (ended.code, "any more" in ended.err) == (5, True)
    assert place.nothing_was_written()


@pytest.mark.parametrize("mode", ["write", "ask"])
def test_who_comes_after_the_yes_is_not_let_in_and_the_others_are(place: Place, terminal: Open, mode: str) -> None:
    place.system("panel", f'mode = "{mode}"')
    person = terminal("setup", "42")
    person.wait_for("Do it? [y/N]")
    assert "+ Jonas Keller   Jira, Panel, Wiki: technical" in person.text
    hire(place)
    person.answer("", "y")
    assert person.end() == 5
    assert person.text.count("Do it?") == 1
    assert "Ueli Neu" in person.text
    there = let_in(place)
    assert NEW["email"] not in there
    assert "jonas.keller@mueller-soehne.example" in there


def test_with_yes_who_comes_after_the_plan_waits_for_the_next_run(place: Place) -> None:
    create = {"vals_list": [{**NEW, "parent_id": 101}]}
    request = {"method": "POST", "path": "/json/2/res.partner/create", "body": create}
    place.fault(do="meanwhile", system="erp", writes=True, request=request)
    ended = place.setup("42", "--yes")
    assert NEW["email"] not in let_in(place)
    assert (ended.code, "changed since it was shown" in ended.said) == (5, True), ended.said
    assert place.setup("42", "--yes").code == 0
    assert NEW["email"] in let_in(place)


def test_with_yes_the_people_stand_in_the_plan_and_once(place: Place) -> None:
    ended = place.setup("42", "--yes")
    assert ended.code == 0
    assert ended.out.count("+ Jonas Keller   Jira, Panel, Wiki: technical") == 1
    assert ended.out.index("Its people follow") < ended.out.index("6 of 6 done")


def test_with_yes_alone_people_of_a_system_in_mode_ask_wait_and_its_plan_lets_them_in(place: Place) -> None:
    place.setup("42", "--yes")
    place.system("panel", 'mode = "ask"')
    hire(place)
    waiting = place.set_up("42", "--yes")
    waits = [person for person in people(waiting) if person[3] == "waiting"]
    assert waits
    assert waits == [person for person in people(waiting) if person[0] == "panel"]
    assert NEW["email"] not in {invitation["spec"]["email"] for invitation in place.state()["panel"]["invitation"]}
    shown = place.setup("42", "-n")
    assert "closedwon setup 42 --plan" in shown.err
    plan = re.findall(r"--plan ([0-9a-f]{8})", shown.err)[-1]
    assert place.setup("42", "--plan", plan).code == 0
    assert NEW["email"] in {invitation["spec"]["email"] for invitation in place.state()["panel"]["invitation"]}


def test_several_deals_are_one_plan_with_all_their_people(place: Place) -> None:
    shown = place.setup("42", "44")
    (plan,) = re.findall(r"--yes      or   --plan (\w+)", shown.err)
    hire(place, 102)
    place.requests()
    later = place.setup("42", "44")
    assert plan not in later.err
    assert place.setup("42", "44", "--plan", plan).code == 5
    assert place.nothing_was_written()
    (plan,) = re.findall(r"--yes      or   --plan (\w+)", later.err)
    assert place.setup("42", "44", "--plan", plan).code == 0
    assert {NEW["email"], "jonas.keller@mueller-soehne.example"} <= let_in(place)


def test_of_several_deals_only_the_people_of_those_that_a_person_approves_are_let_in(
    place: Place, terminal: Open
) -> None:
    hire(place, 102)
    person = terminal("setup", "42", "44")
    person.answer("y(es) n(o) a(ll) q(uit)", "y")
    person.answer("y(es) n(o) a(ll) q(uit)", "n")
    person.end()
    assert person.text.count("Do it?") == 2
    there = let_in(place)
    assert "jonas.keller@mueller-soehne.example" in there
    assert NEW["email"] not in there


def test_a_person_alone_is_a_plan_of_a_deal_that_is_done(place: Place) -> None:
    place.setup("42", "--yes")
    hire(place)
    shown = place.setup("42", "-n")
    assert shown.code == 3
    assert "nothing to do, 6 things are there; 1 person new in 3 systems." in shown.said
    document = place.set_up("42", "--yes")
    assert (document["outcome"], {person[3] for person in people(document)}) == ("done", {"done"})


def test_a_dry_run_of_what_is_done_names_no_plan(place: Place) -> None:
    place.setup("42", "--yes")
    ended = place.setup("42", "-n")
    assert (ended.code, "Plan" in ended.out) == (0, False)
    assert "nothing to do, 6 things are there." in ended.out


def test_a_system_that_is_only_read_is_none_where_somebody_was_let_in(place: Place) -> None:
    place.setup("42", "--yes")
    place.system("panel", 'mode = "read"')
    hire(place)
    ended = place.run("contacts", "sync", "101", "--yes")
    assert "+ Ueli Neu  Jira, Wiki: technical" in ended.out
    assert "Panel: not written here" in ended.out
    assert "Contacts: 1 person new in 2 systems" in ended.said
    assert "APPUiO Control API may send" not in ended.said


def test_the_ledger_keeps_nobody_of_the_people_who_follow(place: Place) -> None:
    place.setup("42", "--yes")
    stored = b"".join(path.read_bytes() for path in (place.folder / ".closedwon").glob("ledger*"))
    assert b"jonas.keller@" not in stored
    assert b"Jonas Keller" not in stored


def test_each_shown_person_of_the_document_tells_what_is_written(place: Place) -> None:
    shown = place.setup("42", "-n", "--json").document
    assert json.dumps(shown).count('"kind": "contact"') == len(
        [person for person in people(shown) if person[0] == "wiki"]
    )
    assert {person[2] for person in people(shown)} == {"create"}


@pytest.mark.parametrize("how", [("--yes",), ("-n",)])
def test_the_limits_count_the_people_before_anything_is_written(place: Place, how: tuple[str, ...]) -> None:
    """One of each thing, and several people: a limit of one holds the whole plan back."""
    place.requests()
    ended = place.setup("42", *how, "--limit", "creates=1")
    is_over = "creates of jira.member, 1 allowed" in ended.said
    assert (ended.code, is_over) == ((6, True) if "--yes" in how else (3, False))
    assert place.nothing_was_written()


def test_the_limits_count_the_people_of_all_deals_together(place: Place) -> None:
    """A person approves the plan of both; neither alone is over the limit."""
    members = [
        sum(system == "jira" and action == "create" for system, _, action, _ in people(place.set_up(deal, "-n")))
        for deal in ("42", "44")
    ]
    shown = place.setup("42", "44", "-n").said
    (plan,) = re.findall(r"--plan (\w+)", shown)
    place.requests()
    ended = place.setup("42", "44", "--plan", plan, "--limit", f"creates={max(members)}")
    assert (ended.code, f"{sum(members)} creates of jira.member" in ended.said) == (6, True)
    assert place.nothing_was_written()
