"""Search for records that fit a domain: their order, and their fields as they are on the wire."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from integrations.sandbox.erp.candidates import candidates
from integrations.sandbox.erp.domain import mentions, no_field_access, predicate
from integrations.sandbox.erp.environment import Environment, Field, Model
from integrations.sandbox.erp.errors import AccessError, BadValueError, UserError
from integrations.sandbox.erp.values import display_name, on_the_wire, value_of
from integrations.sandbox.state import Document


def found(environment: Environment, model: Model, domain: Any) -> list[Document]:
    """The records that fit, in no order; archived ones only where context or domain ask for them."""
    return list(_fitting(environment, model, domain or [], by_id=False))


def by_id(environment: Environment, model: Model, domain: Any, number: int | None) -> list[Document]:
    """The first `number` records that fit, ordered by id: no more of them are looked at than it takes."""
    return list(itertools.islice(_fitting(environment, model, domain or [], by_id=True), number))


def _fitting(environment: Environment, model: Model, domain: Any, *, by_id: bool) -> Iterator[Document]:
    environment.check(model, "read")
    test = predicate(environment, model, domain)
    active_only = (
        "active" in model.fields and environment.context.get("active_test", True) and not mentions(domain, "active")
    )
    hidden = environment.hidden(model.name) | _of_others(environment, model)
    return (
        document
        for document in candidates(environment, model, domain, by_id=by_id)
        if (not active_only or document.get("active")) and document["id"] not in hidden and test(document)
    )


def _of_others(environment: Environment, model: Model) -> frozenset[int]:
    """API keys are shown to their owners only, messages to who may read what they stand on."""
    if model.name == "mail.message":
        return _on_hidden_pages(environment)
    if model.name != "res.users.apikeys":
        return frozenset()
    return frozenset(key["id"] for key in environment.table(model.name).values() if key["user_id"] != environment.uid)


def _on_hidden_pages(environment: Environment) -> frozenset[int]:
    found = environment.table("mail.message").values()
    return frozenset(row["id"] for row in found if row.get("res_id") in environment.hidden(str(row.get("model"))))


def in_order(environment: Environment, model: Model, documents: list[Document], order: str | None) -> list[Document]:
    """The records sorted as asked for, else as the model is by default; unset values last."""
    ordered = list(documents)
    for name, descending in reversed(_terms(environment, model, order or model.order)):
        field = environment.fields(model)[name]
        ordered.sort(key=lambda key: _sort_key(environment, name, field, key), reverse=descending)
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
    cells = {name: _cell(environment, name, field, classic=classic) for name, field in chosen.items()}
    return [{name: cell(document) for name, cell in cells.items()} for document in documents]


def _cell(environment: Environment, name: str, field: Field, *, classic: bool) -> Callable[[Document], Any]:
    """Return a reader of one field of many records.

    Facts about the field are looked up once, and so is each name.
    """
    if field.stored and not field.is_x2many and field.type not in ("many2one", "datetime"):
        empty = field.empty
        return lambda document: empty if (value := document.get(name)) is None else value
    if field.type == "many2one" and classic:
        known: dict[int, list[Any]] = {}

        def named(document: Document) -> Any:
            value = value_of(environment, name, field, document)
            if value and value not in known:
                known[value] = on_the_wire(environment, field, value, classic=True)
            return list(known[value]) if value else value

        return named
    return lambda document: on_the_wire(
        environment, field, value_of(environment, name, field, document), classic=classic
    )
