"""What the systems hold, without what differs from run to run: ids, times, versions, addresses."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

PASSING = frozenset(
    {"id", "uid", "uuid", "created", "updated", "changed", "createdAt", "creationTimestamp", "create_date"}
    | {"write_date", "statusCategoryChangedDate", "version", "history", "resourceVersion", "generation"}
)
"""Fields that two set-ups of one deal never have in common."""

SAME = (
    (re.compile(r"http://127\.0\.0\.1:\d+"), "URL"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"[0-9a-f]{16}\.[0-9a-f]{16}"), "DIGEST"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "HASH"),
    (re.compile(r"\b(customer|deal):\d+"), "OURS"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:[\d:.]+(Z|\+\d{4})?"), "TIME"),
    (re.compile(r"(?<![\w.])\d{4,}(?![\w.])"), "N"),
)
"""An object is marked with the key that its customer had then: the deal's, until the ERP knows the customer."""


def census(state: dict[str, Any], *, without: frozenset[str] = frozenset()) -> Counter[str]:
    """Every object as one line, as often as it is there. Claims are not objects: they say what is being made.

    `without`: fields that are not to count.
    """
    lines: Counter[str] = Counter()
    for system, kinds in state.items():
        if system == "duplicates":
            continue
        for kind, objects in kinds.items():
            if (system, kind) == ("erp", "ir.model.data"):
                continue
            lines.update(f"{system} {kind} {_line(document, without)}" for document in objects)
    return lines


def _line(document: dict[str, Any], without: frozenset[str]) -> str:
    counted = {name: value for name, value in document.items() if name not in without}
    text = json.dumps(_lasting(counted), ensure_ascii=False, sort_keys=True)
    for pattern, name in SAME:
        text = pattern.sub(name, text)
    return text


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _lasting(inner)
            for name, inner in value.items()
            if name not in PASSING and not name.startswith("closedwon-")
        }
    if isinstance(value, list):
        return [_lasting(inner) for inner in value]
    return value
