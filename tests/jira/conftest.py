from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.sandbox.jira import PRETEND
from integrations.sandbox.thread import Running, running
from tests.contracts.checker import Checker
from tests.jira.site import Site


@pytest.fixture(scope="session")
def jira_sandbox() -> Iterator[Running]:
    with running([PRETEND]) as sandbox:
        yield sandbox


@pytest.fixture
def site(jira_sandbox: Running, contract_checker: Checker, tmp_path: Path) -> Site:
    """The seeded Jira; everything that goes over the wire fits the vendor's documents."""
    found = Site(jira_sandbox.url, tmp_path)
    found.system()
    found.reset()
    contract_checker.listen(jira_sandbox.server)
    return found
