"""Field values: as they are kept, as they are written by a client, as they stand on the wire."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from integrations.sandbox.erp.environment import Environment, Field, Model
from integrations.sandbox.erp.errors import BadTypeError, BadValueError, ValidationError
from integrations.sandbox.erp.index import ids_by
from integrations.sandbox.state import Document

_ACCEPTED_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def value_of(environment: Environment, name: str, field: Field, document: Document, *, searching: bool = False) -> Any:
    """Return a field's value in a record; a one2many's archived ends are left out as the context says.

    `searching`: as a domain finds it, which for some fields goes past record rules.
    """
    if field.compute is not None:
        return field.compute(environment, document)
    if field.type == "one2many":
        return _other_ends(environment, field, document, searching=searching)
    value = document.get(name)
    return list(value or ()) if field.type == "many2many" else (field.empty if value is None else value)


def _other_ends(environment: Environment, field: Field, document: Document, *, searching: bool) -> list[int]:
    model = environment.known_model(field.relation)
    found = ids_by(environment, model.name, str(field.inverse), document["id"])
    hidden = frozenset[int]() if searching and field.past_rules else environment.hidden(model.name)
    table = environment.table(model.name)
    asked = not environment.context.get("active_test", True) and not field.active_only
    everything = asked or "active" not in model.fields
    return [
        value
        for value in found
        if value not in hidden
        and (everything or table[str(value)].get("active"))
        and (field.holds is None or field.holds(table[str(value)]))
    ]


def display_name(environment: Environment, model_name: str, record_id: int) -> str:
    """Return the name of a record as shown where another one points to it."""
    model = environment.known_model(model_name)
    document = environment.record(model_name, record_id)
    if document is None:
        return ""
    compute = environment.fields(model)["display_name"].compute
    return str(compute(environment, document)) if compute else ""


def on_the_wire(environment: Environment, field: Field, value: Any, *, classic: bool) -> Any:
    """A value as `read` answers it: many2one as `[id, name]`, times without their microseconds."""
    if field.type == "many2one" and value and classic:
        return [value, display_name(environment, str(field.relation), value)]
    if field.type == "datetime" and value:
        return str(value)[:19]
    if field.is_x2many:
        return list(value)
    return value


def to_store(environment: Environment, model: Model, name: str, field: Field, value: Any) -> Any:
    """Return a client's value in the form in which it is kept.

    Raises:
        BadValueError, BadTypeError, ValidationError: As Odoo does for it.
    """
    if value is None or value is False:
        return field.empty
    wrong = BadValueError(f"Wrong value for {model.name}.{name}: {value!r}")
    if isinstance(value, (dict, list)):
        raise BadTypeError(f"{model.name}.{name}: unhashable type: '{type(value).__name__}'")
    try:
        return _CONVERTERS.get(field.type, _text)(environment, model, field, value)
    except ValueError as error:
        raise wrong from error


def _text(_environment: Environment, _model: Model, _field: Field, value: Any) -> Any:
    return str(value) or False


def _integer(_environment: Environment, _model: Model, _field: Field, value: Any) -> int:
    return int(value or 0)


def _float(_environment: Environment, _model: Model, _field: Field, value: Any) -> float:
    return float(value or 0.0)


def _boolean(_environment: Environment, _model: Model, _field: Field, value: Any) -> bool:
    return bool(value)


def _date(_environment: Environment, _model: Model, _field: Field, value: Any) -> Any:
    text = str(value)
    if not _ACCEPTED_DATE.match(text):
        raise ValueError(text)
    return dt.date.fromisoformat(text[:10]).isoformat() if text else False


def _datetime(_environment: Environment, _model: Model, _field: Field, value: Any) -> Any:
    moment = dt.datetime.strptime(str(value)[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=dt.UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _selection(_environment: Environment, _model: Model, field: Field, value: Any) -> Any:
    if value == "":
        return False
    if value not in dict(field.selection):
        raise ValueError(value)
    return value


def _many2one(environment: Environment, model: Model, field: Field, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(value)  # noqa: TRY004  (Odoo raises ValueError here)
    if environment.record(str(field.relation), value) is None:
        raise ValidationError(
            "The operation cannot be completed: another model requires the record being deleted. "
            f"If possible, archive it instead.\n\nModel: {model.description} ({model.name})\n"
            f"Constraint: {model.name.replace('.', '_')}_{field.relation}_fkey\n"
        )
    return value


_CONVERTERS: dict[str, Callable[[Environment, Model, Field, Any], Any]] = {
    "integer": _integer,
    "float": _float,
    "monetary": _float,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "selection": _selection,
    "many2one": _many2one,
}
