"""Atlassian Document Format: rich text in Jira, against the vendor's own JSON Schema (draft-04)."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft4Validator

from tests.contracts import documents
from tests.contracts.verdict import sentences


@functools.cache
def _validator() -> Draft4Validator:
    return Draft4Validator(documents.load("atlassian/adf-schema.json"))


@functools.lru_cache(maxsize=4096)
def _problems(text: str) -> tuple[str, ...]:
    return tuple(sentences(_validator().iter_errors(json.loads(text))))


def problems(place: str, value: Any) -> Iterator[str]:
    """What keeps this value from being a document in ADF; `place` says where it stood."""
    if not isinstance(value, dict):
        yield f"{place} is no ADF document but {type(value).__name__}"
        return
    for sentence in _problems(json.dumps(value, sort_keys=True)):
        yield f"{place} is no ADF: {sentence}"


def documents_within(value: Any, place: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything in a body that says that it is an ADF document, with its place."""
    if isinstance(value, dict):
        if value.get("type") == "doc":
            yield place, value
            return
        for key, part in value.items():
            yield from documents_within(part, f"{place}.{key}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from documents_within(part, f"{place}[{number}]")
