"""The README tells every rule as it is."""

from __future__ import annotations

from pathlib import Path

from integrations.flows.invoicing import catalogue

README = Path(catalogue.__file__).with_name("README.md")


def test_the_readme_tells_every_rule_with_who_acts_and_its_own_settings() -> None:
    """Whoever changes a rule prints the tables anew: python -m integrations.flows.invoicing.catalogue."""
    assert README.read_text(encoding="utf-8").endswith("\n".join(catalogue.lines()) + "\n")
