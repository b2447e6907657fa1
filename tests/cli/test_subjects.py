"""Deals and customers by number, link, name or a part of it, in every command."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.place import Place
from tests.cli.terminal import Terminal

Open = Callable[..., Terminal]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def terminal(place: Place) -> Iterator[Open]:
    opened: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        opened.append(Terminal(arguments, place.folder))
        return opened[-1]

    yield start
    for process in opened:
        process.kill()


def link(place: Place, page: str) -> str:
    return f"{place.sandbox.url}/erp{page}"


@pytest.mark.parametrize("word", ["#52", "deal:52", "Lac Noir", "LAC-NOIR", "managed archive"])
def test_a_deal_is_set_up_by_whatever_names_it_alone(place: Place, word: str) -> None:
    assert place.set_up(word, "-n")["deal"] == "52"


@pytest.mark.parametrize("page", ["/odoo/crm/52", "/web#id=52&model=crm.lead&view_type=form", "/odoo/action-9/52"])
def test_a_deal_is_named_by_its_link(place: Place, page: str) -> None:
    assert place.set_up(link(place, page), "-n")["deal"] == "52"


def test_a_plain_number_costs_no_request_more(place: Place) -> None:
    place.setup("42", "-n")
    plain = len(place.requests())
    place.setup("müller hosting", "-n")
    assert len(place.requests()) > plain
    place.setup("#42", "-n")
    assert len(place.requests()) == plain


def test_what_several_deals_are_called_is_listed_with_commands_that_work(place: Place) -> None:
    ended = place.setup("Müller", "-n")
    assert (ended.code, ended.out) == (4, "")
    assert place.nothing_was_written()
    commands = [shlex.split(line) for line in ended.err.splitlines() if line.strip().startswith("closedwon ")]
    assert [words[2] for words in commands] == ["42", "53"]
    for words in commands:
        again = place.run(*words[1:-2])
        assert again.code == 3
        assert f"Deal {words[2]}  Müller & Söhne AG" in again.out


def test_what_merely_resembles_a_name_is_never_taken_without_a_person(place: Place) -> None:
    ended = place.setup("Fondation Lac Nior", "--yes")
    assert ended.code == 4
    assert "closedwon setup 52 --yes" in ended.err
    assert place.nothing_was_written()


def test_a_person_chooses_from_a_list_and_a_wrong_answer_is_asked_again(terminal: Open) -> None:
    person = terminal("setup", "Müller", "-n")
    person.answer("Which one?", "3")
    person.answer("Which one?", "two")
    person.answer("Which one?", "2")
    assert person.end() == 3
    assert "1 deal 42, Müller & Söhne AG: Managed hosting" in person.text
    assert person.text.count("Answer with 1-2, q(uit)") == 2
    assert "Deal 53  Müller & Söhne AG" in person.text


def test_a_person_who_quits_writes_nothing(place: Place, terminal: Open) -> None:
    person = terminal("setup", "Müller")
    person.answer("Which one?", "q")
    assert person.end() == 4
    assert place.nothing_was_written()


def test_a_deal_that_nobody_knows_says_what_to_type_instead(place: Place) -> None:
    for ended in (place.setup("none-such", "-n"), place.run("status", "none-such")):
        assert "no deal none-such" in ended.said
        assert "Name it by its number, its link in the CRM, or a part of its customer's name." in ended.said
        assert "closedwon deals" in ended.said


def test_a_link_to_somewhere_else_is_refused_before_anything_is_asked(place: Place) -> None:
    ended = place.setup("https://erp.other.example/odoo/crm/42", "-n")
    assert ended.code == 2
    assert "is the page of no deal in a system of the settings" in ended.said
    assert place.requests() == []


def test_status_takes_a_name_from_our_own_memory_and_else_from_the_crm(place: Place) -> None:
    place.setup("52", "--yes")
    place.requests()
    assert "Deal 52  Fondation Lac Noir: waiting" in place.run("status", "lac noir").out
    assert place.requests() == []
    assert "Deal 47 was never set up from here" in place.run("status", "nordlicht").out


def test_a_choice_is_settled_by_a_deals_name(place: Place) -> None:
    ended = place.run("link", "lac noir", "organization=new")
    assert ended.code == 0
    assert "Next: closedwon setup 52" in ended.out


COMMANDS = ("contacts sync -n", "invoices check")


@pytest.mark.parametrize("word", ["#101", "customer:101", "müller söhne", "LINK"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_customer_is_named_by_number_link_or_name(place: Place, command: str, word: str) -> None:
    place.setup("42", "--yes")
    word = link(place, "/odoo/contacts/101") if word == "LINK" else word
    _, plain, named = (place.run(*command.split(), word, "--json").document for word in ("101", "101", word))
    for of_the_run in ("run", "seconds", "requests"):
        del plain[of_the_run], named[of_the_run]
    assert named == plain
    assert named["counts"]


def test_customers_of_one_name_are_listed_with_commands(place: Place) -> None:
    ended = place.run("contacts", "sync", "alpina", "-n")
    assert ended.code == 4
    commands = [line for line in ended.err.splitlines() if line.strip().startswith("closedwon contacts sync ")]
    assert len(commands) > 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_customer_that_nobody_knows_says_what_to_type_instead(place: Place, command: str) -> None:
    ended = place.run(*command.split(), "no such company")
    assert ended.code == 4
    assert "by its number in the ERP, its link there, or a part of its name" in ended.said


@pytest.mark.parametrize(
    ("typed", "instead"),
    [
        ("setup 42 --won", "leave out the deals, or leave out --won"),
        ("setup", "name a deal, or say --won"),
        ("setup 42 --playbok service", "--playbook"),
        ("contacts sync --retyr", "--retry"),
    ],
)
def test_a_wrong_call_says_what_to_type_instead(place: Place, typed: str, instead: str) -> None:
    ended = place.run(*typed.split())
    assert ended.code == 2
    assert instead in ended.said
    assert place.requests() == []


@pytest.mark.parametrize(
    ("words", "completed"), [("set", "setup"), ("contacts sy", "sync"), ("setup --playb", "--playbook")]
)
def test_bash_completes_commands_and_options(tmp_path: Path, words: str, completed: str) -> None:
    """With the line of the README."""
    command = tmp_path / "closedwon"
    command.write_text(f"#!{sys.executable}\nimport cli.main\ncli.main.main()\n", encoding="utf-8")
    command.chmod(0o700)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (line,) = (line for line in readme.splitlines() if line.startswith('eval "$(_CLOSEDWON_COMPLETE=bash_source'))
    script = f"""{line}
        COMP_WORDS=(closedwon {words}); COMP_CWORD={len(words.split())}
        _closedwon_completion closedwon && echo "${{COMPREPLY[@]}}"
    """
    found = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=False, env=found)
    assert ended.stdout.split() == [completed], ended.stderr


def test_above_a_dialogue_no_command_is_listed_that_says_the_same(terminal: Open) -> None:
    """What is left open then is told at the end, with its commands."""
    person = terminal("setup", "52")
    person.wait_for("Which one?")
    assert "closedwon link" not in person.text
    person.answer("", "s")
    person.answer("Which one?", "s")
    person.answer("Do it?", "y")
    assert person.end() == 4
    assert "closedwon link 52 organization=new" in person.text
