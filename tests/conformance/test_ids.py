"""Ids that people give: one of another form than the store's reaches no system, and the message says what one is."""

from __future__ import annotations

import urllib.parse

import pytest

from integrations.core.errors import Rejected
from integrations.core.text import segment
from tests.conformance.cases import CASES

HOSTILE = (
    "OPS-1/../OPS-1", "OPS-1?expand=x", "17/../18", "17?x=1", "17#x", "..", ".", "", " 17", "17 ", "17\n", "%2e%2e",
    "17%2f18", "qm:1/../2", "acme/../other", "invitation/../users", "invitation/a/b", "65600/../1", "65600/7.2?x=y",
    "\u0661\u0667", "17&id=18", "-1", "\\\\host", "http://evil.example/17", "x" * 300, "\x00",
)  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_what_is_no_id_is_sent_nowhere_and_the_message_says_what_one_is_like(bench, case):
    """Also where an earlier release has taken it: the ledger has the choice."""
    side, wanted = bench.side(), case.want(1)
    for text in HOSTILE:
        side.choose(wanted, text)
        bench.forget_requests()
        (change,) = side.plan(wanted).changes
        assert isinstance(change.error, Rejected), text
        assert wanted.key in change.error.message
        assert side.store.id_form.like in change.error.message
        assert bench.requests() == []


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_the_id_of_what_was_made_is_one(bench, case):
    (live,) = bench.established(case.want(1))
    assert bench.side().store.id_form.pattern.fullmatch(live.id)


@pytest.mark.parametrize("text", [text for text in HOSTILE if text not in ("", ".", "..")])
def test_a_segment_of_a_path_leads_nowhere_else(text: str) -> None:
    """What a server reads of it is the text again."""
    assert not set("/?#& ") & set(segment(text))
    assert urllib.parse.unquote(segment(text)) == text


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_what_no_quoting_makes_a_name_is_no_segment(text: str) -> None:
    with pytest.raises(ValueError, match="no segment"):
        segment(text)
