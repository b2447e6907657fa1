"""Creating and writing records."""

from __future__ import annotations

import copy
from typing import Any

from integrations.sandbox.erp import external_ids
from integrations.sandbox.erp.domain import no_field_access
from integrations.sandbox.erp.environment import MAGIC, SYSTEM, Environment, Field, Model
from integrations.sandbox.erp.errors import AccessError, BadTypeError, BadValueError, MissingError, ValidationError
from integrations.sandbox.erp.index import ids_by
from integrations.sandbox.erp.links import linked
from integrations.sandbox.erp.values import to_store
from integrations.sandbox.state import Document

FIRST_ID = 1001


def create(environment: Environment, model: Model, values: Any) -> int:
    """Make a record and return its id.

    With `_import_current_module` in the context an `id` among the values becomes its external id, even if
    another record bears that already: the name moves, and nothing refuses the second record.
    """
    environment.check(model, "create")
    given, orders = _sorted_out(environment, model, values)
    defaults = {
        name: copy.copy(field.default)
        for name, field in environment.fields(model).items()
        if field.stored and field.default is not None
    }
    record_id = environment.world.state.number(SYSTEM, model.name, FIRST_ID)
    while environment.record(model.name, record_id) is not None:
        record_id = environment.world.state.number(SYSTEM, model.name, FIRST_ID)
    document: Document = {
        "id": record_id,
        **defaults,
        **given,
        "create_date": environment.now,
        "create_uid": environment.uid,
    }
    document |= _linked(environment, model, document, orders)
    _keep(environment, model, document, frozenset(given))
    _write_ends(environment, model, record_id, orders)
    if "_import_current_module" in environment.context and values.get("id"):
        external_ids.bind(environment, str(values["id"]), model.name, record_id)
    return record_id


def write(environment: Environment, model: Model, ids: list[int], values: Any) -> None:
    """Write the same values to records; equal values count as written too."""
    environment.check(model, "write")
    given, orders = _sorted_out(environment, model, values)
    for record_id in ids:
        if environment.record(model.name, record_id) is None:
            raise MissingError(
                f"Record does not exist or has been deleted.\n"
                f"(Record: {model.name}({record_id},), User: {environment.uid})"
            )
    environment.check_records(model, ids, "write")
    for record_id in ids:
        before = environment.table(model.name)[str(record_id)]
        changed = frozenset(name for name in given if before.get(name) != given[name])
        _keep(environment, model, {**before, **given, **_linked(environment, model, before, orders)}, changed)
        _write_ends(environment, model, record_id, orders)


Orders = dict[str, list[Any]]
"""By x2many field: what to do with its ends, as Odoo's commands `[code, ...]`."""


def _sorted_out(environment: Environment, model: Model, values: Any) -> tuple[Document, Orders]:
    if not isinstance(values, dict):
        raise BadTypeError(f"'{type(values).__name__}' object is not a mapping of values")
    fields = environment.fields(model)
    given: Document = {}
    orders: Orders = {}
    for name, value in values.items():
        field = fields.get(name)
        if field is None:
            raise BadValueError(f"Invalid field {name!r} on model {model.name!r}")
        if not environment.may_see_field(field):
            raise AccessError(no_field_access(model, name, "write"))
        if name in MAGIC or field.compute is not None:
            continue
        if field.is_x2many:
            orders[name] = _commands(value)
        else:
            given[name] = to_store(environment, model, name, field, value)
    return given, orders


def _commands(value: Any) -> list[Any]:
    if not value:
        return [[5]]
    if not isinstance(value, list):
        raise BadValueError(f"Wrong value for a relation: {value!r}")
    if all(isinstance(number, int) for number in value):
        return [[6, 0, value]]
    if any(not isinstance(command, list) or not command for command in value):
        raise BadValueError(f"Wrong value for a relation: {value!r}")
    return value


def _keep(environment: Environment, model: Model, document: Document, changed: frozenset[str]) -> None:
    """Check, stamp and store one record. The stamp is the transaction's start, however late it is seen."""
    model.complete(environment, document, changed)
    for name, field in environment.fields(model).items():
        if field.required and field.stored and document.get(name) in (None, False, ""):
            raise ValidationError(
                "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n"
                "- Delete: another model requires the record being deleted. If possible, archive it instead.\n\n"
                f"Model: {model.description} ({model.name})\nField: {field.string} ({name})\n"
            )
    for name, complaint in model.unique.items():
        if set(ids_by(environment, model.name, name, document.get(name))) - {document["id"]}:
            raise ValidationError(f"The operation cannot be completed: {complaint}")
    environment.store(model.name, {**document, "write_date": environment.now, "write_uid": environment.uid})
    model.follow(environment, document, changed)


def _linked(environment: Environment, model: Model, document: Document, orders: Orders) -> Document:
    fields = environment.fields(model)
    many2many = {name: fields[name] for name in orders if fields[name].type == "many2many"}
    return {
        name: linked(environment, field, document.get(name) or [], orders[name], create=create)
        for name, field in many2many.items()
    }


def _write_ends(environment: Environment, model: Model, record_id: int, orders: Orders) -> None:
    fields = environment.fields(model)
    for name, commands in orders.items():
        if fields[name].type == "one2many":
            for code, *operands in commands:
                _write_end(environment, fields[name], record_id, code, operands)


def _write_end(environment: Environment, field: Field, record_id: int, code: int, operands: list[Any]) -> None:
    other = environment.known_model(field.relation)
    inverse = str(field.inverse)
    if code == 0:
        create(environment, other, {**operands[-1], inverse: record_id})
    elif code == 1:
        write(environment, other, [operands[0]], operands[1])
    elif code == 4:
        write(environment, other, [operands[0]], {inverse: record_id})
    elif code in (3, 5, 6):
        present = ids_by(environment, other.name, inverse, record_id)
        wanted = operands[1] if code == 6 else []
        gone = [operands[0]] if code == 3 else [number for number in present if number not in wanted]
        write(environment, other, gone, {inverse: False})
        write(environment, other, [number for number in wanted if number not in present], {inverse: record_id})
    else:
        environment.check(other, "unlink")
