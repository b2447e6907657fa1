"""Search domains: from Odoo's prefix notation to a test of one record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from integrations.sandbox.erp.comparison import comparison
from integrations.sandbox.erp.environment import Environment, Field, Model
from integrations.sandbox.erp.errors import AccessError, BadValueError
from integrations.sandbox.erp.index import descendants
from integrations.sandbox.erp.values import display_name, value_of
from integrations.sandbox.state import Document

Predicate = Callable[[Document], bool]


def predicate(environment: Environment, model: Model, domain: Any) -> Predicate:
    """Return the test of a record against the domain.

    Raises:
        BadValueError: The domain is malformed or names an unknown field or operator.
        AccessError: It names a field that the user may not see.
    """
    if not isinstance(domain, list):
        raise BadValueError(f"Domain() invalid domain: {domain!r}")
    stack: list[Predicate] = []
    for item in reversed(domain):
        if item == "!":
            stack.append(_negated(_popped(stack, domain)))
        elif item in ("&", "|"):
            stack.append(_joined(_popped(stack, domain), _popped(stack, domain), either=item == "|"))
        else:
            stack.append(_leaf(environment, model, item))
    return lambda document: all(test(document) for test in stack)


def mentions(domain: Any, name: str) -> bool:
    """Return whether any condition of the domain is about this field."""
    return any(isinstance(item, list) and len(item) == 3 and item[0] == name for item in domain)


def _popped(stack: list[Predicate], domain: Any) -> Predicate:
    if not stack:
        raise BadValueError(f"Domain {domain!r}: arity mismatch")
    return stack.pop()


def _negated(test: Predicate) -> Predicate:
    return lambda document: not test(document)


def _joined(first: Predicate, second: Predicate, *, either: bool) -> Predicate:
    if either:
        return lambda document: first(document) or second(document)
    return lambda document: first(document) and second(document)


def _leaf(environment: Environment, model: Model, item: Any) -> Predicate:
    if not isinstance(item, list) or len(item) != 3:
        raise BadValueError(f"Domain() invalid item in domain: {item!r}")
    path, operator, value = item
    if item in ([1, "=", 1], [0, "=", 1]):
        return lambda _document: path == 1
    name, _, remainder = str(path).partition(".")
    field = environment.fields(model).get(name)
    if field is None:
        word = "condition" if environment.major >= 19 else "leaf"
        raise BadValueError(f"Invalid field {model.name}.{name} in {word} {tuple(item)!r}")
    if not environment.may_see_field(field):
        raise AccessError(no_field_access(model, name, "read"))
    if remainder:
        return _beyond(environment, model, (name, field), [remainder, operator, value])
    if operator in ("child_of", "parent_of"):
        return _family(environment, model, (name, field), operator, value)
    if field.type == "many2one" and _names(operator, value):
        return _by_name(environment, name, field, comparison("char", operator, value, environment.major))
    test = comparison(field.type, operator, value, environment.major)
    return lambda document: test(value_of(environment, name, field, document, searching=True))


def no_field_access(model: Model, name: str, operation: str) -> str:
    """Return Odoo's message about a field that is for another group."""
    return (
        f'You do not have enough rights to access the field "{name}" on {model.description} ({model.name}). '
        f"Please contact your system administrator.\n\nOperation: {operation}"
    )


def _names(operator: str, value: Any) -> bool:
    many = value if isinstance(value, list) else [value]
    return "like" in operator or any(isinstance(value, str) for value in many)


def _by_name(environment: Environment, name: str, field: Field, test: Callable[[Any], bool]) -> Predicate:
    def fits(document: Document) -> bool:
        found = value_of(environment, name, field, document)
        return test(display_name(environment, str(field.relation), found) if found else False)

    return fits


def _beyond(environment: Environment, model: Model, named: tuple[str, Field], leaf: list[Any]) -> Predicate:
    name, field = named
    if not field.relation:
        raise BadValueError(f"Invalid field {model.name}.{name}.{leaf[0]} in condition {tuple(leaf)!r}")
    other = environment.known_model(field.relation)
    test = _leaf(environment, other, leaf)
    table = environment.table(other.name)

    def fits(document: Document) -> bool:
        found = value_of(environment, name, field, document)
        ends = found if field.is_x2many else [found] if found else []
        return any(str(number) in table and test(table[str(number)]) for number in ends)

    return fits


def _family(environment: Environment, model: Model, named: tuple[str, Field], operator: str, value: Any) -> Predicate:
    name, field = named
    relation = model.name if name == "id" else str(field.relation)
    roots = [root for root in (value if isinstance(value, list) else [value]) if isinstance(root, int) and root]
    family = (
        descendants(environment, relation, roots) if operator == "child_of" else _above(environment, relation, roots)
    )

    def fits(document: Document) -> bool:
        found = value_of(environment, name, field, document)
        return any(number in family for number in found) if field.is_x2many else found in family

    return fits


def _above(environment: Environment, relation: str, roots: list[int]) -> set[int]:
    found: set[int] = set()
    for root in roots:
        document = environment.record(relation, root)
        while document is not None and document["id"] not in found:
            found.add(document["id"])
            document = environment.record(relation, document.get("parent_id") or 0)
    return found
