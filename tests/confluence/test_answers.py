"""Single answers of Confluence's that the pretend wiki does not give."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from integrations import confluence
from integrations.core.errors import Ambiguous, AuthError, Conflict, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.http import HttpContext
from integrations.core.resource import Lookup
from tests.confluence.people import change, facts, is_settled, links, text

SITE = "https://acme.atlassian.net"
PAGES = f"{SITE}/wiki/api/v2/pages"
TAKEN = {"errors": [{"status": 400, "title": "A page with this title already exists: it is TAKEN", "detail": None}]}


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setenv("WIKI_TOKEN", "very-secret")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{SITE}/wiki/api/v2/spaces", json={"results": [{"id": "7", "key": "CUST", "homepageId": "70"}]})
        yield mock


@pytest.fixture
def store(vendor: responses.RequestsMock, tmp_path: Path) -> Any:
    del vendor
    content = {
        "adapter": "confluence",
        "url": f"{SITE}/wiki",
        "account": "bot@acme.example",
        "token": {"env": "WIKI_TOKEN"},
        "space": "CUST",
        "patience": 0,
    }
    return confluence.connect("wiki", confluence.Settings.model_validate(content), HttpContext(tmp_path)).stores[
        "section"
    ]


def page(status: str = "current", title: str = "Müller & Söhne AG", body: str = "<p>x</p>", version: int = 1) -> Any:
    return {
        "id": "90",
        "title": title,
        "status": status,
        "version": {"number": version},
        "body": {"storage": {"value": body}},
        "_links": {"webui": "/x/90"},
    }


def put(store: Any, wanted: Any = None, **more: Any) -> Any:
    wanted = wanted or facts()
    return store.put([change(wanted, **more)])[wanted.key]


def test_the_wikis_own_path_behind_the_site_is_not_doubled(store: Any, vendor: responses.RequestsMock) -> None:
    vendor.get(PAGES, json={"results": [page(body=""), page(title="other")]})
    store.find([Lookup(facts(), id="90")])
    assert all(str(call.request.url).startswith(f"{SITE}/wiki/api") for call in vendor.calls)


def test_a_listing_that_gives_more_than_was_asked_for_is_sifted(store: Any, vendor: responses.RequestsMock) -> None:
    """An unknown filter would be ignored silently, and another page taken for the customer's."""
    vendor.get(PAGES, json={"results": [page(title="Somebody else")]})
    vendor.get(f"{PAGES}/70/direct-children", json={"results": []})
    assert store.find([Lookup(facts())])[facts().key] is None


def test_another_space_is_not_taken_for_ours(vendor: responses.RequestsMock, store: Any) -> None:
    vendor.replace("GET", f"{SITE}/wiki/api/v2/spaces", json={"results": [{"id": "8", "key": "OTHER"}]})
    assert isinstance(store.find([Lookup(facts())])[facts().key], AuthError)


@pytest.mark.parametrize(
    ("there", "words"), [([], "we may not view it"), ([page("trashed")], "is in the trash")], ids=["hidden", "trash"]
)
def test_a_title_taken_by_what_we_can_not_use_is_refused_with_why(
    store: Any, vendor: responses.RequestsMock, there: list[Any], words: str
) -> None:
    vendor.post(PAGES, status=400, json=TAKEN)
    vendor.get(PAGES, json={"results": there})
    answer = put(store)
    assert isinstance(answer, Rejected)
    assert words in answer.message
    assert answer.who == "a Confluence administrator"


def test_a_taken_title_told_in_another_language_is_found_out(store: Any, vendor: responses.RequestsMock) -> None:
    vendor.post(PAGES, status=400, json={"errors": [{"title": "Es gibt bereits eine Seite mit diesem Titel"}]})
    vendor.get(PAGES, json={"results": [page()]})
    assert isinstance(put(store), Ambiguous)


def test_an_answer_without_a_body_counts_as_what_was_sent(store: Any, vendor: responses.RequestsMock) -> None:
    vendor.post(PAGES, json={**page(), "body": {}})
    assert is_settled(facts(), put(store))


def test_a_page_that_others_change_all_the_time_is_a_conflict_in_the_end(
    store: Any, vendor: responses.RequestsMock
) -> None:
    vendor.get(f"{PAGES}/90", json=page())
    refused = vendor.put(f"{PAGES}/90", status=409, json={})
    assert isinstance(put(store, links(page="90")), Conflict)
    assert refused.call_count < 10


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Rejected), (413, Rejected), (410, Rejected), (500, Uncertain), (429, Unavailable), (302, Rejected)],
)
def test_each_status_becomes_the_right_error(
    store: Any, vendor: responses.RequestsMock, status: int, kind: type[IntegrationError]
) -> None:
    vendor.get(PAGES, json={"results": []})
    vendor.post(PAGES, status=status, json={"errors": [{"title": "Sorry\u202e\n very-long " + "x" * 900}]})
    answer = put(store)
    assert type(answer) is kind
    assert len(answer.message) < 400
    assert "very-secret" not in str(vars(answer))


@pytest.mark.parametrize(
    "answer",
    [
        "<html>",
        "[]",
        '{"results": 7}',
        '{"results": [{}]}',
        "null",
        '{"results": [{"id": 1, "title": "x", "version": 3}]}',
    ],
)
def test_what_is_no_answer_of_confluence_is_unknown_never_absent(
    store: Any, vendor: responses.RequestsMock, answer: str
) -> None:
    vendor.get(PAGES, body=answer)
    assert isinstance(store.find([Lookup(facts())])[facts().key], Rejected)


def test_a_page_whose_text_can_not_be_read_is_left_alone(store: Any, vendor: responses.RequestsMock) -> None:
    vendor.get(PAGES, json={"results": [page(body="<p>")]})
    vendor.get(f"{PAGES}/90", json=page(body="<p>"))
    assert isinstance(store.find([Lookup(facts(), id="90", chosen=True)])[facts().key], Rejected)
    assert isinstance(put(store, links(page="90", body=text("x"))), Rejected)
    assert not [call for call in vendor.calls if call.request.method == "PUT"]
