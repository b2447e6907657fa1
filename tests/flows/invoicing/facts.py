"""Data cases of rules: one account as TOML, a day, and the hits that are expected."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from integrations.core import billing
from integrations.core.billing import Account
from integrations.flows.invoicing.rule import Again, Hit, Rule, RuleSettings

FOLDER = Path(__file__).parent / "cases"
TODAY = date(2026, 11, 22)
"""The day of a case that names none."""
Kind = Literal["fires", "trap", "edge"]

ACCOUNT = TypeAdapter(Account)


@dataclasses.dataclass(frozen=True)
class Case:
    """One file's case: what a rule is given and what it has to say."""

    rule: str
    name: str
    kind: Kind
    today: date
    settings: Mapping[str, Any]
    facts: Account
    hits: tuple[Mapping[str, Any], ...]
    """What each hit has to be, in any order: the fields that are named here."""
    again: date | None
    """The next day on which the rule is to look again; None: not asked for here."""


def cases() -> Iterator[Case]:
    """Every case of every rule: `cases/RULE.toml`."""
    for path in sorted(FOLDER.glob("*.toml")):
        for table in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            yield case(path.stem, table)


def case(rule: str, table: Mapping[str, Any]) -> Case:
    """One case; a misspelt key is an error."""
    unknown = table.keys() - {"name", "kind", "today", "settings", "facts", "hits", "again"}
    assert not unknown, f"{rule}: {unknown}"
    return Case(
        rule,
        table["name"],
        table["kind"],
        table.get("today", TODAY),
        table.get("settings", {}),
        account(table.get("facts", {})),
        tuple(table.get("hits", ())),
        table.get("again"),
    )


def account(facts: Mapping[str, Any]) -> Account:
    """An account from a table; where it does not say: id 101, Swiss francs, served and paid for by itself.

    Amounts are strings; a price without a day holds from the beginning. A misspelt field is an error.
    """
    known = {"id": "101", **facts}
    for part in ("invoices", "contracts", "orders"):
        whose = {"served": known["id"], "payer": known["id"], "currency": "CHF"}
        known[part] = [{**whose, **row} for row in known.get(part, ())]
    for contract in known["contracts"]:
        lines = [dict(line) for line in contract.get("lines", ())]
        for line in lines:
            line["prices"] = [{"since": None, **price} for price in line.get("prices", ())]
        contract["lines"] = lines
    for part in ("payments", "deals"):
        known[part] = [{"currency": "CHF", **row} for row in known.get(part, ())]
    _no_strangers(Account, known)
    return ACCOUNT.validate_python(known)


def said(rule: Rule[Any], facts: Account, settings: RuleSettings, today: date) -> tuple[list[Hit], date | None]:
    """What a rule says of an account, and the next day on which it looks again."""
    verdicts = list(rule.judge(facts, settings, today))
    days = [verdict.day for verdict in verdicts if isinstance(verdict, Again) and verdict.day > today]
    return [verdict for verdict in verdicts if isinstance(verdict, Hit)], min(days, default=None)


def _no_strangers(kind: Any, values: Any) -> None:
    """Dataclasses take unknown keys from pydantic in silence: name them."""
    names = {field.name for field in dataclasses.fields(kind)}
    assert values.keys() <= names, f"{kind.__name__}: {values.keys() - names}"
    inner = {"invoices": "Invoice", "contracts": "Contract", "orders": "Order", "payments": "Payment", "deals": "Won"}
    inner |= {"work": "Work", "usage": "Usage", "twins": "Twin", "taxes": "Tax", "prices": "Price"}
    lines = {"Invoice": "Line", "Contract": "ContractLine", "Order": "OrderLine"}
    for name, value in values.items():
        below = inner.get(name) or (lines.get(kind.__name__) if name == "lines" else None)
        if below and isinstance(value, list):
            for entry in value:
                _no_strangers(getattr(billing, below), entry)
