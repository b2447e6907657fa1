"""A managed section: as it is wanted, and as it is compared."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated, Any, ClassVar, Self

from pydantic import field_validator, model_validator

from integrations.confluence.storage import Handler, Reading, escaped, parse, reading
from integrations.core import names as naming
from integrations.core.document import Document, Paragraph, Span
from integrations.core.model import plain
from integrations.core.resource import FieldInfo, Resource, precedence
from integrations.core.text import one_line, short_hash, shorten

TITLE_LIMIT = 255
CONTACTS = "contacts"
"""The step that a customer's table of contacts is filed under, in a section of its own."""


class Section(Resource):
    """Managed content of a customer's page: facts, team, links, a table of contacts.

    Where `page` names a page, the section is put into that one; otherwise it makes the page `page_title`, or,
    on a page that a person chose, goes to its top. `heading` stands above the body and is compared as part of
    it.
    """

    kind: ClassVar[str] = "section"
    title: ClassVar[str] = "page section"
    several: ClassVar[bool] = True
    names: ClassVar[tuple[str, ...]] = ("page_title",)

    page_title: Annotated[str, FieldInfo(looked_up=True, once=True, label="page")] = ""
    page: Annotated[str | None, FieldInfo(once=True, hidden=True)] = None
    heading: Annotated[str | None, FieldInfo(once=True)] = None
    body: Document = Document()
    page_id: Annotated[str, FieldInfo(output=True)] = ""
    digest: Annotated[str, FieldInfo(output=True, hidden=True)] = ""

    @field_validator("key")
    @classmethod
    def _is_not_the_contacts(cls, value: str) -> str:
        if value.partition("/")[2] == CONTACTS:
            raise ValueError(f"a step for a section can't be called {CONTACTS}: so is the table of contact sync")
        return value

    @field_validator("page_title")
    @classmethod
    def _one_short_line(cls, value: str) -> str:
        return shorten(one_line(value), TITLE_LIMIT)

    @field_validator("heading")
    @classmethod
    def _one_line(cls, value: str | None) -> str | None:
        return None if value is None else one_line(value)

    @model_validator(mode="after")
    def _has_a_place(self) -> Section:
        if not self.page_title and not self.page:
            raise ValueError("a section needs page_title (to make a page) or page (to go into one)")
        return self

    def named(self, distinction: str) -> Self:
        """See `Resource.named`. What goes into a page has no name of its own."""
        if not self.makes_page:
            return self
        return self.model_copy(update={"page_title": naming.title(self.page_title, distinction, TITLE_LIMIT)})

    @property
    def makes_page(self) -> bool:
        """Return whether a page of its own is made for the section."""
        return not self.page

    def label(self) -> str:
        """The page's title, or what stands above the section."""
        return self.heading if self.page and self.heading else self.page_title or self.key

    def kind_label(self) -> str:
        """A page where it makes one."""
        return "page" if self.makes_page else self.title

    def comparable(self, field: str) -> Any:
        """The body by a digest: Confluence's editor rewrites markup, so what is stored is never equal to what was."""
        return self.written if field == "body" else super().comparable(field)

    @property
    def written(self) -> str:
        """The digest of heading and body; empty where there is nothing."""
        if self.digest or not (self.heading or self.body):
            return self.digest
        return short_hash(json.dumps([self.heading or "", plain(self.body)], ensure_ascii=False), 16)


def document(lines: tuple[str, ...]) -> Document:
    """Return the text of a section on a page, a paragraph a line.

    This is for showing it, not for writing it back.
    """
    return Document(blocks=tuple(Paragraph(spans=(Span(text=line),)) for line in lines))


def subject(key: str) -> str:
    """Return the customer that a section belongs to: the key without its step."""
    return key.partition("/")[0]


MACRO = "ac:structured-macro"
PARAMETER = "ac:parameter"
CONTENT = "ac:rich-text-body"
CELL = "ac:layout-cell"
KEY, DIGEST = "closedwon", "closedwon-digest"
_OPENING = f'<{MACRO} ac:name="details" ac:schema-version="1">'


@dataclasses.dataclass(frozen=True)
class Managed:
    """A managed section in a page's text.

    `start`, `opening` (the first tag's end) and `end` are in bytes.
    """

    key: str
    written: str
    """The digest of what we wrote, and behind a dot that of how it reads."""
    start: int
    opening: int
    end: int
    reading: Reading
    content: tuple[int, int] = (0, 0)
    """Where what stands in it begins and ends, in bytes."""

    @property
    def digest(self) -> str:
        """The digest of what we wrote; another one if it no longer reads so."""
        source, _, read = self.written.partition(".")
        return source if read == self.reading.digest else f"edited-{self.reading.digest}"


