"""Law 3: an applied plan, planned again, is empty."""

from __future__ import annotations

from tests.conformance.laws import law


@law("emptiness")
def test_an_applied_plan_leaves_nothing_to_plan(bench, case):
    bench.established(case.want(1), case.want(2))
    plan = bench.side().plan(case.want(1), case.want(2))
    assert plan.is_empty
    assert {change.action for change in plan.changes} == {"keep"}


@law("forgotten")
def test_it_is_empty_too_for_who_remembers_nothing(bench, case):
    bench.established(case.want(1), case.want(2))
    assert bench.side("another").plan(case.want(1), case.want(2)).is_empty


@law("emptiness")
def test_what_the_vendor_makes_of_our_words_is_no_difference(bench, case):
    wanted = case.named(1, "  Doppel \u00a0 Raum\tund\r\nZeile  AG ")
    bench.established(wanted)
    assert bench.side().plan(wanted).is_empty


@law("updates")
def test_an_applied_change_leaves_nothing_to_plan(bench, case):
    bench.established(case.want(1))
    bench.established(case.update.change(case.want(1)))
    assert bench.side().plan(case.update.change(case.want(1))).is_empty


@law("archiving")
def test_what_was_archived_leaves_nothing_to_plan(bench, case):
    bench.established(case.want(1))
    gone = case.want(1).model_copy(update={"active": False})
    (result,) = bench.side().run(gone)
    assert (result.status, result.change.action) == ("done", "archive"), result.error
    assert bench.side().plan(gone).is_empty
    assert bench.side("another").plan(gone).is_empty


@law("archiving")
def test_archiving_what_was_never_there_writes_nothing(bench, case):
    gone = case.want(1).model_copy(update={"active": False})
    assert bench.side().plan(gone).is_empty
