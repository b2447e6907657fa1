"""The customers' people end in step with the ERP, whatever happened before; see `machine`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from integrations.sandbox.erp import environment
from integrations.sandbox.running import running
from tests.flows.contacts.machine import Machine
from tests.flows.contacts.world import Clock, World

EXAMPLES = int(os.environ.get("CLOSEDWON_EXAMPLES", "12"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Set up once."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch, running() as box:
        patch.setattr(environment, "time", clock)
        yield World(box, tmp_path_factory.mktemp("machine"), clock)


def test_whatever_happens_the_people_end_in_step_with_the_erp(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Machine, "world", world, raising=False)
    long = EXAMPLES > 12
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30 if long else 15,
            deadline=None,
            derandomize=not long,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
