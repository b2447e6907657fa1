"""Killed between two of its own transactions: the vendors have done what the ledger does not know yet."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any

import pytest

from integrations.flows.contacts import sync
from integrations.flows.contacts.outcome import Outcome, Request
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.sync import Approval
from tests.crash.in_step import assert_in_step, undisturbed
from tests.crash.people import RUNS, SYNC, Followed
from tests.flows.contacts.world import Doom, KilledError

pytestmark = pytest.mark.crash

MOST = 96
"""No run has so many transactions."""
SOME = {50: (16,), 0: (22,)}
"""In the usual run, by the number of customers for which one reading is enough."""


@dataclasses.dataclass
class Transactions(Doom):
    """The process ends before its n-th transaction that writes; None: never, they are counted."""

    left: int | None = None
    begun: int = 0

    def check(self, connection: Any = None, *_: Any) -> None:
        """See `Doom.check`."""
        if connection is not None and connection.get_execution_options().get("writes"):
            self.begun += 1
            self.over = self.over or (self.left is not None and self.begun > self.left)
        super().check()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every transaction, or some."""
    every = metafunc.config.getoption("--every-boundary")
    metafunc.parametrize(
        ("few", "number"),
        [(few, number) for few, some in SOME.items() for number in (range(MOST) if every else some)],
    )


def run(world: Followed, doom: Doom) -> Outcome:
    """A process of its own, as far as it goes."""
    with world.process(ContactSettings(grace_days=0), doom) as sync:
        return sync.run(Request(), Approval(yes=True))


def test_what_the_ledger_did_not_learn_the_next_run_finds_out(
    world: Followed, monkeypatch: pytest.MonkeyPatch, few: int, number: int
) -> None:
    """Also where everything is planned once more before it is written."""
    undisturbed(world, *SYNC)
    machine = world.machine()
    monkeypatch.setattr(sync.FlowOfSync, "few", few)
    world.file = machine.ledger
    doom = Transactions(left=number)
    with contextlib.suppress(KilledError):
        run(world, doom)
    if not doom.over:
        pytest.skip("the run is over before so many transactions")
    for _ in range(RUNS):
        outcome = run(world, Doom())
        if outcome.exit_code == 0:
            break
    assert outcome.exit_code == 0, outcome
    assert_in_step(world, machine)
