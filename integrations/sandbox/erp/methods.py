"""The public methods of models: who may call what, with which arguments, in which versions."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from integrations.sandbox.erp import access, metadata, opportunities
from integrations.sandbox.erp.delete import unlink as unlink_records
from integrations.sandbox.erp.environment import Environment, Model
from integrations.sandbox.erp.errors import AccessError, BadAttributeError, BadTypeError, BadValueError
from integrations.sandbox.erp.import_rows import load as import_rows
from integrations.sandbox.erp.merge_wizard import action_merge
from integrations.sandbox.erp.records import create as create_record
from integrations.sandbox.erp.records import write as write_records
from integrations.sandbox.erp.search import by_id, found, in_order, rows
from integrations.sandbox.erp.target import Target


@dataclasses.dataclass(frozen=True)
class Method:
    """A public method. `on_model`: takes no ids. `of`: the one model that has it, None for all."""

    function: Callable[..., Any]
    on_model: bool = False
    writes: bool = False
    of: str | None = None
    since: int = 0


def search(
    target: Target, domain: Any, offset: int = 0, limit: int | None = None, order: str | None = None
) -> list[int]:
    """Ids of the records that fit."""
    return [document["id"] for document in _searched(target, domain, offset, limit, order)]


def search_read(
    target: Target,
    domain: Any = None,
    fields: list[str] | None = None,
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
    **read_options: Any,
) -> list[dict[str, Any]]:
    """Fields of the records that fit."""
    documents = _searched(target, domain, offset, limit, order)
    classic = read_options.get("load", "_classic_read") == "_classic_read"
    return rows(target.environment, target.model, documents, fields, classic=classic)


def _searched(target: Target, domain: Any, offset: int, limit: int | None, order: str | None) -> list[dict[str, Any]]:
    start, end = offset or 0, (offset or 0) + limit if limit else None
    if (order or target.model.order).lower().split() in (["id"], ["id", "asc"]):
        return by_id(target.environment, target.model, domain, end)[start:]
    documents = in_order(target.environment, target.model, found(target.environment, target.model, domain), order)
    return documents[start:end]


def search_count(target: Target, domain: Any, limit: int | None = None) -> int:
    """Return the number of records that fit."""
    number = len(found(target.environment, target.model, domain))
    return min(number, limit) if limit else number


def read(target: Target, fields: list[str] | None = None, load: str | None = "_classic_read") -> list[dict[str, Any]]:
    """Fields of records by id; those that do not exist are left out, those that are hidden refused."""
    environment, model = target.environment, target.model
    environment.check(model, "read")
    environment.check_records(model, target.ids, "read")
    documents = [row for row in (environment.record(model.name, key) for key in target.ids) if row is not None]
    return rows(environment, model, documents, fields, classic=load == "_classic_read")


def create(target: Target, vals_list: Any) -> list[int]:
    """Make records, all or none."""
    many = vals_list if isinstance(vals_list, list) else [vals_list]
    return [create_record(target.environment, target.model, values) for values in many]


def write(target: Target, vals: Any) -> bool:
    """Write the same values to all of the records."""
    write_records(target.environment, target.model, target.ids, vals)
    return True


def load(target: Target, fields: Any, data: Any) -> dict[str, Any]:
    """Import rows of text."""
    return import_rows(target.environment, target.model, fields, data)


def fields_get(
    target: Target, allfields: list[str] | None = None, attributes: list[str] | None = None
) -> dict[str, Any]:
    """Return the fields that exist for this user, in this version."""
    environment = target.environment
    return {
        name: {key: value for key, value in field.described(name).items() if not attributes or key in attributes}
        for name, field in environment.fields(target.model).items()
        if (not allfields or name in allfields) and environment.may_see_field(field)
    }


def check_object_reference(
    target: Target, module: str, xml_id: str, *, raise_on_access_error: bool = False
) -> list[Any]:
    """Model and id that an external id names; the id is false where a search would not find the record."""
    environment = target.environment
    entry = environment.table("ir.model.data").get(f"{module}.{xml_id}")
    if entry is None:
        raise BadValueError(f"External ID not found in the system: {module}.{xml_id}")
    model = environment.known_model(entry["model"])
    if found(environment, model, [["id", "=", entry["res_id"]]]):
        return [model.name, entry["res_id"]]
    if raise_on_access_error:
        raise AccessError(f'Not enough access rights on the external ID "{module}.{xml_id}"')
    return [model.name, False]


def unlink(target: Target) -> bool:
    """Delete records, all or none; an ordinary user deletes nothing."""
    unlink_records(target.environment, target.model, target.ids)
    return True


def context_get(target: Target) -> dict[str, Any]:
    """Language, time zone and id of the user whose key it is."""
    return {"lang": "en_US", "tz": "Europe/Zurich", "uid": target.environment.uid}


METHODS: Mapping[str, Method] = {
    "search": Method(search, on_model=True),
    "search_read": Method(search_read, on_model=True),
    "search_count": Method(search_count, on_model=True),
    "read": Method(read),
    "create": Method(create, on_model=True, writes=True),
    "write": Method(write, writes=True),
    "load": Method(load, on_model=True, writes=True),
    "unlink": Method(unlink, writes=True),
    "fields_get": Method(fields_get, on_model=True),
    "check_access_rights": Method(access.check_access_rights, on_model=True),
    "check_access_rule": Method(access.check_access_rule),
    "check_access": Method(access.check_access, since=18),
    "has_access": Method(access.has_access, since=18),
    "check_object_reference": Method(check_object_reference, on_model=True, of="ir.model.data"),
    "get_metadata": Method(metadata.get_metadata),
    "has_group": Method(metadata.has_group, of="res.users"),
    "context_get": Method(context_get, on_model=True, of="res.users"),
    "action_set_won": Method(opportunities.action_set_won, writes=True, of="crm.lead"),
    "action_set_lost": Method(opportunities.action_set_lost, writes=True, of="crm.lead"),
    "action_merge": Method(action_merge, writes=True, of="base.partner.merge.automatic.wizard"),
}


def public_method(environment: Environment, model: Model, name: str) -> Method:
    """A method that may be called from outside.

    Raises:
        AccessError: It is private.
        BadAttributeError: The model has none of this name.
    """
    if name.startswith("_"):
        raise AccessError(f"Private methods (such as '{model.name}.{name}') cannot be called remotely.")
    method = METHODS.get(name)
    if method is None or method.of not in (None, model.name) or environment.major < method.since:
        raise BadAttributeError(f"The method '{model.name}.{name}' does not exist")
    return method


def fitting(method: Method, target: Target, positional: list[Any], named: Mapping[str, Any]) -> inspect.BoundArguments:
    """The arguments as the method takes them.

    Raises:
        BadTypeError: They do not fit its signature.
    """
    try:
        return inspect.signature(method.function).bind(target, *positional, **named)
    except TypeError as error:
        raise BadTypeError(str(error)) from error
