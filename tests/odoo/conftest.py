from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.sandbox.erp import PRETEND
from integrations.sandbox.thread import Running, running
from tests.odoo.company import Company


@pytest.fixture(scope="session")
def erp_sandbox() -> Iterator[Running]:
    with running([PRETEND]) as sandbox:
        yield sandbox


@pytest.fixture(params=["19.0", "17.0"])
def company(request: pytest.FixtureRequest, erp_sandbox: Running, tmp_path: Path) -> Company:
    """The seeded Odoo, over each of the two transports."""
    found = Company(erp_sandbox.url, tmp_path)
    found.reset()
    found.version(request.param)
    return found


@pytest.fixture
def newest(erp_sandbox: Running, tmp_path: Path) -> Company:
    """The seeded Odoo 19, where the transport makes no difference."""
    found = Company(erp_sandbox.url, tmp_path)
    found.reset()
    return found
