"""Reading of a section's content, whatever Confluence's editor has made of its markup."""

from __future__ import annotations

import dataclasses
import unicodedata

from integrations.confluence.markup import Handler, MalformedError, parse
from integrations.core.text import short_hash

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
