"""Law 12: one bad row among many fails alone."""

from __future__ import annotations

from integrations.core.errors import Rejected
from tests.conformance.laws import law

NUMBERS = (1, 2, 3, 4, 5)


@law("bad rows")
def test_one_bad_row_among_many_fails_alone(bench, case):
    wants = [case.want(number) for number in NUMBERS]
    wants[2] = case.spoiled(bench, wants[2])
    results = bench.side().run(*wants)
    failed = [result for result in results if result.status != "done"]
    assert len(failed) == 1
    assert isinstance(failed[0].error, Rejected), failed[0].error
    made = [result for result in results if result.status == "done"]
    state = bench.state()
    assert all(len(case.marked(state, result.change.key)) == 1 for result in made)
    assert case.marked(state, failed[0].change.key) == []


@law("bad rows")
def test_the_bad_row_is_made_once_it_is_mended(bench, case):
    wants = [case.want(number) for number in NUMBERS]
    bench.side().run(*wants[:2], case.spoiled(bench, wants[2]), *wants[3:])
    assert len(bench.established(*wants)) == len(NUMBERS)
    assert bench.state()["duplicates"] == []
    assert bench.side().plan(*wants).is_empty
