"""A vendor may keep another text than it was sent: that is no difference, and nobody's edit."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests

from integrations.sandbox.jira.issues import fields
from integrations.sandbox.pretend import TOKEN
from integrations.sandbox.wiki import drafts, pages
from tests.cli.place import Place

TITLE = "L'été  «fort» — 🚀 1️⃣ ✔️ https://x.example/a?b=1&c=2\u00a0"

Alter = Callable[[str], str]
TYPED: Mapping[str, Alter] = {
    "as sent": lambda text: text,
    "smart quotes": lambda text: text.replace("&#x27;", "’").replace("'", "’"),
    "one blank": lambda text: re.sub(r"[\s\u00a0]+", " ", text),
    "no pictures": lambda text: re.sub("[\U0001f300-\U0001faff\u2700-\u27bf\ufe0f\u20e3]", "", text),
    "capitals": lambda text: text.replace("fort", "FORT"),
}
"""What a vendor does to the characters of a text."""


def _between_tags(alter: Alter) -> Alter:
    return lambda value: re.sub(r">[^<>]+<", lambda match: f">{alter(match[0][1:-1])}<", value)


def _smart_links(value: str) -> str:
    return re.sub(r'<a href="([^"]*)">.*?</a>', r'<a href="\1">\1</a>', value)


STORED = {**{name: _between_tags(alter) for name, alter in TYPED.items()}, "smart links": _smart_links}


def _changed(node: Any, alter: Alter) -> Any:
    if isinstance(node, list):
        return [_changed(child, alter) for child in node]
    if not isinstance(node, dict):
        return node
    new = {name: _changed(value, alter) for name, value in node.items()}
    if node.get("type") == "text":
        new["text"] = alter(node["text"]) or " "
    if node.get("type") == "paragraph":
        new["attrs"] = {"localId": "0"}
    return new


def _titled(place: Place) -> None:
    place.without_people()
    place.erp("crm.lead", "write", ids=[42], vals={"name": TITLE})


def _nothing_is_left(place: Place, deal: str = "42") -> None:
    place.requests()
    ended = place.set_up(deal, "-n")
    assert {change["action"] for change in ended["changes"]} <= {"keep"}
    assert place.set_up(deal, "--yes")["outcome"] == "done"
    assert place.nothing_was_written()


@pytest.fixture
def wiki_keeps(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has the wiki keep another text; with `silent` its answers to a writing request have no body."""
    stored, shown, request = drafts.stored, pages.shown, threading.local()

    def keeps(alter: Alter, *, silent: bool) -> None:
        def kept(value: str, seed: str) -> str:
            request.writes = silent
            return stored(alter(value), seed)

        def answered(*page: Any, body: bool) -> Any:
            has_body, request.writes = body and not getattr(request, "writes", False), False
            return shown(*page, body=has_body)

        monkeypatch.setattr(drafts, "stored", kept)
        monkeypatch.setattr(pages, "shown", answered)

    return keeps


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("name", list(STORED))
def test_a_page_that_is_kept_otherwise_is_written_once(
    place: Place, wiki_keeps: Callable[..., None], name: str, *, silent: bool
) -> None:
    _titled(place)
    wiki_keeps(STORED[name], silent=silent)
    assert place.set_up("42", "--yes")["outcome"] == "done"
    _nothing_is_left(place)


