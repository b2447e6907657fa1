"""kill -9 while tickets are brought in step with what is unpaid: before a request to Jira is done, and after."""

from __future__ import annotations

import pytest

from tests.crash.forked import forked
from tests.crash.site import Machine
from tests.crash.unpaid import ACKNOWLEDGED, FLAG, MENDED, NEW, RETURNED, Unpaid

pytestmark = pytest.mark.crash

FAULTS = ("hang_before", "hang_after")
MOST = 24
"""No check here asks Jira so often."""
SOME = ((11, "hang_after", "kept"),)
"""In the usual run: while a ticket is made, comments are written and one is closed."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every boundary, with the ledger and without; or some."""
    if "boundary" in metafunc.fixturenames:
        every = metafunc.config.getoption("--every-boundary")
        everything = [(number, do, ledger) for number in range(MOST) for do in FAULTS for ledger in ("kept", "lost")]
        metafunc.parametrize(("boundary", "do", "ledger"), everything if every else SOME)


def kill_at(unpaid: Unpaid, machine: Machine, boundary: int, do: str) -> bool:
    """Start the check, and kill it while this request to Jira hangs; false if it ended before that many."""
    unpaid.place.fault(do, system="jira", skip=boundary)

    def hangs() -> bool:
        asked = [entry for entry in list(unpaid.server.log) if entry["system"] == "jira"]
        reached = not unpaid.server.faults and len(asked) > boundary
        return reached and (do == "hang_before" or asked[boundary]["status"] is not None)

    with forked(machine, *FLAG) as process:
        if process.reaches(hangs):
            return True
        assert process.ended().code == 0, process.ended().words
    unpaid.server.faults.clear()
    return False


def test_after_a_kill_each_exception_has_one_ticket_and_each_state_one_comment(
    unpaid: Unpaid, boundary: int, do: str, ledger: str
) -> None:
    """New, fixed, returned and acknowledged ones; without the ledger, what people said to it is forgotten too."""
    machine = unpaid.machine()
    if not kill_at(unpaid, machine, boundary, do):
        pytest.skip("the check is over before so many requests")
    if ledger == "kept":
        unpaid.done(machine)
        unpaid.assert_told(machine)
        return
    machine.lose_ledger()
    unpaid.done(machine)
    assert_one_each(unpaid)
    unpaid.assert_at_rest(machine)


def assert_one_each(unpaid: Unpaid) -> None:
    """By their marks: a ticket each, open where the exception exists."""
    found = unpaid.tickets()
    assert {customer: len(tickets) for customer, tickets in found.items()} == dict.fromkeys(unpaid.invoices, 1)
    assert [found[customer][0].closed for customer in (ACKNOWLEDGED, RETURNED, NEW)] == [False] * 3


def test_a_lost_ledger_makes_no_second_ticket(unpaid: Unpaid) -> None:
    """When all is told; what is gone meanwhile nobody knows of any more, and its closed ticket stays closed."""
    machine = unpaid.machine()
    unpaid.done(machine)
    machine.lose_ledger()
    unpaid.done(machine)
    assert_one_each(unpaid)
    assert unpaid.tickets()[MENDED][0].closed
    unpaid.assert_at_rest(machine)
