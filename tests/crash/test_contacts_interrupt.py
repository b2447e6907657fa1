"""Ctrl-C during contact sync: what is under way ends and is written down, and nothing more is begun."""

from __future__ import annotations

import signal

import pytest

from tests.crash.forked import forked
from tests.crash.in_step import assert_in_step, undisturbed, until_done
from tests.crash.people import SYNC, Followed, left_open

pytestmark = pytest.mark.crash

LATENCY = 0.02
"""Seconds that a request takes, so that Ctrl-C comes while it is under way."""
MOST = 64


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every boundary; or one while it is written."""
    every = metafunc.config.getoption("--every-boundary")
    metafunc.parametrize("boundary", range(MOST) if every else (40,))


def test_after_ctrl_c_nothing_is_left_open_and_the_next_run_goes_on(world: Followed, boundary: int) -> None:
    """Unlike a kill: every answer that was awaited came, and is in the ledger."""
    requests = undisturbed(world, *SYNC).requests
    if boundary >= requests:
        pytest.skip("the run is over before so many requests")
    machine = world.machine()
    world.server.latency = LATENCY
    with forked(machine, *SYNC) as process:
        assert process.reaches(lambda: world.place.arrived() > boundary)
        process.send(signal.SIGINT)
        stopped = process.ended()
    over = world.place.arrived() >= requests
    assert stopped.code == 130 or (over and stopped.code == 0), stopped
    assert "Traceback" not in stopped.words
    assert left_open(machine.ledger) == 0
    world.server.latency = 0
    runs = until_done(machine, *SYNC)
    assert len(runs) == 1
    assert_in_step(world, machine)
