"""What fits but is not provably ours: shown with what it could be, settled by `closedwon link`."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from tests.cli.place import Place

HAND_MADE = "1"
"""The organization that Fondation Lac Noir (deal 52) has in Jira already."""


def step(document: Any, name: str) -> Any:
    return next(step for step in document["steps"] if step["step"] == name)


def page_of(place: Place) -> str:
    """The id of the page that was written by hand."""
    pages = place.state()["wiki"]["page"]
    return next(str(page["id"]) for page in pages if page["title"] == "Fondation Lac Noir")


def test_what_could_be_it_is_shown_with_links_and_nothing_is_guessed(place: Place) -> None:
    ended = place.setup("52", "--yes")
    assert ended.code == 4
    assert "1: Fondation Lac Noir" in ended.out
    assert f"{place.sandbox.url}/jira/jira/servicedesk/projects/SUP/organization/1" in ended.out
    for answer in ("1", "new"):
        assert f"closedwon link 52 organization={answer}\n" in ended.out
    organizations = [
        organization
        for organization in place.state()["jira"]["organization"]
        if organization["name"] == "Fondation Lac Noir"
    ]
    assert len(organizations) == 1


def test_a_program_is_told_all_that_could_be_it_and_the_command_that_settles_it(place: Place) -> None:
    error = step(place.set_up("52", "-n"), "organization")["error"]
    assert "1: Fondation Lac Noir" in error["message"]
    assert f"{place.sandbox.url}/jira/jira/servicedesk/projects/SUP/organization/1" in error["message"]
    assert error["next"].splitlines() == [f"closedwon link 52 organization={choice}" for choice in ("1", "new")]


def test_each_answer_is_a_line_that_works_when_pasted(place: Place) -> None:
    out = place.setup("52", "-n").out
    commands = [line.strip() for line in out.splitlines() if line.strip().startswith("closedwon link ")]
    assert len(commands) == 4
    for command in commands:
        assert place.run(*shlex.split(command)[1:]).code == 0


def test_a_chosen_object_is_taken_over_marked_and_kept(place: Place) -> None:
    linked = place.run("link", "52", f"organization={HAND_MADE}", f"page={page_of(place)}")
    assert linked.code == 0
    assert "organization: Fondation Lac Noir (1)" in linked.out
    assert place.nothing_was_written()
    document = place.set_up("52", "--yes")
    assert document["outcome"] == "done"
    assert (step(document, "organization")["action"], step(document, "organization")["id"]) == ("adopt", HAND_MADE)
    assert place.set_up("52", "-n")["outcome"] == "done"
    assert place.state()["duplicates"] == []


def test_a_new_one_is_made_beside_what_looks_alike(place: Place) -> None:
    assert place.run("link", "52", "organization=new", "page=new").code == 0
    document = place.set_up("52", "--yes")
    assert document["outcome"] == "done"
    assert step(document, "organization")["action"] == "create"
    assert step(document, "organization")["id"] != HAND_MADE
    assert place.set_up("52", "--yes")["outcome"] == "done"


def test_never_leaves_the_step_out_for_good_and_says_why(place: Place) -> None:
    place.run("link", "52", "organization=never", "page=never", "--reason", "they have their own")
    ended = place.setup("52", "--yes")
    assert ended.code == 0
    assert "never wanted: organization (they have their own)" in ended.out
    document = place.set_up("52", "--yes")
    assert {"organization", "page", "links"}.isdisjoint(step["step"] for step in document["steps"])


@pytest.mark.parametrize(
    "command",
    [
        ("link", "52", "page=never", "--reason"),
        ("contacts", "link", "414", "panel=never", "--reason"),
        ("invoices", "ack", "4f2a91c03d", "--reason"),
        ("invoices", "dispute", "INV/2026/00012", "--owner", "Lena", "--reason"),
        ("invoices", "dispute", "INV/2026/00012", "--reason", "unclear", "--owner"),
    ],
)
def test_words_that_are_too_long_are_refused_and_their_option_is_named(place: Place, command: tuple[str, ...]) -> None:
    ended = place.run(*command, "x" * 40_000)
    assert ended.code == 2
    assert f"'{command[-1]}': it has 40'000 characters, and at most 2'000 are kept" in " ".join(ended.err.split())
    assert "characters" not in place.run(*command, "x" * 2_000).err


def test_what_can_not_be_without_an_unwanted_step_is_told_too(place: Place) -> None:
    place.run("link", "52", "page=never", "organization=new")
    ended = place.setup("52", "--yes")
    assert ended.code == 0
    assert "never wanted: links (there is none without page)" in ended.out


def test_the_later_choice_counts(place: Place) -> None:
    place.run("link", "52", "organization=never", "page=never")
    place.run("link", "52", f"organization={HAND_MADE}")
    assert step(place.set_up("52", "--yes"), "organization")["id"] == HAND_MADE


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ("organization=4711", "4711"),
        ("panel=no-such", "does not exist"),
        ("page=99999999", "does not exist"),
        ("ticket=OPS-99", "OPS-99"),
        ("nothing=1", "There are: customer, organization, panel, page, ticket, links."),
        ("organization=x'; drop", "x'; drop"),
    ],
)
def test_an_id_that_is_not_there_is_refused_and_nothing_is_kept(place: Place, choice: str, sentence: str) -> None:
    ended = place.run("link", "52", "page=never", choice)
    assert ended.code == 4
    assert sentence in ended.said
    assert place.nothing_was_written()
    assert step(place.set_up("52", "-n"), "page")["action"] == "choose"


@pytest.mark.parametrize("answer", ["OPS-1/../OPS-1", "OPS-1?expand=x", "OPS-1#x", "..", "OPS-1 "])
def test_what_is_no_id_is_refused_before_anything_is_contacted(place: Place, answer: str) -> None:
    """The message names the step and says what an id looks like."""
    ended = place.run("link", "52", f"ticket={answer}")
    assert ended.code == 4
    assert "ticket: “" in ended.said
    assert "a key, such as OPS-12" in ended.said
    assert place.requests() == []


def test_another_customers_object_can_not_be_chosen(place: Place) -> None:
    mine = place.set_up("42", "--yes")
    for name in ("organization", "panel", "ticket"):
        ended = place.run("link", "45", f"{name}={step(mine, name)['id']}")
        assert (name, ended.code) == (name, 4)
    other = place.set_up("45", "--yes")
    assert other["outcome"] == "done"
    assert step(other, "organization")["id"] != step(mine, "organization")["id"]


@pytest.mark.parametrize("choice", ["organization", "organization=", "=1", "organization='1|new|never'"])
def test_a_choice_without_step_or_id_is_refused_before_anything_is_contacted(place: Place, choice: str) -> None:
    ended = place.run("link", "52", choice)
    assert ended.code == 2
    assert place.requests() == []


def test_a_choice_for_a_deal_that_is_not_there_is_refused(place: Place) -> None:
    assert place.run("link", "999", "organization=new").code == 4


def test_a_choice_of_a_deals_step_is_void_while_the_deal_is_another_customers(place: Place) -> None:
    """It was about the first customer's ticket; given back, it holds again."""
    steps = {step["step"] for step in place.set_up("42", "-n")["steps"]}
    assert place.run("link", "42", "ticket=never").code == 0
    without = {step["step"] for step in place.set_up("42", "-n")["steps"]}
    assert steps - without == {"ticket"}
    place.erp("crm.lead", "write", ids=[42], vals={"partner_id": 102})
    assert "ticket" in {step["step"] for step in place.set_up("42", "-n")["steps"]}
    place.erp("crm.lead", "write", ids=[42], vals={"partner_id": 101})
    assert {step["step"] for step in place.set_up("42", "-n")["steps"]} == without
