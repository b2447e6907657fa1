"""`closedwon setup DEAL`, as its user meets it."""

from __future__ import annotations

import contextlib
import re

import pytest

from cli.base import ledger_of, open_workspace
from cli.display import set_up
from integrations.core.plan import Approval
from integrations.flows.setup import Outcome
from tests.cli.place import CUSTOMER, Place, run

PLAN = re.compile(r"Plan ([0-9a-f]{8})\.")
SYSTEMS = ("erp", "jira", "panel", "wiki")


def shown_plan(place: Place, *arguments: str) -> str:
    found = PLAN.search(place.setup(*arguments).out)
    assert found is not None
    return found[1]


def test_without_a_terminal_and_without_yes_the_plan_is_shown_and_nothing_is_written(place: Place) -> None:
    ended = place.setup("42")
    assert ended.code == 3
    assert "Deal 42  Müller & Söhne AG, Winterthur  (service, won Sat 7 Nov" in ended.out
    assert "by Reto Frei)" in ended.said
    assert "CHF 2'400.00 a month, CHF 6'000.00 once" in ended.out
    assert "prospect -> customer" in ended.out
    assert "closedwon setup 42 --yes" in ended.err
    assert place.nothing_was_written()


def test_a_dry_run_shows_the_same_and_writes_nothing(place: Place) -> None:
    dry, plain = place.setup("42", "-n"), place.setup("42")
    assert (dry.code, dry.out) == (3, plain.out)
    assert place.nothing_was_written()


def test_with_yes_everything_exists_and_the_second_run_has_nothing_to_do(place: Place) -> None:
    first = place.setup("42", "--yes")
    assert (first.code, first.err) == (0, "")
    assert "6 of 6 done" in first.out
    assert place.requests(writing=True)
    second = place.setup("42", "--yes")
    assert second.code == 0
    assert "nothing to do, all 6 are there" in second.out
    assert place.nothing_was_written()
    assert place.state()["duplicates"] == []


def test_a_dry_run_of_what_is_done_ends_well(place: Place) -> None:
    place.setup("42", "--yes")
    ended = place.setup("42", "-n")
    assert ended.code == 0
    assert "nothing to do" in ended.out


def test_the_plan_that_was_shown_is_done_by_its_id(place: Place) -> None:
    plan = shown_plan(place, "42")
    ended = place.setup("42", "--plan", plan)
    assert ended.code == 0
    assert "6 of 6 done" in ended.out


def test_another_plan_than_the_approved_one_is_shown_and_not_done(place: Place) -> None:
    plan = shown_plan(place, "42")
    place.erp("res.partner", "write", ids=[101], vals={"name": "Müller Nachfolger AG"})
    place.requests()
    ended = place.setup("42", "--plan", plan)
    assert ended.code == 5
    assert "Müller Nachfolger AG" in ended.said
    assert f"the plan is not {plan} any more" in ended.err
    again = re.search(r"--plan ([0-9a-f]{8})", ended.err)
    assert again is not None
    assert place.nothing_was_written()
    assert place.setup("42", "--plan", again[1]).code == 0


def test_what_was_left_of_an_approved_plan_may_be_finished_by_its_id(place: Place) -> None:
    plan = shown_plan(place, "42")
    place.system("wiki", "patience = 0.1")
    place.fault(system="wiki", do="status", status=503, times=1000, writes=True)
    assert place.setup("42", "--plan", plan).code == 1
    place.fixed()
    assert place.setup("42", "--plan", plan).code == 0


def test_the_steps_can_be_seen_with_their_fields(place: Place) -> None:
    ended = place.setup("42", "-n", "-v")
    assert "is_customer" in ended.out or "prospect -> customer" in ended.out
    assert "display_name: nothing -> Müller & Söhne AG" in ended.out
    assert re.search(r"^[0-9a-f]{12} erp crm\.lead\S* 200 \d+ ms$", ended.err, re.MULTILINE)


@pytest.mark.parametrize(
    ("deal", "sentence"),
    [
        ("999", "there is no deal 999"),
        ("50", "deal 50 (Managed hosting) is open, not won"),
        ("51", "deal 51 (Data platform) is lost, not won"),
        ("none-such", "there is no deal none-such"),
        ("4\x1b[31m2", "there is no deal 42"),
    ],
)
@pytest.mark.parametrize("how", ["--yes", "-n", "--json"])
def test_a_deal_that_is_not_won_is_named_and_nothing_is_written(
    place: Place, deal: str, sentence: str, how: str
) -> None:
    ended = place.setup(deal, how)
    assert ended.code == 4
    assert sentence.replace("42", "4[31m2" if "\x1b" in deal else "42") in ended.said
    assert place.nothing_was_written()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("42", "--won"),
        ("--won", "--playbook", "service"),
        ("42", "-n", "--yes"),
        *(("42", "--limit", wrong) for wrong in ("creates=-1", "creates=1.5", "creates=nan", "archive_share=2")),
    ],
)
def test_arguments_that_make_no_sense_are_refused_before_anything_is_contacted(
    place: Place, arguments: tuple[str, ...]
) -> None:
    ended = place.setup(*arguments)
    assert ended.code == 2
    assert "Usage: closedwon setup" in ended.err
    assert place.requests() == []


