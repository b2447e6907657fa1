"""Law 1: finding and planning send no writing request."""

from __future__ import annotations

from integrations.core.change import WRITING
from tests.conformance.laws import law
from tests.conformance.state import differences


@law("reading")
def test_planning_what_is_not_there_writes_nothing(bench, case):
    before = bench.state()
    plan = bench.side().plan(case.want(1), case.want(2))
    assert {change.action for change in plan.changes} <= WRITING
    assert bench.requests()
    assert bench.writes() == []
    assert differences(before, bench.state()) == set()


@law("reading")
def test_planning_what_is_there_writes_nothing_remembered_or_not(bench, case):
    bench.established(case.want(1))
    bench.forget_requests()
    bench.side().plan(case.want(1))
    bench.side("another").plan(case.want(1))
    bench.side("another").found(case.want(1), case.want(2))
    assert bench.requests()
    assert bench.writes() == []


@law("updates")
def test_planning_a_change_writes_nothing(bench, case):
    bench.established(case.want(1))
    bench.forget_requests()
    plan = bench.side().plan(case.update.change(case.want(1)))
    assert not plan.is_empty
    assert bench.writes() == []


@law("reading")
def test_checking_writes_nothing(bench, case):
    bench.side().system.check(frozenset({case.kind}))
    assert bench.requests()
    assert bench.writes() == []
