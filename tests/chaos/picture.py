"""What the systems hold, object by object, so that two worlds can be compared.

Nothing of the product's is used: only the sandbox's state. Ids, times, versions and hashes differ from world to world;
an id becomes the name of the object that has it, so that a link to the wrong object, or none, is seen. All else is
compared: texts of tickets with their comments, bodies of pages, members, properties.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

PASSING = frozenset(
    {"id", "key", "uid", "uuid", "created", "updated", "changed", "createdAt", "creationTimestamp", "create_date"}
    | {"write_date", "statusCategoryChangedDate", "version", "history", "resourceVersion", "generation", "token"}
    | {"validUntil", "ranks", "rank", "message"}
)
"""Fields of an object that two worlds never have in common; `key` only at an object's top."""
CLAIM = "closedwon-"
"""How properties of the Jira register begin. They are no objects: they say what is being made."""
SETS = frozenset({"users", "servicedesks", "userRefs", "category_id", "labels", "tag_ids"})
"""Fields whose order means nothing."""
ERP_NAMES = {"partner_id": "res.partner", "parent_id": "res.partner", "commercial_partner_id": "res.partner"}
"""Fields of the ERP that hold another object's number, and its model."""
MADE = 1000
"""From here on the ERP numbers what was not there at the beginning."""
ERP_LISTS = {"category_id": "res.partner.category"}
HASHES = (
    (re.compile(r"http://127\.0\.0\.1:\d+"), "URL"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\b[0-9a-f]{16}\.[0-9a-f]{16}\b"), "DIGEST"),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"), "HASH"),
    (re.compile(r"(?<=closedwon-)[0-9a-f]{16,20}\b"), "HASH"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:[\d:.]+(Z|\+\d{4})?"), "TIME"),
)


def picture(state: Mapping[str, Any], *, twins: bool = False, without: frozenset[str] = frozenset()) -> Counter[str]:
    """Every object as one line, as often as it is there.

    Args:
        state: What `/_sandbox/state` answers.
        twins: Leave out what was made twice and is closed, or taken off the service desk, as the one that does not
            count: two machines at once, or one that was stopped for long, can't help making it.
        without: Fields that do not count.
    """
    names = _names(state)
    lines: Counter[str] = Counter()
    for system, kinds in state.items():
        if system == "duplicates":
            continue
        for kind, objects in kinds.items():
            lines.update(
                _line(system, kind, document, names, without)
                for document in objects
                if not (twins and _is_ended_twin(document))
            )
    return lines


def _is_ended_twin(document: Mapping[str, Any]) -> bool:
    mark = (document.get("properties") or {}).get("closedwon")
    is_closed = document.get("statusCategory") == "done" and "counting" in (mark or {})
    return is_closed or bool(mark and document.get("servicedesks") == [])


def difference(there: Counter[str], wanted: Counter[str]) -> list[str]:
    """What is there too much (`+`), what is missing (`-`), and where objects of one name differ (`~`)."""
    extra, missing = sorted((there - wanted).elements()), sorted((wanted - there).elements())
    lines = []
    for line in extra:
        other = next((candidate for candidate in missing if _label(candidate) == _label(line)), None)
        if other is None:
            lines.append(f"+ {line}")
        else:
            missing.remove(other)
            lines.append(f"~ {_label(line)}: {_differs(_document(line), _document(other))}")
    return [*lines, *(f"- {line}" for line in missing)]


def _document(line: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line.split(" ", 2)[2])
    return found


def _label(line: str) -> str:
    """How people call an object: enough to say which one differs."""
    system, kind, _ = line.split(" ", 2)
    document = _document(line)
    called = next((document[field] for field in ("summary", "title", "email", "name") if document.get(field)), "")
    return f"{system} {kind} {called} {document.get('spec', {}).get('email', '')}".rstrip()


def _differs(there: Any, wanted: Any, path: str = "") -> str:
    """The parts that differ, each as it is there and as it is wanted."""
    if isinstance(there, dict) and isinstance(wanted, dict):
        parts = (_differs(there.get(name), wanted.get(name), f"{path}.{name}") for name in sorted({*there, *wanted}))
        return "; ".join(part for part in parts if part)
    if isinstance(there, list) and isinstance(wanted, list) and len(there) == len(wanted):
        parts = (
            _differs(cell, other, f"{path}[{n}]") for n, (cell, other) in enumerate(zip(there, wanted, strict=True))
        )
        return "; ".join(part for part in parts if part)
    if there == wanted:
        return ""
    if isinstance(there, str) and isinstance(wanted, str):
        there, wanted = _middle(there, wanted)
    return f"{path.lstrip('.')} is {there!r}, not {wanted!r}"


