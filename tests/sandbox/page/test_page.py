"""The pages for people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from integrations.sandbox.page.rich_text import from_document, from_storage
from integrations.sandbox.pretend import TOKEN
from integrations.sandbox.thread import Running, running

TIMEOUT = 10.0
MACRO = (
    '<ac:structured-macro ac:name="details"><ac:parameter ac:name="closedwon">101</ac:parameter>'
    "<ac:rich-text-body><p>x</p></ac:rich-text-body></ac:structured-macro>"
)
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ORGANIZATIONS = "/panel/apis/organization.appuio.io/v1/organizations"


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running() as started:
        yield started


def browse(sandbox: Running, path: str = "/") -> requests.Response:
    return requests.get(sandbox.url + path, headers=BROWSER, timeout=TIMEOUT)


def organization(sandbox: Running, name: str, title: str, key: str) -> None:
    document: dict[str, Any] = {
        "apiVersion": "organization.appuio.io/v1",
        "kind": "Organization",
        "metadata": {"name": name, "annotations": {"closedwon.io/key": key}},
        "spec": {"displayName": title},
    }
    answer = requests.post(
        sandbox.url + ORGANIZATIONS, json=document, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=TIMEOUT
    )
    assert answer.status_code == 201


def test_every_link_of_the_overview_leads_to_a_page(sandbox: Running) -> None:
    links = set(re.findall(r'href="(/[^"]*)"', browse(sandbox).text))
    assert len(links) > 40
    broken = {link for link in links if browse(sandbox, link).status_code != 200}
    assert broken == set()


def test_the_overview_needs_nothing_from_elsewhere(sandbox: Running) -> None:
    assert not re.search(r'(?:src|href)="(?!/)|@import|url\(', browse(sandbox).text)


def test_an_organization_of_the_panel_shows_who_is_in_it_and_the_panel_who_logs_in_how(sandbox: Running) -> None:
    shown = browse(sandbox).text
    assert "lac-noir · be-310 · members: owner" in shown
    assert "chloe · Chloé Favre · chloe.favre@rhone-logistique.example" in shown


def test_each_system_shows_its_objects_newest_first_with_our_marks(sandbox: Running) -> None:
    organization(sandbox, "first", "First AG", "deal:1")
    organization(sandbox, "second", "Second AG", "deal:2")
    page = browse(sandbox).text
    assert [f'id="{name}"' in page for name in ("erp", "jira", "wiki", "panel", "portal")] == [True] * 5
    assert (
        page.index("Second AG") < page.index("First AG") < page.index("Fondation Lac Noir</a>", page.index("First AG"))
    )
    assert '<span class="mark" title="our mark">deal:1</span>' in page
    assert "2 requests" in page


def test_what_is_there_twice_is_called_out_and_comes_first(sandbox: Running) -> None:
    assert 'class="verdict bad"' not in browse(sandbox).text
    organization(sandbox, "first", "First AG", "deal:1")
    organization(sandbox, "second", "Second AG", "deal:1")
    organization(sandbox, "third", "Third AG", "deal:3")
    page = browse(sandbox).text
    assert 'class="verdict bad"' in page
    assert "the organization of deal:1 is there 2 times" in page
    assert page.count('<li class="twice">') == 2
    assert page.index("First AG") < page.index("Third AG")


def test_many_objects_are_folded_and_the_oldest_left_off(sandbox: Running) -> None:
    for number in range(310):
        requests.post(f"{sandbox.url}/_sandbox/portal", json={"id": f"customer-{number}"}, timeout=TIMEOUT)
    page = browse(sandbox).text
    assert "306 more" in page
    assert "and 12 older ones" in page
    assert "customer-309" in page
    assert "customer-0<" not in page


def test_names_are_escaped(sandbox: Running) -> None:
    organization(sandbox, "evil", "<script>alert(1)</script>\"'&", "<b>key</b>")
    for page in (browse(sandbox).text, browse(sandbox, f"{ORGANIZATIONS}/evil").text):
        assert "<script>" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<b>key</b>" not in page


def test_an_object_s_address_shows_people_a_page_and_programs_the_vendor_s_answer(sandbox: Running) -> None:
    address = f"{ORGANIZATIONS}/lac-noir"
    assert "<h1>Fondation Lac Noir</h1>" in browse(sandbox, address).text
    assert requests.get(sandbox.url + address, timeout=TIMEOUT).json()["reason"] == "Unauthorized"


def test_people_looking_are_not_counted(sandbox: Running) -> None:
    browse(sandbox)
    browse(sandbox, f"{ORGANIZATIONS}/lac-noir")
    assert requests.get(f"{sandbox.url}/_sandbox/requests", timeout=TIMEOUT).json() == {"requests": [], "counts": {}}


@pytest.mark.parametrize(
    ("storage", "html"),
    [
        ("<p>Gr&uuml;ezi &amp; <strong>hallo</strong></p>", "<p>Grüezi &amp; <strong>hallo</strong></p>"),
        ("<p onclick='x()'>a<script>alert(1)</script></p>", "<p>aalert(1)</p>"),
        ("<a href='javascript:alert(1)'>a</a>", "a"),
        (
            "<a href='https://x.example/?a=1&amp;b'>a</a>",
            '<a href="https://x.example/?a=1&amp;b" rel="noreferrer">a</a>',
        ),
        (
            MACRO,
            '<section class="macro"><header>details<small>closedwon: 101</small></header><p>x</p></section>',
        ),
        ("<p>not well-formed", "<pre>&lt;p&gt;not well-formed</pre>"),
    ],
)
def test_a_wiki_page_is_shown_as_plain_safe_html(storage: str, html: str) -> None:
    assert from_storage(storage) == html


def test_a_jira_text_is_shown_as_plain_safe_html() -> None:
    link = {"type": "link", "attrs": {"href": "javascript:alert(1)"}}
    document = {
        "type": "doc",
        "content": [
            {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Set up"}]},
            {
                "type": "bulletList",
                "content": [
                    {
                        "type": "listItem",
                        "content": [
                            {
                                "type": "paragraph",
                                "content": [
                                    {"type": "text", "text": "<b>", "marks": [{"type": "strong"}]},
                                    {"type": "hardBreak"},
                                    {"type": "text", "text": "click", "marks": [link]},
                                ],
                            }
                        ],
                    }
                ],
            },
        ],
    }
    assert from_document(document) == "<h2>Set up</h2><ul><li><p><strong>&lt;b&gt;</strong><br>click</p></li></ul>"


def test_an_anchor_is_not_seen_on_a_page():
    """What stands beside it is."""
    name = '<ac:parameter ac:name="">a</ac:parameter>'
    anchor = f'<ac:structured-macro ac:name="anchor">{name}</ac:structured-macro>'
    assert from_storage(f"<p>{anchor}b</p>") == "<p>b</p>"
