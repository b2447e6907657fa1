"""Fixtures of the tests that kill the command, or run it many times at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.site import Site, site


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Site]:
    """A sandbox of this test's own."""
    with site(tmp_path) as opened:
        yield opened
