"""The hand-written script that a set-up is measured against."""

from __future__ import annotations

from benchmarks.script import STEPS, requests_of, round_trips_of


def test_every_request_has_a_name_of_its_own_a_reason_and_needs_only_what_stands_above_it() -> None:
    above: set[str] = set()
    for step in STEPS:
        assert step.name not in above
        assert step.why
        assert set(step.after) <= above
        above.add(step.name)


def test_all_requests_are_counted_and_no_chain_is_longer_than_all_of_them() -> None:
    systems = {step.system for step in STEPS}
    assert sum(requests_of(system) for system in systems) == len(STEPS)
    assert 1 < round_trips_of() < len(STEPS)
