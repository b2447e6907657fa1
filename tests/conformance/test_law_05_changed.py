"""Law 5: what was changed since it was read is not overwritten."""

from __future__ import annotations

from integrations.core.errors import Conflict
from tests.conformance.laws import law
from tests.conformance.state import differences

BOOKKEEPING = ("metadata", "managedFields", "status", "write_", "version")
"""What a system keeps of every change, whoever makes it."""


@law("changed fields")
def test_a_field_that_somebody_changed_meanwhile_is_a_conflict(bench, case):
    (live,) = bench.established(case.want(1))
    side = bench.side()
    (change,) = side.plan(case.update.change(case.want(1))).changes
    case.update.by_somebody(bench, live)
    before = bench.state()
    assert isinstance(side.put(change), Conflict)
    assert differences(before, bench.state()) == set()


@law("changed fields")
def test_a_whole_run_overwrites_no_field_that_somebody_changed_meanwhile(bench, case):
    """A field that people own is theirs then; one that is ours waits for who looks at the new plan.

    The other fields of the change are what was approved all the same.
    """
    (live,) = bench.established(case.want(1))
    side = bench.side()
    plan = side.plan(case.update.change(case.want(1)))
    untouched = bench.state()
    case.update.by_somebody(bench, live)
    before = bench.state()
    (result,) = side.apply(plan).results.values()
    assert isinstance(result.error, Conflict) or result.change.theirs
    theirs = {difference for difference in differences(untouched, before) if not difference[-1].startswith(BOOKKEEPING)}
    assert theirs
    assert differences(before, bench.state()).isdisjoint(theirs)
    if isinstance(result.error, Conflict):
        assert differences(before, bench.state()) == set()


@law("other changes")
def test_what_somebody_changed_beside_our_field_survives_our_change(bench, case):
    wanted = case.update.change(case.want(1))
    (live,) = bench.established(case.want(1))
    side = bench.side()
    plan = side.plan(wanted)
    survives = case.update.beside(bench, live)
    assert survives()
    (result,) = side.apply(plan).results.values()
    assert result.status == "done", result.error
    assert survives()
    assert bench.side().plan(wanted).is_empty


@law("changed owners")
def test_what_became_another_customers_meanwhile_is_not_taken(bench, case):
    wanted, other = case.want(1), case.want(2)
    number = case.adoption.made(bench, wanted)
    side = bench.side()
    side.choose(wanted, number)
    plan = side.plan(wanted)
    if case.adoption.taken is not None:
        case.adoption.taken(bench, number)
    else:
        faster = bench.side("another")
        faster.choose(other, number)
        (taken,) = faster.run(other)
        assert taken.status == "done", taken.error
    before = bench.state()
    (result,) = side.apply(plan).results.values()
    assert result.error is not None
    assert result.status == "waiting"
    assert differences(before, bench.state()) == set()
