"""Law 6: an update reaches the wanted state and touches nothing that it was not asked to."""

from __future__ import annotations

from tests.conformance.laws import law
from tests.conformance.state import census, differences, grown, outside


@law("updates")
def test_an_update_touches_its_own_fields_of_its_own_object_alone(bench, case):
    lives = bench.established(*(case.want(number) for number in (1, 2, 3)))
    wanted = case.update.change(case.want(1))
    before = bench.state()
    (result,) = bench.side().run(wanted)
    assert result.status == "done", result.error
    changed = differences(before, bench.state())
    assert {number for _, _, number, _ in changed} == {case.update.holder(lives[0].id)}
    assert outside(changed, case.update.touches) == set()


@law("updates")
def test_an_update_reaches_the_wanted_state(bench, case):
    bench.established(case.want(1))
    wanted = case.update.change(case.want(1))
    (result,) = bench.side().run(wanted)
    written = result.change.names
    assert written
    (found,) = bench.side("another").found(wanted)
    for field in written:
        assert found.state.comparable(field) == wanted.comparable(field), field


@law("creations")
def test_a_creation_touches_nothing_that_was_there(bench, case):
    bench.established(case.want(2))
    before = bench.state()
    bench.established(case.want(1))
    after = bench.state()
    known = {(kind, str(record["id"])) for kind, objects in before[case.system].items() for record in objects}
    touched = {place for place in differences(before, after) if (place[1], place[2]) in known}
    assert outside(touched, case.may_touch) == set()
    made = grown(census(before, case.system), census(after, case.system))
    assert set(made) <= set(case.makes)
