from __future__ import annotations

import json
from typing import Any

import pytest

from integrations.core.document import Bullets, Document, Grid, Heading, Paragraph, Span
from integrations.jira.adf import to_adf
from tests.contracts import adf

LONGEST = 32_767
EVERYTHING = Document(
    blocks=(
        Heading(level=9, spans=(Span(text="Set-up"),)),
        Paragraph(spans=(Span(text="a\n\nb", bold=True), Span(text="c", bold=True, href="https://acme.example"))),
        Paragraph(spans=()),
        Paragraph(spans=(Span(text=""),)),
        Bullets(items=((Span(text="one"),), ())),
        Bullets(ordered=True, items=()),
        Grid(header=((Span(text="a"),), ()), rows=(((), (Span(text="b"),)),)),
    )
)


@pytest.mark.usefixtures("contract_documents")
@pytest.mark.parametrize("document", [EVERYTHING, Document()])
def test_every_document_is_valid_by_atlassians_own_schema(document: Document) -> None:
    assert list(adf.problems("the document", to_adf(document))) == []


BLOCKS = {
    "paragraph": lambda text: Paragraph(spans=(Span(text=text),)),
    "bold link": lambda text: Paragraph(spans=(Span(text=text, bold=True, href="https://acme.example"),)),
    "heading": lambda text: Heading(level=1, spans=(Span(text=text),)),
    "bullets": lambda text: Bullets(items=tuple((Span(text=part),) for part in text.split("\n"))),
    "grid": lambda text: Grid(
        header=((Span(text="a"),), (Span(text="b"),)),
        rows=tuple(((Span(text=part),), (Span(text="x"),)) for part in text.split("\n")),
    ),
}
TEXTS = {
    "one long line": "x" * 40_000,
    "many lines": "a line of a list that never ends\n" * 3_000,
    "line ends alone": "\n" * 4_000,
    "letters that count twice": "🚤" * 20_000,
    "what JSON escapes": '"\\' * 12_000,
}


@pytest.mark.usefixtures("contract_documents")
def test_what_was_shortened_is_valid_by_atlassians_own_schema() -> None:
    blocks = tuple(block("one\ntwo" + "x" * 5_000) for block in BLOCKS.values())
    assert list(adf.problems("the document", to_adf(Document(blocks=blocks * 2)))) == []


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_is_too_long_for_jira_is_shortened_and_says_so(block: str, text: str) -> None:
    """As much as fits is kept from the beginning; what fits as a whole is left as it is."""
    first = Paragraph(spans=(Span(text="What to do"),))
    long = to_adf(Document(blocks=(first, BLOCKS[block](TEXTS[text]), first)))
    assert LONGEST - 400 < units(long) <= LONGEST
    assert long["content"][0] == to_adf(Document(blocks=(first,)))["content"][0]
    assert long["content"][-1]["content"][0]["text"] == "(Shortened here: Jira takes no longer text.)"


def test_a_text_that_just_fits_is_not_shortened() -> None:
    frame = units(to_adf(Document(blocks=(Paragraph(spans=(Span(text="x"),)),)))) - 1
    for length, whole in ((LONGEST - frame, True), (LONGEST - frame + 1, False)):
        content = to_adf(Document(blocks=(Paragraph(spans=(Span(text="x" * length),)),)))["content"]
        assert (len(content) == 1) is whole


def units(tree: Any) -> int:
    """The length of a tree as Java counts it."""
    return len(json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le")) // 2


def test_what_a_customer_typed_is_text_and_nothing_else() -> None:
    typed = "# No heading <b>no bold</b> [no link](https://x.example) *no* {code}"
    assert to_adf(Document(blocks=(Paragraph(spans=(Span(text=typed),)),)))["content"] == [
        {"type": "paragraph", "content": [{"type": "text", "text": typed}]}
    ]


def test_a_newline_is_a_break_and_marks_reach_over_it() -> None:
    content = to_adf(Document(blocks=(Paragraph(spans=(Span(text="a\nb", bold=True),)),)))["content"][0]["content"]
    strong = [{"type": "strong"}]
    assert content == [
        {"type": "text", "text": "a", "marks": strong},
        {"type": "hardBreak"},
        {"type": "text", "text": "b", "marks": strong},
    ]
