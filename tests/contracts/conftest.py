"""The whole sandbox, for the tests that let its every answer pass the vendors' contracts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests

from integrations.sandbox.thread import Running, running
from tests.contracts.driver import TIMEOUT, Driver


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    """One sandbox for a file of tests."""
    with running() as started:
        yield started


@pytest.fixture
def drive(sandbox: Running, contract_documents: None) -> Iterator[Callable[[str], Driver]]:  # noqa: ARG001  (it skips)
    """Makes the driver of a system, in the seeded world without any lag."""
    requests.post(f"{sandbox.url}/_sandbox/reset", timeout=TIMEOUT).raise_for_status()
    requests.post(f"{sandbox.url}/_sandbox/traps", json={"jira_index_lag": 0}, timeout=TIMEOUT).raise_for_status()
    made: list[Driver] = []

    def make(system: str) -> Driver:
        made.append(Driver(sandbox, system))
        return made[-1]

    yield make
    for driver in made:
        driver.close()
