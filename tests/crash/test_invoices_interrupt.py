"""Ctrl-C at the question whether tickets may be written, and while they are."""

from __future__ import annotations

import signal

import pytest

from tests.cli.terminal import Terminal
from tests.crash.forked import forked
from tests.crash.people import left_open
from tests.crash.unpaid import FLAG, Unpaid

pytestmark = pytest.mark.crash

LATENCY = 0.02
"""Seconds that a request to Jira takes, so that Ctrl-C comes while it is under way."""
MOST = 24


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every request to Jira; or one while it is written."""
    if "boundary" in metafunc.fixturenames:
        every = metafunc.config.getoption("--every-boundary")
        metafunc.parametrize("boundary", range(MOST) if every else (7,))


def test_ctrl_c_at_the_question_writes_nothing_and_loses_nothing(unpaid: Unpaid) -> None:
    """What was found is remembered; the next run tells all of it."""
    machine = unpaid.machine()
    terminal = Terminal(["invoices", "check", "--flag"], machine.folder)
    try:
        terminal.wait_for("Do it? [y/N]")
        assert terminal.press_ctrl_c() == 130
    finally:
        terminal.kill()
    assert "Traceback" not in terminal.text
    assert unpaid.place.writes() == []
    unpaid.done(machine)
    unpaid.assert_told(machine)


def test_after_ctrl_c_nothing_is_left_open_and_the_next_run_goes_on(unpaid: Unpaid, boundary: int) -> None:
    """Unlike a kill: every answer that was awaited came, and is in the ledger."""
    machine = unpaid.machine()
    unpaid.server.latency = LATENCY
    with forked(machine, *FLAG) as process:
        assert process.reaches(lambda: len(unpaid.asked_jira()) > boundary) or boundary > 16
        process.send(signal.SIGINT)
        stopped = process.ended()
    assert stopped.code == 130 or (boundary > 8 and stopped.code == 0), stopped
    assert "Traceback" not in stopped.words
    assert left_open(machine.ledger) == 0
    unpaid.server.latency = 0
    unpaid.done(machine)
    unpaid.assert_told(machine)
