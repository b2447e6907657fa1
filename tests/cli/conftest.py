from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.sandbox.thread import Running, running
from tests.cli.place import Place


@pytest.fixture(scope="session")
def whole_sandbox() -> Iterator[Running]:
    """Every pretend system, once a session."""
    with running() as sandbox:
        yield sandbox


@pytest.fixture
def place(whole_sandbox: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A folder with settings for the sandbox, which holds the seeded world."""
    monkeypatch.delenv("CLOSEDWON_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))  # where settings do not say where the ledger is
    return Place(tmp_path, whole_sandbox)
