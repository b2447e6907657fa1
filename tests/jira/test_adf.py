from __future__ import annotations

import pytest

from integrations.core.document import Bullets, Document, Grid, Heading, Paragraph, Span
from integrations.jira.adf import to_adf
from tests.contracts import adf

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
