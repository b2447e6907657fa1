"""A company in memory for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.invoicing.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A company without customers."""
    made = Site(tmp_path)
    yield made
    made.ledger.close()
