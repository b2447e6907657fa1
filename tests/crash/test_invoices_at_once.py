"""The check with tickets, several times at once: on one machine, and on two that share no ledger."""

from __future__ import annotations

import pytest

from tests.crash.forked import at_once
from tests.crash.unpaid import FLAG, Unpaid

pytestmark = pytest.mark.crash


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Two machines again and again only in the whole matrix: once in the usual run."""
    if "attempt" in metafunc.fixturenames:
        metafunc.parametrize("attempt", range(10 if metafunc.config.getoption("--every-boundary") else 1))


def test_two_checks_at_once_tell_everything_once(unpaid: Unpaid) -> None:
    """The later one waits for the other, and finds nothing to do."""
    machine = unpaid.machine()
    runs = at_once((machine, FLAG), (machine, FLAG))
    assert [run.code for run in runs] == [0, 0], [run.words for run in runs]
    made = [len(run.document["tickets"]["changes"]) for run in runs]
    assert sorted(made) == [0, 4]
    unpaid.assert_told(machine)


def test_two_machines_at_once_make_no_second_ticket(unpaid: Unpaid, attempt: int) -> None:
    """By Jira's own claims; the later may be told to wait, or to look again."""
    del attempt
    machines = [unpaid.machine(), unpaid.machine()]
    runs = at_once(*((machine, FLAG) for machine in machines))
    assert {run.code for run in runs} <= {0, 1, 5}, [run.words for run in runs]
    for machine in machines:
        unpaid.done(machine)
    found = unpaid.tickets()
    assert {customer: len(tickets) for customer, tickets in found.items()} == dict.fromkeys(unpaid.invoices, 1)
    for machine in machines:
        unpaid.assert_at_rest(machine)
