"""The customers' people end in step with the ERP, whatever happened before; see `machine`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from integrations.sandbox.erp import environment
from integrations.sandbox.thread import running
from tests.flows.contacts.machine import Machine
from tests.flows.contacts.world import Clock, World

FEW, MANY = 5, 400
"""Examples: some seconds, and some ten minutes."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Set up once."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch, running() as box:
        patch.setattr(environment, "time", clock)
        box.server.clock = clock.time
        yield World(box, tmp_path_factory.mktemp("machine"), clock)


def test_whatever_happens_the_people_end_in_step_with_the_erp(
    world: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """The same examples each time; with `--every-boundary` many more, others each time."""
    is_long = bool(request.config.getoption("--every-boundary"))
    monkeypatch.setattr(Machine, "world", world, raising=False)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=MANY if is_long else FEW,
            stateful_step_count=30 if is_long else 15,
            deadline=None,
            derandomize=not is_long,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
