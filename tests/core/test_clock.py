"""A clock is believed as long as neither a system nor an earlier run contradicts it."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from integrations.core.clock import Clock
from integrations.core.http import Http, HttpContext, Limits, note_time
from integrations.core.ledger import Ledger
from integrations.core.plan import Limits as SafetyLimits
from tests.limits import lifted

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def clock(ledger: Ledger, now: datetime, limits: SafetyLimits | None = None) -> Clock:
    return Clock(ledger, limits or SafetyLimits(), lambda: now)


@pytest.mark.parametrize("off", [timedelta(minutes=-59), timedelta(), timedelta(minutes=59)])
def test_a_clock_that_differs_by_less_than_an_hour_is_believed(ledger: Ledger, off: timedelta) -> None:
    ledger.ran(NOW - off)
    with Clock.watching():
        note_time("ERP", NOW + off)
        assert clock(ledger, NOW).judge(NOW + off) is None


def test_a_clock_that_lies_before_the_last_run_is_wrong_and_both_times_are_told(ledger: Ledger) -> None:
    clock(ledger, NOW).judge()
    wrong = clock(ledger, NOW - timedelta(days=365)).judge()
    assert wrong is not None
    for moment in (NOW, NOW - timedelta(days=365)):
        assert f"{moment.astimezone():%-d %b %Y %H:%M}" in wrong.message
    assert wrong.next.endswith("--limit clock_hours=8760")
    assert ledger.last_run() == NOW


@pytest.mark.parametrize("off", [timedelta(days=40), timedelta(hours=-2)])
def test_one_system_that_contradicts_is_enough_however_many_agree(ledger: Ledger, off: timedelta) -> None:
    """The system that agrees may stand on this very machine, and have its clock."""
    ledger.ran(NOW)
    with Clock.watching():
        note_time("ERP", NOW + off)
        note_time("Jira", NOW)
        wrong = clock(ledger, NOW + off).judge()
    assert wrong is not None
    assert "Jira" in wrong.message
    assert ledger.last_run() == NOW


def test_a_date_in_the_future_tells_of_a_clock_that_is_behind(ledger: Ledger) -> None:
    assert clock(ledger, NOW).judge(NOW + timedelta(hours=2)) is not None
    assert ledger.last_run() is None


def test_where_no_system_tells_the_time_a_second_run_is_needed_after_a_pause(ledger: Ledger) -> None:
    """One that only shows is none."""
    for day in range(3):
        assert clock(ledger, NOW + timedelta(days=day)).judge() is None
    later = clock(ledger, NOW + timedelta(days=40))
    assert later.judge(keep=False) is not None
    assert later.judge() is not None
    assert later.judge() is None


def test_what_lifts_it_once_holds_from_then_on(ledger: Ledger) -> None:
    """The clock that a person says is right is the one that the next run is compared with."""
    ledger.ran(NOW + timedelta(days=365))
    wrong = clock(ledger, NOW).judge()
    assert wrong is not None
    assert clock(ledger, NOW, lifted(wrong.next)).judge() is None
    assert ledger.last_run() == NOW
    assert clock(ledger, NOW + timedelta(minutes=5)).judge() is None


def test_nobody_listens_outside_a_run(ledger: Ledger) -> None:
    note_time("ERP", NOW + timedelta(days=40))
    with Clock.watching():
        assert clock(ledger, NOW).wrong() is None
        note_time("ERP", NOW + timedelta(days=40))
        assert clock(ledger, NOW).wrong() is not None
    assert clock(ledger, NOW).wrong() is None


class _Answering(http.server.BaseHTTPRequestHandler):
    date: str | None = None

    def do_GET(self) -> None:
        self.send_response_only(503 if self.path == "/down" else 200)
        if self.date is not None:
            self.send_header("Date", self.date)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def dated_http(tmp_path: Path) -> Iterator[Callable[[str | None], Http]]:
    """A system whose answers bear this date."""
    server = http.server.HTTPServer(("127.0.0.1", 0), _Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made = Http(
        "erp", f"http://127.0.0.1:{server.server_port}", HttpContext(tmp_path), Limits(patience=0), title="Odoo"
    )

    def telling(date: str | None) -> Http:
        _Answering.date = date
        return made

    yield telling
    made.close()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/", "/down"])
def test_every_answer_tells_its_systems_time(
    ledger: Ledger, dated_http: Callable[[str | None], Http], path: str
) -> None:
    """Also one that refuses."""
    with Clock.watching():
        dated_http(format_datetime(NOW, usegmt=True)).request("GET", path, what="look", expect=(503,))
        assert clock(ledger, NOW).wrong() is None
        wrong = clock(ledger, NOW + timedelta(days=1)).wrong()
    assert wrong is not None
    assert "Odoo" in wrong.message


@pytest.mark.parametrize("date", [None, "", "yesterday", "Sun, 99 Nov 2026 09:00:00 GMT"])
def test_an_answer_without_a_time_is_an_answer(
    ledger: Ledger, dated_http: Callable[[str | None], Http], date: str | None
) -> None:
    with Clock.watching():
        assert dated_http(date).request("GET", "/", what="look").status_code == 200
        assert clock(ledger, NOW).wrong() is None
