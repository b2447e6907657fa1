"""Look-ups by value, kept beside the records so that they roll back and survive with them."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.erp.environment import Environment
from integrations.sandbox.erp.model import Model
from integrations.sandbox.state import Document, Table


def _table(environment: Environment, model: str, field: str) -> Table:
    return environment.table(f"_by:{model}.{field}")


def ids_by(environment: Environment, model: str, field: str, value: Any) -> list[int]:
    """Ids of all records, archived ones too, whose indexed `field` is exactly `value`."""
    entry = _table(environment, model, field).get(str(value))
    return list(entry["ids"]) if entry else []


def store(environment: Environment, model: Model, document: Document) -> None:
    """Keep a record and find it by its indexed values from now on."""
    before = environment.record(model.name, document["id"]) or {}
    environment.table(model.name)[str(document["id"])] = document
    for field in model.indexes:
        old, new = before.get(field), document.get(field)
        if old == new:
            continue
        table = _table(environment, model.name, field)
        if old:
            table[str(old)] = {"ids": [one for one in table[str(old)]["ids"] if one != document["id"]]}
        if new:
            entry = table.get(str(new), {"ids": []})
            table[str(new)] = {"ids": [*entry["ids"], document["id"]]}


def descendants(environment: Environment, model: str, roots: list[int]) -> set[int]:
    """The records and everything below them by `parent_id`."""
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(ids_by(environment, model, "parent_id", one))
    return found
