"""Rich text in Confluence's storage format, which is XHTML."""

from __future__ import annotations

import html
import re

from integrations.core.document import Bullets, Document, Grid, Heading, Line, Paragraph, Span
from integrations.core.text import clean

SECTION_LEVEL = 2
"""The level of a section's own heading."""

_LINK = re.compile(r"(https?://|mailto:)[^\s<>\"]+\Z", re.IGNORECASE)
_NOT_XML = re.compile("[\ufffe\uffff]")


def rendered(heading: str | None, body: Document) -> str:
    """A section's content: its heading, if it has one, and its body."""
    title = f"<h{SECTION_LEVEL}>{_text(heading)}</h{SECTION_LEVEL}>" if heading else ""
    return title + "".join(_block(block) for block in body.blocks)


def escaped(text: str) -> str:
    """Text as it may stand between tags or in an attribute: nothing in it becomes markup."""
    return html.escape(_NOT_XML.sub("", clean(text)))


def _block(block: Paragraph | Heading | Bullets | Grid) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{_line(block.spans)}</p>"
    if isinstance(block, Heading):
        level = min(max(block.level, 1), 6)
        return f"<h{level}>{_line(block.spans)}</h{level}>"
    if isinstance(block, Bullets):
        name = "ol" if block.ordered else "ul"
        items = "".join(f"<li><p>{_line(item)}</p></li>" for item in block.items)
        return f"<{name}>{items}</{name}>"
    return _grid(block)


def _grid(grid: Grid) -> str:
    """A table; where its header is empty, the first cell of each row is the row's name."""
    with_header = any(span.text for cell in grid.header for span in cell)
    first = "td" if with_header else "th"
    header = [[_cell(cell, "th") for cell in grid.header]] if with_header else []
    rows = [[_cell(cell, "td" if place else first) for place, cell in enumerate(row)] for row in grid.rows]
    lines = "".join(f"<tr>{''.join(cells)}</tr>" for cells in header + rows)
    return f"<table><tbody>{lines}</tbody></table>"


def _cell(line: Line, name: str) -> str:
    return f"<{name}><p>{_line(line)}</p></{name}>"


def _line(spans: Line) -> str:
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    text = _text(span.text)
    if span.bold:
        text = f"<strong>{text}</strong>"
    if span.href and _LINK.match(span.href):
        return f'<a href="{escaped(span.href)}">{text}</a>'
    return text


def _text(text: str) -> str:
    return escaped(text).replace("\n", "<br />")
