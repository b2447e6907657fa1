"""Law 11: two runs at once make one; two namesakes stay two, and nothing of one reaches the other."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from integrations.core.change import WRITING
from tests.conformance.cases import CASES
from tests.conformance.laws import law
from tests.conformance.state import census, differences, grown, outside

NAME = "Alpina Treuhand Zwilling AG"


def namesakes(bench, case, *numbers):
    """Customers of one name, each of which a person has called another one where that is asked."""
    wants = [case.named(number, NAME) for number in numbers]
    if case.asks:
        with contextlib.closing(bench.side()) as side:
            for want in wants:
                side.choose(want, "new")
    return wants


def at_once(case, *sides):
    """Both have planned before either writes."""
    planned = threading.Barrier(len(sides))

    def run(side):
        plan = side.plan(case.want(1))
        planned.wait(timeout=20)
        return side.apply(plan)

    with ThreadPoolExecutor(len(sides)) as pool:
        return [applied for applied in pool.map(run, sides) if applied.results]


def assert_one(bench, case, before):
    bench.established(case.want(1))
    state = bench.state()
    assert state["duplicates"] == []
    assert len(case.marked(state, case.want(1).key)) == 1
    assert grown(before, census(state, case.system)) == case.makes
    assert bench.side().plan(case.want(1)).is_empty


@law("two at once")
def test_two_runs_at_once_with_one_ledger_make_one(bench, case):
    before = census(bench.state(), case.system)
    assert len(at_once(case, bench.side(), bench.side())) == 2
    assert_one(bench, case, before)


@law("two at once")
def test_two_runs_at_once_with_ledgers_of_their_own_make_one(bench, case):
    before = census(bench.state(), case.system)
    at_once(case, bench.side(), bench.side("another"))
    assert_one(bench, case, before)


@law("two machines")
def test_two_machines_at_once_make_one(bench, case):
    before = census(bench.state(), case.system)
    at_once(case, bench.side(), bench.side(machine="there"))
    assert_one(bench, case, before)


@law("namesakes")
def test_two_namesakes_get_two_whether_in_one_run_or_in_two(bench, case):
    first, second, third = namesakes(bench, case, 1, 2, 3)
    lives = bench.established(first, second)
    lives += bench.established(third)
    assert len({live.id for live in lives}) == 3
    assert bench.state()["duplicates"] == []
    plan = bench.side().plan(first, second, third)
    assert plan.is_empty
    assert [change.found.id for change in plan.changes] == [live.id for live in lives]


@law("forgotten")
def test_namesakes_are_told_apart_by_who_remembers_nothing(bench, case):
    wants = namesakes(bench, case, 1, 2)
    ids = [live.id for live in bench.established(*wants)]
    assert [live.id for live in bench.side("another").found(*wants)] == ids


@law("updates")
def test_a_change_of_one_namesake_does_not_reach_the_other(bench, case):
    first, second = namesakes(bench, case, 1, 2)
    winner, _ = bench.established(first, second)
    before = bench.state()
    (result,) = bench.side().run(case.update.change(first))
    assert result.status == "done", result.error
    changed = differences(before, bench.state())
    assert {number for _, _, number, _ in changed} == {case.update.holder(winner.id)}
    assert outside(changed, case.update.touches) == set()
    assert not [change for change in bench.side().plan(second).changes if change.action in WRITING]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES if case.asks])
def test_a_namesake_is_asked_about_once_where_that_is_asked(bench, case):
    """Nobody said which it is: the first is made, the second waits for a person, in one run as in two."""
    first, second = (case.named(number, NAME) for number in (1, 2))
    for results in (bench.side().run(first, second), bench.side().run(first, second)):
        assert [result.change.action for result in results] in (["create", "choose"], ["keep", "choose"])
    side = bench.side()
    side.choose(second, "new")
    assert [result.status for result in side.run(first, second)] == ["kept", "done"]
    assert bench.side().plan(first, second).is_empty
