"""Right and wrong exchanges with Confluence."""

from __future__ import annotations

import pytest

from integrations.sandbox.server import Exchange
from tests.contracts.exchanges import anonymous, answered, asked, exchange, sent, told

pytestmark = pytest.mark.usefixtures("contract_documents")

PAGE = {"spaceId": "65536", "status": "current", "title": "Käserei Emmental AG", "parentId": "131072"}
BODY = {"representation": "storage", "value": "<p>Kunde &amp; Partner</p>"}
SHOWN = {
    "id": "98305",
    "status": "current",
    "title": "Käserei Emmental AG",
    "spaceId": "65536",
    "parentId": "131072",
    "version": {"number": 1},
    "body": {"storage": BODY},
    "_links": {"base": "http://127.0.0.1:8000/wiki"},
}
CREATE = exchange("wiki", "POST /wiki/api/v2/pages", {**PAGE, "body": BODY}, 200, SHOWN)
UPDATE = exchange(
    "wiki",
    "PUT /wiki/api/v2/pages/98305",
    {"id": "98305", "status": "current", "title": "K", "body": BODY, "version": {"number": 2, "message": "facts"}},
    200,
    SHOWN,
)
PAGES = exchange(
    "wiki",
    "GET /wiki/api/v2/pages?space-id=65536&title=K&body-format=storage&status=current&limit=25",
    answer={"results": [], "_links": {"base": "http://127.0.0.1:8000/wiki"}},
)
SEVERAL = exchange("wiki", "GET /wiki/api/v2/pages?id=98305,98306", answer={"results": []})
SPACES = exchange("wiki", "GET /wiki/api/v2/spaces?keys=CUST&keys=HAND", answer={"results": []})
LABELS = exchange(
    "wiki",
    "POST /wiki/rest/api/content/98305/label",
    [{"prefix": "global", "name": "customer"}],
    200,
    {
        "results": [{"prefix": "global", "name": "customer", "id": "1", "label": "customer"}],
        "size": 1,
        "start": 0,
        "limit": 200,
        "_links": {},
    },
)

GOOD = [CREATE, UPDATE, PAGES, SEVERAL, SPACES, LABELS]

WRONG = {
    "first version's pages are gone": (
        exchange("wiki", "POST /wiki/rest/api/content", {"type": "page"}, 410, {}),
        "request: Confluence has no such operation",
    ),
    "path without its prefix": (exchange("wiki", "GET /pages", answer={}), "request: outside /wiki/api/v2"),
    "deprecated operation": (
        exchange("wiki", "GET /wiki/api/v2/pages/1/children", answer={"results": []}),
        "request: the operation is deprecated",
    ),
    "unknown query parameter": (asked(PAGES, "spaceKey=CUST"), "request: unknown query parameter 'spaceKey'"),
    "id that is no number": (asked(PAGES, "id=98305,x"), "request: id: "),
    "limit over the most": (asked(PAGES, "limit=251"), "request: limit: $: 251 is greater than the maximum"),
    "required key missing": (sent(CREATE, {"title": "K"}), "request: $: 'spaceId' is a required property"),
    "unknown key": (sent(CREATE, {**PAGE, "titel": "K"}), "request: $: Additional properties"),
    "unknown representation": (
        sent(CREATE, {**PAGE, "body": {"representation": "html", "value": ""}}),
        "request: $.body",
    ),
    "wrong type": (sent(CREATE, {**PAGE, "spaceId": 65536}), "request: $.spaceId: 65536 is not of type 'string'"),
    "update without a version": (
        sent(UPDATE, {"id": "98305", "status": "current", "title": "K", "body": BODY}),
        "request: $: 'version' is a required property",
    ),
    "undocumented status": (answered(CREATE, 201, SHOWN), "answer 201: undocumented status"),
    "answer of a wrong type": (
        answered(CREATE, 200, {**SHOWN, "id": 98305}),
        "answer 200: $.id: 98305 is not of type 'string'",
    ),
    "answer with an unknown key": (answered(CREATE, 200, {**SHOWN, "space": {}}), "answer 200: $: Additional"),
}


@pytest.mark.parametrize("right", GOOD, ids=lambda right: f"{right.method} {right.path}?{right.query}")
def test_what_the_vendor_documents_passes(right: Exchange) -> None:
    assert told(right) == []


@pytest.mark.parametrize("right", GOOD, ids=lambda right: f"{right.method} {right.path}?{right.query}")
def test_every_request_needs_credentials(right: Exchange) -> None:
    assert told(anonymous(right)) == ["request: carries no credentials"]


@pytest.mark.parametrize("status", [401, 403, 429, 502])
def test_a_refusal_or_failure_of_the_server_need_not_be_documented(status: int) -> None:
    assert told(answered(PAGES, status, {"errors": []})) == []


def test_a_conflict_is_an_answer_only_where_there_are_versions() -> None:
    """The document forgot it; a taken title is a 400."""
    assert told(answered(UPDATE, 409, {"errors": []})) == []
    assert told(answered(CREATE, 409, {"errors": []})) == ["answer 409: undocumented status"]


@pytest.mark.parametrize(("wrong", "expected"), WRONG.values(), ids=WRONG.keys())
def test_what_the_vendor_does_not_allow_is_found(wrong: Exchange, expected: str) -> None:
    found = told(wrong)
    assert any(text.startswith(expected) for text in found), found
    assert len(found) == 1, found
