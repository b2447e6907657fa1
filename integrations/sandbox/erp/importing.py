"""`load`: rows of text become records, all of them or none."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.erp import external_ids
from integrations.sandbox.erp.cells import Cell, Nested, converted
from integrations.sandbox.erp.environment import Environment, Model
from integrations.sandbox.erp.errors import BadKeyError, BadTypeError, OdooError, RefusedImport, ValidationError
from integrations.sandbox.erp.records import create, write

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
            record[name] = Nested([one for _, _, one in extracted(environment, other, inner, filled)])
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
    values = converted(environment, model, record, found=lambda other, one: _end(environment, other, one))
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
    values = converted(environment, model, record, found=lambda other, one: _end(environment, other, one))
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
