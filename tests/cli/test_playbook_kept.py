"""A playbook that a person named is remembered for the deal, where its engagement tells none or another."""

from __future__ import annotations

import json

import pytest

from tests.cli.place import Place


@pytest.fixture
def without_engagement(place: Place) -> Place:
    place.without_people()
    place.erp("crm.lead", "write", ids=[42], vals={"tag_ids": [[6, 0, []]]})
    assert place.set_up("42", "--yes", "--playbook", "service")["outcome"] == "done"
    return place


def test_a_later_set_up_uses_it_without_being_told(without_engagement: Place) -> None:
    for _ in range(2):
        again = without_engagement.set_up("42", "--yes")
        assert (again["outcome"], again["playbook"]) == ("done", "service")


def test_all_won_deals_use_it(place: Place) -> None:
    place.without_people()
    place.erp("crm.lead", "write", ids=[42], vals={"tag_ids": [[6, 0, []]]})
    place.system("wiki", "patience = 0.1")
    place.fault(system="wiki", do="status", status=503, times=1000)
    assert place.setup("42", "--yes", "--playbook", "service").code == 1
    place.fixed()
    ended = place.setup("--won", "--yes", "--json")
    (won,) = (document for document in map(json.loads, ended.out.splitlines()) if document["deal"] == "42")
    assert (won["outcome"], won["playbook"]) == ("done", "service")


def test_looking_for_drift_and_settling_a_choice_use_it(without_engagement: Place) -> None:
    live = without_engagement.run("status", "42", "--live")
    assert (live.code, "differs" in live.out) == (0, False)
    linked = without_engagement.run("link", "42", "panel=new")
    assert (linked.code, linked.err) == (0, "")


def test_another_one_that_is_named_later_replaces_it(without_engagement: Place) -> None:
    assert without_engagement.set_up("42", "--yes", "--playbook", "consulting")["playbook"] == "consulting"
    assert without_engagement.set_up("42", "-n")["playbook"] == "consulting"


def test_one_that_was_only_shown_is_not_remembered(without_engagement: Place) -> None:
    without_engagement.setup("42", "-n", "--playbook", "consulting")
    assert without_engagement.set_up("42", "-n")["playbook"] == "service"


def test_the_engagement_counts_where_nobody_named_one(place: Place) -> None:
    place.without_people()
    place.setup("42", "--yes")
    place.erp("crm.lead", "write", ids=[42], vals={"tag_ids": [[6, 0, []]]})
    ended = place.setup("42", "-n")
    assert ended.code == 4
    assert "--playbook consulting|project|service" in ended.err
