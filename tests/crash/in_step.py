"""That everything ended as if nothing had happened."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tests.crash.boundaries import assert_same
from tests.crash.forked import forked
from tests.crash.people import RUNS, SYNC, Followed, Undisturbed, left_open, memory
from tests.crash.site import Machine, Ran
from tests.flows.contacts.oracle import company_of
from tests.flows.contacts.world import CUSTOMERS

_UNDISTURBED: dict[Sequence[str], Undisturbed] = {}


def undisturbed(world: Followed, *command: str) -> Undisturbed:
    """What a command comes to; measured once in each process."""
    if command not in _UNDISTURBED:
        world.restore()
        machine = world.machine()
        with forked(machine, *command) as process:
            ran = process.ended()
        assert ran.outcome == (0, "done"), ran.words
        requests, writes, there = world.place.arrived(), tuple(world.wrote()), world.lines()
        if command == SYNC:
            assert_at_rest(world, machine)
        _UNDISTURBED[command] = Undisturbed(requests, writes, there, memory(machine.ledger))
        world.restore()
    return _UNDISTURBED[command]


def until_done(machine: Machine, *command: str) -> list[Ran]:
    """Run a command again for as long as it says that it waits."""
    runs = [machine.run(*command)]
    while runs[-1].outcome != (0, "done") and len(runs) < RUNS:
        assert runs[-1].document["outcome"] == "waiting", (runs[-1].out, runs[-1].words)
        runs.append(machine.run(*command))
    assert runs[-1].outcome == (0, "done"), [(run.out, run.words) for run in runs]
    return runs


def assert_in_step(world: Followed, machine: Machine) -> None:
    """As an undisturbed sync leaves it, and nothing is left to do."""
    assert_same(world.lines(), _UNDISTURBED[SYNC].there)
    assert left_open(machine.ledger) == 0
    assert_at_rest(world, machine)
    # Only now: where somebody was moved from is forgotten by the first run that finds them in step.
    assert_same(memory(machine.ledger), _UNDISTURBED[SYNC].memory)


def assert_as_undisturbed(world: Followed, machine: Machine, *command: str) -> None:
    """Memberships, invitations, tables, accounts, and what the ledger holds, as this command leaves them."""
    assert_same(world.lines(), _UNDISTURBED[command].there)
    assert left_open(machine.ledger) == 0
    assert_same(memory(machine.ledger), _UNDISTURBED[command].memory)


def assert_at_rest(world: Followed, machine: Machine) -> None:
    """The next run asks the ERP alone, a full pass finds nothing to do, and nobody's address is in the ledger."""
    world.server.log.clear()
    assert machine.run(*SYNC).outcome == (0, "done")
    assert world.asked() == {"erp"}
    assert machine.run(*SYNC, "--full").outcome == (0, "done")
    assert world.wrote() == []
    assert_nobody_is_in(machine.ledger, world)


def assert_nobody_is_in(file: Path, world: Followed) -> None:
    """No contact's address or name."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        text = "\n".join(connection.iterdump()).lower()
    for partner in world.partners.values():
        if not partner.get("is_company") and company_of(world.partners, partner) in CUSTOMERS:
            email, name = str(partner.get("email") or "").lower(), str(partner["name"]).lower()
            assert not email or email not in text
            assert len(name) < 8 or name not in text, name
