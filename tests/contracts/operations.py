"""The operations of an OpenAPI document, read once, so that one is found by its path at once."""

from __future__ import annotations

import copy
import dataclasses
import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any

HOST = "http://vendor.example"
METHODS = ("get", "post", "put", "patch", "delete")
RETIRED = re.compile(r"\W*(deprecated\b|this (parameter|property) is (deprecated|no longer available))", re.IGNORECASE)
"""How the documents say of a parameter or key that it is retired; the mark `deprecated` is mostly missing."""


@dataclasses.dataclass(frozen=True, eq=False)
class Operation:
    """One method of one path template; its document has one of each.

    `queries` are its query parameters by name, `keys` those of its JSON body's first level, as documented.
    """

    method: str
    template: str
    document: Mapping[str, Any]
    queries: Mapping[str, Mapping[str, Any]]
    keys: Mapping[str, Mapping[str, Any]]

    @property
    def name(self) -> str:
        """The operation as people read it."""
        return f"{self.method.upper()} {self.template}"

    @functools.cached_property
    def lists(self) -> frozenset[str]:
        """Query parameters that take several values in one, parted by commas, though the schema says otherwise."""
        return frozenset(
            name
            for name, query in self.queries.items()
            if query.get("schema", {}).get("type") == "array" and "comma-separated" in query.get("description", "")
        )

    def retired(self, names: Iterable[str], known: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Those of the names that the document says not to use any more."""
        return sorted(
            name
            for name in set(names) & set(known)
            if known[name].get("deprecated") or RETIRED.match(known[name].get("description", ""))
        )

    def variables(self, path: str) -> dict[str, str]:
        """The values that this path gives to the template's variables."""
        pairs = zip(self.template.split("/"), path.split("/"), strict=True)
        return {part[1:-1]: value for part, value in pairs if part.startswith("{")}


def prepared(document: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """A copy with what the documents have wrong put right: servers, prefixes, the content of answers that have none.

    `security` goes too: the service desk's document knows only OAuth, though basic authentication works;
    credentials are checked by hand.
    """
    corrected: dict[str, Any] = copy.deepcopy(dict(document))
    corrected["servers"] = [{"url": HOST}]
    corrected.pop("security", None)
    corrected["paths"] = {prefix + path: item for path, item in corrected["paths"].items()}
    for item in corrected["paths"].values():
        for method in METHODS:
            operation = item.get(method, {})
            operation.pop("security", None)
            for status, answer in operation.get("responses", {}).items():
                if status == "204" or not answer.get("content"):
                    answer.pop("content", None)
    return corrected


def index(document: Mapping[str, Any]) -> dict[tuple[str, int], list[Operation]]:
    """Operations by method and number of path parts, the most concrete template first."""
    found: dict[tuple[str, int], list[Operation]] = {}
    for template, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                queries = _queries(document, item, item[method])
                operation = Operation(method, template, item[method], queries, _keys(document, item[method]))
                found.setdefault((method, len(template.split("/"))), []).append(operation)
    for operations in found.values():
        operations.sort(key=lambda operation: operation.template.count("{"))
    return found


def _queries(document: Mapping[str, Any], *holders: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = {}
    for holder in holders:
        for listed in holder.get("parameters", ()):
            parameter = _component(document, listed)
            if parameter["in"] == "query":
                found[parameter["name"]] = parameter
    return found


def _keys(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    body = _component(document, operation.get("requestBody", {}))
    schema = _component(document, body.get("content", {}).get("application/json", {}).get("schema", {}))
    found: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    return found


def _component(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the node refers to, or itself where it refers to nothing."""
    if "$ref" not in node:
        return node
    *_, kind, name = node["$ref"].split("/")
    found: Mapping[str, Any] = document["components"][kind][name]
    return found
