"""Conversion of an imported row's cells to field values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from integrations.sandbox.erp import external_ids
from integrations.sandbox.erp.environment import Environment, Field, Model
from integrations.sandbox.erp.errors import OdooError, ValidationError
from integrations.sandbox.erp.values import display_name, to_store


@dataclasses.dataclass(frozen=True)
class Cell:
    """A cell that names another record: by external id (`id`) or database id (`.id`)."""

    by: str
    text: Any


@dataclasses.dataclass(frozen=True)
class Nested:
    """The cells of a one2many's records."""

    records: list[dict[str, Any]]


Found = Callable[[Model, dict[str, Any]], tuple[int | None, dict[str, Any]]]


def converted(environment: Environment, model: Model, record: dict[str, Any], *, found: Found) -> dict[str, Any]:
    """The record's values as `create` and `write` take them.

    Raises:
        ValidationError: A cell cannot be understood; it carries the field's name.
    """
    fields = environment.fields(model)
    values: dict[str, Any] = {}
    for name, cell in record.items():
        if name in ("id", ".id"):
            continue
        field = fields[name]
        try:
            values[name] = _value(environment, model, name, cell, found)
        except OdooError as error:
            error.field = name
            error.message = error.message.replace("%(field)s", field.string)
            raise
    return values


def _value(environment: Environment, model: Model, name: str, cell: Any, found: Found) -> Any:
    field = environment.fields(model)[name]
    if isinstance(cell, Nested):
        return _commands(environment, field, cell, found)
    by, text = (cell.by, cell.text) if isinstance(cell, Cell) else ("", cell)
    if text in ("", None, False):
        return False
    if field.is_x2many:
        return [[6, 0, [_reference(environment, field, by, one.strip()) for one in str(text).split(",")]]]
    if field.type == "many2one":
        return _reference(environment, field, by, str(text))
    return _plain(environment, model, name, field, str(text))


def _commands(environment: Environment, field: Field, cell: Nested, found: Found) -> list[list[Any]]:
    other = environment.known_model(field.relation)
    commands: list[list[Any]] = []
    for record in _apart(cell.records):
        end, values = found(other, record)
        if end is None:
            commands.append([0, 0, values])
        else:
            commands.append([4, end])
            if values:
                commands.append([1, end, values])
    return commands


def _apart(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A lone reference may name several records at once, separated by commas."""
    if len(records) == 1 and len(records[0]) == 1:
        ((by, text),) = records[0].items()
        if by in ("id", ".id"):
            return [{by: one.strip()} for one in str(text).split(",") if one.strip()]
    return records


def _reference(environment: Environment, field: Field, by: str, text: str) -> int:
    other = environment.known_model(field.relation)
    if by == "id":
        known = external_ids.bound(environment, text)
        if known is not None and known["model"] == other.name:
            return int(known["res_id"])
        raise ValidationError(f"No matching record found for external id '{text}' in field '%(field)s'")
    if by == ".id":
        if text.isdigit() and environment.record(other.name, text) is not None:
            return int(text)
        raise ValidationError(f"No matching record found for database id '{text}' in field '%(field)s'")
    named = [
        int(key) for key in environment.table(other.name) if display_name(environment, other.name, int(key)) == text
    ]
    if not named:
        raise ValidationError(f"No matching record found for name '{text}' in field '%(field)s'")
    return named[0]


_TRUTHS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def _plain(environment: Environment, model: Model, name: str, field: Field, text: str) -> Any:
    if field.type == "boolean":
        if text.lower() not in _TRUTHS:
            raise ValidationError(f"Unknown value '{text}' for boolean field '%(field)s'")
        return _TRUTHS[text.lower()]
    if field.type == "selection":
        for key, label in field.selection:
            if text in (key, label):
                return key
        raise ValidationError(f"Value '{text}' not found in selection field '%(field)s'")
    try:
        return to_store(environment, model, name, field, text)
    except OdooError as error:
        kind = {"integer": "an integer", "float": "a number", "monetary": "a number"}.get(
            field.type, f"a valid {field.type}"
        )
        raise ValidationError(f"'{text}' does not seem to be {kind} for field '%(field)s'") from error
