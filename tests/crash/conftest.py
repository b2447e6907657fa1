"""Fixtures of the tests that kill the command, or run it many times at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.sandbox.thread import running
from tests.crash.people import Followed
from tests.crash.site import Site, site
from tests.crash.unpaid import Unpaid


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Site]:
    """A sandbox of this test's own."""
    with site(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """Customers whose people were in step once; made once a session."""
    with running() as sandbox:
        yield Followed(sandbox, tmp_path_factory.mktemp("people"))


@pytest.fixture
def world(followed: Followed) -> Followed:
    """The same, as when it was made."""
    followed.restore()
    return followed


@pytest.fixture(scope="session")
def owing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unpaid]:
    """Customers whose unpaid invoices have tickets; made once a session."""
    with running() as sandbox:
        yield Unpaid(sandbox, tmp_path_factory.mktemp("unpaid"))


@pytest.fixture
def unpaid(owing: Unpaid) -> Unpaid:
    """The same, as when it was made."""
    owing.restore()
    return owing
