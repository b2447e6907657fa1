"""`closedwon init`: settings without asking, and settings by asking."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.init import write_sandbox_settings
from integrations.sandbox.pretend import TOKEN
from tests.cli.place import Place, run
from tests.cli.terminal import Terminal


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the command is called."""
    found = tmp_path / "company"
    found.mkdir()
    monkeypatch.chdir(found)
    monkeypatch.setenv("SANDBOX_TOKEN", TOKEN)
    return found


@pytest.fixture
def asked(place: Place, folder: Path) -> Iterator[Terminal]:
    """A person who was asked for the settings; `place` is the sandbox."""
    del place
    terminal = Terminal(["init"], folder)
    yield terminal
    terminal.kill()


def test_for_a_sandbox_the_settings_are_ready_without_a_question(place: Place, folder: Path) -> None:
    ended = run("init", "--sandbox", place.sandbox.url)
    assert ended.code == 0
    assert "Next: closedwon check" in ended.out
    assert run("check").code == 0
    assert {path.name for path in folder.iterdir()} == {"closedwon.toml", ".closedwon"}


def test_files_of_the_settings_are_for_their_user_only(place: Place, folder: Path) -> None:
    run("init", "--sandbox", place.sandbox.url)
    assert TOKEN not in (folder / "closedwon.toml").read_text(encoding="utf-8").replace(".closedwon/sandbox-token", "")
    for path in (folder / "closedwon.toml", folder / ".closedwon" / "sandbox-token"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("arguments", [("--sandbox", "http://127.0.0.1:1"), ()])
def test_a_file_that_is_there_is_never_overwritten(folder: Path, arguments: tuple[str, ...]) -> None:
    (folder / "closedwon.toml").write_text("mine", encoding="utf-8")
    ended = run("init", *arguments)
    assert ended.code == 2
    assert "is not overwritten" in ended.said
    assert (folder / "closedwon.toml").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in folder.iterdir()] == ["closedwon.toml"]


@pytest.mark.parametrize("address", ["localhost", "ftp://x", 'http://x/"', "", "http://"])
def test_an_address_that_is_none_writes_nothing(folder: Path, address: str) -> None:
    assert run("init", "--sandbox", address).code == 2
    assert list(folder.iterdir()) == []


def test_without_a_terminal_there_is_nobody_to_ask(folder: Path) -> None:
    ended = run("init")
    assert ended.code == 2
    assert "--sandbox" in ended.said
    assert list(folder.iterdir()) == []


def test_a_person_is_asked_for_each_system_which_is_checked_at_once(
    place: Place, asked: Terminal, folder: Path
) -> None:
    url = place.sandbox.url
    asked.answer("Set up deals won since", "2026-11-01")
    asked.answer("ERP and CRM (Odoo): address", f"{url}/erp")
    asked.answer("our login", "closedwon@acme.example")
    asked.answer("secret", "hunter2")
    asked.wait_for("Not the secret itself")
    asked.answer("secret", "env:SANDBOX_TOKEN")
    asked.answer("database", "odoo")
    asked.answer("which field of a deal", "")
    asked.answer("service", "Service")
    asked.answer("consulting", "Consulting")
    asked.answer("project", "Project")
    asked.answer("Write there", "write")
    asked.wait_for("erp: reached, and our account is accepted")
    asked.answer("Jira Cloud: address", f"{url}/jira")
    asked.answer("our account's e-mail", "closedwon@acme.example")
    asked.answer("secret", "env:NO_SUCH_VARIABLE")
    asked.answer("id of the service desk", "")
    asked.answer("key of its project", "SUP")
    asked.answer("key of the technical", "OPS")
    asked.answer("key of the consulting", "HAND")
    asked.answer("Write there", "")
    asked.wait_for("no secret in environment variable NO_SUCH_VARIABLE")
    asked.answer("fix that later?", "n")
    asked.answer("Jira Cloud: address", "")
    asked.answer("Control panel", "")
    asked.answer("Wiki (Confluence Cloud): address", f"{url}/wiki")
    asked.answer("our account's e-mail", "closedwon@acme.example")
    asked.answer("secret", "env:SANDBOX_TOKEN")
    asked.answer("key of the space", "KUNDEN")
    asked.answer("title of the page", "Kunden")
    asked.answer("Write there", "")
    asked.wait_for("wiki: reached")
    assert asked.end() == 0
    assert "hunter2" not in (folder / "closedwon.toml").read_text(encoding="utf-8")
    assert {path.name for path in folder.iterdir()} == {"closedwon.toml"}
    assert run("check").code == 0
    ended = run("setup", "42", "-n", "--json")
    assert {step["step"] for step in ended.document["steps"]} == {"customer", "page", "links"}


def test_ctrl_c_while_being_asked_leaves_no_file(asked: Terminal, folder: Path) -> None:
    asked.answer("Set up deals won since", "")
    asked.wait_for("address")
    assert asked.press_ctrl_c() == 130
    assert list(folder.iterdir()) == []


def test_a_systems_own_texts_can_not_end_a_line_of_the_settings(place: Place, folder: Path) -> None:
    """What is typed is quoted, so that a quote in it is a quote."""
    from cli.init import _quoted  # noqa: PLC0415

    path = write_sandbox_settings(folder, place.sandbox.url)
    text = path.read_text(encoding="utf-8").replace('"Kunden"', _quoted('Kun"den\\'))
    path.write_text(text, encoding="utf-8")
    assert "Kun" in run("check", "wiki").said


def test_a_folder_that_is_not_there_is_named(folder: Path) -> None:
    ended = run("init", "--sandbox", "http://127.0.0.1:1", "--config", "none/closedwon.toml")
    assert ended.code == 2
    assert "there is no folder none" in ended.said
    assert list(folder.iterdir()) == []


def test_a_file_that_appeared_while_a_person_was_asked_is_not_overwritten(asked: Terminal, folder: Path) -> None:
    asked.wait_for("Set up deals won since")
    (folder / "closedwon.toml").write_text("mine", encoding="utf-8")
    asked.answer("", "")
    for system in ("ERP and CRM", "Jira Cloud", "Control panel", "Wiki"):
        asked.answer(f"{system}", "")
    assert asked.end() == 2
    assert (folder / "closedwon.toml").read_text(encoding="utf-8") == "mine"
