from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

import pytest

from integrations.sandbox.pretend import Pretend
from integrations.sandbox.thread import Running, running


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[Callable[[Sequence[Pretend]], Running]]:
    """Start a sandbox of the given systems once a session; `POST /_sandbox/reset` between tests is the caller's."""
    with contextlib.ExitStack() as stack:
        started: dict[tuple[str, ...], Running] = {}

        def start(systems: Sequence[Pretend]) -> Running:
            names = tuple(system.name for system in systems)
            if names not in started:
                started[names] = stack.enter_context(running(systems))
            return started[names]

        yield start
