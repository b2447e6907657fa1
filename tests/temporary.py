"""pytest plugin: temporary files are in memory, where the machine has room, so that no test waits for a disk.

Every transaction of a ledger waits until the disk has it, for milliseconds each time: most of a test's time. That a
ledger asks for this is a test of its own (tests/cli/test_power_loss.py), which needs no disk either.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")  # noqa: S108  (in it are only folders that `tempfile` and pytest make)
ROOM = 2**30
"""Bytes that have to be free: some times what a run needs at once."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before workers are started: they and the processes that tests start take over where temporary files are."""
    if hasattr(config, "workerinput") or "TMPDIR" in os.environ or not _has_room():
        return
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None


def _has_room() -> bool:
    return os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free >= ROOM
