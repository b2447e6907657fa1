"""Contact sync on a terminal: who it is about, a question, and what follows from its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cli.render.words import cells
from tests.cli.place import WIDTH, Place
from tests.cli.terminal import COLOURS, Terminal

Open = Callable[..., Terminal]


@pytest.fixture
def customer(place: Place) -> Place:
    """Customer 101 is set up, and none of its people is a member yet."""
    text = place.settings.read_text(encoding="utf-8")
    place.without_people()
    place.setup("42", "--yes")
    place.settings.write_text(text, encoding="utf-8")
    place.requests()
    return place


@pytest.fixture
def terminal(place: Place) -> Iterator[Open]:
    """Opens a terminal with `closedwon contacts sync 101` in the user's folder."""
    opened: list[Terminal] = []

    def start(*arguments: str, **environment: str) -> Terminal:
        opened.append(Terminal(["contacts", "sync", "101", *arguments], place.folder, environment))
        return opened[-1]

    yield start
    for one in opened:
        one.kill()


def test_a_yes_does_what_was_shown_and_tells_it_in_one_line(customer: Place, terminal: Open) -> None:
    customer.system("jira", 'mode = "ask"')
    person = terminal()
    person.answer("Do it? [y/N]", "y")
    assert person.end() == 0
    before, _, after = person.text.partition("Do it?")
    assert "    + Jonas Keller   Jira, Panel, Wiki: technical" in before
    assert "Jonas Keller" not in after
    assert "Contacts: 6 people new in 3 systems; 1 customer" in after


def test_a_no_and_ctrl_c_write_nothing_and_every_line_fits(customer: Place, terminal: Open) -> None:
    refusing, stopping = terminal(NO_COLOR="1"), terminal()
    refusing.answer("Do it? [y/N]", "n")
    stopping.wait_for("Do it? [y/N]")
    assert refusing.end() == 3
    assert stopping.press_ctrl_c() == 130
    assert refusing.text.count("Jonas Keller") == 1
    assert "Nothing was written. To do it:" in refusing.text
    assert "Nothing was written." in stopping.text
    assert "Traceback" not in stopping.text
    assert customer.nothing_was_written()
    assert not COLOURS.search(refusing.screen)
    assert "\x1b[32m" in stopping.screen
    assert max(cells(line) for line in refusing.text.splitlines()) <= WIDTH


def test_what_changed_while_the_person_thought_is_not_done(customer: Place, terminal: Open) -> None:
    person = terminal()
    person.wait_for("Do it? [y/N]")
    customer.erp("res.partner", "write", ids=[414], vals={"email": "somebody.else@mueller-soehne.example"})
    person.answer("", "y")
    assert person.end() == 5
    listed = str(customer.state()["jira"])
    assert "nadja.brunner@" in listed
    assert "somebody.else@" not in listed
