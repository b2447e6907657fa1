"""Contact sync, several times at once: on one machine, on two that share no ledger, and while somebody is taken out."""

from __future__ import annotations

import pytest

from tests.crash.forked import at_once, forked
from tests.crash.in_step import assert_at_rest, assert_in_step, undisturbed, until_done
from tests.crash.people import MOVED, NADJAS, SYNC, THEOS, Followed

pytestmark = pytest.mark.crash

LATENCY = 0.02
"""Seconds that a request takes, so that one run meets the other under way."""


@pytest.mark.parametrize("machines", [1, 2])
def test_two_syncs_at_once_make_one_of_everything(world: Followed, machines: int) -> None:
    """On one machine the later leaves held customers for the next run; two machines do not see each other at all."""
    undisturbed(world, *SYNC)
    folders = [world.machine() for _ in range(machines)]
    world.server.latency = LATENCY
    runs = at_once((folders[0], SYNC), (folders[-1], SYNC))
    outcomes = [run.document["outcome"] for run in runs]
    assert set(outcomes) <= {"done", "waiting"}, [(run.out, run.words) for run in runs]
    assert machines == 2 or "done" in outcomes
    world.server.latency = 0
    for machine in folders:
        until_done(machine, *SYNC)
    for machine in folders:
        assert_in_step(world, machine)


def test_two_machines_that_take_out_the_same_person_at_once_both_come_to_their_end(world: Followed) -> None:
    """One of them has lost its ledger."""
    folders = [world.machine() for _ in range(2)]
    folders[1].lose_ledger()
    world.server.latency = LATENCY
    command = ("contacts", "revoke", NADJAS, "--yes")
    runs = at_once((folders[0], command), (folders[1], command))
    world.server.latency = 0
    assert [run.outcome for run in runs] == [(0, "done")] * 2, [(run.out, run.words) for run in runs]
    assert NADJAS not in world.everywhere("101")
    for machine in folders:
        until_done(machine, *SYNC)
        assert NADJAS not in world.everywhere("101")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whom it moves to a namesake; in the whole matrix also whom it lets in, and whom it leaves in."""
    if "email" in metafunc.fixturenames:
        people = [(MOVED, ["103", "104"]), (THEOS, ["101"]), (NADJAS, ["101"])]
        every = metafunc.config.getoption("--every-boundary")
        metafunc.parametrize(("email", "customers"), people if every else people[:1])


def test_who_is_revoked_while_a_sync_runs_is_out_after_it(world: Followed, email: str, customers: list[str]) -> None:
    """The one waits for the other, and no run brings them back."""
    machine = world.machine()
    reading = undisturbed(world, *SYNC).requests // 2
    world.server.latency = LATENCY
    with forked(machine, *SYNC) as sync:
        assert sync.reaches(lambda: world.place.arrived() > reading)
        with forked(machine, "contacts", "revoke", email, "--yes") as revoke:
            assert (sync.ended().outcome, revoke.ended().outcome) == ((0, "done"), (0, "done"))
    world.server.latency = 0
    assert [email in world.everywhere(customer) for customer in customers] == [False] * len(customers)
    assert_at_rest(world, machine)
    assert [email in world.everywhere(customer) for customer in customers] == [False] * len(customers)
