"""Whose an object is, whatever happened before; see `machine`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from integrations.sandbox.erp import environment
from integrations.sandbox.thread import running
from tests import worlds
from tests.flows.contacts.world import Clock
from tests.identity.machine import WITHOUT, Identity
from tests.identity.world import World

FEW, MANY = 3, 300
"""Examples: some seconds, and some twenty minutes; `IDENTITY_EXAMPLES` says another number."""

PHASES = (Phase.explicit, Phase.generate)
"""An example takes seconds, and making one smaller takes hundreds: only where `IDENTITY_SHRINK` is set."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return the sandbox of all examples."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch, running() as box:
        patch.setattr(environment, "time", clock)
        box.server.clock = clock.time
        yield World(worlds.answers_as_then(box, patch), tmp_path_factory.mktemp("identity"), clock)


def test_whatever_happens_an_object_stays_with_its_customer(world: World, request: pytest.FixtureRequest) -> None:
    """The same examples each time; with `--every-boundary` many more, others each time."""
    is_long = bool(request.config.getoption("--every-boundary"))
    chosen = type("Chosen", (Identity,), {"world": world, **dict.fromkeys(WITHOUT)})
    run_state_machine_as_test(
        chosen,
        settings=settings(
            max_examples=int(os.environ.get("IDENTITY_EXAMPLES", MANY if is_long else FEW)),
            stateful_step_count=25 if is_long else 8,
            deadline=None,
            derandomize=not is_long,
            database=None,
            print_blob=True,
            phases=PHASES if "IDENTITY_SHRINK" not in os.environ else tuple(Phase),
            suppress_health_check=list(HealthCheck),
        ),
    )