@pytest.mark.parametrize("name", list(TYPED))
def test_a_ticket_that_is_kept_otherwise_is_ours_to_complete(
    place: Place, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What was left out because a system was down follows, and then nothing is left to do."""
    _titled(place)
    place.system("wiki", "patience = 0.1")
    description = fields.description
    monkeypatch.setitem(
        fields.WRITERS,
        "description",
        lambda call, project, value: _changed(description(call, project, value), TYPED[name]),
    )
    place.fault(system="wiki", do="status", status=503, times=1000)
    place.set_up("42", "--yes")
    place.fixed()
    assert place.set_up("42", "--yes")["outcome"] == "done"
    assert "customer page" in str([issue["description"] for issue in place.state()["jira"]["issue"]])
    _nothing_is_left(place)


TEXTS = [
    "  vorn und hinten  ", "A\u00a0B \u2009C", "Erste\r\nzweite\nDritte", "“Anführung” ‘q’ – … l’été",
    "🚀 ✔️ 1️⃣ 👩\u200d💻 🇨🇭",
    "Lang " + "x" * 400, "Ende mit vielen Worten " * 30, "**b** _i_ [a](http://x.y) # h | c `c` <b> &amp; {{ 7 }}",
    "Null\u200bbreit\u00adweich\ufeffBOM", "שלום \u202e abc", "Zu\u0308rich ﬁ ½ Å",
    "{code}x{code} [~accountid:1] !a.png! :smile:",
]  # fmt: skip


@pytest.mark.parametrize(("deal", "text"), list(zip(itertools.cycle([43, 42, 44]), TEXTS, strict=False)))
def test_whatever_the_erp_calls_things_a_second_plan_is_empty(place: Place, deal: int, text: str) -> None:
    place.without_people()
    place.erp("crm.lead", "write", ids=[deal], vals={"name": f"{text} Deal"})
    (lead,) = place.erp("crm.lead", "read", ids=[deal], fields=["partner_id"])
    if lead["partner_id"]:
        company = {"name": f"{text} AG", "street": text, "city": text}
        place.erp("res.partner", "write", ids=lead["partner_id"][:1], vals=company)
    else:
        place.erp("crm.lead", "write", ids=[deal], vals={"partner_name": f"{text} AG", "street": text, "city": text})
    assert place.set_up(str(deal), "--yes")["outcome"] == "done"
    _nothing_is_left(place, str(deal))


EDITS: Mapping[str, Alter] = {
    "a line more": lambda body: body.replace("</ac:rich-text-body>", "<p>Von Hand</p></ac:rich-text-body>", 1),
    "a row more": lambda body: body.replace("</tbody>", "<tr><td><p>x</p></td><td><p>y</p></td></tr></tbody>", 1),
    "a row less": lambda body: re.sub(r"<tr>.*?</tr>", "", body, count=1),
    "smart links": _smart_links,
    "no digest": lambda body: re.sub(r'<ac:parameter ac:name="closedwon-digest">[^<]*</ac:parameter>', "", body),
    "empty": lambda body: re.sub(r"<ac:rich-text-body>.*?</ac:rich-text-body>", "<ac:rich-text-body />", body),
    "twice": lambda body: body + body,
    "in a column": lambda body: (
        f'<ac:layout><ac:layout-section ac:type="single"><ac:layout-cell>{body}'
        "</ac:layout-cell></ac:layout-section></ac:layout>"
    ),
}


@pytest.mark.parametrize("name", list(EDITS))
def test_whatever_people_do_to_our_sections_is_settled_by_one_run(place: Place, name: str) -> None:
    place.without_people()
    (page,) = [step["id"] for step in place.set_up("42", "--yes")["steps"] if step["step"] == "page"]
    _edit(place, page, EDITS[name])
    assert place.set_up("42", "--yes")["outcome"] == "done"
    _nothing_is_left(place)


def _edit(place: Place, page: str, alter: Alter) -> None:
    url, account = f"{place.sandbox.url}/wiki/wiki/api/v2/pages/{page}", ("closedwon@acme.example", TOKEN)
    there = requests.get(url, params={"body-format": "storage"}, auth=account, timeout=10).json()
    text = alter(there["body"]["storage"]["value"])
    assert text != there["body"]["storage"]["value"]
    new = {
        "id": page,
        "status": "current",
        "title": there["title"],
        "version": {"number": there["version"]["number"] + 1},
    }
    body = {**new, "body": {"representation": "storage", "value": text}}
    requests.put(url, json=body, auth=account, timeout=10).raise_for_status()
