"""An adapter, or rules, of somebody else's that have a wrong shape: named with what is missing; the others work."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from typing import Any

import pytest

from integrations.core.system import SystemSettings
from tests.cli.place import Place

SECRET = "hunter2"


def raising(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError(SECRET)


class Failing(SystemSettings):
    """Settings whose own check is mistaken."""

    @classmethod
    def model_validate(cls, *_: Any, **__: Any) -> Any:
        raise ZeroDivisionError(SECRET)


def changed(**fields: Any) -> Callable[[Any], Callable[..., Any]]:
    """A `connect` whose system has other fields."""

    def wrapped(connect: Any) -> Callable[..., Any]:
        return lambda *given: dataclasses.replace(connect(*given), **fields)

    return wrapped


class NoPut:
    """A store that can't write."""

    def __init__(self, store: Any) -> None:
        self.resource, self.writes, self.batch, self.find = store.resource, store.writes, store.batch, store.find
        self.id_form = store.id_form


def without_put(connect: Any) -> Callable[..., Any]:
    def connected(*given: Any) -> Any:
        system = connect(*given)
        return dataclasses.replace(system, stores={"note": NoPut(system.stores["note"])})

    return connected


SHAPES: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "no connect": ("connect", lambda _: None, "it has no connect"),
    "no Settings": ("Settings", lambda _: None, "it has no Settings"),
    "Settings of another kind": ("Settings", lambda _: dict, "its Settings is no SystemSettings"),
    "Settings that raise": ("Settings", lambda _: Failing, "its Settings fail"),
    "connect raises": ("connect", lambda _: raising, "its connect fails"),
    "connect gives nothing": ("connect", lambda _: lambda *_: None, "its connect gives no System (NoneType)"),
    "no stores": ("connect", changed(stores=None), "its stores are no mapping"),
    "a store without put": ("connect", without_put, "its store note has no put"),
    "another kind's name": ("connect", changed(stores={"note": object()}), "its store note has no batch"),
    "no check": ("connect", changed(check=None), "its System has no check"),
    "deals without scan": ("connect", changed(deals=object()), "its deals have no get"),
}


NAMED = "[notes]: the adapter notes (package closedwon-notes 1.0) can't be used: "


def misshape(monkeypatch: pytest.MonkeyPatch, shape: str) -> str:
    """Give the adapter this shape; what is said of it."""
    name, change, text = SHAPES[shape]
    package = importlib.import_module("closedwon_notes")
    replaced = change(getattr(package, name))
    if replaced is None:
        monkeypatch.delattr(package, name)
    else:
        monkeypatch.setattr(package, name, replaced)
    return NAMED + text


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_named_with_section_package_and_what_is_missing_and_blocks_its_own_steps(
    company: Place, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    """In `check`, and in a set-up, whose steps that need it are blocked with the reason."""
    text = misshape(monkeypatch, shape)
    ended = company.run("check")
    assert ended.code == 4
    assert text in ended.said
    assert "4 of 5 systems reached" in ended.said
    ended = company.setup("42", "--yes", "--json")
    assert ended.code == 4
    assert text in ended.said
    note, ticket, _ = ended.document["steps"]
    assert (note["action"], note["result"]) == ("blocked", "waiting")
    assert text in note["error"]["message"]
    assert (ticket["result"], ticket["error"]["message"]) == ("blocked", "waits for the step note")
    assert SECRET not in ended.said


@pytest.mark.parametrize(
    "command",
    [
        ("deals",),
        ("status",),
        ("setup", "42", "--yes", "--playbook", "consulting"),
        ("contacts", "sync", "-n"),
        ("contacts", "problems"),
        ("invoices", "check", "101"),
    ],
    ids=" ".join,
)
def test_what_does_not_need_it_works_and_names_it(
    company: Place, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    text = misshape(monkeypatch, "connect raises")
    ended = company.run(*command)
    assert ended.code == 0, ended
    assert text in ended.said


def test_a_package_that_raises_when_it_is_imported_is_named(company: Place, installed: Any) -> None:
    """Whatever it raises: a module that is missing, or anything else."""
    points = installed / "closedwon_notes-1.0.dist-info" / "entry_points.txt"
    points.write_text("[closedwon.adapters]\nnotes = closedwon_raising\n", encoding="utf-8")
    (installed / "closedwon_raising.py").write_text(f"raise ZeroDivisionError({SECRET!r})\n", encoding="utf-8")
    importlib.invalidate_caches()
    ended = company.run("deals")
    assert ended.code == 0
    assert "[notes]: the adapter notes" in ended.said
    assert "can't be imported" in ended.said
    assert "ZeroDivisionError" in ended.said
    assert SECRET not in ended.said


def test_wrong_settings_stay_wrong_settings(company: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What every system may say is checked all the same, and all faults are told at once (exit 2)."""
    package = importlib.import_module("closedwon_notes")
    monkeypatch.delattr(package, "connect")
    company.edit('folder = "notes"\nmode = "write"', 'folder = "notes"\nmode = "wirte"')
    ended = company.run("deals")
    assert ended.code == 2
    assert "[notes] mode" in ended.said


def test_a_check_that_gives_no_report_is_named(company: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    package = importlib.import_module("closedwon_notes")
    monkeypatch.setattr(package, "Report", lambda **_: "all is well")
    ended = company.run("check")
    assert ended.code == 4
    assert "its check gives no Report (str)" in ended.said
    assert "4 of 5 systems reached" in ended.said


WRONG_RULES: dict[str, tuple[Any, str]] = {
    "no rule": (("nothing",), "a str in it is no rule"),
    "an id twice": (None, "there is a rule notes-letter already"),
    "no settings": ({"settings": dict}, "the rule notes-letter has no RuleSettings"),
    "no judge": ({"judge": None}, "the rule notes-letter has no judge or no needs"),
}


@pytest.mark.parametrize("shape", WRONG_RULES)
def test_rules_of_a_wrong_shape_are_named_and_the_others_judge(
    company: Place, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    """In `check` and in every check of invoices; what such a rule found before is not gone."""
    before = company.run("invoices", "check", "101", "102", "--json").document
    (known,) = [finding for finding in before["findings"] if finding["rule"] == "notes-letter"]
    rules = importlib.import_module("closedwon_notes.rules")
    letter, mistaken = rules.RULES
    made, text = WRONG_RULES[shape]
    if made is None:
        made = (letter, letter, mistaken)
    elif isinstance(made, dict):
        made = (dataclasses.replace(letter, **made), mistaken)
    monkeypatch.setattr(rules, "RULES", made)
    ended = company.run("invoices", "check", "101", "102", "--json")
    assert ended.code in {1, 4}
    (failed,) = ended.document["failed"]
    assert f"(package closedwon-notes 1.0) can't be used: {text}" in failed["error"]["message"]
    after = {finding["fingerprint"]: finding["state"] for finding in ended.document["findings"]}
    assert after[known["fingerprint"]] == "open"
    assert set(after) >= {finding["fingerprint"] for finding in before["findings"]}
    checked = company.run("check")
    assert checked.code == 4
    assert text in checked.said
