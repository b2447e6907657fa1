"""kill -9 while the people are brought in step, or one of them is taken out: before a request is done, and after."""

from __future__ import annotations

import pytest

from tests.crash.forked import kill_at
from tests.crash.in_step import (
    assert_as_undisturbed,
    assert_in_step,
    assert_nobody_is_in,
    undisturbed,
    until_done,
)
from tests.crash.people import NADJAS, SYNC, Followed, left_open

pytestmark = pytest.mark.crash

FAULTS = ("hang_before", "hang_after")
MOST = 64
"""No command here sends so many requests."""
SOME = {
    "sync": ((12, "hang_before"), (27, "hang_after"), (34, "hang_before"), (42, "hang_after"), (49, "hang_after")),
    "out": (
        ("revoke", 17, "hang_before"),
        ("revoke", 20, "hang_after"),
        ("forget", 18, "hang_after"),
        ("forget", 21, "hang_before"),
    ),
}
"""In the usual run: while it is read, accounts are made, people added and invited, and taken out."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every boundary, or some."""
    every = metafunc.config.getoption("--every-boundary")
    if "how" in metafunc.fixturenames:
        all_of_them = [(how, number, do) for how in ("revoke", "forget") for number in range(MOST) for do in FAULTS]
        metafunc.parametrize(("how", "boundary", "do"), all_of_them if every else SOME["out"])
    else:
        metafunc.parametrize(
            ("boundary", "do"), [(number, do) for number in range(MOST) for do in FAULTS] if every else SOME["sync"]
        )


def test_after_a_kill_the_next_run_ends_as_if_there_had_been_none(world: Followed, boundary: int, do: str) -> None:
    """Memberships, invitations, tables, accounts, and what is remembered; nothing is left to do."""
    if boundary >= undisturbed(world, *SYNC).requests:
        pytest.skip("the run is over before so many requests")
    machine = world.machine()
    kill_at(world.place, machine, SYNC, boundary, do)
    until_done(machine, *SYNC)
    assert_in_step(world, machine)


def test_who_is_taken_out_by_hand_is_out_in_spite_of_a_kill(world: Followed, how: str, boundary: int, do: str) -> None:
    """The command run again takes them out everywhere; and the sync, though the ERP has them still, lets nobody in."""
    command = ("contacts", how, NADJAS, "--yes")
    wanted = undisturbed(world, *command)
    if boundary >= wanted.requests:
        pytest.skip("it is over before so many requests")
    machine = world.machine()
    kill_at(world.place, machine, command, boundary, do)
    until_done(machine, *command)
    assert_as_undisturbed(world, machine, *command)
    assert machine.run(*SYNC).outcome == (0, "done")
    assert NADJAS not in world.everywhere("101")
    assert left_open(machine.ledger) == 0
    assert_nobody_is_in(machine.ledger, world)
