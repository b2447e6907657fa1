"""Contact sync on a terminal: who it is about, a question, and what follows from its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cli.choice import Choice
from cli.render.words import cells
from integrations.jira.member.api import Account, Calls
from integrations.sandbox.jira.accounts import add_customer
from integrations.sandbox.panel.invitations import register
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
    for process in opened:
        process.kill()


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


def test_a_dialogue_asks_whose_account_it_is_and_no_command_stands_above_it(customer: Place, terminal: Open) -> None:
    """Where nobody can be asked the commands stand, ready to be pasted."""
    for name in ("jonas-1", "jonas-2"):
        register(customer.sandbox.server.world, name, "jonas.keller@mueller-soehne.example", "Jonas Keller")
    elsewhere = customer.run("contacts", "sync", "101", "-n")
    assert "closedwon contacts link 414 panel=jonas-1" in elsewhere.out
    person = terminal()
    person.answer("1, 2, s(kip)", "2")
    person.answer("Do it? [y/N]", "y")
    assert person.end() == 0
    before = person.text.partition("Which one?")[0]
    assert "? Jonas Keller" in before
    assert "contacts link" not in before
    members = str(customer.state()["panel"]["organizationmembers"])
    assert ("jonas-2" in members, "jonas-1" in members) == (True, False)


def test_a_choice_that_only_the_writing_shows_is_a_dialogue_after_it(
    customer: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jira says that an address is taken only when an account is made: looking for each first would cost a request."""
    email = "jonas.keller@mueller-soehne.example"
    world = customer.sandbox.server.world
    ids = sorted(
        str(add_customer(world, address, "Jonas Keller")["accountId"]) for address in (email, f"other.{email}")
    )
    monkeypatch.setattr(Calls, "search", lambda *_: [Account(account, "Jonas Keller", email) for account in ids])
    monkeypatch.setattr("cli.contacts.session.interactive", lambda: True)
    monkeypatch.setattr("cli.contacts.session.confirmed", lambda _: True)
    asked: list[Choice] = []

    def answer(choice: Choice) -> str:
        asked.append(choice)
        return ids[1]

    monkeypatch.setattr("cli.choice._answer", answer)
    ended = customer.run("contacts", "sync", "101")
    assert ended.code == 0, ended.said
    assert [[candidate.id for candidate in choice.candidates] for choice in asked] == [ids]
    assert "contacts link" not in ended.out
    members = {user for found in customer.state()["jira"]["organization"] for user in found["users"]}
    assert (ids[1] in members, ids[0] in members) == (True, False)
