"""Playbooks whose steps would be in each other's way, or would never come to anything, are refused on sight."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from integrations.core.playbook import Catalogue, load
from tests.core.memory import Thing


class Note(Thing):
    """Of these a customer has several."""

    kind: ClassVar[str] = "note"
    several: ClassVar[bool] = True


CATALOGUE = Catalogue({"a": {"thing": Thing, "note": Note}}, {"a": {}}, lambda _: None)


def faults(text: str) -> list[str]:
    _, found = load(Path("extra.toml"), text, CATALOGUE)
    return [f"{fault.place}: {fault.message}" for fault in found]


@pytest.mark.parametrize("per", ["customer", "deal"])
def test_two_steps_for_what_there_is_one_of_are_refused(per: str) -> None:
    text = f'[one]\nresource = "a.thing"\n[two]\nresource = "a.thing"\nper = "{per}"\n'
    assert faults(text) == ["[two] resource: the step one wants the thing already: there is one"]


def test_several_steps_may_want_what_there_are_several_of() -> None:
    assert faults('[one]\nresource = "a.note"\n[two]\nresource = "a.note"\n') == []


LOOKS = '[one]\nresource = "a.thing"\nlook = true\n[two]\nresource = "a.note"\n'


@pytest.mark.parametrize("line", ['name = "{{ steps.one.id }}"', 'after = ["one"]'])
def test_what_needs_a_step_that_only_looks_is_refused(line: str) -> None:
    """It would wait for ever, or be left out without a word."""
    (fault,) = faults(f"{LOOKS}{line}\n")
    assert "the step one only looks" in fault


def test_what_asks_first_whether_it_is_there_may_look() -> None:
    assert faults(f'{LOOKS}name = "{{% if steps.one.exists %}}{{{{ steps.one.id }}}}{{% endif %}}"\n') == []


@pytest.mark.parametrize("after", ['"one"', "[1]", '[["one"]]', '["three"]'])
def test_after_names_steps_above(after: str) -> None:
    text = f'[one]\nresource = "a.thing"\n[two]\nresource = "a.note"\nafter = {after}\n'
    assert faults(text) == ["[two] after: names a step that does not stand above this one"]
