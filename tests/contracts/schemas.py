"""Corrections of the vendors' schemas, each a copy with one thing put right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def without_one_of(node: Any) -> Any:
    """Every `oneOf` becomes an `anyOf`: the alternatives overlap, and right bodies fit several."""
    if isinstance(node, Mapping):
        return {("anyOf" if key == "oneOf" else key): without_one_of(value) for key, value in node.items()}
    if isinstance(node, list):
        return [without_one_of(value) for value in node]
    return node


def without_all_of(node: Any, components: Mapping[str, Any]) -> Any:
    """Every `allOf` of objects becomes one object: keys that no part names can be found only in the whole."""
    if isinstance(node, list):
        return [without_all_of(value, components) for value in node]
    if not isinstance(node, Mapping):
        return node
    parts = [_resolved(part, components) for part in node.get("allOf", ())]
    if parts and all("properties" in part for part in parts):
        return without_all_of(_together(parts, components), components)
    return {key: without_all_of(value, components) for key, value in node.items()}


def _together(parts: list[Mapping[str, Any]], components: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for part in parts:
        for name, schema in part["properties"].items():
            both = [_resolved(schema, components) for schema in (properties.get(name), schema) if schema is not None]
            nested = len(both) > 1 and all("properties" in schema for schema in both)
            properties[name] = _together(both, components) if nested else schema
    required = sorted({name for part in parts for name in part.get("required", ())})
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _resolved(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Mapping[str, Any] = components["schemas"][reference.rpartition("/")[2]]
    return found
