"""`config/example.toml` explains every setting, and nothing that is none."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from config.settings import (
    CalendarSettings,
    General,
    LedgerSettings,
    LimitSettings,
    ScheduleSettings,
    ServeSettings,
    Settings,
    read,
)
from config.workspace import opened
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.invoicing.settings import InvoiceSettings, TicketSettings
from integrations.registry import BUILT_IN, adapter

EXAMPLE = Path(__file__).parents[2] / "config" / "example.toml"
LINE = re.compile(r"^(# )?(\w+) = ", re.MULTILINE)
ADAPTERS = {"erp": "odoo", "jira": "jira", "panel": "appuio", "wiki": "confluence", "portal": "vshn_portal"}


def sections() -> Iterator[tuple[str, str]]:
    """Each section's name with its text; the part above the first has none."""
    name = ""
    for part in re.split(r"^(\[[\w.]+\])$", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE):
        if re.fullmatch(r"\[[\w.]+\]", part):
            name = part.strip("[]")
        else:
            yield name, part


def keys(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


def expected(section: str) -> set[str]:
    """The keys that a section may have."""
    if section in ADAPTERS:
        return keys(adapter(ADAPTERS[section]).Settings)
    models: dict[str, set[str]] = {
        "calendar": keys(CalendarSettings),
        "ledger": keys(LedgerSettings),
        "limits": keys(LimitSettings),
        "contacts": keys(ContactSettings),
        "invoices": keys(InvoiceSettings) - {"tickets"},
        "invoices.tickets": keys(TicketSettings),
        "serve": keys(ServeSettings) - {"schedules"},
        "serve.schedules": keys(ScheduleSettings),
    }
    return models[section] if section else keys(General) - models.keys()


def everything(tmp_path: Path) -> Settings:
    """The example with every line in force."""
    text = re.sub(r"^# (\w+ = )", r"\1", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path = tmp_path / "closedwon.toml"
    path.write_text(text, encoding="utf-8")
    return read(path)


@pytest.mark.parametrize(("section", "text"), tuple(sections()))
def test_every_key_of_a_section_is_explained_once(section: str, text: str) -> None:
    named = [match[2] for match in LINE.finditer(text)]
    assert sorted(named) == sorted(expected(section))


def test_every_adapter_has_its_section() -> None:
    assert sorted(ADAPTERS.values()) == sorted(BUILT_IN)


def test_the_example_is_right_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "closedwon.toml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    with opened(read(path)) as place:
        assert set(place.systems) == set(ADAPTERS)
        assert set(place.playbooks) == {"service", "consulting", "project"}


def test_every_line_that_is_commented_out_is_right_too(tmp_path: Path) -> None:
    with opened(everything(tmp_path)) as place:
        assert set(place.systems) == set(ADAPTERS)


def test_what_is_commented_out_is_the_default_or_is_said_to_be_an_example(tmp_path: Path) -> None:
    """A default that changes must change here too."""
    stands = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    differing: list[str] = []
    for name, settings in everything(tmp_path).systems.items():
        assert settings is not None
        for key in type(settings).model_fields:
            value = getattr(settings, key)
            default: Any = type(settings).model_fields[key].get_default(call_default_factory=True)
            if key not in stands[name] and value != default and default not in (None, {}, ()):
                differing.append(f"{name}.{key}")
    contacts = everything(tmp_path).general.contacts.model_dump().items()
    examples = {"functions", "memberships", "mailboxes", "ours"}
    defaults = ContactSettings().model_dump()
    differing += [f"contacts.{key}" for key, value in contacts if key not in examples and value != defaults[key]]
    serve = everything(tmp_path).general.serve.model_copy(update={"hooks": {}})
    assert serve == ServeSettings()
    assert differing == []


@pytest.mark.parametrize("name", ["organisation.name", "organization.nmae", "name"])
def test_an_owner_of_a_field_that_is_none_is_a_fault(tmp_path: Path, name: str) -> None:
    from integrations.core.errors import ConfigError  # noqa: PLC0415

    text = EXAMPLE.read_text(encoding="utf-8").replace('# owners = { "organization.name"', f'owners = {{ "{name}"')
    path = tmp_path / "closedwon.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[jira\] owners"), opened(read(path)):
        pass
