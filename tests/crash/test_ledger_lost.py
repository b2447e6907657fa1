"""The ledger is lost when everything is there already."""

from __future__ import annotations

import pytest

from tests.crash.boundaries import CASES, assert_finished, prepared
from tests.crash.site import Site

pytestmark = pytest.mark.crash


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A deal whose company is made, and one of a customer who has a deal already; in the whole matrix all."""
    if "case" in metafunc.fixturenames:
        every = metafunc.config.getoption("--every-boundary")
        some = ["consulting", "second"]
        metafunc.parametrize("case", [*some, "service", "project", "reseller"] if every else some)


def test_a_lost_ledger_makes_nothing_twice_and_is_told(place: Site, case: str) -> None:
    """Marked objects are taken up again; what only the ledger knew (a `never`) is gone, and the run says so."""
    machine = prepared(place, case)
    assert machine.run("setup", CASES[case].deal, "--yes").outcome == (0, "done")
    machine.lose_ledger()
    place.forget_requests()
    again = machine.run_as_shown("setup", CASES[case].deal, "--yes")
    assert again.code == 0, again.words
    assert "The ledger is new, yet there are objects with our mark" in again.text
    assert place.writes() == []
    assert_finished(place, machine, case)


def test_a_new_ledger_without_marked_objects_is_no_news(place: Site) -> None:
    """The very first run: nothing was lost."""
    first = place.machine().run_as_shown("setup", "42", "--yes")
    assert first.code == 0
    assert "The ledger is new" not in first.text
