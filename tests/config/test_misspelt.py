"""Misspelt keys: each is named with the one that was meant, at every level of settings, playbooks, deal files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError

from config.settings import General
from integrations.core.meant import did_you_mean, keys_at, no_such_key
from integrations.file.read import DealForm
from integrations.flows.invoicing.rules.every import RULES
from integrations.registry import BUILT_IN, adapter
from tests.cli.place import CUSTOMER, Place

MODELS: Mapping[str, type[BaseModel]] = {
    "general": General,
    "deal file": DealForm,
    **{name: adapter(name).Settings for name in BUILT_IN},
    **{rule.id: rule.settings for rule in RULES},
}


def _wrapped(annotation: Any, inner: Any) -> Iterator[tuple[type[BaseModel], Any]]:
    """Each model in an annotation, with a value of the annotation that holds `inner` where the model is."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, inner
        return
    for argument in get_args(annotation):
        for model, value in _wrapped(argument, inner):
            origin = get_origin(annotation)
            is_mapping = isinstance(origin, type) and issubclass(origin, Mapping)
            is_list = isinstance(origin, type) and issubclass(origin, (tuple, list))
            yield model, {"x": value} if is_mapping else [value] if is_list else value


def _misspelt(model: type[BaseModel], depth: int = 0) -> Iterator[tuple[str, str, Any]]:
    """Each key of a model and of those in it, misspelt, and a value of the model with that key in its place."""
    for name, field in model.model_fields.items():
        key = field.alias or name
        if len(key) > 3:
            wrong = key[:-2] + key[-1] + key[-2] if key[-1] != key[-2] else key[:-1]
            yield key, wrong, {wrong: 1}
        marker: Any = {}
        for inner, _ in _wrapped(field.annotation, marker) if depth < 4 else ():
            for meant, wrong, value in _misspelt(inner, depth + 1):
                for _, whole in _wrapped(field.annotation, value):
                    yield meant, wrong, {key: whole}


@pytest.mark.parametrize("name", list(MODELS))
def test_every_misspelt_key_is_named_with_the_one_that_was_meant(name: str) -> None:
    model, tried = MODELS[name], 0
    for meant, wrong, value in _misspelt(model):
        with pytest.raises(ValidationError) as refused:
            model.model_validate(value)
        entries = [
            error for error in refused.value.errors() if error["type"] == "extra_forbidden" and wrong in error["loc"]
        ]
        if entries:
            tried += 1
            assert f"did you mean {meant}?" in no_such_key(entries[0]["loc"], model), (value, keys_at(model))
    assert tried or not model.model_fields


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('adapter = "jira"', 'adaptor = "jira"', "[jira] adaptor there is no such key; did you mean adapter?"),
        ('adapter = "jira"', 'ADAPTER = "jira"', "[jira] ADAPTER there is no such key; did you mean adapter?"),
        ('adapter = "jira"', 'adapter = "jria"', "vshn_portal; did you mean jira?"),
        ("[erp]", "[calendar]\noff = [{ form = 2026-12-24, to = 2026-12-24 }]\n[erp]", "did you mean from?"),
        ("key = { file = ", "key = { fiel = ", "[erp] key.fiel there is no such key; did you mean file?"),
    ],
)  # fmt: skip
def test_a_misspelt_word_in_the_settings(place: Place, old: str, new: str, text: str) -> None:
    place.edit(old, new)
    ended = place.run("deals")
    assert ended.code == 2
    assert text in ended.said


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ('resorce = "jira.ticket"', "[extra] resorce there is no such key; did you mean resource?"),
        ('resource = "jria.ticket"', "did you mean jira?"),
        ('resource = "jira.tikcet"', "did you mean ticket?"),
        ('resource = "jira.organization"\nnmae = "x"', "did you mean name?"),
        ('resource = "jira.organization"\nname = "x"\nafetr = []', "did you mean after?"),
        ('resource = "jira.organization"\nname = "{{ customer.nmae }}"', "did you mean name?"),
        ('resource = "jira.organization"\nname = "{{ custmer.name }}"', "did you mean customer?"),
        ('resource = "jira.organization"\nname = "{{ systems.jira.projets }}"', "did you mean projects?"),
    ],
)
def test_a_misspelt_word_in_a_playbook(place: Place, step: str, text: str) -> None:
    place.write("playbooks/service.toml", f"{CUSTOMER}[extra]\n{step}\n")
    ended = place.setup("42", "-n")
    assert ended.code == 2
    assert text in ended.said


def test_a_word_that_is_like_none_has_no_suggestion() -> None:
    assert did_you_mean("xyzzy", ["adapter", "mode"]) == ""
