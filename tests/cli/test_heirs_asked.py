"""Who took a gone customer's place, asked at the prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.cli.place import Place
from tests.cli.terminal import Terminal
from tests.cli.test_corrected import ids
from tests.cli.test_heirs import HEIR, OLD, delete, marked

Open = Callable[..., Terminal]


@pytest.fixture
def terminal(place: Place) -> Iterator[Open]:
    opened: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        opened.append(Terminal(arguments, place.folder))
        return opened[-1]

    yield start
    for process in opened:
        process.kill()


@pytest.mark.parametrize("deals", [("42",), ("42", "44")])
def test_a_person_at_the_prompt_says_who_the_heir_is_and_sees_the_plan(
    place: Place, terminal: Open, deals: tuple[str, ...]
) -> None:
    place.without_people()
    made = ids(place.set_up("42", "--yes"))
    delete(place)
    person = terminal("setup", *deals)
    person.answer("Who did?", "2")
    person.answer("Which one? 1, n(one), s(kip)", "1")
    person.wait_for(f"({HEIR}) took the place of the customer {OLD}")
    for _ in deals:
        person.answer("Do it?", "y")
    assert person.end() == 0
    assert "the deal 42 is its now" in person.text
    assert marked(place, f"customer:{OLD}") == []
    assert {name: number for name, number in ids(place.set_up("42", "--yes")).items() if name != "customer"} == {
        name: number for name, number in made.items() if name != "customer"
    }


@pytest.mark.parametrize("answer", ["s", "none"])
def test_the_question_may_be_left_open_or_answered_with_nobody(place: Place, terminal: Open, answer: str) -> None:
    """With nobody, the old customer's ticket of the deal is the next question."""
    place.without_people()
    place.set_up("42", "--yes")
    delete(place)
    person = terminal("setup", "42")
    person.answer("Which one?", answer)
    if answer == "none":
        person.answer("Which one? 1, n(ew), s(kip)", "s")
        person.answer("Do it?", "y")
    assert person.end() == 4
    assert (f"closedwon link {OLD} heir=" in person.text) is (answer == "s")