@pytest.mark.parametrize(("given", "text"), [("80", "--limit creates=80"), ("creatse=80", "archives, archive_share")])
def test_a_number_without_the_name_of_a_limit_is_refused_with_what_to_write(
    place: Place, given: str, text: str
) -> None:
    ended = place.setup("42", "--yes", "--limit", given)
    assert ended.code == 2
    assert text in ended.said
    assert place.requests() == []


def test_more_than_a_safety_limit_is_refused_and_the_limit_can_be_raised_for_one_run(place: Place) -> None:
    place.without_people()
    place.edit("creates = 100000", "creates = 0")
    ended = place.setup("42", "--yes")
    assert ended.code == 6
    assert "over a safety limit" in ended.err
    assert "--limit creates=2." in ended.said
    assert place.nothing_was_written()
    assert place.setup("42", "--yes", "--limit", "creates=1").code == 6
    assert place.nothing_was_written()
    assert place.setup("42", "--yes", "--limit", "creates=2").code == 0


@pytest.mark.parametrize("tags", [[1, 2], []], ids=["two", "none"])
def test_an_engagement_that_does_not_tell_the_playbook_names_the_option(place: Place, tags: list[int]) -> None:
    place.erp("crm.lead", "write", ids=[42], vals={"tag_ids": [[6, 0, tags]]})
    place.requests()
    ended = place.setup("42", "--yes")
    assert ended.code == 4
    assert "closedwon setup 42 --playbook consulting|project|service" in ended.err
    assert place.nothing_was_written()
    assert "closedwon setup 42 --playbook service --yes" in place.setup("42", "--playbook", "service").err
    assert place.setup("42", "--yes", "--playbook", "service").code == 0


def test_a_playbook_that_is_not_there_is_refused_with_those_that_are(place: Place) -> None:
    ended = place.setup("42", "--yes", "--playbook", "hosting")
    assert ended.code == 2
    assert "there is no playbook hosting; there are: consulting, project, service" in ended.said
    assert place.requests() == []
    linked = place.run("link", "42", "panel=new", "--playbook", "hosting")
    assert (linked.code, place.requests()) == (2, [])


@pytest.mark.parametrize(("deal", "kind"), [("43", "consulting"), ("44", "project"), ("49", "service")])
def test_every_engagement_ends_done_with_nothing_twice(place: Place, deal: str, kind: str) -> None:
    document = place.set_up(deal, "--yes")
    assert (document["playbook"], document["outcome"]) == (kind, "done")
    again = place.set_up(deal, "--yes")
    assert {step["result"] for step in again["steps"]} == {"kept"}
    assert place.state()["duplicates"] == []


def test_a_second_deal_of_a_customer_adds_a_ticket_and_no_organization(place: Place) -> None:
    place.setup("42", "--yes")
    second = {step["step"]: step["action"] for step in place.set_up("53", "--yes")["steps"]}
    assert second["organization"] == second["panel"] == "keep"
    assert second["ticket"] == "create"
    assert place.set_up("42", "-n")["outcome"] == "done"


def test_namesakes_get_two_of_everything_and_nothing_is_mixed(place: Place) -> None:
    first, other = place.set_up("45", "--yes"), place.set_up("46", "--yes")
    assert first["customer"] == other["customer"]
    assert (first["outcome"], other["outcome"]) == ("done", "done")
    ids = [{step["step"]: step["id"] for step in document["steps"]} for document in (first, other)]
    assert not [step for step in ids[0] if ids[0][step] == ids[1][step]]
    assert place.state()["duplicates"] == []


def test_a_lost_ledger_makes_nothing_twice_and_is_said(place: Place) -> None:
    place.setup("42", "--yes")
    for file in (place.folder / ".closedwon").glob("ledger*"):
        file.unlink()
    place.requests()
    ended = place.setup("42", "--yes")
    assert ended.code == 0
    assert "The ledger is new, yet there are objects with our mark" in ended.said
    assert place.nothing_was_written()
    assert place.state()["duplicates"] == []
    assert place.setup("42", "--yes").code == 0
    assert place.nothing_was_written()


def test_a_new_ledger_is_no_news_where_nothing_bears_our_mark(place: Place) -> None:
    assert "ledger is new" not in place.setup("42", "--yes").said


def test_the_settings_may_be_named_by_the_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSEDWON_CONFIG", str(place.settings))
    assert run("setup", "42", "-n").code == 3


def test_the_settings_are_found_where_the_command_is_called(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder)
    assert run("setup", "42", "-n").code == 3


def test_a_deal_that_gets_its_customer_while_a_person_thinks_makes_no_second_one(place: Place) -> None:
    """Of the same name: what was approved is the creation of exactly such a company."""
    place.write("playbooks/consulting.toml", CUSTOMER)
    with open_workspace(place.settings, verbose=False) as where, contextlib.closing(ledger_of(where)) as ledger:

        def ask(_: Outcome) -> bool:
            (made,) = place.erp(
                "res.partner", "create", vals_list=[{"name": "Käserei Emmental AG", "is_company": True}]
            )
            place.erp("crm.lead", "write", ids=[43], vals={"partner_id": made})
            place.requests()
            return True

        outcome = set_up(where, ledger).run("43", Approval(ask=ask))
    assert outcome.exit_code == 5
    assert place.nothing_was_written()
