"""Law 4: whatever answer is lost, wherever we are killed, run again: one object."""

from __future__ import annotations

import pytest

from tests.conformance.cases import CASES
from tests.conformance.laws import applies, in_turn, law, sampled
from tests.conformance.state import census, grown

PLACES = [
    (case, number, f"{case.name}-{number}-{operation}")
    for case in CASES
    if applies("lost answers", case)
    for number, operation in sampled(case, enumerate(case.writes))
]
BOUNDARIES = [pytest.param(case, number, id=name) for case, number, name in PLACES]
DROPPED = [
    pytest.param(case, number, do, id=f"{do}-{name}", marks=in_turn(case, number, place))
    for case, number, name in PLACES
    for place, do in enumerate(("drop_before", "drop_after"))
]
KILLED = [
    pytest.param(case, number, ledger, id=f"{ledger}-{name}", marks=in_turn(case, number, place))
    for case, number, name in PLACES
    for place, ledger in sampled(case, enumerate(("ledger", "lost")))
]
LATER = [
    pytest.param(case, number, status, id=f"{status}-{name}", marks=in_turn(case, number, place))
    for case, number, name in PLACES
    if number
    for place, status in sampled(case, enumerate((401, 403, 409, 422, 500)))
]
"""What comes after something was written already, refused in every way."""


class Killed(BaseException):
    """The process is no more: nothing of it comes after."""


def kill_after(bench, side, writes):
    """Have the side end as soon as the sandbox has got that many writing requests."""

    def end():
        if len(bench.writes()) >= writes:
            raise Killed

    side.after_sending = end


def assert_one(bench, case, before):
    wanted = case.want(1)
    state = bench.state()
    assert state["duplicates"] == []
    assert len(case.marked(state, wanted.key)) == 1
    assert grown(before, census(state, case.system)) == case.makes
    assert bench.side().plan(wanted).is_empty


@law("lost answers")
def test_a_creation_sends_the_writing_requests_that_are_broken_below(bench, case):
    before = census(bench.state(), case.system)
    bench.established(case.want(1))
    assert tuple(bench.writes()) == case.writes
    assert_one(bench, case, before)


@pytest.mark.parametrize(("case", "number", "do"), DROPPED)
def test_a_lost_answer_makes_no_second_object(bench, case, number, do):
    before = census(bench.state(), case.system)
    bench.fault(do, writes=True, skip=number)
    bench.side(patience=0.0).run(case.want(1))
    bench.established(case.want(1))
    assert_one(bench, case, before)


@pytest.mark.parametrize(("case", "number"), BOUNDARIES)
def test_a_lost_answer_with_a_lost_ledger_makes_no_second_object(bench, case, number):
    before = census(bench.state(), case.system)
    bench.fault("drop_after", writes=True, skip=number)
    side = bench.side("lost", patience=0.0)
    side.patient = False
    side.run(case.want(1))
    bench.established(case.want(1))
    assert_one(bench, case, before)


@pytest.mark.parametrize(("case", "number", "ledger"), KILLED)
def test_a_kill_after_any_writing_request_makes_no_second_object(bench, case, number, ledger):
    before = census(bench.state(), case.system)
    side = bench.side(ledger)
    kill_after(bench, side, number + 1)
    with pytest.raises(Killed):
        side.run(case.want(1))
    bench.established(case.want(1))
    assert_one(bench, case, before)


@pytest.mark.parametrize(("case", "number", "status"), LATER)
def test_a_refusal_half_way_leaves_what_the_next_run_completes(bench, case, number, status):
    before = census(bench.state(), case.system)
    bench.fault("status", status=status, writes=True, skip=number)
    bench.side(patience=0.0).run(case.want(1))
    bench.established(case.want(1))
    assert_one(bench, case, before)


@law("updates")
@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
def test_a_lost_answer_to_a_change_is_made_good(bench, case, do):
    (live,) = bench.established(case.want(1))
    before = census(bench.state(), case.system)
    wanted = case.update.change(case.want(1))
    bench.fault(do, writes=True)
    bench.side(patience=0.0).run(wanted)
    assert [again.id for again in bench.established(wanted)] == [live.id]
    assert grown(before, census(bench.state(), case.system)) == {}
    assert bench.side().plan(wanted).is_empty


@law("changed owners")
@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
def test_a_lost_answer_to_an_adoption_is_made_good(bench, case, do):
    wanted = case.want(1)
    number = case.adoption.made(bench, wanted)
    bench.side().choose(wanted, number)
    before = census(bench.state(), case.system)
    bench.fault(do, writes=True)
    bench.side(patience=0.0).run(wanted)
    assert [live.id for live in bench.established(wanted)] == [number]
    assert "res.partner" in before or grown(before, census(bench.state(), case.system)) == {}
    assert bench.side().plan(wanted).is_empty
