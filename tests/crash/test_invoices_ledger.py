"""Killed between two of its own transactions while tickets are made."""

from __future__ import annotations

import pytest

from integrations.core.plan import Approval
from integrations.flows.invoicing.check import Request
from tests.crash.doomed import doomed
from tests.crash.site import Machine
from tests.crash.unpaid import Unpaid, checking

pytestmark = pytest.mark.crash

MOST = 24
"""No check here has so many transactions."""
SOME = (11,)
"""In the usual run: while tickets are written."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every transaction, or some."""
    if "number" in metafunc.fixturenames:
        every = metafunc.config.getoption("--every-boundary")
        metafunc.parametrize("number", range(MOST) if every else SOME)


def flag(machine: Machine, left: int | None) -> bool:
    """Check and flag, with so many transactions left; whether it was killed."""
    with doomed(left) as fate, checking(machine) as check:
        assert check.run(Request(flag=True), Approval(yes=True)).exit_code == 0
    return fate.over


def test_what_the_ledger_did_not_learn_the_next_check_finds_out(unpaid: Unpaid, number: int) -> None:
    """One ticket each, and nothing said twice."""
    machine = unpaid.machine()
    if not flag(machine, number):
        pytest.skip("the check is over before so many transactions")
    unpaid.done(machine)
    unpaid.assert_told(machine)
