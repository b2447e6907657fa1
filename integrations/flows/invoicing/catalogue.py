"""Every rule there is, ours and those that a company's own packages bring, with its settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from integrations.core.errors import ConfigError, Fault, IntegrationError, Rejected
from integrations.core.meant import did_you_mean
from integrations.core.rows import Failed, attempt
from integrations.flows.invoicing.rule import NEXT, SEVERITIES, Rule, RuleSettings, configured
from integrations.flows.invoicing.rules.every import RULES

GROUP = "closedwon.rules"
"""The entry points by which a package brings rules: each names a `Rule`, or several in a tuple."""


@dataclasses.dataclass(frozen=True)
class Catalogue:
    """The rules, in the order in which they are told, and each one's settings by its id.

    Attributes:
        unusable: Plug-ins whose rules can't be used, each with why: what such a rule found earlier stays as it is.
    """

    rules: tuple[Rule[Any], ...]
    settings: Mapping[str, RuleSettings]
    unusable: tuple[Failed, ...] = ()

    def rule(self, id: str) -> Rule[Any] | None:  # noqa: A002  (the field's name)
        """The rule of this name; None: there was one once."""
        return next((rule for rule in self.rules if rule.id == id), None)


def catalogue(tables: Mapping[str, Mapping[str, Any]], *, where: str = "") -> Catalogue:
    """All rules with what the settings say of them; `where`: the settings' file, for messages.

    Raises:
        ConfigError: All of: a rule that there is not, settings that make no sense.
    """
    rules, unusable = _known()
    faults: list[Fault] = []
    names = [rule.id for rule in rules]
    # A table that no rule reads may be for one that could not be loaded.
    for name in tables.keys() - set(names) if not unusable else ():
        message = f"there is no such rule{did_you_mean(name, names)}"
        faults.append(Fault(where, f"invoices.rules.{name}", message))
    settings, wrong = configured(rules, tables, where)
    faults += wrong
    if faults:
        raise ConfigError(*faults, next=NEXT)
    return Catalogue(tuple(rules), settings, tuple(unusable))


def _known() -> tuple[list[Rule[Any]], list[Failed]]:
    """Our rules and the plug-ins'; and the plug-ins of which one can't be used."""
    rules: list[Rule[Any]] = list(RULES)
    unusable: list[Failed] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        found: Any = attempt("", entry.load)
        if isinstance(found, IntegrationError):
            unusable.append(_unusable(entry, f"it can't be loaded: {found.message}"))
            continue
        for candidate in found if isinstance(found, (tuple, list)) else (found,):
            lacking = _lacking(candidate, rules)
            if lacking:
                unusable.append(_unusable(entry, lacking))
            else:
                rules.append(candidate)
    return rules, unusable


def _lacking(candidate: Any, known: Sequence[Rule[Any]]) -> str:
    """Return why something that a plug-in names can't be used as a rule; empty where it can."""
    if not isinstance(candidate, Rule):
        return f"a {type(candidate).__name__} in it is no rule"
    if not isinstance(candidate.id, str) or not candidate.id or not isinstance(candidate.title, str):
        return "a rule in it has no id or no title"
    if any(candidate.id == other.id for other in known):
        return f"there is a rule {candidate.id} already"
    if not isinstance(candidate.settings, type) or not issubclass(candidate.settings, RuleSettings):
        return f"the rule {candidate.id} has no RuleSettings"
    if isinstance(attempt("", candidate.settings), IntegrationError):
        return f"the rule {candidate.id} has settings without defaults, or that fail"
    if not callable(candidate.judge) or not isinstance(candidate.needs, (frozenset, set)):
        return f"the rule {candidate.id} has no judge or no needs"
    return "" if candidate.severity in SEVERITIES else f"the rule {candidate.id} has no severity"


def _unusable(entry: EntryPoint, why: str) -> Failed:
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.value
    error = Rejected(
        f"the rules {entry.name} (package {package}) can't be used: {why}",
        who=f"the person who looks after the package {package}",
        next="Install a version of it that fits this closedwon, then: closedwon check",
    )
    return Failed(f"plug-in {entry.name}", error)


def titles(rules: Sequence[Rule[Any]]) -> dict[str, str]:
    """Each rule's title, by its id."""
    return {rule.id: rule.title for rule in rules}


def lines() -> Iterator[str]:
    """A table for each group, as Markdown: run this module to print them."""
    group = ""
    for rule in RULES:
        if rule.group != group:
            group = rule.group
            yield from ("", f"### {group[:1].upper()}{group[1:]}", "", "| rule | what is wrong | severity | who acts |")
            yield "|---|---|---|---|"
        yield f"| `{rule.id}` | {rule.title}{_own(rule)} | {rule.severity} | {rule.who} |"


def _own(rule: Rule[RuleSettings]) -> str:
    """The settings that only this rule has, and other defaults than usual of those that all have; numbers with them."""
    sections = []
    for name, field in rule.settings.model_fields.items():
        usual = RuleSettings.model_fields.get(name)
        if usual is None or usual.default != field.default:
            is_number = isinstance(field.default, (int, float, Decimal))
            sections.append(f"`{name} = {str(field.default).lower()}`" if is_number else f"`{name}`")
    return f" ({', '.join(sections)})" if sections else ""


if __name__ == "__main__":
    print("\n".join(lines()))  # noqa: T201  (its only purpose)
