"""`load`: rows of text become records, all of them or none."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from integrations.sandbox.erp import external_ids
from integrations.sandbox.erp.environment import Environment, Field, Model
from integrations.sandbox.erp.errors import BadKeyError, BadTypeError, OdooError, RefusedImport, ValidationError
from integrations.sandbox.erp.records import create, write
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
        return [[6, 0, [_reference(environment, field, by, part.strip()) for part in str(text).split(",")]]]
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
            return [{by: part.strip()} for part in str(text).split(",") if part.strip()]
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


_PARENT = "parent_id/id"


def load(environment: Environment, model: Model, columns: Any, rows: Any) -> dict[str, Any]:
    """Import rows: upsert by external id, or with `mode: update` and `noupdate` get-or-create.

    Raises:
        RefusedImport: Some row is bad or another import came between; nothing is kept.
    """
    if not isinstance(columns, list) or not isinstance(rows, list) or any(not isinstance(row, list) for row in rows):
        raise BadTypeError("load() takes a list of columns and a list of rows")
    inside = environment.with_context(**{"_import_current_module": "__import__", **environment.context})
    paths = [str(column).split("/") for column in columns]
    ids: list[int] = []
    messages: list[dict[str, Any]] = []
    for number, (first, last, record) in enumerate(extracted(inside, model, paths, rows)):
        place = {"rows": {"from": first, "to": last}, "record": number}
        try:
            _refuse_second_level(columns, rows, rows[first])
            ids.append(_import(inside, model, record))
        except OdooError as error:
            if isinstance(error, BadKeyError):
                raise
            named = {"field": error.field} if error.field else {}
            messages.append({"type": "error", "message": error.message, **place, **named})
    if messages:
        raise RefusedImport(messages)
    return {"ids": ids, "messages": [], "nextrow": 0}


def extracted(
    environment: Environment, model: Model, paths: list[list[str]], rows: list[list[Any]]
) -> list[tuple[int, int, dict[str, Any]]]:
    """First row, last row and cells of each record; rows with only one2many cells belong to the one above."""
    fields = environment.fields(model)
    for path in paths:
        if path[0] not in fields and path[0] not in ("id", ".id"):
            raise BadKeyError(repr(path[0]))
    nested = [len(path) > 1 and fields[path[0]].type == "one2many" for path in paths]
    records = []
    first = 0
    while first < len(rows):
        last = first
        while last + 1 < len(rows) and _continues(rows[last + 1], nested):
            last += 1
        records.append((first, last, _record(environment, model, paths, rows[first : last + 1])))
        first = last + 1
    return records


def _continues(row: list[Any], nested: list[bool]) -> bool:
    filled = [inside for cell, inside in zip(row, nested, strict=False) if cell not in ("", None, False)]
    return bool(filled) and all(filled)


def _record(environment: Environment, model: Model, paths: list[list[str]], rows: list[list[Any]]) -> dict[str, Any]:
    fields = environment.fields(model)
    record: dict[str, Any] = {}
    for name in dict.fromkeys(path[0] for path in paths):
        columns = [index for index, path in enumerate(paths) if path[0] == name]
        inner = [paths[index][1:] for index in columns]
        field = fields.get(name)
        if inner == [[]] or field is None:
            record[name] = rows[0][columns[0]]
        elif field.type == "one2many":
            cells = [[row[index] for index in columns] for row in rows]
            filled = [row for row in cells if any(cell not in ("", None, False) for cell in row)]
            other = environment.known_model(field.relation)
            record[name] = Nested([values for _, _, values in extracted(environment, other, inner, filled)])
        else:
            record[name] = Cell(inner[0][0], rows[0][columns[0]])
    return record


def _refuse_second_level(columns: list[str], rows: list[list[Any]], row: list[Any]) -> None:
    """An ordinary user may not import a company and its contact as two rows: that touches accounts."""
    if _PARENT in columns and len(rows) > 1 and row[columns.index(_PARENT)]:
        raise ValidationError(
            'You do not have enough rights to access the fields "property_account_payable_id,'
            'property_account_receivable_id" on Contact (res.partner). Please contact your system administrator.\n\n'
            "(Operation: write)"
        )


def _import(environment: Environment, model: Model, record: dict[str, Any]) -> int:
    """Import a record: found by its external id, else by its database id, else made.

    A row with both whose external id is unknown is made anew: the database id is not looked at.
    """
    name = str(record.get("id") or "")
    known = None
    if name:
        external_ids.refuse_overlap(environment, name)
        known = external_ids.bound(environment, name)
    if known is not None and known["model"] != model.name:
        raise ValidationError(f"The external id {name} is used by a record of {known['model']}")
    database_id = _database_id(environment, model, record.get(".id"))
    values = converted(environment, model, record, found=lambda other, entry: _end(environment, other, entry))
    if known is not None:
        if not (environment.context.get("mode") == "update" and known["noupdate"]):
            write(environment, model, [known["res_id"]], values)
        return int(known["res_id"])
    if not name and database_id:
        write(environment, model, [database_id], values)
        return database_id
    made = create(environment, model, values)
    if name:
        noupdate = bool(environment.context.get("noupdate"))
        external_ids.bind(environment, name, model.name, made, noupdate=noupdate)
    return made


def _end(environment: Environment, model: Model, record: dict[str, Any]) -> tuple[int | None, dict[str, Any]]:
    """A nested record: its id where it exists, and what it is to be made or written with."""
    name = str(record.get("id") or "")
    known = None
    if name:
        external_ids.refuse_overlap(environment, name)
        known = external_ids.bound(environment, name)
    found = int(known["res_id"]) if known else _database_id(environment, model, record.get(".id"))
    values = converted(environment, model, record, found=lambda other, entry: _end(environment, other, entry))
    return found, values if found or not name else {**values, "id": name}


def _database_id(environment: Environment, model: Model, cell: Any) -> int | None:
    if cell in (None, "", False):
        return None
    text = str(cell)
    if (
        not text.isdigit()
        or environment.record(model.name, text) is None
        or int(text) in environment.hidden(model.name)
    ):
        error = ValidationError(f"Unknown database identifier '{text}'")
        error.field = ".id"
        raise error
    return int(text)
