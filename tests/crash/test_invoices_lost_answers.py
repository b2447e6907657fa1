"""Jira does what the check asks, and its answer is lost: the run looks, or the next one does."""

from __future__ import annotations

import pytest

from tests.crash.site import Machine
from tests.crash.unpaid import FLAG, OPERATIONS, Unpaid

pytestmark = pytest.mark.crash

WRITES = 10
"""No check here writes so often in Jira."""
RUNS = 12


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every answer alone, and all in a row, only in the whole matrix: in the usual run the first, and two in a row."""
    every = metafunc.config.getoption("--every-boundary")
    if "write" in metafunc.fixturenames:
        metafunc.parametrize("write", range(WRITES if every else 1))
    if "times" in metafunc.fixturenames:
        metafunc.parametrize("times", [WRITES] if every else [2])


def until_done(machine: Machine) -> int:
    """Run the check again for as long as it waits; how often."""
    for number in range(1, RUNS + 1):
        ran = machine.run_as_shown(*FLAG)
        if ran.code == 0:
            return number
        assert ran.code == 1, (ran.out, ran.words)
    raise AssertionError(ran.words)


def test_these_are_all_operations_that_write(unpaid: Unpaid) -> None:
    """None is forgotten below."""
    unpaid.done(unpaid.machine())
    assert set(unpaid.place.writes()) == set(OPERATIONS)
    assert len(unpaid.place.writes()) < WRITES


def test_one_lost_answer_does_not_stop_a_check(unpaid: Unpaid, write: int) -> None:
    """One run, everything told once, whichever writing request it was."""
    machine = unpaid.machine()
    unpaid.place.fault("drop_after", system="jira", writes=True, skip=write)
    unpaid.done(machine)
    if unpaid.server.faults:
        pytest.skip("the check writes less often")
    unpaid.assert_told(machine)


def test_one_lost_answer_of_each_operation_says_nothing_twice(unpaid: Unpaid) -> None:
    """In a few runs at most."""
    machine = unpaid.machine()
    for operation in OPERATIONS:
        unpaid.place.fault("drop_after", operation=operation)
    assert until_done(machine) <= 2
    assert not unpaid.server.faults
    unpaid.assert_told(machine)


def test_though_every_first_answer_is_lost_runs_end_it(unpaid: Unpaid, times: int) -> None:
    """As many in a row as a whole check has writes."""
    machine = unpaid.machine()
    unpaid.place.fault("drop_after", system="jira", writes=True, times=times)
    until_done(machine)
    assert not unpaid.server.faults
    unpaid.assert_told(machine)
