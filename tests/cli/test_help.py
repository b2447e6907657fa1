"""Help: examples first, for every command, equal to what `docs/commands.md` says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli import contacts, invoices, reference
from cli.main import COMMANDS
from tests.cli.place import run

GROUPS = {"contacts": contacts.COMMANDS, "invoices": invoices.COMMANDS}
EVERY = (*COMMANDS, *(f"{group} {name}" for group, names in GROUPS.items() for name in names))
OPTIONS = ("[OPTIONS]",)
DOCUMENT = Path(__file__).parents[2] / "docs" / "commands.md"


@pytest.mark.parametrize("command", EVERY)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_has_help_with_examples_before_its_options(command: str, option: str) -> None:
    ended = run(*command.split(), option)
    assert (ended.code, ended.err) == (0, "")
    assert f"Usage: closedwon {command}" in ended.out
    assert 0 < ended.out.index("Examples:") < ended.out.index("Options:")
    assert f"closedwon {command}" in ended.out.partition("Examples:")[2]


def test_the_help_of_all_lists_every_command_that_exists_and_no_other() -> None:
    out = run("-h").out
    listed = [line.split()[0] for line in out.partition("Commands:")[2].splitlines() if line.strip()]
    assert tuple(listed) == COMMANDS


def test_no_help_names_a_command_that_does_not_exist() -> None:
    for command in EVERY:
        for words in (line.split() for line in run(*command.split(), "-h").out.splitlines()):
            if "closedwon" in words[:-1]:
                following = words[words.index("closedwon") + 1 :]
                assert following[0] in COMMANDS or not following[0].isalpha()
                inside = GROUPS.get(following[0])
                assert inside is None or len(following) == 1 or following[1] in inside + OPTIONS


def test_the_document_of_all_commands_says_what_their_help_says() -> None:
    """After a change: `python -m cli.reference > docs/commands.md`."""
    assert DOCUMENT.read_text(encoding="utf-8") == reference.document()


def test_the_readme_has_every_exit_code() -> None:
    readme = (DOCUMENT.parents[1] / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| exit code |")[2].partition("\n\n")[0]
    every = re.findall(r"^\| (\d+) \|", reference.HEAD, re.MULTILINE)
    assert every[-1] == "130"
    assert re.findall(r"^\| (\d+) \|", table, re.MULTILINE) == every


def test_a_command_that_does_not_exist_is_refused() -> None:
    ended = run("frobnicate")
    assert ended.code == 2
    assert "frobnicate" in ended.err
    assert "closedwon -h" in ended.err


@pytest.mark.parametrize(
    ("typed", "meant"), [("setpu", "setup"), ("stauts", "status"), ("deal", "deals"), ("contatcs", "contacts")]
)
def test_a_misspelt_command_is_told_which_one_was_meant(typed: str, meant: str) -> None:
    ended = run(typed, "42")
    assert ended.code == 2
    assert f"There is no command {typed}. Did you mean {meant}?" in ended.said


def test_a_misspelt_command_of_a_group_is_told_which_one_was_meant() -> None:
    ended = run("contacts", "snyc", "101")
    assert ended.code == 2
    assert "There is no command snyc. Did you mean sync?" in ended.said
    assert "closedwon contacts -h" in ended.err


def test_a_group_without_a_command_shows_its_help_as_a_wrong_call() -> None:
    ended = run("contacts")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == run("contacts", "-h").out


def test_no_command_at_all_shows_the_help_in_its_lines() -> None:
    ended = run()
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err == run("-h").out


def test_the_version_is_told() -> None:
    assert run("--version").out.startswith("closedwon, version ")


def test_help_imports_nothing_that_it_does_not_use() -> None:
    """Start-up is felt each time."""
    heavy = "{'sqlite3', 'pydantic', 'requests', 'jinja2', 'jira', 'starlette', 'rich', 'config'}"
    code = f"import sys, cli.main; cli.main.run(['-h']); print(sorted({heavy} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"
