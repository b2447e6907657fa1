"""Playbooks whose steps would be in each other's way, or would never come to anything, are refused on sight."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from integrations.core.model import Deal
from integrations.core.playbook import Catalogue, load, wanted
from integrations.core.playbook.load import SAMPLE
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


def text_of(line: str, deal: Deal) -> str:
    """What the plan's id has of a field that another step decides."""
    given = f'[one]\nresource = "a.thing"\nper = "deal"\n[two]\nresource = "a.note"\nper = "deal"\nname = "{line}"\n'
    playbook, found = load(Path("extra.toml"), given, CATALOGUE)
    assert found == []
    want = next(want for want in wanted(playbook, deal, {"a": {}}).wants if want.step == "two")
    return want.later["name"].text


@pytest.mark.parametrize(
    "line",
    [
        "{{ deal.title }} {{ steps.one.id }}",
        "{% if deal.title == 'x' %}{{ steps.one.id }}{% endif %}",
        "{% for entry in steps.one.every %}{{ entry.deal.title }}{% endfor %}",
    ],
)
def test_an_expression_stands_for_what_it_says_of_the_deal(line: str) -> None:
    """Who approved a plan approved this deal's words in it, not whatever the CRM says by then."""
    reference = SAMPLE.customer.deals[0].model_copy(update={"title": "Other"})
    customer = SAMPLE.customer.model_copy(update={"deals": (reference,)})
    other = SAMPLE.model_copy(update={"title": "Other", "customer": customer})
    assert text_of(line, SAMPLE) == text_of(line, SAMPLE.model_copy())
    assert text_of(line, SAMPLE) != text_of(line, other)


def test_an_expression_stands_for_nothing_that_it_does_not_say() -> None:
    other = SAMPLE.model_copy(update={"title": "Other"})
    assert text_of("{{ deal.id }} {{ steps.one.id }}", SAMPLE) == text_of("{{ deal.id }} {{ steps.one.id }}", other)
