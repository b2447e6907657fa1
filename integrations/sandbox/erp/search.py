"""Which records fit a domain, in which order, and their fields as they stand on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from integrations.sandbox.erp.domain import mentions, no_field_access, predicate
from integrations.sandbox.erp.environment import Environment
from integrations.sandbox.erp.errors import AccessError, BadValueError, UserError
from integrations.sandbox.erp.index import descendants, ids_by
from integrations.sandbox.erp.model import Field, Model
from integrations.sandbox.erp.values import display_name, on_the_wire, value_of
from integrations.sandbox.state import Document


def found(environment: Environment, model: Model, domain: Any) -> list[Document]:
    """The records that fit, in no order; archived ones only where context or domain ask for them."""
    environment.check(model, "read")
    test = predicate(environment, model, domain or [])
    active_only = (
        "active" in model.fields
        and environment.context.get("active_test", True)
        and not mentions(domain or [], "active")
    )
    hidden = environment.hidden(model.name) | _of_others(environment, model)
    return [
        document
        for document in _candidates(environment, model, domain or [])
        if (not active_only or document.get("active")) and document["id"] not in hidden and test(document)
    ]


def _of_others(environment: Environment, model: Model) -> frozenset[int]:
    """API keys are shown to their owners only."""
    if model.name != "res.users.apikeys":
        return frozenset()
    return frozenset(key["id"] for key in environment.table(model.name).values() if key["user_id"] != environment.uid)


def _candidates(environment: Environment, model: Model, domain: list[Any]) -> Iterable[Document]:
    table = environment.table(model.name)
    if not any(item in ("|", "!") for item in domain):
        for item in domain:
            ids = _looked_up(environment, model, item) if isinstance(item, list) else None
            if ids is not None:
                return [table[str(one)] for one in dict.fromkeys(ids) if str(one) in table]
    return table.values()


def _looked_up(environment: Environment, model: Model, leaf: list[Any]) -> list[int] | None:
    name, operator, value = leaf
    values = value if isinstance(value, list) else [value]
    exact = operator in ("=", "in") and all(one and not isinstance(one, bool) for one in values)
    if exact and name == "id":
        return values
    if exact and name in model.indexes:
        relational = model.fields[name].type == "many2one"
        if all(isinstance(one, int) == relational for one in values):
            return [one for each in values for one in ids_by(environment, model.name, name, each)]
    if name == "id" and operator == "child_of" and all(isinstance(one, int) for one in values):
        return sorted(descendants(environment, model.name, values))
    return None


def in_order(environment: Environment, model: Model, documents: list[Document], order: str | None) -> list[Document]:
    """The records sorted as asked for, else as the model is by default; unset values last."""
    ordered = list(documents)
    for name, descending in reversed(_terms(environment, model, order or model.order)):
        field = environment.fields(model)[name]
        ordered.sort(key=lambda one: _sort_key(environment, name, field, one), reverse=descending)
    return ordered


def _terms(environment: Environment, model: Model, order: str) -> list[tuple[str, bool]]:
    terms = []
    for term in order.split(","):
        words = term.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1].lower() not in ("asc", "desc")):
            raise UserError(
                f'Invalid "order" specified ({order}). A valid "order" specification is a comma-separated list of '
                "valid field names (optionally followed by asc/desc for the direction)"
            )
        if words[0] not in environment.fields(model):
            raise BadValueError(f"Invalid field {words[0]!r} on model {model.name!r}")
        terms.append((words[0], words[-1].lower() == "desc"))
    return terms


def _sort_key(environment: Environment, name: str, field: Field, document: Document) -> tuple[bool, Any]:
    value = value_of(environment, name, field, document)
    if field.type == "many2one" and value:
        value = display_name(environment, str(field.relation), value)
    unset = value is False and field.type != "boolean"
    return (unset, "" if unset else value.casefold() if isinstance(value, str) else value)


def rows(
    environment: Environment, model: Model, documents: list[Document], names: list[str] | None, *, classic: bool = True
) -> list[dict[str, Any]]:
    """The records as `read` answers them; without `names`, every field that the user may see."""
    fields = environment.fields(model)
    if not names:
        names = [name for name, field in fields.items() if environment.may_see_field(field)]
    for name in names:
        if name not in fields:
            raise BadValueError(f"Invalid field {name!r} on model {model.name!r}")
        if not environment.may_see_field(fields[name]):
            raise AccessError(no_field_access(model, name, "read"))
    chosen = {"id": fields["id"], **{name: fields[name] for name in names}}
    return [
        {
            name: on_the_wire(environment, field, value_of(environment, name, field, document), classic=classic)
            for name, field in chosen.items()
        }
        for document in documents
    ]
