"""Reading the storage format with a real parser, so that text that looks like markup is never taken for it."""

from __future__ import annotations

import re
from html.entities import name2codepoint
from xml.parsers import expat

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
