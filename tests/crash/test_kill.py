"""kill -9 at a request of a set-up: before it is done, and after the vendor committed it.

The usual run kills at every twelfth request of one playbook; `make crash` at every request of each.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.crash.boundaries import CASES, Share, assert_finished, prepared, shares, undisturbed
from tests.crash.site import END, Machine, Site, ending, site, wait_until

pytestmark = pytest.mark.crash

FAULTS = ("hang_before", "hang_after")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each share, kind of kill, and state of the ledger; half of those in the usual run."""
    every = metafunc.config.getoption("--every-boundary")
    if "ledger" in metafunc.fixturenames:
        cases = [
            (share, do, ledger)
            for share in shares(metafunc.config, "service", "consulting", "project", "reseller", "second")
            for do in FAULTS
            for ledger in ("kept", "lost")
            if every or (share.number % 2 == 0) == (ledger == "kept")
        ]
        metafunc.parametrize(("share", "do", "ledger"), cases, ids=["-".join(map(str, case)) for case in cases])
    elif "share" in metafunc.fixturenames:
        parts = shares(metafunc.config, "won", every=27)
        metafunc.parametrize(("share", "do"), [(share, do) for share in parts for do in FAULTS], ids=str)


def kill_at(place: Site, machine: Machine, deal: str, boundary: int, do: str) -> None:
    """Start the set-up, and kill it while this request hangs.

    Systems are asked at the same time, so that a set-up may take a request less than the last one: then it ends.
    """
    server = place.sandbox.server
    place.fault(do, skip=boundary)

    def hangs() -> bool:
        reached = not server.faults and len(server.log) > boundary
        return reached and (do == "hang_before" or server.log[boundary]["status"] is not None)

    process = machine.start("setup", deal, "--yes")
    with ending([process]):
        if not wait_until(hangs, process):
            assert process.returncode == 0, process.communicate(timeout=END)
            assert place.arrived() <= boundary
            server.faults.clear()


def test_after_a_kill_the_next_run_finishes_and_nothing_is_twice(
    share: Share, do: str, ledger: str, tmp_path: Path
) -> None:
    """At whatever request, and though the ledger is lost as well."""
    boundaries = share.boundaries(undisturbed(share.case).requests)
    if not boundaries:
        pytest.skip("the set-up is over before so many requests")
    for boundary in boundaries:
        with site(tmp_path / str(boundary)) as place:
            machine = prepared(place, share.case)
            kill_at(place, machine, CASES[share.case].deal, boundary, do)
            if ledger == "lost":
                machine.lose_ledger()
            after = machine.run("setup", CASES[share.case].deal, "--yes")
            assert after.outcome == (0, "done"), (boundary, after.words, after.out)
            assert_finished(place, machine, share.case)


def test_after_a_kill_what_runs_by_itself_finishes_at_the_latest_later(share: Share, do: str, tmp_path: Path) -> None:
    """`--won` does not wait for a lost answer: it leaves the deal `waiting`, and a later run ends it."""
    boundaries = share.boundaries(undisturbed(share.case).requests)
    if not boundaries:
        pytest.skip("the set-up is over before so many requests")
    for boundary in boundaries:
        with site(tmp_path / str(boundary)) as place:
            machine = prepared(place, share.case)
            kill_at(place, machine, CASES[share.case].deal, boundary, do)
            deadline = time.monotonic() + END
            outcomes = []
            while (after := machine.run("setup", "--won", "--yes")).code != 0:
                outcomes.append([(document["outcome"], document["error"]) for document in after.documents])
                assert after.code == 1, (boundary, after.out, after.words)
                assert [document["outcome"] for document in after.documents] == ["waiting"], after.out
                assert time.monotonic() < deadline, (boundary, outcomes)
            # Killed after its very last request, it may have been done and known to be.
            assert [document["outcome"] for document in after.documents] in (["done"], [])
            assert_finished(place, machine, share.case)
