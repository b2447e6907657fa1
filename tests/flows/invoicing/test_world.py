"""The seeded world over real HTTP: exactly the exceptions that are there, by name, and none of the traps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from cli.init import write_sandbox_settings
from config.settings import read
from config.workspace import opened
from integrations.core.ledger import Ledger
from integrations.flows.invoicing.catalogue import catalogue
from integrations.flows.invoicing.check import InvoiceCheck, Request
from integrations.flows.invoicing.outcome import Outcome
from integrations.flows.invoicing.settings import InvoiceSettings
from integrations.sandbox.erp.billing_cases import EXPECTED, TRAPS, expected
from integrations.sandbox.thread import running

DAYS = (
    dt.date(2026, 11, 22), dt.date(2027, 1, 31), dt.date(2028, 2, 29), dt.date(2027, 3, 1), dt.date(2026, 12, 31),
)  # fmt: skip
"""An ordinary day, month ends, a leap day, a year's end."""

UNTRAPPED = frozenset(
    {"currency-differs", "first-invoice-unpaid", "dunning-stopped", "notice-due", "stopped-on-the-way"}
)
"""Rules for which nobody named anything that must not be taken for what they find."""


@contextmanager
def looking(folder: Path, today: dt.date, contracts: str = "oca", version: str = "19.0") -> Iterator[InvoiceCheck]:
    """A check over a sandbox as of this day."""
    with running(billing=True, contracts=contracts, today=today) as sandbox:
        requests.post(f"{sandbox.url}/_sandbox/traps", json={"odoo_version": version}, timeout=10).raise_for_status()
        with opened(read(write_sandbox_settings(folder, sandbox.url)), playbooks=False) as place:
            source = place.systems["erp"].billing
            assert source is not None
            ledger = Ledger(folder / "ledger.sqlite")
            yield InvoiceCheck(
                place.systems, ledger, place.locks, source, catalogue({}), InvoiceSettings(), today=lambda: today
            )  # fmt: skip
            ledger.close()


def found(outcome: Outcome) -> set[tuple[str, str, str]]:
    """What was found: rule, customer, subject."""
    return {(finding.finding.rule, finding.finding.account, finding.finding.subject) for finding in outcome.findings}


@pytest.mark.parametrize(
    ("today", "contracts", "version"),
    [
        *((day, "oca", "19.0") for day in DAYS),
        (DAYS[0], "oca", "17.0"),
        (DAYS[0], "enterprise", "19.0"),
        (DAYS[0], "none", "17.0"),
    ],
)
def test_exactly_the_seeded_exceptions_are_found(tmp_path: Path, today: dt.date, contracts: str, version: str) -> None:
    """On whatever day the world is made, however its ERP keeps contracts, and over both transports."""
    with looking(tmp_path, today, contracts, version) as check:
        outcome = check.run(Request())
    assert outcome.error is None
    assert outcome.broken == ()
    assert found(outcome) == expected(today, contracts).findings


def test_every_rule_has_its_exception_and_its_trap_in_the_world() -> None:
    """A rule that the world does not show is proved by nothing that somebody can look at."""
    rules = {rule.id for rule in catalogue({}).rules}
    assert EXPECTED.keys() == rules
    assert rules - {rule for rule, _ in TRAPS} <= UNTRAPPED


def test_no_trap_is_at_a_customer_with_an_exception_of_the_same_rule() -> None:
    """Otherwise nothing would show that the trap does not fire."""
    assert not [trap for trap, customer in TRAPS.items() if EXPECTED.get(trap[0]) == customer]
