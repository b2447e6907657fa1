"""The Atlassian Document Format as far as Jira refuses what is not it: nodes, where they may stand, marks."""

from __future__ import annotations

import json
from typing import Any

from integrations.sandbox.jira.answers import Json
from integrations.sandbox.jira.call import of_type

INLINE = frozenset(
    {"text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status", "placeholder", "mediaInline"}
)
LISTS = frozenset({"bulletList", "orderedList"})
SIMPLE = frozenset({"paragraph", "heading", "codeBlock", "rule", "mediaSingle", "mediaGroup"}) | LISTS
BLOCKS = SIMPLE | {
    "blockquote", "panel", "table", "expand", "taskList", "decisionList", "blockCard", "embedCard", "extension",
    "bodiedExtension", "layoutSection",
}  # fmt: skip

CHILDREN: dict[str, frozenset[str]] = {
    "doc": BLOCKS,
    "paragraph": INLINE,
    "heading": INLINE,
    "codeBlock": frozenset({"text"}),
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": frozenset({"paragraph", "codeBlock", "mediaSingle"}) | LISTS,
    "taskList": frozenset({"taskItem", "taskList"}),
    "taskItem": INLINE,
    "decisionList": frozenset({"decisionItem"}),
    "decisionItem": INLINE,
    "blockquote": frozenset({"paragraph", "codeBlock", "mediaSingle", "mediaGroup"}) | LISTS,
    "panel": frozenset({"paragraph", "heading", "codeBlock", "rule", "taskList"}) | LISTS,
    "expand": BLOCKS - {"expand"},
    "table": frozenset({"tableRow"}),
    "tableRow": frozenset({"tableCell", "tableHeader"}),
    "tableCell": BLOCKS - {"expand", "table"},
    "tableHeader": BLOCKS - {"expand", "table"},
    "mediaSingle": frozenset({"media", "caption"}),
    "mediaGroup": frozenset({"media"}),
    "caption": INLINE,
    "layoutSection": frozenset({"layoutColumn"}),
    "layoutColumn": BLOCKS,
    "bodiedExtension": BLOCKS,
}
"""What may stand directly inside a node; a node that is not named here holds nothing."""

FILLED = frozenset({"bulletList", "orderedList", "listItem", "table", "blockquote", "panel", "taskList", "expand"})
"""Nodes that may not be empty."""

ATTRIBUTES: dict[str, dict[str, type]] = {
    "heading": {"level": int},
    "panel": {"panelType": str},
    "mention": {"id": str},
    "emoji": {"shortName": str},
    "date": {"timestamp": str},
    "status": {"text": str, "color": str},
    "taskList": {"localId": str},
    "taskItem": {"localId": str, "state": str},
    "media": {"type": str},
}
"""Attributes that a node must have."""

MARKS = frozenset(
    {"strong", "em", "code", "link", "strike", "underline", "subsup", "textColor", "backgroundColor", "border",
     "alignment", "indentation", "breakout", "annotation"}
)  # fmt: skip
KEYS = frozenset({"type", "content", "attrs", "marks", "text", "version"})

LONGEST = 32_767
"""Of the document's JSON, as users of version 3 report it; counted as Java does, a letter beyond U+FFFF as two."""
TOO_LONG = f"The entered text is too long. It exceeds the allowed limit of {LONGEST:,} characters."


def is_too_long(value: Any) -> bool:
    """Return whether the document is longer than Jira keeps."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-16-le", "surrogatepass")) > 2 * LONGEST


def is_document(value: Any) -> bool:
    """Return whether this is a document at all: wiki text, which version 2 takes, is none."""
    return isinstance(value, dict) and value.get("type") == "doc" and value.get("version") == 1


def is_valid(value: Any) -> bool:
    """Return whether every node is known, stands where it may, and has what it must have."""
    return is_document(value) and isinstance(value.get("content"), list) and _valid_node(value)


def _valid_node(node: Any) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str) or not node.keys() <= KEYS:
        return False
    if ("version" in node) != (node["type"] == "doc"):
        return False
    if node["type"] == "text":
        return _valid_text(node)
    return "text" not in node and _valid_attributes(node) and _valid_marks(node) and _valid_content(node)


def _valid_text(node: Json) -> bool:
    text = node.get("text")
    return isinstance(text, str) and text != "" and "content" not in node and _valid_marks(node)


def _valid_attributes(node: Json) -> bool:
    attributes = node.get("attrs", {})
    if not isinstance(attributes, dict):
        return False
    needed = ATTRIBUTES.get(node["type"], {})
    if node["type"] == "heading" and attributes.get("level") not in range(1, 7):
        return False
    return all(of_type(attributes.get(name), expected) for name, expected in needed.items())


def _valid_marks(node: Json) -> bool:
    marks = node.get("marks", [])
    return isinstance(marks, list) and all(_valid_mark(mark) for mark in marks)


def _valid_mark(mark: Any) -> bool:
    if not isinstance(mark, dict) or str(mark.get("type")) not in MARKS or not mark.keys() <= {"type", "attrs"}:
        return False
    attributes = mark.get("attrs") or {}
    return mark["type"] != "link" or (isinstance(attributes, dict) and bool(attributes.get("href")))


def _valid_content(node: Json) -> bool:
    content = node.get("content", [])
    allowed = CHILDREN.get(node["type"], frozenset())
    if not isinstance(content, list) or (node["type"] in FILLED and not content):
        return False
    return all(_valid_node(child) and child["type"] in allowed for child in content)
