"""The vendor does what it is asked, and its answer is lost: the run looks, and goes on by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.boundaries import CASES, Share, assert_finished, prepared, undisturbed
from tests.crash.site import Site, site

pytestmark = pytest.mark.crash

ALL = ("service", "consulting", "project", "reseller", "second")
RUNS = 12
PARTS = 15
"""Tests for each set-up, with every boundary."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every third writing request of a set-up, and one set-up whose every answer is lost; or all of both."""
    every = metafunc.config.getoption("--every-boundary")
    if "share" in metafunc.fixturenames:
        step = 1 if every else 3
        cases = ALL if every else ALL[:1]
        parts = [Share(case, number, PARTS, step) for case in cases for number in range(PARTS // step)]
        metafunc.parametrize("share", parts, ids=str)
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", ALL if every else ALL[:1])


def test_one_lost_answer_does_not_stop_a_run(share: Share, tmp_path: Path) -> None:
    """One run, done, nothing twice; whichever writing request it was."""
    boundaries = share.boundaries(undisturbed(share.case).writes)
    if not boundaries:
        pytest.skip("the set-up writes less often")
    for boundary in boundaries:
        with site(tmp_path / str(boundary)) as place:
            machine = prepared(place, share.case)
            place.fault("drop_after", writes=True, skip=boundary)
            ran = machine.run("setup", CASES[share.case].deal, "--yes")
            assert not place.sandbox.server.faults
            assert ran.outcome == (0, "done"), (boundary, ran.words, ran.out)
            assert_finished(place, machine, share.case)


def test_though_many_answers_are_lost_runs_end_it(place: Site, case: str) -> None:
    """As many in a row as the whole set-up has writes: nothing is made twice, and later runs go on.

    A ticket may lack the link to a page that could not be told to be there when the ticket was written: that a
    system is out of order holds up nothing in another, and a ticket's text is people's from then on.
    """
    machine = prepared(place, case)
    place.fault("drop_after", writes=True, times=undisturbed(case).writes)
    for _ in range(RUNS):
        ran = machine.run("setup", CASES[case].deal, "--yes")
        assert ran.outcome in ((1, "waiting"), (0, "done")), ran.out
        assert place.state()["duplicates"] == []
        if ran.code == 0:
            break
    assert not place.sandbox.server.faults
    assert ran.outcome == (0, "done"), ran.out
    assert_finished(place, machine, case, without=frozenset({"description"}))
