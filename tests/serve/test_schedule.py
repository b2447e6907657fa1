"""Schedules: once per tick, also where clocks are set back, forward or wrong; a missed one is made up for once."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from cli.serve import Server, announce_due
from config.settings import ServeSettings, examine
from integrations.core.schedule import prove_line, tick
from integrations.runs import Run, State

ZURICH = ZoneInfo("Europe/Zurich")


@dataclasses.dataclass
class Ticks:
    """A worker that counts the runs of ticks."""

    ticks: list[str] = dataclasses.field(default_factory=list)
    runs: Ticks = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.runs = self

    def latest(self, flow: str) -> None:
        """No run was ever made."""
        del flow

    def announce(self, flow: str, subject: str, *, once: bool) -> None:
        assert once
        self.ticks.append(subject)
        del flow


def fired(line: str, moments: Iterator[datetime]) -> list[str]:
    """The ticks of a line, looked at in these moments."""
    worker, newest = Ticks(), dict[str, str]()
    for moment in moments:
        announce_due(worker, {"won": line}, moment.astimezone(ZURICH), newest)  # type: ignore[arg-type]
    return worker.ticks


def minutes(begin: datetime, hours: float, step: float = 1) -> Iterator[datetime]:
    return (begin + timedelta(minutes=step * number) for number in range(int(hours * 60 / step)))


def test_a_line_fires_once_per_tick_however_often_it_is_looked_at() -> None:
    begin = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
    assert fired("0 7 * * *", minutes(begin, 24, 0.25)) == ["2026-11-30T07:00", "2026-12-01T07:00"]
    assert len(fired("*/5 * * * *", minutes(begin, 2, 0.25))) == 24


def test_an_hour_that_comes_twice_fires_once_and_every_hour_in_both() -> None:
    begin = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    assert fired("30 2 * * *", minutes(begin, 5)) == ["2026-10-24T02:30", "2026-10-25T02:30"]
    assert len(fired("0 * * * *", minutes(begin, 5))) == 5


def test_a_time_that_is_left_out_fires_when_the_clock_has_passed_it() -> None:
    begin = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert fired("30 2 * * *", minutes(begin, 5)) == ["2026-03-28T02:30", "2026-03-29T02:30"]
    assert len(fired("0 * * * *", minutes(begin, 5))) == 5


def test_what_was_missed_is_made_up_for_once() -> None:
    begin = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
    moments = [begin, begin + timedelta(days=3)]
    assert fired("*/5 * * * *", iter(moments)) == ["2026-12-01T10:00Z", "2026-12-04T10:00Z"]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_fires_nothing_twice(hours: int) -> None:
    begin = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
    moments = [*minutes(begin, 2), *minutes(begin + timedelta(hours=2 + hours), 3)]
    found = fired("*/30 * * * *", iter(moments))
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("state", "minutes_ago", "is_announced"),
    [
        ("queued", None, False),
        ("running", None, False),
        ("waiting", None, False),
        ("failed", 60, False),
        ("cancelled", 60, False),
        ("replaced", 1, True),
        ("done", 1, False),
        ("done", 20, True),
        ("planned", 20, False),
        ("planned", 40, True),
    ],
)
def test_a_deal_that_the_schedule_finds_is_queued_unless_it_is_somebody_elses_turn(
    state: State, minutes_ago: float | None, is_announced: bool
) -> None:
    """The server began 30 minutes ago."""
    ended = time.time() - minutes_ago * 60 if minutes_ago is not None else None
    run = Run("setup-42-1", "setup", "42", 1, state, 1, 0.0, 0.0, ended, None, None, "", "")
    worker = SimpleNamespace(runs=SimpleNamespace(of=lambda *_: run), announce=lambda *given: announced.append(given))
    announced: list[tuple[str, ...]] = []
    settings = SimpleNamespace(general=SimpleNamespace(serve=ServeSettings()))
    server = Server(settings, begun=time.time() - 1800)  # type: ignore[arg-type]
    server._announce_found(worker, "42")  # type: ignore[arg-type]
    assert announced == ([("setup", "42")] if is_announced else [])


@pytest.mark.parametrize("line", ["61 * * * *", "* * * *", "0 7 * * * *", "at noon", "0 0 31 2 *", "@daily"])
def test_a_line_that_never_fires_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="is no schedule"):
        prove_line(line)
    assert prove_line("") == ""
    assert tick("0 0 29 2 *", datetime(2026, 12, 1, tzinfo=ZURICH)) == "2024-02-29T00:00"


def test_all_faults_of_the_section_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "closedwon.toml"
    path.write_text(
        '[serve]\nport = -1\n[serve.schedules]\nwon = "x"\ninvoices = "61 7 * * *"\n'
        '[serve.hooks.erp]\nsecrets = ["hunter2"]\n[erp]\nadapter = "none"\n'
    )
    _, faults = examine(path)
    places = {fault.place for fault in faults}
    assert places >= {"serve.port", "serve.schedules.won", "serve.schedules.invoices", "serve.hooks.erp.secrets.0"}
    assert "hunter2" not in str(faults)
