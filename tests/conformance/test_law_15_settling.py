"""Law 15: texts settle. No plan shows a new text at every run, whatever the vendor or people make of it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.conformance.cases import CASES

TEXTS = {
    "blanks at the ends": "  We won  it \u00a0",
    "lines of another system": "Erste\r\nzweite\rdritte\n\n",
    "letters in two parts": "Zu\u0308rich und Cafe\u0301",
    "a link": "See https://acme.example/offers/42?a=1&b=2, please.",
    "characters that are not seen": "Soft\u00adhyphen\u200b and \ufeffmark",
    "entities": "Tom &amp; Jerry &nbsp; <b>bold</b>",
}
WITH_TEXT = ("confluence.section", "confluence.section (into a page)", "confluence.contact", "jira.ticket",
             "jira.exception")  # fmt: skip
TEXTUAL = [case for case in CASES if case.name in WITH_TEXT]
REWORDED = [pytest.param(case, how, id=f"{case.name}-{how}") for case in TEXTUAL for how in case.reworded]


def test_every_store_of_texts_is_put_to_it():
    assert {case.name for case in TEXTUAL} == set(WITH_TEXT) == {case.name for case in CASES if case.reworded}


def settled(bench, *wanted):
    """One run may still write; after it, whoever looks has nothing to show or to write."""
    bench.side().run(*wanted)
    for ledger in ("ledger", "another"):
        side = bench.side(ledger)
        plan = side.plan(*wanted)
        assert [(change.action, change.names) for change in plan.changes] == [("keep", frozenset())] * len(wanted)
        assert plan.is_empty


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("case", TEXTUAL, ids=[case.name for case in TEXTUAL])
def test_what_we_wrote_ourselves_is_no_news(bench, case, text):
    try:
        wanted = case.named(1, text)
    except ValidationError:
        return
    bench.established(wanted)
    settled(bench, wanted)


@pytest.mark.parametrize(("case", "how"), REWORDED)
def test_what_people_made_of_it_is_written_over_or_kept_and_then_settled(bench, case, how):
    (live,) = bench.established(case.want(1))
    case.reworded[how](bench, live)
    settled(bench, case.want(1))


@pytest.mark.parametrize(("case", "how"), REWORDED)
def test_a_kept_text_is_settled_too_when_ours_has_changed_meanwhile(bench, case, how):
    wanted = case.update.change(case.want(1)) if case.update is not None else case.named(1, "Another summary")
    (live,) = bench.established(case.want(1))
    case.reworded[how](bench, live)
    settled(bench, wanted)
