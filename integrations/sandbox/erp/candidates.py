"""Candidate records of a search: as few as its conditions and the look-ups allow."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from typing import Any

from integrations.sandbox.erp.environment import Environment, Model
from integrations.sandbox.erp.index import InOrder, descendants, ids_by, in_order_of
from integrations.sandbox.state import Document

_FEW = 10
"""A range is used where it leaves out at least nine of ten records: sorting the others costs more than it saves."""


def candidates(environment: Environment, model: Model, domain: Any, *, by_id: bool) -> Iterable[Document]:
    """Records among which are all that fit the domain; `by_id`: in that order.

    The domain has been checked before: its conditions are well formed.
    """
    table = environment.table(model.name)
    terms = list(_together(_parsed(domain)))
    conditions = [term for term in terms if isinstance(term, list)]
    ids = next((found for found in (_found(environment, model, term) for term in terms) if found is not None), None)
    if ids is None:
        ids = _recent(environment, model, conditions)
    if ids is not None:
        ids = sorted(set(ids)) if by_id else list(dict.fromkeys(ids))
        return (table[str(number)] for number in _behind(ids, conditions, by_id=by_id) if str(number) in table)
    if not by_id:
        return table.values()
    everything = in_order_of(environment, model.name, "id").at_least(_last(conditions))
    return (table[str(number)] for number in everything if str(number) in table)


Term = list[Any] | tuple[Any, ...]
"""A condition is a list; what joins some is a tuple that begins with its operator."""


def _parsed(domain: Any) -> Term:
    """The domain's prefix notation as a tree."""
    stack: list[Term] = []
    for item in reversed(domain):
        if item == "!":
            stack.append(("!", stack.pop()))
        elif item in ("&", "|"):
            stack.append((item, stack.pop(), stack.pop()))
        else:
            stack.append(item)
    return ("&", *reversed(stack))


def _together(term: Term) -> Iterator[Term]:
    """Yield the terms that all have to hold.

    They come in the order in which they were asked for.
    """
    if isinstance(term, tuple) and term[0] == "&":
        for part in term[1:]:
            yield from _together(part)
    else:
        yield term


def _last(conditions: list[list[Any]]) -> int:
    """The id from which on records may fit."""
    firsts = [
        value + (operator == ">")
        for name, operator, value in conditions
        if name == "id" and operator in (">", ">=") and isinstance(value, int)
    ]
    return max(firsts, default=0)


def _behind(ids: list[int], conditions: list[list[Any]], *, by_id: bool) -> list[int]:
    return ids[bisect.bisect_left(ids, _last(conditions)) :] if by_id else ids


def _found(environment: Environment, model: Model, term: Term) -> list[int] | None:
    """Ids among which are all that fit; None: no look-up tells."""
    if isinstance(term, list):
        return _named(environment, model, *term)
    if term[0] == "!":
        return None
    found = [_found(environment, model, part) for part in term[1:]]
    known = [ids for ids in found if ids is not None]
    if term[0] == "|":
        return [number for ids in known for number in ids] if len(known) == len(found) else None
    return known[0] if known else None


def _named(environment: Environment, model: Model, name: Any, operator: Any, value: Any) -> list[int] | None:
    first, _, path = str(name).partition(".")
    if path:
        return _beyond(environment, model, first, [path, operator, value])
    values = value if isinstance(value, list) else [value]
    exact = operator in ("=", "in") and all(value and not isinstance(value, bool) for value in values)
    if exact and name == "id":
        return [value for value in values if isinstance(value, int)]
    if exact and name in model.indexes:
        relational = model.fields[name].type == "many2one"
        if all(isinstance(value, int if relational else str) for value in values):
            return [number for element in values for number in ids_by(environment, model.name, name, element)]
    if name == "id" and operator == "child_of" and all(isinstance(value, int) for value in values):
        return sorted(descendants(environment, model.name, values))
    return None


def _beyond(environment: Environment, model: Model, name: str, condition: list[Any]) -> list[int] | None:
    """Return the ids of records that point by `name` to records that fit a condition of their own."""
    if name not in model.indexes:
        return None
    relation = str(model.fields[name].relation)
    ends = _found(environment, environment.known_model(relation), condition)
    if ends is None:
        return None
    return [number for end in ends for number in ids_by(environment, model.name, name, end)]


def _recent(environment: Environment, model: Model, conditions: list[list[Any]]) -> list[int] | None:
    """Ids of what was written since a given time, where that is a small part of all."""
    moments = [
        str(value)
        for name, operator, value in conditions
        if name == "write_date" and operator in (">", ">=") and isinstance(value, str)
    ]
    if not moments:
        return None
    index: InOrder = in_order_of(environment, model.name, "write_date")
    few = index.count(max(moments)) * _FEW <= len(environment.table(model.name))
    return index.at_least(max(moments)) if few else None
