"""kill -9 while the people are brought in step, or one of them is taken out: before a request is done, and after."""

from __future__ import annotations

import re

import pytest

from integrations.flows.contacts.leaving import PASSES
from integrations.sandbox.fault import Fault
from integrations.sandbox.server import Exchange
from tests.crash.forked import forked, kill_at
from tests.crash.in_step import (
    assert_as_undisturbed,
    assert_in_step,
    assert_nobody_is_in,
    undisturbed,
    until_done,
)
from tests.crash.people import NADJAS, SYNC, THEOS, Followed, left_open, memory
from tests.crash.site import Machine

pytestmark = pytest.mark.crash

FAULTS = ("hang_before", "hang_after")
MOST = 64
"""No command here sends so many requests."""
SOME = {
    "sync": ((34, "hang_before"), (42, "hang_after"), (49, "hang_after")),
    "out": (("revoke", 20, "hang_after"), ("forget", 18, "hang_after")),
    "lost": (("revoke", 2, "hang_before"), ("revoke", 31, "hang_after"), ("forget", 35, "hang_before")),
}
"""In the usual run: while accounts are made, and while people are looked for, added, invited and taken out."""


LETTING_IN = {"organization.user.add": "jira", "invitation.create": "panel", "page.update": "wiki"}
"""By operation: where it lets somebody in."""
CHANGES = ("archived", "moved", "deleted", "revoked")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every boundary, or some."""
    every = metafunc.config.getoption("--every-boundary")
    if "change" in metafunc.fixturenames:
        both = [(operation, change) for operation in LETTING_IN for change in CHANGES]
        metafunc.parametrize(("operation", "change"), both if every else both[:1])
    elif "how" in metafunc.fixturenames:
        all_of_them = [(how, number, do) for how in ("revoke", "forget") for number in range(MOST) for do in FAULTS]
        some = SOME["lost" if "lost" in metafunc.function.__name__ else "out"]
        metafunc.parametrize(("how", "boundary", "do"), all_of_them if every else some)
    elif "boundary" in metafunc.fixturenames:
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


def test_after_a_kill_with_a_lost_ledger_the_next_sync_takes_them_out(
    world: Followed, how: str, boundary: int, do: str
) -> None:
    """It knows no customer, and no address: only that somebody is to be out of every system."""
    machine = world.machine()
    machine.lose_ledger()
    kill_at(world.place, machine, ("contacts", how, NADJAS, "--yes"), boundary, do)
    world.server.faults.clear()
    until_done(machine, *SYNC)
    assert NADJAS not in world.everywhere("101")
    assert left_open(machine.ledger) == 0
    until_done(machine, "contacts", how, NADJAS, "--yes")
    assert_nobody_is_in(machine.ledger, world)
    rows = [row for row in memory(machine.ledger) if row.startswith(("objects", "contacts_leaving"))]
    assert all(row.startswith("objects ('ledger', 'tombstone', '*/contact/") for row in rows)


def test_whom_a_killed_run_let_in_leaves_like_everybody_else(world: Followed, operation: str, change: str) -> None:
    """The ledger knows no more than that it was begun; and the ERP has changed before the next run."""
    machine, target = world.machine(), world.targets[LETTING_IN[operation]]
    world.place.fault("hang_after", operation=operation)
    with forked(machine, *SYNC) as process:
        assert process.reaches(lambda: THEOS in target.members("101"))
    world.server.faults.clear()
    leaves(world, machine, change)


def leaves(world: Followed, machine: Machine, change: str) -> None:
    """Theo is archived, moved, deleted or revoked before the next run; and then he is nowhere."""
    (contact,) = (int(key) for key, partner in world.partners.items() if partner.get("email") == THEOS)
    if change == "archived":
        world.edit(contact, active=False)
    elif change == "moved":
        world.edit(contact, parent_id=106)
    else:
        assert world.erp("unlink", ids=[contact]) is True
    if change == "revoked":
        until_done(machine, "contacts", "revoke", THEOS, "--yes")
        assert THEOS not in world.everywhere("101")
    until_done(machine, *SYNC)
    for _ in range(PASSES):
        assert machine.run(*SYNC, "--full").outcome == (0, "done")
    assert THEOS not in world.everywhere("101")
    assert left_open(machine.ledger) == 0


@pytest.mark.parametrize("refused", [False, True], ids=["no answer for long", "then refused"])
def test_whom_an_outage_let_in_leaves_like_everybody_else(
    world: Followed, operation: str, change: str, refused: bool
) -> None:
    """The request was done, and its answer lost for longer than we try: nobody may count that as not done."""
    machine, target = world.machine(), world.targets[LETTING_IN[operation]]
    settings = re.sub(r"(?m)^patience = .*$", "patience = 0.5", machine.settings.read_text("utf-8"))
    assert settings.count("patience = 0.5") == 4
    machine.settings.write_text(settings, "utf-8")
    world.place.fault("drop_after", operation=operation, times=1 if refused else 1000)

    def breaks_down(_: Exchange) -> None:
        """As soon as Theo is in, the system answers nothing any more, or refuses everything."""
        if THEOS in target.members("101"):
            world.server.observers.remove(breaks_down)
            system = LETTING_IN[operation]
            world.server.faults.append(Fault("status" if refused else "drop_before", system, status=403, times=1000))

    world.server.observers.append(breaks_down)
    assert machine.run(*SYNC).code == 1
    assert THEOS in target.members("101")
    world.server.faults.clear()
    leaves(world, machine, change)


def test_a_revoke_that_was_killed_is_ended_by_the_next_sync(world: Followed) -> None:
    """Also where nothing has changed in the ERP, so that the sync would not look at the customer."""
    machine = world.machine()
    until_done(machine, *SYNC)
    world.age()
    world.place.fault("hang_before", operation="organization.user.remove")
    with forked(machine, "contacts", "revoke", NADJAS, "--yes") as process:
        assert process.reaches(lambda: not world.server.faults)
    until_done(machine, *SYNC)
    assert NADJAS not in world.everywhere("101")
