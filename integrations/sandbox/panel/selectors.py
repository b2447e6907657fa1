"""Label and field selectors of a list."""

from __future__ import annotations

import re
from collections.abc import Callable

from integrations.sandbox.panel.call import RefusedError
from integrations.sandbox.state import Document

Test = Callable[[Document], bool]
_SET = re.compile(r"\s*([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)\s*\Z")
_EQUAL = re.compile(r"\s*([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)\s*\Z")
_PRESENT = re.compile(r"\s*(!?)\s*([\w./-]+)\s*\Z")


def equality(selector: str) -> str | None:
    """The first `key=value` of a selector, as a term to look up by."""
    for clause in _clauses(selector):
        found = _EQUAL.match(clause)
        if found and found[2] != "!=":
            return f"label:{found[1]}={found[3]}"
    return None


def by_labels(selector: str) -> Test:
    """Return the test of an object's labels."""
    tests = [_test(clause) for clause in _clauses(selector)]
    return lambda document: all(test(document) for test in tests)


def by_fields(selector: str) -> Test:
    """Return the test of an object's name; other fields can't be selected by."""
    name = selector.replace("==", "=").partition("=")
    if selector and (name[0] != "metadata.name" or not name[1]):
        raise RefusedError(400, f"field label not supported: {name[0]}")
    return lambda document: not selector or document["metadata"]["name"] == name[2]


def _clauses(selector: str) -> list[str]:
    return [clause for clause in re.split(r",(?![^(]*\))", selector) if clause.strip()]


def _test(clause: str) -> Test:
    if one_of := _SET.match(clause):
        return _among(one_of[1], {value.strip() for value in one_of[3].split(",")}, wanted=one_of[2] == "in")
    if equal := _EQUAL.match(clause):
        return _among(equal[1], {equal[3]}, wanted=equal[2] != "!=")
    if present := _PRESENT.match(clause):
        name, wanted = present[2], not present[1]
        return lambda document: (name in _labels(document)) is wanted
    raise RefusedError(400, f"unable to parse requirement: {clause.strip()!r}")


def _among(name: str, values: set[str], *, wanted: bool) -> Test:
    return lambda document: (_labels(document).get(name) in values) is wanted


def _labels(document: Document) -> dict[str, str]:
    labels: dict[str, str] = document["metadata"].get("labels", {})
    return labels
