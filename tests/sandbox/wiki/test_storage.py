"""What Confluence does to a body when it stores it."""

from __future__ import annotations

import pytest

from integrations.sandbox.wiki.storage import normalised
from tests.sandbox.wiki.conftest import Wiki

MACRO = '<ac:structured-macro ac:name="panel"><ac:rich-text-body><p>x</p></ac:rich-text-body></ac:structured-macro>'


def stored(wiki: Wiki, value: str) -> str:
    page = wiki.create("Alpina", value).json()
    found: str = wiki.read(page["id"])["body"]["storage"]["value"]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "<p>Grüezi &uuml;&nbsp;&amp; &#8211; <em>héllo</em>  two  blanks</p>",
        "<p>שלום 🚀</p>\n<ul>\n  <li>one</li>\n</ul>",
        '<p><a href="https://x.example/?a=1&amp;b=2">link</a></p>',
        "<ac:plain-text-body><![CDATA[if a < b && c > d: <script>]]></ac:plain-text-body>",
        "<p>a &gt; b, \"quotes\" and 'others'</p>",
    ],
)
def test_what_people_wrote_stays_byte_for_byte(wiki: Wiki, text: str) -> None:
    assert stored(wiki, text) == text


def test_comments_and_unknown_attributes_get_lost(wiki: Wiki) -> None:
    assert (
        stored(wiki, '<!-- closedwon:101 --><p data-closedwon="101" id="x" class="y">text</p>')
        == '<p class="y">text</p>'
    )


def test_attributes_are_ordered_and_empty_elements_close_themselves(wiki: Wiki) -> None:
    assert (
        stored(wiki, "<p><a title='b' href='a'>x</a><br/></p><p></p>")
        == '<p><a href="a" title="b">x</a><br /></p><p />'
    )


def test_a_macro_gets_an_id_that_stays(wiki: Wiki) -> None:
    page = wiki.create("Alpina", MACRO).json()
    first = wiki.read(page["id"])["body"]["storage"]["value"]
    assert 'ac:macro-id="' in first
    assert 'ac:schema-version="1"' in first
    wiki.update(page, first, 2)
    assert wiki.read(page["id"])["body"]["storage"]["value"] == first


def test_storing_what_was_stored_changes_nothing_more() -> None:
    body = MACRO + "<p a='1' class='2'/><hr></hr><!-- c --><td colspan='2' rowspan='3'>&nbsp;</td>"
    once = normalised(body, "1")
    assert normalised(once, "2") == once


@pytest.mark.parametrize(
    "broken",
    [
        "<p>unclosed",
        "<p><b>crossed</p></b>",
        "a & b",
        "<p class=unquoted>x</p>",
        "<p>&unknown;</p>",
        "a < b",
        "<xyz:macro/>",
        "</body><p/><body>",
        "<p a='1' a='2'/>",
    ],
)
def test_what_is_not_well_formed_is_refused_with_its_place(wiki: Wiki, broken: str) -> None:
    answer = wiki.create("Alpina", broken)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["title"].startswith("Error parsing xhtml: ")
    assert "[row,col {unknown-source}]: [1," in answer.json()["errors"][0]["title"]


def test_html_entities_are_known(wiki: Wiki) -> None:
    assert stored(wiki, "<p>&eacute;&hellip;&euro;</p>") == "<p>&eacute;&hellip;&euro;</p>"
