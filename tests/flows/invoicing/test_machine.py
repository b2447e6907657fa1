"""Findings and tickets are those that the facts want, whatever happened before; see `machine`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.flows.invoicing.machine import Machine
from tests.flows.invoicing.oracle import Oracle

FEW, MANY = 20, 3000
"""Examples: some two seconds, and some ten minutes."""


def test_whatever_happens_findings_and_tickets_are_those_that_the_facts_want(request: pytest.FixtureRequest) -> None:
    """The same examples each time; with `--every-boundary` many more, others each time.

    Between them they must reach what the laws are about, or the laws look at nothing.
    """
    is_long = bool(request.config.getoption("--every-boundary"))
    Oracle.reached.clear()
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=MANY if is_long else FEW,
            stateful_step_count=40 if is_long else 20,
            deadline=None,
            derandomize=not is_long,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert not {"new", "open", "acknowledged", "stale", "ticket"} - Oracle.reached.keys(), Oracle.reached
