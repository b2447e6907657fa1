"""Law 9: whatever people type survives, or is refused clearly."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from integrations.core.errors import Rejected
from tests.conformance.cases import CASES
from tests.conformance.laws import applies, in_turn, law, sampled
from tests.conformance.state import differences

TEXTS = {
    "umlauts": "Müller & Söhne Größe Łódź AG",
    "combining": "Zu\u0308rich Cafe\u0301 SA",
    "emoji": "Rocket 🚀 GmbH 👩\u200d💻",
    "right-to-left": "شركة الاختبار דוגמה",
    "direction override": "Safe \u202egpj.exe AG",
    "200 characters": "Lang " + "x" * 194 + "y",
    "300 characters": "Länger " + "ß" * 292 + "z",
    "script": "<script>alert('1')</script> & </ac:parameter> AG",
    "cdata": "]]> <!-- &amp; &lt; --> AG",
    "quotes": "\"Zum 'Löwen'\" \\ AG, O`Neil %s {0} $x",
    "template": "{{ 7 * 7 }} {% raw %} AG",
    "newlines": "Erste\nzweite\r\ndritte\tZeile",
    "control characters": "Null\x00 und \x1b[31m AG",
    "letters of no Latin script": "株式会社サンプル",
    "one letter": "Q",
    "digits": "1234567",
}
FIRST = [next(case for case in CASES if case.system == system) for system in {case.system for case in CASES}]
"""Of each system one store, which the usual run puts to every text."""
PAIRS = [
    pytest.param(case, TEXTS[text], id=f"{case.name}-{text}", marks=() if case in FIRST else in_turn(case, place))
    for case in CASES
    if applies("texts", case)
    for place, text in sampled(case, enumerate(TEXTS))
]


def wanted_or_refused(case, text):
    """The want, or None: the name itself is refused, by its field, before anything is contacted."""
    try:
        return case.named(1, text)
    except ValidationError as refused:
        places = {error["loc"][0] for error in refused.errors() if error["loc"]}
    assert places <= {case.name_field}
    return None


@pytest.mark.parametrize(("case", "text"), PAIRS)
def test_a_text_survives_or_is_refused_clearly(bench, case, text):
    wanted = wanted_or_refused(case, text)
    if wanted is None:
        return
    (result,) = bench.side().run(wanted)
    if isinstance(result.error, Rejected):
        assert result.error.field == case.name_field
        assert case.marked(bench.state(), wanted.key) == []
        return
    assert result.status == "done", result.error
    (found,) = bench.side("another").found(wanted)
    for field in case.reads_back:
        assert found.state.comparable(field) == wanted.comparable(field), field
    assert bench.side().plan(wanted).is_empty
    assert bench.side("third").plan(wanted).is_empty


@law("names")
@pytest.mark.parametrize("text", ["", " \n\t ", "\x00"])
def test_a_name_without_anything_in_it_is_refused_and_makes_nothing(bench, case, text):
    before = bench.state()
    wanted = wanted_or_refused(case, text)
    if wanted is not None:
        (result,) = bench.side().run(wanted)
        assert isinstance(result.error, Rejected)
        assert result.error.field == case.name_field
    assert differences(before, bench.state()) == set()
