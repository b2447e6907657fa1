"""On a terminal: the plan, a question, and what follows from its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.cli.place import Place
from tests.cli.terminal import Terminal

Open = Callable[..., Terminal]


@pytest.fixture
def terminal(place: Place) -> Iterator[Open]:
    """Opens a terminal with `closedwon` in the user's folder."""
    opened: list[Terminal] = []

    def start(*arguments: str, **environment: str) -> Terminal:
        opened.append(Terminal(arguments, place.folder, environment))
        return opened[-1]

    yield start
    for process in opened:
        process.kill()


def test_a_yes_does_the_plan_that_was_shown(place: Place, terminal: Open) -> None:
    person = terminal("setup", "42")
    person.wait_for("6 people new in 3 systems")
    person.answer("Do it? [y/N]", "y")
    assert person.end() == 0
    assert "Deal 42  Müller & Söhne AG" in person.text.partition("Do it?")[0]
    assert "6 of 6 done" in person.text.partition("Do it?")[2]
    assert "Contacts: 6 people new in 3 systems" in person.text
    assert place.set_up("42", "-n")["outcome"] == "done"


@pytest.mark.parametrize("answer", ["n", ""])
def test_anything_but_yes_writes_nothing(place: Place, terminal: Open, answer: str) -> None:
    person = terminal("setup", "42")
    person.answer("Do it? [y/N]", answer)
    assert person.end() == 3
    assert "Nothing was written" in person.text
    assert person.text.count("5 new, 1 changed") == 1
    assert place.nothing_was_written()


def test_ctrl_c_at_the_question_ends_with_130_and_writes_nothing(place: Place, terminal: Open) -> None:
    person = terminal("setup", "42")
    person.wait_for("Do it? [y/N]")
    assert person.press_ctrl_c() == 130
    assert "Nothing was written." in person.text
    assert "Run the same command again to go on" in person.text
    assert "Traceback" not in person.text
    assert place.nothing_was_written()


def test_what_changed_while_the_person_thought_is_shown_again_and_not_done(place: Place, terminal: Open) -> None:
    person = terminal("setup", "42")
    person.wait_for("Do it? [y/N]")
    place.erp("res.partner", "write", ids=[101], vals={"name": "Müller Nachfolger AG"})
    place.requests()
    person.answer("", "y")
    assert person.end() == 5
    assert place.nothing_was_written()


def test_a_system_in_mode_ask_is_written_after_a_persons_yes(place: Place, terminal: Open) -> None:
    place.system("panel", 'mode = "ask"')
    person = terminal("setup", "42")
    person.answer("Do it? [y/N]", "y")
    assert person.end() == 0
    assert person.text.count("Do it?") == 1
    assert place.state()["panel"]["invitation"]


def test_nothing_is_asked_where_nothing_is_to_do(place: Place, terminal: Open) -> None:
    place.setup("42", "--yes")
    person = terminal("setup", "42")
    assert person.end() == 0
    assert "Do it?" not in person.text
    assert "nothing to do" in person.text


def test_each_won_deal_is_shown_and_asked_about_until_all_are_and_their_people_once(
    place: Place, terminal: Open
) -> None:
    person = terminal("setup", "--won")
    person.answer("y(es) n(o) a(ll) q(uit)", "maybe")
    person.answer("Answer with one letter", "y")
    person.answer("y(es) n(o) a(ll) q(uit)", "a")
    person.answer("y(es) n(o) a(ll) q(uit)", "a")  # what the first deals of these have made is part of their plans
    person.answer("Do it? [y/N]", "y")
    assert person.end() == 4
    assert re.search(r"10 deals: \d done, \d waiting", person.text)
    assert place.state()["duplicates"] == []


def test_limits_count_what_is_approved_of_all_deals_also_of_a_customers_second(place: Place, terminal: Open) -> None:
    place.without_people()
    person = terminal("setup", "42", "53", "--limit", "updates=1")
    for _ in range(2):
        person.answer("y(es) n(o) a(ll) q(uit)", "y")
    person.wait_for("2 updates of erp.customer, 1 allowed")
    assert person.end() == 6
    assert not [issue for issue in place.state()["jira"]["issue"] if "Security workshop" in str(issue)]