def _middle(text: str, other: str, around: int = 30) -> tuple[str, str]:
    """Two texts without most of what they have in common at both ends."""
    start = _common(text, other)
    end = _common(text[start:][::-1], other[start:][::-1])
    first = max(0, start - around)
    return text[first : len(text) - max(0, end - around)], other[first : len(other) - max(0, end - around)]


def _common(text: str, other: str) -> int:
    """How many signs two texts have in common at their beginning."""
    pairs = enumerate(zip(text, other, strict=False))
    return next((number for number, (left, right) in pairs if left != right), min(len(text), len(other)))


class _Names:
    """What to write in the place of ids."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}
        self.erp: dict[tuple[str, int], str] = {}

    def of(self, model: str, number: Any) -> Any:
        """An object of the ERP by its number; what is none stays as it is."""
        if isinstance(number, bool) or not isinstance(number, int):
            return number
        return self.erp.get((model, number), f"<no {model}>")

    def text(self, text: str) -> str:
        """A text without ids, addresses and hashes."""
        for pattern, name in HASHES[:1]:
            text = pattern.sub(name, text)
        text = _WORD.sub(lambda found: self.words.get(found[0], found[0]), text)
        for pattern, name in HASHES[1:]:
            text = pattern.sub(name, text)
        return text


_WORD = re.compile(
    r"(?:customer|deal):\d+|qm:[0-9a-f-]+:[0-9a-f-]+|[A-Z][A-Z0-9]+-\d+|(?<![0-9a-f])be-\d+\b|\b\d{5,}\b|[0-9a-f]{24}"
)
"""What may be an id: of a customer, an account, an issue, a billing entity, a page."""


def _names(state: Mapping[str, Any]) -> _Names:
    names = _Names()
    erp, jira, wiki = (state.get(system, {}) for system in ("erp", "jira", "wiki"))
    for model in ("res.partner", "res.partner.category"):
        for record in erp.get(model, ()):
            names.erp[model, int(record["id"])] = f"<{model} {record['name']} {record.get('email') or ''}>"
    for record in erp.get("res.partner", ()):
        if int(record["id"]) >= MADE:
            names.words[f"customer:{record['id']}"] = f"<customer {record['name']}>"
        names.words[f"be-{record['id']}"] = f"<billing of {record['name']} {record.get('email') or ''}>"
    for record in erp.get("crm.lead", ()):
        customer = record.get("partner_id")
        if isinstance(customer, int) and customer >= MADE:
            # An object is marked with the key that its customer had then: the deal's, until the ERP knows the customer.
            names.words[f"deal:{record['id']}"] = names.words.get(f"customer:{customer}", "")
    for record in jira.get("user", ()):
        names.words[record["accountId"]] = f"<account {record['email']}>"
    for record in jira.get("issue", ()):
        names.words[record["key"]] = f"<issue {record['summary']}>"
    for record in wiki.get("page", ()):
        names.words[str(record["id"])] = f"<page {record['title']}>"
    return names


def _line(system: str, kind: str, document: Mapping[str, Any], names: _Names, without: frozenset[str]) -> str:
    kept = {name: value for name, value in document.items() if name not in PASSING | without}
    if kind == "ir.model.data":
        kept["res_id"] = (
            names.of(str(document["model"]), document["res_id"])
            if int(document["res_id"]) >= MADE
            else document["res_id"]
        )
    if system == "erp":
        kept |= {name: names.of(model, document[name]) for name, model in ERP_NAMES.items() if name in document}
        for name, model in ERP_LISTS.items():
            if isinstance(document.get(name), list):
                kept[name] = [names.of(model, number) for number in document[name]]
    if (system, kind) == ("wiki", "page"):
        kept["body"] = _sections(names.text(str(document["body"])))
    return f"{system} {kind} {json.dumps(_lasting(kept, names), ensure_ascii=False, sort_keys=True)}"


_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)


def _sections(body: str) -> list[list[str]]:
    """A page's text without the order of its sections, and of the people in a table: both stand as they came."""
    parts = re.split(r"(?=<ac:structured-macro [^>]*details)", body)
    return sorted([_ROW.sub("", part), *sorted(_ROW.findall(part))] for part in parts)


def _lasting(value: Any, names: _Names, name: str = "") -> Any:
    if isinstance(value, dict):
        return {
            names.text(key): _lasting(inner, names, key)
            for key, inner in value.items()
            if (key not in PASSING or key == "key") and not key.startswith(CLAIM)
        }
    if isinstance(value, list):
        found = [_lasting(inner, names) for inner in value]
        return sorted(found, key=lambda inner: json.dumps(inner, sort_keys=True)) if name in SETS else found
    return names.text(value) if isinstance(value, str) else value
