"""Two rules of a company's own: one finds something, the other can be made to raise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from integrations.core.billing import Account
from integrations.flows.invoicing.rule import Hit, Rule, RuleSettings, rule


class LetterSettings(RuleSettings):
    """What the company's settings may say of it."""

    letter: str = "M"


@rule("notes-letter", group="notes", title="Name begins with a letter", severity="low", who="finance",
      action="Nothing at all.", needs={"account"}, settings=LetterSettings)  # fmt: skip
def letter(account: Account, settings: LetterSettings, today: date) -> Iterator[Hit]:
    """A customer whose name begins with a certain letter."""
    del today
    if account.name.startswith(settings.letter):
        yield Hit("account", f"It begins with {settings.letter}")


@rule("notes-mistaken", group="notes", title="Makes a mistake", severity="low", who="finance",
      action="Fix the rule.", needs={"account"})  # fmt: skip
def mistaken(account: Account, settings: RuleSettings, today: date) -> Iterator[Hit]:
    """Raises for one customer; its minimum is the customer's number."""
    del today
    if account.id == str(settings.minimum):
        raise ZeroDivisionError("a secret of the company")
    yield from ()


RULES: tuple[Rule[Any], ...] = (letter, mistaken)
