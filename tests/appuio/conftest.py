"""A control panel on loopback, with the ERP whose contacts are its billing entities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations import appuio
from integrations.core.http import HttpContext
from integrations.core.system import System
from integrations.sandbox.thread import Running, running
from tests.appuio.people import Panel
from tests.contracts.checker import Checker

Connect = Callable[..., System]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def panel(server: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Panel]:
    """The seeded panel; whatever goes over the wire during the test fits the vendor's contract."""
    monkeypatch.setenv("PANEL_TOKEN", "sandbox-token")
    people = Panel(server)
    people.control("reset", {})
    checker = Checker()
    checker.listen(server.server)
    yield people
    checker.leave()
    assert checker.problems() == []


@pytest.fixture
def connect(panel: Panel, tmp_path: Path) -> Connect:
    """Make the adapter for this panel, with these settings different."""

    def make(**settings: Any) -> System:
        content = {
            "adapter": "appuio",
            "url": f"{panel.url}/panel",
            "token": {"env": "PANEL_TOKEN"},
            "patience": 2,
            **settings,
        }
        return appuio.connect("panel", appuio.Settings.model_validate(content), HttpContext(tmp_path))

    return make


@pytest.fixture
def store(connect: Connect) -> Any:
    return connect().stores["organization"]