def test_signs_have_colours_on_a_terminal_unless_nobody_wants_them(terminal: Open) -> None:
    coloured, plain = terminal("setup", "42", "-n"), terminal("setup", "42", "-n", NO_COLOR="1")
    coloured.end()
    plain.end()
    assert "\x1b[" in coloured.screen
    assert "\x1b[" not in plain.screen
    assert coloured.text.partition("Plan ")[0] == plain.text.partition("Plan ")[0]


def test_what_a_customer_calls_itself_can_not_steer_the_terminal(place: Place, terminal: Open) -> None:
    place.erp("res.partner", "write", ids=[101], vals={"name": "Mül\x1b[2J\x1b]0;owned\x07ler \u202eGA"})
    person = terminal("setup", "42", "-n", NO_COLOR="1")
    assert person.end() == 3
    assert "\x1b" not in person.screen
    assert "\x07" not in person.screen
    assert "\u202e" not in person.screen
    assert "ler GA" in person.text


def test_a_choice_is_a_dialogue_and_the_plan_is_made_anew_with_it(place: Place, terminal: Open) -> None:
    """What could be it stands beside what is wanted; the answers are kept; then the plan is shown again, and asked."""
    person = terminal("setup", "52")
    person.answer("1, n(ew), s(kip)", "4")
    person.wait_for("Answer with 1 for the one that is there, n for a new one, or s")
    person.answer("1, n(ew), s(kip)", "")
    person.answer("1, n(ew), s(kip)", "1")
    person.wait_for("organization: Fondation Lac Noir (1)")
    person.answer("1, n(ew), s(kip)", "new")
    person.wait_for("Deal 52  Fondation Lac Noir")
    person.wait_for("2 people new in 2 systems")
    person.answer("Do it? [y/N]", "y")
    person.end()
    assert person.text.count("Do it?") == 1
    assert "wanted" in person.text
    assert person.text.count("Deal 52  Fondation Lac Noir") == 2
    document = place.set_up("52", "-n")
    steps = {step["step"]: step for step in document["steps"]}
    assert (steps["organization"]["id"], steps["organization"]["action"]) == ("1", "keep")
    assert document["outcome"] == "done"


def test_a_choice_that_is_skipped_stays_open_and_blocks_only_what_needs_it(place: Place, terminal: Open) -> None:
    person = terminal("setup", "52")
    person.answer("1, n(ew), s(kip)", "s")
    person.answer("1, n(ew), s(kip)", "skip")
    person.answer("Do it? [y/N]", "y")
    assert person.end() == 4
    assert person.text.count("Deal 52  Fondation Lac Noir") == 1
    steps = {step["step"]: step for step in place.set_up("52", "-n")["steps"]}
    assert (steps["organization"]["action"], steps["page"]["action"]) == ("choose", "choose")
    assert steps["panel"]["action"] == "keep"


def test_choices_of_several_deals_are_asked_with_each_plan(place: Place, terminal: Open) -> None:
    person = terminal("setup", "52", "43")
    person.answer("1, n(ew), s(kip)", "1")
    person.answer("1, n(ew), s(kip)", "1")
    person.answer("Do it?", "y")
    person.answer("Do it?", "q")
    person.end()
    assert person.text.count("Do it?") == 2
    steps = {step["step"]: step for step in place.set_up("52", "-n")["steps"]}
    assert (steps["organization"]["action"], steps["page"]["action"]) == ("keep", "keep")


def test_a_plan_that_is_nothing_but_choices_asks_them_and_shows_itself_once(place: Place, terminal: Open) -> None:
    """Without an answer nothing can be done: there is no yes to ask for."""
    place.setup("52", "--yes")
    person = terminal("setup", "52")
    person.answer("1, n(ew), s(kip)", "s")
    person.answer("1, n(ew), s(kip)", "s")
    assert person.end() == 4
    assert "Do it?" not in person.text
    assert person.text.count("Deal 52  Fondation Lac Noir") == 1
