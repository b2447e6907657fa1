"""`mode` and `only`: where closedwon may write, and after whose yes."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from integrations.core.outcome import exit_code_of_all
from tests.cli.place import Place


def results(place: Place, *arguments: str) -> dict[str, str]:
    return {step["step"]: step["result"] for step in place.set_up("42", *arguments)["steps"]}


def test_a_system_in_mode_read_is_shown_and_never_written(place: Place) -> None:
    place.system("wiki", 'mode = "read"')
    document = place.set_up("42", "--yes")
    assert document["outcome"] == "done"
    assert {step["step"]: step["result"] for step in document["steps"]}["page"] == "planned"
    assert not [entry for entry in place.requests(writing=True) if entry["system"] == "wiki"]


def _only_read(place: Place, *systems: str) -> None:
    for system in systems:
        place.system(system, 'mode = "read"')


SYSTEMS = ("erp", "jira", "panel", "wiki")


@pytest.mark.parametrize("how", [("--yes",), ("-n",), ()])
def test_a_run_that_may_write_none_of_its_changes_ends_planned(place: Place, how: tuple[str, ...]) -> None:
    """Exit 3, however it was asked to write; and it says why nobody can approve it."""
    _only_read(place, *SYSTEMS)
    ended = place.setup("42", *how)
    assert ended.code == 3
    assert "Nothing was written, and no --plan approves it: these systems are in mode `read`" in ended.said
    assert "--yes" not in ended.err
    assert place.set_up("42", *how)["outcome"] == "planned"
    assert place.nothing_was_written()


def test_what_is_left_of_a_deal_and_may_only_be_shown_is_planned(place: Place) -> None:
    """The run that wrote the rest is done: what was only shown beside it does not hold it."""
    _only_read(place, "wiki")
    assert place.setup("42", "--yes").code == 0
    assert place.setup("42", "--yes").code == 3
    assert "Deal 42 " not in place.setup("--won", "--yes").out


def test_plans_that_may_only_be_shown_have_ids_of_their_own_and_approve_nothing(place: Place) -> None:
    _only_read(place, *SYSTEMS)
    plans = {deal: str(place.set_up(deal, "-n")["plan"]) for deal in ("42", "45", "49")}
    assert len(set(plans.values())) == 3
    assert place.set_up("42", "-n")["plan"] == plans["42"]
    ended = place.setup("42", "--plan", plans["42"])
    assert ended.code == 3
    assert "in mode `read`" in ended.said
    for system in SYSTEMS:
        place.system(system, 'mode = "ask"')
    assert place.setup("42", "--plan", plans["42"]).code == 5
    assert place.nothing_was_written()


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        ([(3, True, False), (0, False, True)], 0),
        ([(3, True, False), (0, False, False)], 3),
        ([(3, True, False), (4, False, True)], 4),
        ([(4, True, False), (0, False, True)], 4),
        ([(3, False, False), (0, False, True)], 3),
    ],
)
def test_what_may_only_be_shown_of_one_subject_does_not_hold_what_was_written_of_others(
    ended: list[tuple[int, bool, bool]], code: int
) -> None:
    """Each with its exit code, whether none of its changes may be written, and whether anything was."""
    names = ("exit_code", "is_read_only", "has_written")
    assert exit_code_of_all([SimpleNamespace(**dict(zip(names, codes, strict=True))) for codes in ended]) == code


@pytest.mark.parametrize("how", [("--yes",), ("-n",)])
def test_what_needs_a_step_that_is_only_read_is_blocked_and_says_so(place: Place, how: tuple[str, ...]) -> None:
    place.system("wiki", 'mode = "read"')
    links = next(step for step in place.set_up("42", *how)["steps"] if step["step"] == "links")
    assert (links["result"], links["waits_for"]) == ("blocked", [{"kind": "step", "name": "page"}])


def test_a_system_in_mode_ask_waits_for_a_person_although_yes_was_said(place: Place) -> None:
    place.system("panel", 'mode = "ask"')
    ended = place.setup("42", "--yes")
    assert ended.code == 4
    assert "[panel] wants a person to approve each plan" in ended.said
    assert not [entry for entry in place.requests(writing=True) if entry["system"] == "panel"]
    assert [
        organization
        for organization in place.state()["jira"]["organization"]
        if organization["name"] == "Müller & Söhne AG"
    ]


def test_the_plans_id_is_approval_enough_for_mode_ask(place: Place) -> None:
    for system in ("erp", "jira", "panel", "wiki"):
        place.system(system, 'mode = "ask"')
    shown = re.search(r"Plan (\w+)\.", place.setup("42").out)
    assert shown is not None
    assert set(results(place, "--plan", shown[1]).values()) <= {"done", "kept"}


def test_the_command_that_approves_what_is_left_is_named(place: Place) -> None:
    place.system("panel", 'mode = "ask"')
    assert "see and approve what is left: closedwon setup 42\n" in place.setup("42", "--yes").out
    plan = re.search(r"Plan (\w+)\.", place.setup("42").out)
    assert plan is not None
    assert place.setup("42", "--plan", plan[1]).code == 0


def test_the_command_that_approves_the_whole_is_named(place: Place) -> None:
    for system in ("erp", "jira", "panel", "wiki"):
        place.system(system, 'mode = "ask"')
    command = re.search(r"closedwon setup 42 --plan (\w+)$", place.setup("42", "--yes").out, re.MULTILINE)
    assert command is not None
    assert place.setup("42", "--plan", command[1]).code == 0


def test_a_pilot_leaves_all_other_customers_alone(place: Place) -> None:
    place.system("jira", 'only = ["102"]')
    planned = {step for step, result in results(place, "--yes").items() if result == "planned"}
    assert planned == {"organization", "ticket"}
    assert not [entry for entry in place.requests(writing=True) if entry["system"] == "jira"]


def test_a_pilots_own_customer_is_set_up(place: Place) -> None:
    place.system("jira", 'only = ["101"]')
    assert set(results(place, "--yes").values()) <= {"done", "kept"}


def test_a_system_that_the_company_does_not_have_is_left_out(place: Place) -> None:
    head, _, _ = place.settings.read_text(encoding="utf-8").partition("[wiki]")
    place.settings.write_text(f'{head}[wiki]\nadapter = "none"\n', encoding="utf-8")
    document = place.set_up("42", "--yes")
    assert document["outcome"] == "done"
    assert {step["step"] for step in document["steps"]} == {"customer", "organization", "panel", "ticket"}
    assert "wiki" not in {entry["system"] for entry in place.requests()}


def test_the_default_mode_asks(place: Place) -> None:
    place.edit('mode = "write"\n', "", 4)
    assert place.setup("42", "--yes").code == 4
    assert place.nothing_was_written()


def test_where_yes_would_not_be_enough_the_plans_id_alone_is_named(place: Place) -> None:
    place.system("panel", 'mode = "ask"')
    err = place.setup("42").err
    assert re.search(r"closedwon setup 42 --plan \w{8}$", err, re.MULTILINE)
    assert "--yes" not in err
