"""Rich text in Confluence's storage format, which is XHTML."""

from __future__ import annotations

import dataclasses
import html
import re
import unicodedata
from html.entities import name2codepoint
from xml.parsers import expat

from integrations.core.document import Bullets, Document, Grid, Heading, Line, Paragraph, Span
from integrations.core.text import clean, short_hash

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


_XML = {"lt", "gt", "amp", "quot", "apos"}
_ENTITIES = "".join(f'<!ENTITY {name} "&#{code};">' for name, code in name2codepoint.items() if name not in _XML)
_HEAD = f"<!DOCTYPE body [{_ENTITIES}]><body>".encode()
_TAIL = b"</body>"
_TAG = re.compile(rb"""<(?:[^'">]|"[^"]*"|'[^']*')*>""")


class MalformedError(ValueError):
    """The text is not what the storage format allows."""


class Handler:
    """Told of what stands in a text, in order. `place` is where, in bytes; only while it is told."""

    def opened(self, name: str, attributes: dict[str, str], start: int, end: int) -> None:
        """A tag opens an element; `start` and `end` are those of the tag."""

    def closed(self, name: str, start: int, end: int) -> None:
        """An element ends; `start` and `end` are those of the closing tag, equal for `<br/>`."""

    def said(self, text: str) -> None:
        """Characters, with entities and CDATA as what they mean."""


def parse(content: bytes, handler: Handler) -> None:
    """Parse `content` and report its parts to the handler.

    Raises:
        MalformedError: It can't be parsed.
    """
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = False

    def tag_end(start: int) -> int:
        found = _TAG.match(content, start)
        return found.end() if found else start

    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        start = parser.CurrentByteIndex - len(_HEAD)
        if start >= 0:
            depth += 1
            handler.opened(name, attributes, start, tag_end(start))

    def closed(name: str) -> None:
        nonlocal depth
        if depth == 0:
            return  # the element that we have put around
        depth -= 1
        start = parser.CurrentByteIndex - len(_HEAD)
        is_tag = content.startswith(f"</{name}".encode(), start)
        handler.closed(name, start, tag_end(start) if is_tag else start)

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = handler.said
    try:
        parser.Parse(_HEAD + content + _TAIL, True)
    except expat.ExpatError as error:
        raise MalformedError(expat.errors.messages.get(error.code, "malformed")) from None


_BLOCKS = frozenset({"p", "li", "tr", "div", "br", "table", "ul", "ol", *(f"h{level}" for level in range(1, 7))})
_CELLS = frozenset({"td", "th"})
_PICTURES = frozenset({"So", "Sk", "Cf", "Co", "Cn"})
"""Categories of emoji, their modifiers and invisible joiners, which the editor turns into elements of its own."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """The text of a section, a line per block, and where its links lead."""

    lines: tuple[str, ...]
    links: tuple[str, ...]

    @property
    def digest(self) -> str:
        """A hash of text and links. White space, emoji and markup do not count: the editor changes them by itself."""
        text = unicodedata.normalize("NFC", "".join(self.lines))
        kept = [sign for sign in text if not sign.isspace() and unicodedata.category(sign) not in _PICTURES]
        return short_hash("\n".join(["".join(kept), *self.links]), 16)


def reading(content: bytes) -> Reading:
    """Return the content of a section; an empty one where it can't be read."""
    reader = _Reader()
    try:
        parse(content, reader)
    except MalformedError:
        return Reading((), ())
    return reader.result()


class _Reader(Handler):
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line = ""
        self._links: list[str] = []
        self._cell = 0
        self._rows = 0

    def opened(self, name: str, attributes: dict[str, str], start: int, end: int) -> None:
        del start, end
        if name == "a" and attributes.get("href"):
            self._links.append(attributes["href"])
        elif name == "tr":
            self._break()
            self._rows += 1
            self._cell = 0
        elif name in _CELLS:
            self._line += ": " if self._cell else ""
            self._cell += 1
        elif name == "li":
            self._break()
            self._line = "- "
        elif name in _BLOCKS and not self._rows and self._line != "- ":
            self._break()

    def closed(self, name: str, start: int, end: int) -> None:
        del start, end
        if name == "tr":
            self._rows -= 1
            self._break()
        elif name in _BLOCKS and not self._rows:
            self._break()

    def said(self, text: str) -> None:
        self._line += text

    def result(self) -> Reading:
        self._break()
        return Reading(tuple(self._lines), tuple(self._links))

    def _break(self) -> None:
        line = " ".join(self._line.split())
        if line and line != "-":
            self._lines.append(line)
        self._line = ""
