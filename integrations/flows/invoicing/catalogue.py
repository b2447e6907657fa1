"""Every rule there is, ours and those that a company's own packages bring, with its settings."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

from integrations.core.errors import ConfigError, Fault
from integrations.flows.invoicing.configuring import NEXT, configured
from integrations.flows.invoicing.rule import Rule, RuleSettings
from integrations.flows.invoicing.rules.every import RULES

GROUP = "closedwon.rules"
"""The entry points by which a package brings rules: each names a `Rule`, or several in a tuple."""


@dataclasses.dataclass(frozen=True)
class Catalogue:
    """The rules, in the order in which they are told, and each one's settings by its id."""

    rules: tuple[Rule[Any], ...]
    settings: Mapping[str, RuleSettings]

    def rule(self, id: str) -> Rule[Any] | None:  # noqa: A002  (the field's name)
        """The rule of this name; None: there was one once."""
        return next((rule for rule in self.rules if rule.id == id), None)


def catalogue(tables: Mapping[str, Mapping[str, Any]], *, where: str = "") -> Catalogue:
    """All rules with what the settings say of them; `where`: the settings' file, for messages.

    Raises:
        ConfigError: All of: a rule that there is not, settings that make no sense, an entry point that is no rule.
    """
    rules, faults = _known(where)
    names = [rule.id for rule in rules]
    for name in tables.keys() - set(names):
        close = difflib.get_close_matches(name, names, 1)
        meant = f"; did you mean {close[0]}?" if close else ""
        faults.append(Fault(where, f"invoices.rules.{name}", f"there is no such rule{meant}"))
    settings, wrong = configured(rules, tables, where)
    faults += wrong
    if faults:
        raise ConfigError(*faults, next=NEXT)
    return Catalogue(tuple(rules), settings)


def _known(where: str) -> tuple[list[Rule[Any]], list[Fault]]:
    """Our rules and the plug-ins'; one that can't be loaded, or has the id of another, is a fault."""
    rules: list[Rule[Any]] = list(RULES)
    faults: list[Fault] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            found = entry.load()
        except Exception as error:  # noqa: BLE001  (somebody else's package: it is named)
            faults.append(Fault(where, f"plug-in {entry.name}", f"can't be loaded ({type(error).__name__})"))
            continue
        for one in found if isinstance(found, (tuple, list)) else (found,):
            if not isinstance(one, Rule):
                faults.append(Fault(where, f"plug-in {entry.name}", "is no rule"))
            elif any(one.id == known.id for known in rules):
                faults.append(Fault(where, f"plug-in {entry.name}", f"there is a rule {one.id} already"))
            else:
                rules.append(one)
    return rules, faults


def titles(rules: Sequence[Rule[Any]]) -> dict[str, str]:
    """Each rule's title, by its id."""
    return {rule.id: rule.title for rule in rules}
