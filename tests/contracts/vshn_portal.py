"""The VSHN portal: no published document, but so few facts that they are checked by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from integrations.sandbox.server import Exchange
from tests.contracts.verdict import Verdict

LISTING = "/api/servers/1/"
CUSTOMER = re.compile(r"[a-z0-9][a-z0-9._-]*\Z", re.IGNORECASE)


class Portal:
    """The contract of the portal: one listing, read only."""

    def judge(self, exchange: Exchange) -> Verdict:
        """Everything in this exchange that the portal is not known to allow."""
        return Verdict(f"{exchange.method} {exchange.path}", tuple(_problems(exchange)))


def _problems(exchange: Exchange) -> Iterator[str]:
    if not exchange.headers.get("x-accesstoken", "").strip():
        yield "request: carries no credentials (header X-AccessToken)"
    if exchange.method != "GET":
        yield "request: the portal can only be read"
    if not exchange.path.startswith(LISTING) or exchange.path.count("/") > LISTING.count("/") + 1:
        yield f"request: only the listing {LISTING} is known"
    if exchange.query:
        yield "request: the listing takes no query"
    if exchange.body:
        yield "request: has a body, and the operation takes none"
    if exchange.status == 200:
        yield from _listing_problems(exchange)
    elif exchange.status not in (401, 403, 404, 429) and exchange.status < 500:
        yield f"answer {exchange.status}: undocumented status"


def _listing_problems(exchange: Exchange) -> Iterator[str]:
    if not exchange.answer_headers.get("content-type", "").startswith("text/plain"):
        yield "answer 200: a listing is text/plain"
    if exchange.path != LISTING:
        return
    for line in exchange.answer.decode("utf-8", "replace").splitlines():
        if not CUSTOMER.match(line):
            yield f"answer 200: a line of the listing is no customer id: {line[:40]!r}"