@dataclasses.dataclass(frozen=True)
class Outline:
    """A page's managed sections, and where new ones go: at its top, and at its bottom."""

    sections: tuple[Managed, ...]
    top: int
    bottom: int

    def section(self, keys: tuple[str, ...]) -> Managed | None:
        """The section that bears one of the keys, by their `precedence`; of several with one rank the first."""
        ours = [section for section in self.sections if section.key in keys]
        return min(ours, key=lambda section: precedence(keys, section.key), default=None)


def outline(body: str) -> Outline:
    """Return our parts of a page's text.

    Raises:
        MalformedError: The text can't be parsed.
    """
    content = body.encode("utf-8", "surrogatepass")
    scribe = _Scribe(content)
    parse(content, scribe)
    return scribe.result()


def macro(key: str, digest: str | None, inner: str, opening: str = _OPENING) -> str:
    """A managed section with this content; `digest`: None where what stands in it is compared by itself."""
    return _macro(key, "" if digest is None else f"{digest}.{reading(inner.encode()).digest}", inner, opening)


def _macro(key: str, written: str, inner: str, opening: str) -> str:
    parameters = f'<{PARAMETER} ac:name="{KEY}">{escaped(key)}</{PARAMETER}>'
    if written:
        parameters += f'<{PARAMETER} ac:name="{DIGEST}">{written}</{PARAMETER}>'
    return f"{opening}{parameters}<{CONTENT}>{inner}</{CONTENT}></{MACRO}>"


def replaced(body: str, section: Managed, digest: str | None, inner: str, key: str = "") -> str:
    """The page's text with this section's content anew; its first tag and all around it stay as they are.

    `key`: what it is to be marked with; as it is by default.
    """
    content = body.encode("utf-8", "surrogatepass")
    opening = content[section.start : section.opening].decode()
    new = macro(key or section.key, digest, inner, opening).encode()
    return (content[: section.start] + new + content[section.end :]).decode("utf-8", "surrogatepass")


def marked(body: str, section: Managed, key: str) -> str:
    """Return the page's text with another key in this section's mark.

    The section's own text stays as it is.
    """
    content = body.encode("utf-8", "surrogatepass")
    opening, inner = content[section.start : section.opening].decode(), content[slice(*section.content)].decode()
    new = _macro(key, section.written, inner, opening).encode()
    return (content[: section.start] + new + content[section.end :]).decode("utf-8", "surrogatepass")


def inserted(body: str, place: int, text: str) -> str:
    """The page's text with a new section at a place that `outline` gave."""
    content = body.encode("utf-8", "surrogatepass")
    return (content[:place] + text.encode() + content[place:]).decode("utf-8", "surrogatepass")


@dataclasses.dataclass
class _Open:
    """A macro whose end has not come yet."""

    start: int
    opening: int
    parameters: dict[str, str] = dataclasses.field(default_factory=dict)
    content: tuple[int, int] = (0, 0)


class _Scribe(Handler):
    """Notes managed sections. A parameter or content counts for the macro that it stands in directly."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._path: list[str] = []
        self._macros: list[_Open] = []
        self._parameter: str | None = None
        self._body_starts: list[int] = []
        self._sections: list[Managed] = []
        self._cells: list[tuple[int, int]] = []
        self._cell_starts: list[int] = []

    def opened(self, name: str, attributes: dict[str, str], start: int, end: int) -> None:
        in_macro = bool(self._path) and self._path[-1] == MACRO
        self._path.append(name)
        if name == MACRO:
            self._macros.append(_Open(start, end))
        elif name == PARAMETER and in_macro:
            self._parameter = attributes.get("ac:name", "")
        elif name == CONTENT:
            self._body_starts.append(end)
        elif name == CELL:
            self._cell_starts.append(end)

    def closed(self, name: str, start: int, end: int) -> None:
        self._path.pop()
        if name == PARAMETER:
            self._parameter = None
        elif name == CONTENT:
            begun = self._body_starts.pop()
            if self._path and self._path[-1] == MACRO:
                self._macros[-1].content = (begun, start)
        elif name == CELL:
            begun = self._cell_starts.pop()
            if start < end:
                self._cells.append((begun, start))
        elif name == MACRO:
            self._noted(self._macros.pop(), end)

    def said(self, text: str) -> None:
        if self._parameter in (KEY, DIGEST) and self._path[-1] == PARAMETER:
            parameters = self._macros[-1].parameters
            parameters[self._parameter] = parameters.get(self._parameter, "") + text

    def result(self) -> Outline:
        """Inside a layout, text may stand in its cells only."""
        top, bottom = (self._cells[0][0], self._cells[-1][1]) if self._cells else (0, len(self._content))
        ordered = sorted(self._sections, key=lambda section: section.start)
        return Outline(tuple(ordered), top, bottom)

    def _noted(self, found: _Open, end: int) -> None:
        key = found.parameters.get(KEY, "").strip()
        if key:
            begun, ended = found.content
            written = found.parameters.get(DIGEST, "").strip()
            read = reading(self._content[begun:ended])
            self._sections.append(Managed(key, written, found.start, found.opening, end, read, (begun, ended)))
