"""What the settings say of rules, checked by each rule's own model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from integrations.core.errors import Fault
from integrations.core.meant import no_such_key
from integrations.flows.invoicing.rule import Rule, RuleSettings

NEXT = "Fix these lines; config/example.toml shows every key."


def configured(
    rules: Sequence[Rule[Any]], tables: Mapping[str, Mapping[str, Any]], where: str
) -> tuple[dict[str, RuleSettings], list[Fault]]:
    """Each of these rules' settings by its id, and all that is wrong in them; `where`: the settings' file."""
    settings: dict[str, RuleSettings] = {}
    faults: list[Fault] = []
    for rule in rules:
        try:
            settings[rule.id] = rule.settings.model_validate(tables.get(rule.id, {}))
        except ValidationError as error:
            faults.extend(_faults(error, where, rule))
    return settings, faults


def _faults(error: ValidationError, where: str, rule: Rule[Any]) -> Iterator[Fault]:
    for entry in error.errors(include_input=False, include_url=False, include_context=False):
        place = ".".join(str(part) for part in (f"invoices.rules.{rule.id}", *entry["loc"]))
        if entry["type"] == "extra_forbidden":
            said = no_such_key(entry["loc"], rule.settings)
        else:
            said = str(entry["msg"]).removeprefix("Value error, ")
            said = said[:1].lower() + said[1:]
        yield Fault(where, place, said)
