"""The sandbox's state, compared: what differs, and how many there are of what."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tests.conformance.case import State

Place = tuple[str, str, str, str]
"""System, kind, id and path of one value."""

_ABSENT = object()


def differences(before: State, after: State) -> set[Place]:
    """Where the two differ; an object that is new or gone differs in the path `*`."""
    first, second = dict(_objects(before)), dict(_objects(after))
    places: set[Place] = set()
    for place in first.keys() | second.keys():
        if place not in first or place not in second:
            places.add((*place, "*"))
            continue
        old, new = dict(_values(first[place])), dict(_values(second[place]))
        for path in old.keys() | new.keys():
            if old.get(path, _ABSENT) != new.get(path, _ABSENT):
                places.add((*place, path))
    return places


def outside(places: Collection[Place], allowed: Collection[str]) -> set[Place]:
    """Those that none of the patterns `kind.path` allows."""
    return {
        place
        for place in places
        if not any(fnmatch.fnmatchcase(f"{place[1]}.{place[3]}", pattern) for pattern in allowed)
    }


def census(state: State, system: str) -> dict[str, int]:
    """How many objects of each kind a system holds."""
    return {kind: len(objects) for kind, objects in state[system].items()}


def grown(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """By how many each kind has grown, where it has at all."""
    kinds = before.keys() | after.keys()
    return {kind: more for kind in kinds if (more := after.get(kind, 0) - before.get(kind, 0))}


def _objects(state: State) -> Iterator[tuple[tuple[str, str, str], Mapping[str, Any]]]:
    for system, kinds in state.items():
        if system == "duplicates":
            continue
        for kind, objects in kinds.items():
            for record in objects:
                yield (system, kind, str(record["id"])), record


def _values(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a document by its path; lists are values as a whole."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _values(inner, f"{path}.{name}" if path else name)
    else:
        yield path, value
