"""Managed sections in a page's text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from integrations.confluence.section import inserted, macro, outline, replaced
from integrations.confluence.storage import MalformedError, reading, rendered
from integrations.core.document import Bullets, Document, Grid, Heading, Paragraph, Span

KEY = "customer:101/page"
OURS = macro(KEY, "1234", "<p>Facts</p>")

AROUND = [
    ("", ""),
    ("<p>&Uuml;ber uns 😀</p>", "<p>&nbsp;</p><hr/>"),
    ("<p>&lt;ac:structured-macro ac:name=&quot;details&quot;&gt;</p>", ""),
    (
        '<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA['
        + OURS
        + "]]></ac:plain-text-body></ac:structured-macro>",
        "",
    ),
    ("<!-- " + OURS + " -->", "<p>x</p>"),
    (
        '<ac:structured-macro ac:name="expand"><ac:parameter ac:name="title">a &gt;</ac:parameter><ac:rich-text-body>',
        "</ac:rich-text-body></ac:structured-macro>",
    ),
    (
        '<ac:layout><ac:layout-section ac:type="single"><ac:layout-cell><p title="1 > 0">a</p>',
        "</ac:layout-cell></ac:layout-section></ac:layout>",
    ),
    ('<ac:structured-macro ac:name="toc" />', '<p>a<br/></p><ac:structured-macro ac:name="toc"/>'),
    (macro("customer:101/links", "9", "<p>Links</p>"), macro("customer:102/page", "8", "<p>Other</p>")),
]


@pytest.mark.parametrize(("before", "after"), AROUND)
def test_replacing_our_section_leaves_all_else_byte_for_byte(before: str, after: str) -> None:
    body = before + OURS + after
    section = outline(body).section((KEY,))
    assert section is not None
    assert section.digest == "1234"
    new = replaced(body, section, "5678", "<p>Anew</p>")
    assert new == before + macro(KEY, "5678", "<p>Anew</p>") + after


@pytest.mark.parametrize("body", [before + after for before, after in AROUND[:-1]])
def test_text_that_looks_like_a_section_is_none(body: str) -> None:
    assert outline(body).sections == ()


def test_a_parameter_of_a_macro_inside_is_not_taken_for_the_outer_ones() -> None:
    inner = macro("customer:102/page", "1", "<p>Inner</p>")
    outer = (
        f'<ac:structured-macro ac:name="expand"><ac:rich-text-body>{inner}</ac:rich-text-body></ac:structured-macro>'
    )
    (section,) = outline(outer).sections
    assert outer.encode()[section.start : section.end].decode() == inner


def test_a_parameter_that_stands_elsewhere_than_in_a_macro_marks_nothing() -> None:
    stray = '<p><ac:parameter ac:name="closedwon">customer:9/page</ac:parameter></p>'
    inside = f'<ac:structured-macro ac:name="x"><ac:rich-text-body>{stray}</ac:rich-text-body></ac:structured-macro>'
    assert outline(stray + inside).sections == ()


def test_the_first_tag_stays_as_the_vendor_has_completed_it() -> None:
    body = OURS.replace("<ac:structured-macro ", '<ac:structured-macro ac:macro-id="7" ', 1)
    section = outline(body).section((KEY,))
    assert section is not None
    assert replaced(body, section, "1", "").startswith('<ac:structured-macro ac:macro-id="7" ')


def test_a_new_section_goes_inside_a_layout() -> None:
    cell = '<ac:layout-section ac:type="single"><ac:layout-cell>{}</ac:layout-cell></ac:layout-section>'
    body = f"<ac:layout>{cell.format('<p>é</p>')}{cell.format('<p>b</p>')}</ac:layout>"
    places = outline(body)
    assert inserted(body, places.top, "TOP") == body.replace("<p>é", "TOP<p>é")
    assert inserted(body, places.bottom, "END") == body.replace("b</p>", "b</p>END")


def test_a_layout_without_room_is_no_place() -> None:
    body = '<ac:layout><ac:layout-section ac:type="single"><ac:layout-cell/></ac:layout-section></ac:layout>'
    assert (outline(body).top, outline(body).bottom) == (0, len(body))


@pytest.mark.parametrize("body", ["<p>", "</p>", "a & b", "<p a=1>x</p>", "</body><body>", "<!DOCTYPE x>"])
def test_what_is_not_well_formed_is_refused(body: str) -> None:
    with pytest.raises(MalformedError):
        outline(body)


@pytest.mark.parametrize(
    ("edited", "noticed"),
    [
        ("<p>Facts</p>", False),
        ("<div>\n<p>Fa<em>ct</em>s&nbsp;</p></div>", False),
        ("<p>Facts 😀</p>", False),
        ("<p>Facts!</p>", True),
        ("<p>Fakten</p>", True),
        ('<p><a href="https://evil.example">Facts</a></p>', True),
        ("", True),
    ],
)
def test_words_and_links_that_people_change_are_noticed_and_markup_is_not(edited: str, *, noticed: bool) -> None:
    section = outline(OURS.replace("<p>Facts</p>", edited)).section((KEY,))
    assert section is not None
    assert section.digest.startswith("edited-") is noticed


ELEMENTS = {"p", "ul", "ol", "li", "table", "tbody", "tr", "th", "td", "br", "strong", "a"} | {
    f"h{level}" for level in range(1, 7)
}

LINKS = ("https://a.example/?b&c='1'", "http://b.example/c?d#e", "MAILTO:d@e.example")
NO_LINKS = (
    "javascript:alert(1)",
    " https://a.example",
    "https://a b",
    "//a.example",
    "data:text/html,x",
    "http://b.example/<c>",
)
spans = st.builds(
    Span, text=st.text(), bold=st.booleans(), href=st.none() | st.text() | st.sampled_from((*LINKS, *NO_LINKS))
)
line = st.lists(spans, max_size=3).map(tuple)
blocks = st.one_of(
    st.builds(Paragraph, spans=line),
    st.builds(Heading, level=st.integers(-1, 9), spans=line),
    st.builds(Bullets, ordered=st.booleans(), items=st.lists(line, max_size=3).map(tuple)),
    st.builds(
        Grid,
        header=st.tuples(line, line),
        rows=st.lists(st.tuples(line, line), max_size=3).map(tuple),
    ),
)
documents = st.builds(Document, blocks=st.lists(blocks, max_size=4).map(tuple))


def hrefs(body: Document) -> list[str | None]:
    """Where all spans of a document are to lead, in their order."""
    found: list[Sequence[Span]] = []
    for block in body.blocks:
        match block:
            case Bullets():
                found += block.items
            case Grid():
                has_header = any(span.text for cell in block.header for span in cell)  # an empty header is not written
                found += [*(block.header if has_header else ()), *(cell for row in block.rows for cell in row)]
            case _:
                found.append(block.spans)
    return [span.href for spans in found for span in spans]


@settings(max_examples=150, deadline=None)
@example(Document(blocks=(Paragraph(spans=(Span(text="here", href=LINKS[0]),)),)), None, "k")
@given(documents, st.none() | st.text(), st.text(min_size=1).filter(str.strip))
def test_nothing_that_a_customer_typed_becomes_markup(body: Document, heading: str | None, key: str) -> None:
    """Whatever the values are: well-formed, one section, none but our elements, links that are links."""
    inner = rendered(heading, body)
    text = macro("k" + key, "12", inner)
    (section,) = outline(text).sections
    assert section.digest == "12"
    assert (section.start, section.end) == (0, len(text.encode()))
    tags = set(re.findall(r"</?([^\s/>]+)", inner))
    assert tags <= ELEMENTS
    links = reading(inner.encode()).links
    assert all(re.match("https?://|mailto:", target, re.IGNORECASE) for target in links)
    assert [link for link in links if link in LINKS] == [href for href in hrefs(body) if href in LINKS]


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", " https://a", "data:text/html,x", "//a.example", "https://a b"]
)
def test_a_link_that_leads_elsewhere_than_to_the_web_or_mail_is_text(href: str) -> None:
    body = Document(blocks=(Paragraph(spans=(Span(text="here", href=href),)),))
    assert rendered(None, body) == "<p>here</p>"


def test_a_table_without_header_names_its_rows() -> None:
    row = ((Span(text="Sold"),), (Span(text="CHF 1", bold=True),))
    empty = ((Span(text=""),), (Span(text=""),))
    plain = rendered(None, Document(blocks=(Grid(header=empty, rows=(row,)),)))
    assert plain == "<table><tbody><tr><th><p>Sold</p></th><td><p><strong>CHF 1</strong></p></td></tr></tbody></table>"
    headed = rendered(None, Document(blocks=(Grid(header=row, rows=(row,)),)))
    assert headed.count("<th>") == headed.count("<td>") == 2


def test_a_section_reads_as_its_document_does() -> None:
    cells = ((Span(text="Sold"),), (Span(text="CHF 1"),))
    body = Document(
        blocks=(
            Heading(level=3, spans=(Span(text="Sales"),)),
            Paragraph(spans=(Span(text="one "), Span(text="two", bold=True))),
            Bullets(items=((Span(text="a"),), (Span(text="b"),))),
            Grid(header=cells, rows=(cells,)),
        )
    )
    assert "\n".join(reading(rendered(None, body).encode()).lines) == body.plain()
