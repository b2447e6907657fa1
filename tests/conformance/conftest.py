"""One sandbox for all tests of a worker; every test finds it in its seeded state, and every exchange is checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.sandbox.pretend import TOKEN
from integrations.sandbox.thread import Running, running
from tests.conformance.bench import VARIABLE, Bench
from tests.conformance.case import Case
from tests.conformance.laws import SLOW
from tests.contracts.checker import Checker

LOOK_AGAIN = 0.05
"""Seconds until a lost answer is looked for again: the sandbox needs no mercy."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The usual run leaves out what `laws.in_turn` spares it."""
    if config.getoption("--every-boundary"):
        return
    slow = [item for item in items if item.get_closest_marker(SLOW.name)]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker(SLOW.name)]


@pytest.fixture(scope="session")
def conformance_sandbox() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def bench(
    case: Case,
    conformance_sandbox: Running,
    contract_checker: Checker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bench]:
    monkeypatch.setenv(VARIABLE, TOKEN)
    for module in ("plan.planner", "apply"):
        monkeypatch.setattr(f"integrations.core.{module}.LOOK_AGAIN", LOOK_AGAIN)
    contract_checker.listen(conformance_sandbox.server)
    with Bench(case, conformance_sandbox, tmp_path) as made:
        yield made
