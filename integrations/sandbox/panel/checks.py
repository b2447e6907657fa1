"""Checks that Kubernetes makes on every object before it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from integrations.sandbox.panel.call import RefusedError, invalid
from integrations.sandbox.panel.kinds import TEXT, Kind

NAMES = {
    "label": re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"),
    "subdomain": re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"),
}
RULES = {
    "label": (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
        "end with an alphanumeric character"
    ),
    "subdomain": (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
        "start and end with an alphanumeric character"
    ),
}
KEY = re.compile(r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
LARGEST_ANNOTATIONS = 256 * 1024


def identity(kind: Kind, body: Any) -> Mapping[str, Any]:
    """The object's metadata, if the body is an object of this kind."""
    if not isinstance(body, dict):
        raise RefusedError(400, "the object provided is unrecognized: an object is expected")
    for name, expected in (("apiVersion", kind.api_version), ("kind", kind.name)):
        if body.get(name) != expected:
            raise RefusedError(
                400, f"{name} in the request body ({body.get(name)!r}) does not match the expected one ({expected})"
            )
    metadata = body.get("metadata", {})
    if not isinstance(metadata, dict):
        raise RefusedError(400, "json: cannot unmarshal metadata into Go value of type v1.ObjectMeta")
    return metadata


def name(kind: Kind, value: str) -> None:
    """Refuse a name that breaks the rule of its kind."""
    if not NAMES[kind.named].fullmatch(value):
        text = f'Invalid value: "{value}": {RULES[kind.named]}'
        raise invalid(kind, value, "metadata.name", "FieldValueInvalid", text)


def marks(kind: Kind, object_name: str, metadata: Mapping[str, Any]) -> None:
    """Refuse labels and annotations that Kubernetes would not store."""
    for field in ("labels", "annotations"):
        pairs = metadata.get(field) or {}
        if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
            raise RefusedError(
                400, f"json: cannot unmarshal into Go struct field ObjectMeta.metadata.{field} of type string"
            )
        for key, value in pairs.items():
            if not KEY.fullmatch(key):
                raise invalid(kind, object_name, f"metadata.{field}", "FieldValueInvalid", f'Invalid value: "{key}"')
            if field == "labels" and not LABEL.fullmatch(value):
                text = f'Invalid value: "{value}": a valid label must be an empty string or consist of alphanumeric '
                text += "characters, '-', '_' or '.', and must start and end with an alphanumeric character"
                raise invalid(kind, object_name, "metadata.labels", "FieldValueInvalid", text)
    size = sum(len(part.encode()) for pair in (metadata.get("annotations") or {}).items() for part in pair)
    if size > LARGEST_ANNOTATIONS:
        text = f"Too long: must have at most {LARGEST_ANNOTATIONS} bytes"
        raise invalid(kind, object_name, "metadata.annotations", "FieldValueTooLong", text)


def spec(kind: Kind, object_name: str, value: Any, *, strict: bool) -> dict[str, Any]:
    """The spec with what the kind has.

    Unknown fields are dropped in silence, as the server does, unless the request asked for `strict`.
    """
    wanted: dict[str, Any] = {}
    unknown = list(_typed(kind.spec, {} if value is None else value, "spec", wanted))
    if unknown and strict:
        fields = ", ".join(f'unknown field "{field}"' for field in unknown)
        raise RefusedError(400, f"strict decoding error: {fields}")
    for field in kind.required:
        if field not in wanted:
            raise invalid(kind, object_name, f"spec.{field}", "FieldValueRequired", "Required value")
    return wanted


def _typed(types: Mapping[str, Any], value: Any, place: str, into: dict[str, Any]) -> Iterator[str]:
    if not isinstance(value, dict):
        raise _wrong(place, "object")
    for name, part in value.items():
        if name not in types:
            yield f"{place}.{name}"
        elif part is not None:
            unknown: list[str] = []
            into[name] = _value(types[name], part, f"{place}.{name}", unknown)
            yield from unknown


def _value(expected: Any, value: Any, place: str, unknown: list[str]) -> Any:
    if expected == TEXT:
        if not isinstance(value, str):
            raise _wrong(place, "string")
        return value
    if isinstance(expected, list):
        if not isinstance(value, list):
            raise _wrong(place, "array")
        return [_value(expected[0], part, place, unknown) for part in value]
    into: dict[str, Any] = {}
    unknown.extend(_typed(expected, value, place, into))
    return into


def _wrong(place: str, expected: str) -> RefusedError:
    return RefusedError(400, f"json: cannot unmarshal into Go struct field {place} of type {expected}")
