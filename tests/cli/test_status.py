"""`closedwon status`: what exists where, and what waits for whom."""

from __future__ import annotations

import pytest

from tests.cli.place import Place


@pytest.fixture
def two_deals(place: Place) -> Place:
    """One deal is done, one waits for a choice."""
    place.setup("42", "--yes")
    place.setup("52", "--yes")
    place.requests()
    return place


def test_what_waits_stands_under_the_name_of_who_is_waited_for(two_deals: Place) -> None:
    ended = two_deals.run("status")
    assert ended.code == 0
    assert "\nLena Gerber\n" in ended.out
    assert "Fondation Lac Noir, deal 52: organization:" in ended.said
    assert "Müller" not in ended.out
    assert two_deals.requests() == []


def test_a_system_that_is_waited_for_stands_under_its_name(place: Place) -> None:
    place.system("wiki", "patience = 0.1")
    place.fault(system="wiki", do="status", status=503, times=1000)
    place.setup("42", "--yes")
    place.fixed()
    assert "\nwiki\n" in place.run("status").out


@pytest.mark.parametrize(("name", "found"), [("Lena", True), ("lena ger", True), ("Sandro", False)])
def test_what_waits_for_one_person_is_found_by_a_part_of_the_name(two_deals: Place, name: str, *, found: bool) -> None:
    ended = two_deals.run("status", "--for", name)
    assert ("deal 52" in ended.said) is found
    assert found or ended.out == f"Nothing waits for {name}.\n"
    assert ended.code == 0


def test_a_deal_has_a_line_for_each_step_with_its_link(two_deals: Place) -> None:
    out = two_deals.run("status", "42").out
    assert "Deal 42  Müller & Söhne AG: done" in out
    for step, system in (("customer", "ERP"), ("organization", "Jira"), ("panel", "Panel"), ("page", "Wiki")):
        assert any(line.split()[:2] == [system, step] for line in out.splitlines())
    assert out.count(two_deals.sandbox.url) == 6
    assert two_deals.requests() == []


def test_a_deal_that_waits_says_for_what_and_what_to_do(two_deals: Place) -> None:
    text = two_deals.run("status", "52").said
    assert "Deal 52 Fondation Lac Noir: waiting" in text
    assert "exists already; nobody has said whose it is" in text
    assert "Next: closedwon setup 52" in text


@pytest.mark.parametrize("arguments", [["status"], ["status", "52"]])
def test_a_choice_that_waits_is_told_with_what_could_be_it_and_its_command(
    two_deals: Place, arguments: list[str]
) -> None:
    text = two_deals.run(*arguments).said
    assert f"{two_deals.sandbox.url}/jira/jira/servicedesk/projects/SUP/organization/1" in text
    assert "To choose: closedwon link 52 organization=1 closedwon link 52 organization=new" in " ".join(text.split())


def test_a_deal_that_was_never_set_up_is_said_to_be_so(two_deals: Place) -> None:
    ended = two_deals.run("status", "43")
    assert ended.code == 0
    assert "Deal 43 was never set up from here" in ended.out


def test_nothing_waits_before_anything_was_done(place: Place) -> None:
    assert "Nothing waits." in place.run("status").out


def test_live_finds_no_drift_where_there_is_none(two_deals: Place) -> None:
    ended = two_deals.run("status", "42", "--live")
    assert ended.code == 0
    assert "differs" not in ended.out
    assert two_deals.nothing_was_written()


def test_live_finds_what_was_changed_by_somebody_else(two_deals: Place) -> None:
    two_deals.erp("res.partner", "write", ids=[101], vals={"customer_rank": 0})
    two_deals.requests()
    assert two_deals.run("status", "42").code == 0
    ended = two_deals.run("status", "42", "--live")
    assert ended.code == 3
    assert "differs (update)" in ended.out
    assert two_deals.nothing_was_written()
    every = two_deals.run("status", "--live")
    assert "Deal 42 differs from what was set up: customer" in every.out


def test_live_says_what_people_changed_and_own(two_deals: Place) -> None:
    two_deals.erp("res.partner", "write", ids=[101], vals={"user_id": False})
    documents = two_deals.run("status", "42", "--live", "--json").document["deals"]
    customer = next(step for step in documents[0]["steps"] if step["step"] == "customer")
    assert customer["fields"] or customer["theirs"]


def test_live_says_which_system_could_not_be_asked(two_deals: Place) -> None:
    two_deals.system("panel", "patience = 0.1")
    two_deals.fault(system="panel", do="status", status=503, times=1000)
    ended = two_deals.run("status", "42", "--live")
    assert ended.code == 1
    assert "out of order" in ended.said


def test_what_was_settled_is_not_waited_for_any_more(two_deals: Place) -> None:
    two_deals.run("link", "52", "organization=never", "page=never")
    two_deals.setup("52", "--yes")
    assert "Nothing waits. 2 of 2 deals" in two_deals.run("status").out


def test_what_holds_up_several_steps_is_told_once(place: Place) -> None:
    place.system("wiki", "patience = 0.1")
    place.fault(system="wiki", do="status", status=503, times=1000)
    place.setup("42", "--yes")
    place.fixed()
    assert place.run("status").said.count("out of order") == 1


def test_a_deal_that_was_never_set_up_or_is_lost_by_now_is_called_so(place: Place) -> None:
    """The systems are looked at, and nothing is kept of it."""
    assert "Deal 43  Käserei Emmental AG: never set up from here" in place.run("status", "43", "--live").out
    place.setup("42", "--yes")
    place.erp("crm.lead", "write", ids=[42], vals={"probability": 0, "active": False})
    text = place.run("status", "42", "--live").out
    assert "deal 42 (Managed hosting) is lost, not won" in text
    assert "Next:" not in text
