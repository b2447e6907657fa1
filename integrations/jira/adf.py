"""Rich text as Jira has it: the Atlassian Document Format, a tree of JSON nodes.

Whatever a customer typed only ever becomes the text of a text node, so it can't become a heading or a link.
The format refuses empty text nodes, and a line break is a node of its own.
"""

from __future__ import annotations

import bisect
import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from integrations.core.document import Block, Bullets, Document, Grid, Heading, Line, Paragraph, Span

Node = dict[str, Any]

LONGEST = 32_767
"""Characters of a description or a comment (`jira.text.field.character.limit`, which no document of Atlassian's for
version 3 names). Reports differ on what is counted: the text, its wiki markup, or the JSON of the tree, which is the
longest of them and therefore what counts here, in the units of UTF-16 that Jira's Java counts."""
SHORTENED = Paragraph(spans=(Span(text="(Shortened here: Jira takes no longer text.)"),))


def to_adf(document: Document) -> Node:
    """Return the document in the form that Jira takes for a description or a comment.

    A document too long for Jira is cut off, and says so at its end.
    """
    tree = _tree(document)
    if _length(tree) <= LONGEST:
        return tree
    lengths = range(1, LONGEST)
    kept = bisect.bisect_right(lengths, LONGEST, key=lambda length: _length(_tree(_shortened(document, length))))
    return _tree(_shortened(document, kept))


def _shortened(document: Document, length: int) -> Document:
    return Document(blocks=(*document.beginning(length).blocks, SHORTENED))


def _length(tree: Node) -> int:
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _tree(document: Document) -> Node:
    return {"type": "doc", "version": 1, "content": [_block(block) for block in document.blocks]}


def _block(block: Block) -> Node:
    if isinstance(block, Paragraph):
        return _paragraph(block.spans)
    if isinstance(block, Heading):
        level = min(max(block.level, 1), 6)
        return {"type": "heading", "attrs": {"level": level}, "content": _inline(block.spans)}
    if isinstance(block, Bullets):
        kind = "orderedList" if block.ordered else "bulletList"
        items = block.items or ((),)
        return {"type": kind, "content": [{"type": "listItem", "content": [_paragraph(item)]} for item in items]}
    return _table(block)


def _table(grid: Grid) -> Node:
    rows = [_row("tableHeader", grid.header), *(_row("tableCell", row) for row in grid.rows)]
    return {"type": "table", "content": rows}


def _row(kind: str, cells: tuple[Line, ...]) -> Node:
    return {
        "type": "tableRow",
        "content": [{"type": kind, "attrs": {}, "content": [_paragraph(cell)]} for cell in cells],
    }


def _paragraph(spans: Line) -> Node:
    return {"type": "paragraph", "content": _inline(spans)}


def _inline(spans: Line) -> list[Node]:
    nodes: list[Node] = []
    for span in spans:
        for number, part in enumerate(span.text.split("\n")):
            if number:
                nodes.append({"type": "hardBreak"})
            if part:
                nodes.append(_text(part, span))
    return nodes


def _text(text: str, span: Span) -> Node:
    marks: list[Node] = []
    if span.href:
        marks.append({"type": "link", "attrs": {"href": span.href}})
    if span.bold:
        marks.append({"type": "strong"})
    return {"type": "text", "text": text, **({"marks": marks} if marks else {})}


def from_adf(node: Mapping[str, Any] | None) -> Document:
    """Return a description or comment as a document: for comparing and showing it, not for writing it back.

    Equal for two trees that read the same, whatever ids and default attributes Jira has added to one of them.
    What `to_adf` never writes (a panel, a mention, italics) becomes text that names it, so that it is never
    overlooked.
    """
    return Document(blocks=tuple(_read_block(child) for child in _content(node or {})))


def _content(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return node.get("content") or []


def _read_block(node: Mapping[str, Any]) -> Block:
    kind = node.get("type")
    if kind == "paragraph":
        return Paragraph(spans=_read_line(node))
    if kind == "heading":
        return Heading(level=int((node.get("attrs") or {}).get("level") or 1), spans=_read_line(node))
    if kind in ("bulletList", "orderedList"):
        items = tuple(_merged(_flat(item)) for item in _content(node))
        return Bullets(ordered=kind == "orderedList", items=items)
    if kind == "table":
        rows = [tuple(_merged(_flat(cell)) for cell in _content(row)) for row in _content(node)]
        return Grid(header=rows[0] if rows else (), rows=tuple(rows[1:]))
    return Paragraph(spans=_merged([Span(text=f"[{kind}] "), *_flat(node)]))


def _read_line(node: Mapping[str, Any]) -> Line:
    return _merged(itertools.chain.from_iterable(_read_inline(child) for child in _content(node)))


def _flat(node: Mapping[str, Any]) -> Iterator[Span]:
    """The text of a node that holds one paragraph, or whatever people made of it."""
    for number, child in enumerate(_content(node)):
        if number:
            yield Span(text="\n")
        if child.get("type") == "paragraph":
            yield from _read_line(child)
        elif _content(child):
            yield Span(text=f"[{child.get('type')}] ")
            yield from _flat(child)
        else:
            yield from _read_inline(child)


def _read_inline(node: Mapping[str, Any]) -> Iterator[Span]:
    if node.get("type") == "hardBreak":
        yield Span(text="\n")
        return
    attributes = node.get("attrs") or {}
    text = str(node.get("text") or "")
    if node.get("type") != "text":
        text = f"[{node.get('type')} {attributes.get('text') or attributes.get('url') or attributes.get('id') or ''}]"
    marks = {str(mark.get("type")): mark for mark in node.get("marks") or ()}
    href = (marks.pop("link", {}).get("attrs") or {}).get("href")
    bold = marks.pop("strong", None) is not None
    yield Span(text="".join(f"[{mark}]" for mark in sorted(marks)) + text, bold=bold, href=href)


def _merged(spans: Iterator[Span] | list[Span]) -> Line:
    """The spans without empty ones, neighbours of one look joined; a line break looks like what stands before it."""
    joined: list[Span] = []
    for span in spans:
        if joined and (span.text == "\n" or (joined[-1].bold, joined[-1].href) == (span.bold, span.href)):
            joined[-1] = joined[-1].model_copy(update={"text": joined[-1].text + span.text})
        elif span.text:
            joined.append(span)
    return tuple(joined)
