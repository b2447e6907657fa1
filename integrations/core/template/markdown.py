"""Markdown templates to rich text: the template is parsed as Markdown, its values never are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from integrations.core.document import Block, Bullets, Document, Grid, Heading, Line, Paragraph, Span
from integrations.core.template.expression import Template, TemplateFault, unquoted

if TYPE_CHECKING:  # few commands write texts
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

SCHEMES = frozenset({"http", "https", "mailto"})
SUPPORTED = "headings, paragraphs, lists, tables, links and bold"


def document(template: Template, context: Mapping[str, Any]) -> Document:
    """The rich text that a Markdown template gives for these values.

    Raises:
        TemplateFault: It asks for what there is not, or uses Markdown beyond `SUPPORTED`.
        NotYet: It asks for what another step will tell.
    """
    return _parsed(template.quoting(context))


# A text is asked for when it is planned, shown, and written.
@lru_cache(maxsize=64)
def _parsed(text: str) -> Document:
    return Document(blocks=tuple(_blocks(_parser().parse(text))))


@lru_cache(maxsize=256)
def is_supported(template: Template) -> str | None:
    """Return the fault in the template's own Markdown; None where there is none."""
    try:
        Document(blocks=tuple(_blocks(_parser().parse(template.text))))
    except TemplateFault as fault:
        return str(fault)
    return None


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415  (few commands write texts)

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(["html_block", "html_inline", "code"])


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    position = 0
    while position < len(tokens):
        token = tokens[position]
        end = _end(tokens, position)
        inside = tokens[position + 1 : end]
        if token.type == "paragraph_open":
            spans = _line(inside[0])
            if spans:
                yield Paragraph(spans=spans)
        elif token.type == "heading_open":
            yield Heading(level=int(token.tag[1]), spans=_line(inside[0]))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            yield Bullets(ordered=token.type == "ordered_list_open", items=tuple(_items(inside)))
        elif token.type == "table_open":
            yield _grid(inside)
        else:
            raise TemplateFault(f"has Markdown that is not supported ({token.type}); there are {SUPPORTED}")
        position = end + 1


def _end(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for position in range(start, len(tokens)):
        depth += tokens[position].nesting
        if depth == 0:
            return position
    return len(tokens) - 1


def _items(tokens: Sequence[Token]) -> Iterator[Line]:
    for token in tokens:
        if token.type == "inline":
            yield _line(token)
        elif token.type.endswith("_list_open"):
            raise TemplateFault("has a list inside a list, which is not supported")


def _grid(tokens: Sequence[Token]) -> Grid:
    rows: list[list[Line]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_line(token))
    return Grid(header=tuple(rows[0]), rows=tuple(tuple(row) for row in rows[1:]))


def _line(token: Token) -> Line:
    spans: list[Span] = []
    bold, href = 0, None
    for child in token.children or ():
        if child.type in ("text", "softbreak", "hardbreak", "text_special"):
            text = child.content if child.type.startswith("text") else "\n" if child.type == "hardbreak" else " "
            if text:
                spans.append(Span(text=unquoted(text), bold=bold > 0, href=href))
        elif child.type in ("strong_open", "strong_close"):
            bold += child.nesting
        elif child.type == "link_open":
            href = _address(str(child.attrs["href"]))
        elif child.type == "link_close":
            href = None
        else:
            raise TemplateFault(f"has Markdown that is not supported ({child.type}); there are {SUPPORTED}")
    return tuple(spans)


def _address(quoted: str) -> str | None:
    address = unquoted(unquote(quoted)) if "%EE%80%80" in quoted else quoted
    try:
        return address if urlsplit(address).scheme in SCHEMES else None
    except ValueError:
        return None
