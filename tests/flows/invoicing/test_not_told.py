"""What is left alone by default although a rule could tell of it: nobody would do anything about it."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.flows.invoicing.catalogue import catalogue
from integrations.flows.invoicing.findings import judge
from tests.flows.invoicing.facts import TODAY, account

CATALOGUE = catalogue({})
ALL = CATALOGUE.rules


def told(facts: dict[str, Any]) -> set[str]:
    judgement = judge(account(facts), ALL, CATALOGUE.settings, TODAY)
    assert judgement.broken == ()
    return {finding.rule for finding in judgement.findings}


@pytest.mark.parametrize(("left", "rules"), [("0.99", set()), ("1.00", {"unpaid", "dunning-stopped"})])
def test_nobody_is_asked_for_what_rounding_or_a_bank_left_over(left: str, rules: set[str]) -> None:
    invoices = [
        {"id": "1", "due": "2026-08-01", "total": "100", "open": left, "payment": "partial", "dunning_level": 0},
    ]
    assert told({"invoices": invoices}) & {"unpaid", "dunning-stopped", "first-invoice-unpaid"} == rules


@pytest.mark.parametrize(("billed", "rules"), [("2026-08-22", set()), ("2026-08-21", {"usage-without-order"})])
def test_usage_that_was_invoiced_lately_is_billed_by_somebody(billed: str, rules: set[str]) -> None:
    usage = [{"id": "1", "day": "2026-10-20", "product": "90", "name": "Storage", "quantity": "5", "unit": "GB"}]
    lines = [{"id": "1", "product": "90", "amount": "50"}]
    facts = {"usage": usage, "invoices": [{"id": "1", "day": billed, "payment": "paid", "lines": lines}]}
    assert told(facts) & {"usage-without-order"} == rules
