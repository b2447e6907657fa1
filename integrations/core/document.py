"""Rich text without a vendor: the text of our templates, before Jira or Confluence spells it its own way.

Values enter as text nodes only (`from_markdown` parses the template's own Markdown, never a value's), so
nothing that a customer typed can become a heading, a link or a macro.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from integrations.core.model import Model


class Span(Model):
    """A run of text, perhaps bold, perhaps a link (http, https or mailto only)."""

    text: str
    bold: bool = False
    href: str | None = None


Line = tuple[Span, ...]


class Paragraph(Model):
    """A paragraph; a newline in a span is a line break."""

    type: Literal["paragraph"] = "paragraph"
    spans: Line


class Heading(Model):
    """A heading of level 1 to 6."""

    type: Literal["heading"] = "heading"
    level: int
    spans: Line


class Bullets(Model):
    """A list, numbered where `ordered`; each item is one line."""

    type: Literal["bullets"] = "bullets"
    ordered: bool = False
    items: tuple[Line, ...]


class Grid(Model):
    """A table with one header row; every row is as wide as the header."""

    type: Literal["grid"] = "grid"
    header: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]


Block = Annotated[Paragraph | Heading | Bullets | Grid, Field(discriminator="type")]


class Document(Model):
    """A piece of rich text: the body of a ticket, a section of a page."""

    blocks: tuple[Block, ...] = ()

    def plain(self) -> str:
        """Return the text alone, a line per block or item, for a plan."""
        return "\n".join(line for block in self.blocks for line in _lines(block))

    def beginning(self, length: int) -> Document:
        """Return the first `length` characters; each paragraph, item and cell counts as one more."""
        blocks: list[Paragraph | Heading | Bullets | Grid] = []
        for block in self.blocks:
            if length <= 0:
                break
            part, length = _cut_block(block, length)
            blocks.append(part)
        return Document(blocks=tuple(blocks))

    def __bool__(self) -> bool:
        """Return whether the document has any content."""
        return bool(self.blocks)


def _cut_block(
    block: Paragraph | Heading | Bullets | Grid, room: int
) -> tuple[Paragraph | Heading | Bullets | Grid, int]:
    """Return a block's beginning and the room left; a table keeps its header and its columns."""
    if isinstance(block, (Paragraph, Heading)):
        spans, room = _cut_line(block.spans, room)
        return block.model_copy(update={"spans": spans}), room
    if isinstance(block, Bullets):
        items, room = _cut_lines(block.items, room)
        return block.model_copy(update={"items": tuple(item for item in items if item)}), room
    header, room = _cut_lines(block.header, room)
    rows: list[tuple[Line, ...]] = []
    for row in block.rows:
        if room <= 0:
            break
        cells, room = _cut_lines(row, room)
        rows.append(cells)
    return block.model_copy(update={"header": header, "rows": tuple(rows)}), room


def _cut_lines(lines: tuple[Line, ...], room: int) -> tuple[tuple[Line, ...], int]:
    """Return as many lines as there were, those beyond the room empty, so that a table keeps its columns."""
    cut: list[Line] = []
    for line in lines:
        spans, room = _cut_line(line, room)
        cut.append(spans)
    return tuple(cut), room


def _cut_line(line: Line, room: int) -> tuple[Line, int]:
    spans: list[Span] = []
    room -= 1
    for span in line:
        if room <= 0:
            break
        spans.append(span.model_copy(update={"text": span.text[:room]}))
        room -= len(spans[-1].text)
    return tuple(spans), room


def _lines(block: Paragraph | Heading | Bullets | Grid) -> list[str]:
    if isinstance(block, (Paragraph, Heading)):
        return [_text(block.spans)]
    if isinstance(block, Bullets):
        return ["- " + _text(item) for item in block.items]
    rows = (block.header, *block.rows) if any(_text(cell) for cell in block.header) else block.rows
    return [": ".join(_text(cell) for cell in row) for row in rows]


def _text(spans: Line) -> str:
    return "".join(span.text for span in spans)
