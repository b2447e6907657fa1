"""Law 7: every page of a listing is read."""

from __future__ import annotations

import pytest

from integrations.core.resource import Live
from integrations.odoo.connection import Connection
from tests.conformance.laws import law

NUMBERS = (1, 2, 3, 4, 5)


@law("pages")
def test_every_page_is_read_where_a_page_holds_two(bench, case, monkeypatch: pytest.MonkeyPatch):
    bench.traps(jira_index_lag=0)
    wants = [case.want(number) for number in NUMBERS]
    ids = [live.id for live in bench.established(*wants)]
    case.scatter(bench)
    bench.forget_requests()
    look(bench, wants)
    at_once = len(bench.requests())
    bench.traps(page_size=2)
    monkeypatch.setattr(Connection, "page", 2)
    bench.forget_requests()
    found, plan = look(bench, wants)
    assert [isinstance(live, Live) and live.id for live in found] == ids
    assert plan.is_empty
    assert len(bench.requests()) > at_once, "nothing was read in pages"


def look(bench, wants):
    """What is found without memory, and planned with it."""
    return bench.side("another").found(*wants), bench.side().plan(*wants)
