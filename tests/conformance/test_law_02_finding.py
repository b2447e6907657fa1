"""Law 2: an unknown key is absent; what was put is found, equal; what may not be seen is unknown, never created."""

from __future__ import annotations

import itertools

import pytest

from integrations.core.change import WRITING
from integrations.core.errors import Ambiguous, IntegrationError
from integrations.core.resource import Live
from tests.conformance.cases import CASES
from tests.conformance.laws import applies, in_turn, law, sampled
from tests.conformance.state import differences


@law("finding")
def test_an_unknown_key_is_absent(bench, case):
    assert bench.side().found(case.want(1)) == [None]


@law("forgotten")
def test_what_was_put_is_found_equal_by_who_remembers_nothing(bench, case):
    wanted = case.want(1)
    (live,) = bench.established(wanted)
    (found,) = bench.side("another").found(wanted)
    assert isinstance(found, Live)
    assert (found.id, found.url, found.ours) == (live.id, live.url, True)
    for field in case.reads_back:
        assert found.state.comparable(field) == wanted.comparable(field), field


@law("forgotten")
def test_what_bears_an_older_key_of_the_customer_is_found_by_the_newer(bench, case):
    newer = case.want(1)
    older = newer.model_copy(update={"key": (newer.former or (newer.key,))[0], "former": ()})
    (live,) = bench.established(older)
    (found,) = bench.side("another").found(newer)
    assert isinstance(found, Live)
    assert (found.id, found.ours) == (live.id, True)
    if found.is_former:
        (change,) = (side := bench.side("second")).plan(newer).changes
        assert (change.action, change.fields) == ("adopt", ())
        side.apply(side.plan(newer))
        assert len(case.marked(bench.state(), newer.key)) == 1
        assert case.marked(bench.state(), older.key) == []
    assert bench.side("third").plan(newer).is_empty


@law("forgotten")
@pytest.mark.parametrize("first", [0, 1], ids=["its own is older", "its own is newer"])
def test_of_two_the_one_with_the_customers_very_own_key_counts(bench, case, first):
    """Wherever one looks from, and whichever was made first: no two machines work on different ones."""
    newer = case.want(1)
    keys = [newer.key, *newer.former[:1]]
    made = {}
    for key in keys[first:] + keys[:first]:
        (result,) = bench.side(f"for {key}").run(newer.model_copy(update={"key": key, "former": ()}))
        made[key] = result.live
    (found,) = bench.side("another").found(newer)
    assert isinstance(found, Live)
    assert found.id == (made[newer.key] or made[keys[-1]]).id  # where no second one can be made, the first one


@law("creations")
def test_what_was_put_bears_our_mark_once(bench, case):
    bench.established(case.want(1), case.want(2))
    state = bench.state()
    assert len(case.marked(state, case.want(1).key)) == 1
    assert len(case.marked(state, case.want(2).key)) == 1
    assert state["duplicates"] == []


@pytest.mark.parametrize(
    ("case", "right", "ledger"),
    [
        pytest.param(case, right, ledger, id=f"{ledger}-{case.name}-{right}", marks=in_turn(case, number, place))
        for case in CASES
        if applies("hiding", case)
        for (number, right), (place, ledger) in sampled(
            case, itertools.product(enumerate(case.hiding), enumerate(("ledger", "another")))
        )
    ],
)
def test_what_may_not_be_seen_is_unknown_and_never_made_again(bench, case, right, ledger):
    wanted = case.want(1)
    (live,) = bench.established(wanted)
    before = bench.state()
    bench.forbid(*right.format(id=live.id).split("+"))
    side = bench.side(ledger)
    plan = side.plan(wanted)
    (change,) = plan.changes
    assert change.action not in WRITING
    assert isinstance(change.error, IntegrationError)
    side.apply(plan)
    assert differences(before, bench.state()) == set()


@law("changed owners")
def test_a_look_alike_without_our_mark_is_for_a_person(bench, case):
    wanted = case.want(1)
    number = case.adoption.made(bench, wanted)
    (found,) = bench.side().found(wanted)
    if case.adoption.looks_alike:
        assert isinstance(found, Ambiguous)
        assert number in [candidate.id for candidate in found.candidates]
    else:
        assert found is None


@law("changed owners")
def test_what_a_person_chose_is_adopted_marked_and_then_left_alone(bench, case):
    wanted = case.want(1)
    number = case.adoption.made(bench, wanted)
    side = bench.side()
    side.choose(wanted, number)
    (change,) = side.plan(wanted).changes
    assert (change.action, change.found.id) == ("adopt", number)
    (result,) = side.run(wanted)
    assert (result.status, result.live.id) == ("done", number), result.error
    assert bench.side().plan(wanted).is_empty
