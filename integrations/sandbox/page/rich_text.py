"""Confluence's storage format and Jira's document format as plain, safe HTML."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from markupsafe import Markup, escape

from integrations.sandbox.wiki.storage import HEAD, NAMESPACES

AC, RI = (f"{{{NAMESPACES[prefix]}}}" for prefix in ("ac", "ri"))
KEPT = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "b", "em", "i", "u", "code", "pre", "br"}
    | {"table", "tbody", "thead", "tr", "td", "th", "hr", "blockquote", "span", "sub", "sup"}
)
VOID = frozenset({"br", "hr"})
BLOCKS = {
    "paragraph": "p",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "blockquote": "blockquote",
    "codeBlock": "pre",
    "table": "table",
    "tableRow": "tr",
    "tableCell": "td",
    "tableHeader": "th",
    "panel": "blockquote",
}
UNSEEN = frozenset({"anchor"})
"""Macros of which a reader sees nothing."""
MARKS = {"strong": "strong", "em": "em", "code": "code", "underline": "u", "strike": "s"}


def from_storage(value: str) -> Markup:
    """A wiki page's body; whatever is not plain text formatting is left out, macros become boxes."""
    try:
        root = ET.fromstring(f"{HEAD}{value}</body>")  # noqa: S314  (checked when it was stored)
    except ET.ParseError:
        return Markup("<pre>{}</pre>").format(value)
    return _inside(root)


def from_document(value: Any) -> Markup:
    """A text in the Atlassian document format; older ones are plain text."""
    if isinstance(value, str):
        return Markup("<pre>{}</pre>").format(value)
    return _node(value) if isinstance(value, dict) else Markup()


def _inside(element: ET.Element) -> Markup:
    parts = [escape(element.text or "")]
    for child in element:
        parts += [_element(child), escape(child.tail or "")]
    return Markup().join(parts)


def _element(element: ET.Element) -> Markup:
    tag = element.tag
    if tag == f"{AC}structured-macro":
        return Markup() if element.get(f"{AC}name") in UNSEEN else _macro(element)
    if tag == "a":
        return _link(element.get("href", ""), _inside(element))
    if tag in VOID:
        return Markup("<{}>").format(tag)
    if tag in KEPT:
        return Markup("<{0}>{1}</{0}>").format(tag, _inside(element))
    if tag.startswith((AC, RI)) and not tag.endswith(("rich-text-body", "plain-text-body", "link-body")):
        return Markup()
    return _inside(element)


def _macro(element: ET.Element) -> Markup:
    values = {child.get(f"{AC}name", ""): child.text or "" for child in element.iter(f"{AC}parameter")}
    text = " · ".join(f"{name}: {value}" for name, value in values.items() if name)
    box = Markup('<section class="macro"><header>{}<small>{}</small></header>{}</section>')
    return box.format(element.get(f"{AC}name", "macro"), text, Markup().join(_element(child) for child in element))


def _link(address: str, text: Markup) -> Markup:
    if not address.startswith(("http://", "https://", "/", "mailto:")):
        return text
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(address, text)


def _node(node: dict[str, Any]) -> Markup:
    kind, attributes = node.get("type"), node.get("attrs") or {}
    inside = Markup().join(_node(child) for child in node.get("content") or [])
    if kind == "text":
        return _marked(escape(node.get("text", "")), node.get("marks") or [])
    if kind == "heading":
        level = min(max(int(attributes.get("level", 2)), 1), 6)
        return Markup("<h{0}>{1}</h{0}>").format(level, inside)
    if kind == "hardBreak":
        return Markup("<br>")
    if kind == "rule":
        return Markup("<hr>")
    if kind in ("inlineCard", "blockCard"):
        return _link(str(attributes.get("url", "")), escape(attributes.get("url", "")))
    if kind in BLOCKS:
        return Markup("<{0}>{1}</{0}>").format(BLOCKS[kind], inside)
    return inside or escape(attributes.get("text", ""))


def _marked(text: Markup, marks: list[dict[str, Any]]) -> Markup:
    for mark in marks:
        if mark.get("type") == "link":
            text = _link(str((mark.get("attrs") or {}).get("href", "")), text)
        elif mark.get("type") in MARKS:
            text = Markup("<{0}>{1}</{0}>").format(MARKS[mark["type"]], text)
    return text
