"""Right and wrong exchanges with the VSHN portal."""

from __future__ import annotations

import pytest

from integrations.sandbox.server import Exchange
from tests.contracts.exchanges import anonymous, answered, asked, exchange, sent, told

LISTING = exchange("portal", "GET /api/servers/1/", answer=b"lac-noir\nwolkenhandel\n")

WRONG = {
    "writing": (exchange("portal", "POST /api/servers/1/", {}, 405), "request: the portal can only be read"),
    "unknown path": (exchange("portal", "GET /api/customers/", answer=b""), "request: only the listing"),
    "query": (asked(LISTING, "page=2"), "request: the listing takes no query"),
    "body": (sent(LISTING, {}), "request: has a body"),
    "line that is no id": (answered(LISTING, 200, b"lac noir\n"), "answer 200: a line of the listing"),
    "JSON": (exchange("portal", "GET /api/servers/1/", answer=["lac-noir"]), "answer 200: a listing is text/plain"),
    "undocumented status": (answered(LISTING, 302), "answer 302: undocumented status"),
}


def test_the_listing_passes() -> None:
    assert told(LISTING) == []
    assert told(answered(LISTING, 200, b"")) == []
    assert told(answered(LISTING, 401)) == []


def test_the_listing_needs_credentials() -> None:
    assert told(anonymous(LISTING)) == ["request: carries no credentials (header X-AccessToken)"]


@pytest.mark.parametrize(("wrong", "expected"), WRONG.values(), ids=WRONG.keys())
def test_what_the_portal_does_not_know_is_found(wrong: Exchange, expected: str) -> None:
    found = told(wrong)
    assert any(text.startswith(expected) for text in found), found
