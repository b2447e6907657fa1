"""The rate limit over runs, clocks and years."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pyrate_limiter
import pytest

from integrations.core.lock import Rate


def permits(folder: Path) -> int:
    connection = sqlite3.connect(folder / "jira.rate")
    try:
        return int(connection.execute("select count(*) from permits").fetchone()[0])
    finally:
        connection.close()


def taken(folder: Path, number: int = 1, per_second: float = 1000) -> None:
    rate = Rate(folder, "jira", per_second)
    for _ in range(number):
        rate.take()
    rate.close()


def test_a_clock_that_was_set_back_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permits of an hour to come count for nothing."""
    ahead = (time.time_ns() // 1_000_000) + 3_600_000
    monkeypatch.setattr(pyrate_limiter.SQLiteBucket, "now", lambda _: ahead)
    taken(tmp_path, 2, per_second=2)
    monkeypatch.undo()
    begun = time.monotonic()
    taken(tmp_path, per_second=2)
    assert time.monotonic() - begun < 30


def test_permits_of_earlier_runs_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many short runs, as a crontab makes them, leave no more than the last one did."""
    for minute in range(5):
        then = (time.time_ns() // 1_000_000) - 600_000 + minute * 60_000
        monkeypatch.setattr(pyrate_limiter.SQLiteBucket, "now", lambda _, then=then: then)
        taken(tmp_path, 10)
        assert permits(tmp_path) == 10
