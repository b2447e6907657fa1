"""Systems that refuse, are down or make us wait: what of the rest is done, and how the next run goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.place import Place

STEPS = {
    "erp": {"customer"},
    "jira": {"organization", "ticket"},
    "panel": {"panel"},
    "wiki": {"page", "links"},
}
WHO = {"jira": "a Jira administrator", "panel": "an APPUiO administrator", "wiki": "a Confluence administrator"}


def by_result(document: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for step in document["steps"]:
        found.setdefault(step["result"], set()).add(step["step"])
    return found


@pytest.fixture
def wrong_token(place: Place) -> str:
    place.write(".closedwon/wrong-token", "hunter2-wrong\n")
    return '{ file = ".closedwon/wrong-token" }'


@pytest.mark.parametrize("system", ["jira", "panel", "wiki"])
def test_with_a_wrong_token_the_other_systems_steps_still_run(place: Place, wrong_token: str, system: str) -> None:
    place.system(system, f"token = {wrong_token}")
    document = place.set_up("42", "--yes")
    results = by_result(document)
    others = set().union(*(steps for name, steps in STEPS.items() if name != system))
    assert others <= results["done"] | results.get("kept", set())
    refused = [step for step in document["steps"] if step["system"] == system]
    assert {step["error"]["type"] for step in refused} == {"AuthError"}
    assert {waits["name"] for step in refused for waits in step["waits_for"]} == {WHO[system]}
    assert document["outcome"] == "waiting"
    ended = place.setup("42", "--yes")
    assert ended.code == 4
    assert f"closedwon check {system}" in ended.said
    assert "hunter2" not in ended.said


def test_with_a_wrong_key_of_the_crm_nothing_can_be_read(place: Place, wrong_token: str) -> None:
    place.system("erp", f"key = {wrong_token}")
    ended = place.setup("42", "--yes")
    assert ended.code == 4
    assert "the key of closedwon@acme.example is not accepted" in ended.said
    assert "closedwon check erp" in ended.said
    assert "hunter2" not in ended.said


@pytest.mark.parametrize("pointer", ['{ file = ".closedwon/none" }', '{ env = "CLOSEDWON_NO_SUCH_VARIABLE" }'])
def test_a_secret_that_is_not_there_stops_its_own_system_alone(place: Place, pointer: str) -> None:
    place.system("jira", f"token = {pointer}")
    document = place.set_up("42", "--yes")
    assert {"customer", "panel", "page"} <= by_result(document)["done"]
    ended = place.setup("42", "--yes")
    assert ended.code == 4
    assert "Jira: no secret in" in ended.said


@pytest.mark.parametrize(
    ("deal", "system", "right", "named", "waiting"),
    [
        ("44", "jira", "Administer Jira", "Administer Jira", {"project"}),
        ("42", "jira", "Create Issues:OPS", "Create Issues on OPS", {"ticket"}),
        ("42", "wiki", "create:KUNDEN", "add pages", {"page"}),
        ("42", "panel", "create:organizations", "create the organization", {"panel"}),
        ("42", "erp", "res.partner:write", "may not complete the company 101", {"customer"}),
    ],
)
def test_a_missing_right_is_named_with_the_account_and_the_rest_is_done(
    place: Place, deal: str, system: str, right: str, named: str, waiting: set[str]
) -> None:
    place.rights(system, right)
    document = place.set_up(deal, "--yes")
    assert document["outcome"] == "waiting"
    errors = {step["step"]: step["error"] for step in document["steps"] if step["result"] == "waiting"}
    assert set(errors) == waiting
    (error,) = errors.values()
    assert error["type"] == "AuthError"
    assert named in error["message"]
    assert "organization" in by_result(document)["done"]
    assert place.setup(deal, "--yes").code == 4
    place.fixed()
    assert place.setup(deal, "--yes").code == 0
    assert place.state()["duplicates"] == []


@pytest.mark.parametrize(
    ("system", "how"),
    [
        ("jira", {"do": "status", "status": 503}),
        ("panel", {"do": "drop_before"}),
        ("wiki", {"do": "status", "status": 500}),
    ],
)
def test_with_a_system_down_the_rest_is_done_and_the_next_run_goes_on(
    place: Place, system: str, how: dict[str, Any]
) -> None:
    place.system(system, "patience = 0.2")
    place.fault(system=system, times=1000, **how)
    document = place.set_up("42", "--yes")
    assert document["outcome"] == "waiting"
    assert {"kind": "system", "name": system} in [w for step in document["steps"] for w in step["waits_for"]]
    assert "customer" in by_result(document)["done"]
    assert place.setup("42", "--yes").code == 1
    place.fixed()
    assert place.setup("42", "--yes").code == 0
    assert place.state()["duplicates"] == []


def test_a_system_that_can_not_be_reached_at_all_stops_its_own_steps(place: Place) -> None:
    place.system("wiki", 'patience = 0.1\nurl = "http://127.0.0.1:9/wiki"')
    ended = place.setup("42", "--yes")
    assert ended.code == 1
    assert "can't be reached" in ended.said
    assert "4 of 6 done" in ended.out


def test_with_the_crm_down_the_command_says_so_and_may_be_run_again(place: Place) -> None:
    place.system("erp", "patience = 0.1")
    place.fault(system="erp", do="status", status=503, times=1000)
    ended = place.setup("42", "--yes")
    assert ended.code == 1
    assert "Odoo" in ended.err
    assert "run the same command again later" in ended.said
    place.fixed()
    assert place.setup("42", "--yes").code == 0


def test_a_system_that_asks_to_wait_is_waited_for_as_long_as_it_says(place: Place) -> None:
    place.fault(system="jira", do="status", status=429, retry_after=1, times=1)
    ended = place.setup("42", "--yes")
    assert ended.code == 0
    assert "waiting up to 1 s: Jira" in ended.said
    assert "6 of 6 done" in ended.out


def test_a_system_that_asks_to_wait_for_too_long_is_left_for_later(place: Place) -> None:
    place.fault(system="jira", do="status", status=429, retry_after=3600, times=1000)
    ended = place.setup("42", "--yes")
    assert ended.code == 1
    assert "it asks us to wait" in ended.said


@pytest.mark.parametrize("system", ["erp", "jira", "panel", "wiki"])
def test_a_lost_answer_never_makes_a_second_one(place: Place, system: str) -> None:
    place.fault(system=system, do="drop_after", writes=True, times=1)
    place.setup("42", "--yes")
    assert place.setup("42", "--yes").code == 0
    assert place.state()["duplicates"] == []


def test_who_will_not_grant_a_right_may_make_it_by_hand_and_say_so(place: Place) -> None:
    place.rights("jira", "Administer Jira")
    text = place.setup("44", "--yes").said
    assert "Rather not grant it? Make it by hand, then: closedwon link 44 project=ID" in text
    assert place.run("link", "44", "project=HAND").code == 0
    assert place.set_up("44", "--yes")["outcome"] == "done"


def test_where_the_whole_account_is_refused_nothing_is_to_be_made_by_hand(place: Place, wrong_token: str) -> None:
    place.system("jira", f"token = {wrong_token}")
    assert "by hand" not in place.setup("42", "--yes").said
