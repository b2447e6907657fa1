"""The rules as the README tells them: made from the rules themselves, so that neither says what the other does not."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from integrations.flows.invoicing.rule import Rule, RuleSettings
from integrations.flows.invoicing.rules.every import RULES


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
    told = []
    for name, field in rule.settings.model_fields.items():
        usual = RuleSettings.model_fields.get(name)
        if usual is None or usual.default != field.default:
            is_number = isinstance(field.default, (int, float, Decimal))
            told.append(f"`{name} = {str(field.default).lower()}`" if is_number else f"`{name}`")
    return f" ({', '.join(told)})" if told else ""


if __name__ == "__main__":
    print("\n".join(lines()))  # noqa: T201  (its only purpose)
