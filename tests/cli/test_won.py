"""`closedwon setup --won`: the line for a crontab."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.place import Ended, Place

SETTLED = ["52", "organization=never", "page=never"]
"""The one deal of the seeded world that waits for a person's choice."""


def outcomes(ended: Ended) -> dict[str, str]:
    """How each deal ended; the last line may be the contact sync of their people."""
    documents: list[Any] = [json.loads(line) for line in ended.out.splitlines()]
    return {document["deal"]: document["outcome"] for document in documents if document["deal"] is not None}


def nobody_is_waited_for(place: Place) -> None:
    """Every choice is settled."""
    place.run("link", *SETTLED)


def test_it_needs_the_day_from_which_on_deals_count(place: Place) -> None:
    place.edit("deals_since = 2026-01-01\n", "")
    ended = place.setup("--won", "--yes")
    assert ended.code == 2
    assert "deals_since" in ended.err
    assert "is missing, and --won needs it" in ended.err
    assert place.requests() == []


def test_every_won_deal_is_set_up_and_then_nothing_is_left(place: Place) -> None:
    nobody_is_waited_for(place)
    first = place.setup("--won", "--yes")
    assert first.code == 0
    assert "10 deals: 10 done." in first.out
    assert place.state()["duplicates"] == []
    place.requests()
    second = place.setup("--won", "--yes")
    assert (second.code, second.out) == (0, "No won deal is left to set up.\n")
    assert place.nothing_was_written()


@pytest.mark.parametrize("limits", ['mode = "read"', 'only = ["102"]'])
def test_what_was_only_shown_is_done_once_it_may_be_written(place: Place, limits: str) -> None:
    """A pilot that is widened leaves out no deal of its time."""
    nobody_is_waited_for(place)
    place.system("wiki", limits)
    assert place.setup("--won", "--yes").code == 0
    assert place.setup("--won", "--yes").out == "No won deal is left to set up.\n"
    place.system("wiki", 'mode = "write"\nonly = []')
    assert set(outcomes(place.setup("--won", "--yes", "--json")).values()) == {"done"}
    assert [page for page in place.state()["wiki"]["page"] if page["title"] == "Müller & Söhne AG"]
    assert place.setup("--won", "--yes").out == "No won deal is left to set up.\n"


def test_nothing_left_is_no_document_at_all(place: Place) -> None:
    place.edit("deals_since = 2026-01-01", "deals_since = 2030-01-01")
    ended = place.setup("--won", "--yes", "--json")
    assert (ended.code, ended.out) == (0, "")


def test_only_deals_won_since_the_day_count(place: Place) -> None:
    place.edit("deals_since = 2026-01-01", "deals_since = 2026-11-10")
    assert set(outcomes(place.setup("--won", "--yes", "--json"))) == {"49", "52", "53"}


def test_each_result_says_of_which_deal_it_is(place: Place) -> None:
    out = place.setup("--won", "--yes").out
    assert "Deal 42  Müller & Söhne AG: " in out
    assert "Deal 53  Müller & Söhne AG: " in out


def test_one_that_fails_hinders_no_other(place: Place) -> None:
    place.erp("crm.lead", "write", ids=[45], vals={"tag_ids": [[6, 0, []]]})
    ended = place.setup("--won", "--yes", "--json")
    assert ended.code == 4
    found = outcomes(ended)
    assert {deal for deal, outcome in found.items() if outcome == "waiting"} == {"45", "52"}
    assert {outcome for deal, outcome in found.items() if deal not in ("45", "52")} == {"done"}
    assert place.setup("--won", "--yes").out.splitlines()[-1] == "2 deals: 2 waiting."


def test_with_a_system_down_each_waits_and_the_next_run_finishes_them(place: Place) -> None:
    nobody_is_waited_for(place)
    place.system("wiki", "patience = 0.1")
    place.fault(system="wiki", do="status", status=503, times=1000)
    first = place.setup("--won", "--yes", "--json")
    assert first.code == 1
    assert {deal for deal, outcome in outcomes(first).items() if outcome == "done"} == {"52"}, "it has no page"
    place.fixed()
    second = place.setup("--won", "--yes", "--json")
    assert second.code == 0
    assert set(outcomes(second).values()) == {"done"}
    assert place.state()["duplicates"] == []


