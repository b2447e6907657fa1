from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from integrations.sandbox.jira import PRETEND
from integrations.sandbox.pretend import Pretend
from integrations.sandbox.thread import Running
from tests.sandbox.jira.client import Client


@pytest.fixture
def jira(sandbox_server: Callable[[Sequence[Pretend]], Running]) -> Iterator[Client]:
    """A client at a freshly seeded pretend Jira."""
    client = Client(sandbox_server([PRETEND]))
    yield client
    client.session.close()
