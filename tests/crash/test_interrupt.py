"""Ctrl-C during a set-up: what is under way ends and is written down, and nothing more is begun."""

from __future__ import annotations

import signal
import sqlite3
from pathlib import Path

import pytest

from tests.crash.boundaries import CASES, Share, assert_finished, prepared, shares, undisturbed
from tests.crash.site import Machine, ended, site, wait_until

pytestmark = pytest.mark.crash

LATENCY = 0.03
"""Seconds that a request takes, so that Ctrl-C comes while it is under way."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Some boundaries in the usual run."""
    parts = shares(metafunc.config, "service", "consulting", every=17)
    metafunc.parametrize("share", parts, ids=str)


def left_open(machine: Machine) -> int:
    """How many intents the ledger has whose outcome is not known."""
    with sqlite3.connect(machine.folder / ".closedwon" / "ledger.sqlite") as ledger:
        found = ledger.execute("select count(*) from intents where closed is null").fetchone()
    ledger.close()
    return int(found[0])


def test_after_ctrl_c_nothing_is_left_open_and_the_next_run_finishes(share: Share, tmp_path: Path) -> None:
    """Unlike a kill: every answer that was awaited came, and is in the ledger."""
    boundaries = share.boundaries(undisturbed(share.case).requests)
    if not boundaries:
        pytest.skip("the set-up is over before so many requests")
    for boundary in boundaries:
        with site(tmp_path / str(boundary), latency=LATENCY) as place:
            machine = prepared(place, share.case)
            process = machine.start("setup", CASES[share.case].deal, "--yes")
            assert wait_until(lambda: place.arrived() > boundary, process)  # noqa: B023
            process.send_signal(signal.SIGINT)
            stopped = ended(process)
            over = place.arrived() >= undisturbed(share.case).requests
            assert stopped.code == 130 or (over and stopped.code == 0), (boundary, stopped)
            assert "Traceback" not in stopped.words
            assert left_open(machine) == 0
            assert place.state()["duplicates"] == []
            place.sandbox.server.latency = 0
            after = machine.run("setup", CASES[share.case].deal, "--yes")
            assert after.outcome == (0, "done"), (boundary, after.words)
            assert "waiting" not in after.words
            assert_finished(place, machine, share.case)
