"""The vendor does what contact sync asks, and its answer is lost: the run looks, or the next one does."""

from __future__ import annotations

import pytest

from tests.crash.in_step import assert_in_step, undisturbed, until_done
from tests.crash.people import NADJAS, SYNC, Followed, left_open

pytestmark = pytest.mark.crash

OPERATIONS = (
    *("customer.create", "organization.user.add", "organization.user.remove"),
    *("invitation.create", "invitation.delete", "organizationmembers.patch", "page.update"),
)


def test_these_are_all_operations_that_write(world: Followed) -> None:
    """None is forgotten below."""
    assert set(undisturbed(world, *SYNC).writes) == set(OPERATIONS)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One answer of each operation at once; in the whole matrix also each alone."""
    if "operations" in metafunc.fixturenames:
        every = metafunc.config.getoption("--every-boundary")
        alone = [(operation,) for operation in OPERATIONS] if every else []
        metafunc.parametrize(
            "operations", [OPERATIONS, *alone], ids=lambda names: names[0] if len(names) == 1 else "all"
        )


def test_a_lost_answer_makes_nothing_twice(world: Followed, operations: tuple[str, ...]) -> None:
    """In one run or two: one of everything, whoever was the first."""
    undisturbed(world, *SYNC)
    machine = world.machine()
    for operation in operations:
        world.place.fault("drop_after", operation=operation)
    runs = until_done(machine, *SYNC)
    assert not world.server.faults
    assert len(runs) <= 2
    assert_in_step(world, machine)


@pytest.mark.parametrize("how", ["revoke", "forget"])
def test_a_lost_answer_leaves_nobody_in_who_is_taken_out_by_hand(world: Followed, how: str) -> None:
    """With a lost ledger; whichever answer was lost, the command or the next sync has it done."""
    for operation in ("organization.user.remove", "invitation.delete", "organizationmembers.patch", "page.update"):
        world.restore()
        machine = world.machine()
        machine.lose_ledger()
        world.place.fault("drop_after", operation=operation, times=2)
        ran = machine.run("contacts", how, NADJAS, "--yes")
        assert ran.outcome in ((0, "done"), (1, "waiting")), ran.words
        world.server.faults.clear()
        until_done(machine, *SYNC)
        assert NADJAS not in world.everywhere("101")
        assert left_open(machine.ledger) == 0


def test_though_every_first_answer_is_lost_runs_end_it(world: Followed) -> None:
    """As many in a row as a whole run has writes."""
    times = len(undisturbed(world, *SYNC).writes)
    machine = world.machine()
    world.place.fault("drop_after", writes=True, times=times)
    until_done(machine, *SYNC)
    assert not world.server.faults
    assert_in_step(world, machine)