def test_without_a_terminal_and_without_yes_all_plans_are_shown_and_nothing_is_written(place: Place) -> None:
    ended = place.setup("--won")
    assert ended.code in (3, 4)
    assert "Deal 42  Müller & Söhne AG" in ended.out
    assert "5 new, 1 changed; 6 people new in 3 systems." in ended.out
    assert "closedwon setup --won --yes" in ended.said
    assert place.nothing_was_written()


def test_the_plan_of_the_whole_is_approved_by_its_id(place: Place) -> None:
    """Each deal as it was shown: one that has changed since is not written, its new plan is named, the others go on."""
    shown = place.setup("42", "44")
    (plan,) = re.findall(r"--yes      or   --plan (\w+)", shown.err)
    assert place.nothing_was_written()
    place.fault(system="wiki", do="status", status=403, method="POST", times=1000)
    assert place.setup("42", "44", "--plan", plan).code == 4
    place.fixed()
    place.erp("res.partner", "write", ids=[102], vals={"name": "Rhone Logistik SA"})
    ended = place.setup("42", "44", "--plan", plan)
    assert (ended.code, ended.err.count(f"the plan is not {plan} any more")) == (5, 1), ended.said
    assert "nothing to do" in place.setup("42", "-n").out
    assert "nothing to do" not in place.setup("44", "-n").out


def test_a_plan_that_nobody_was_shown_approves_nothing(place: Place) -> None:
    ended = place.setup("--won", "--plan", "f6db3c76")
    assert (ended.code, ended.err.count("is not f6db3c76 any more")) == (5, 1)
    assert place.nothing_was_written()


@pytest.mark.parametrize(
    ("options", "kind"), [(["--plan", "f6db3c76"], "Conflict"), (["--yes", "--limit", "updates=1"], "Unsafe")]
)
def test_why_nothing_at_all_was_written_is_said_in_each_document(place: Place, options: list[str], kind: str) -> None:
    ended = place.setup("42", "53", "--json", *options)
    documents = [json.loads(line) for line in ended.out.splitlines()]
    assert [(document["deal"], document["error"]["type"]) for document in documents] == [("42", kind), ("53", kind)]
    assert place.nothing_was_written()


def test_what_is_over_a_limit_together_is_refused_before_anything_is_written(place: Place) -> None:
    place.edit("creates = 100000", "creates = 9")
    ended = place.setup("--won", "--yes")
    assert ended.code == 6
    assert "over a safety limit" in ended.err
    assert place.nothing_was_written()


def test_what_is_within_the_limits_together_is_done(place: Place) -> None:
    place.without_people()
    nobody_is_waited_for(place)
    place.edit("creates = 100000", "creates = 21")
    assert place.setup("--won", "--yes").code == 0


def test_a_raised_limit_holds_for_the_whole_command(place: Place) -> None:
    nobody_is_waited_for(place)
    place.edit("creates = 100000", "creates = 0")
    assert place.setup("--won", "--yes", "--limit", "creates=17").code == 6
    assert place.nothing_was_written()
    assert place.setup("--won", "--yes", "--limit", "creates=30").code == 0


def test_a_deal_that_is_open_or_lost_is_left_alone(place: Place) -> None:
    assert {"50", "51"}.isdisjoint(outcomes(place.setup("--won", "-n", "--json")))


def test_a_run_over_the_settings_of_another_folder_touches_no_ledger_here(place: Place, tmp_path: Path) -> None:
    place.setup("--won", "-n")
    assert {path.name for path in tmp_path.iterdir()} == {".closedwon", "closedwon.toml"}


def test_a_later_deal_that_the_plans_id_does_not_approve_counts_for_no_limit(place: Place) -> None:
    """What a customer's second deal comes to is only known once the first is done."""
    place.without_people()
    limited = ("42", "53", "--limit", "creates=2")
    shown = place.setup(*limited)
    assert shown.code == 3
    (plan,) = set(re.findall(r"--plan ([0-9a-f]{8})", shown.err))
    done = place.setup(*limited, "--plan", plan)
    assert "over a safety limit" not in done.said
    assert place.set_up("42", "-n")["outcome"] == "done"
    assert done.code == 5
