"""Thresholds that make no sense are refused when the settings are read, each with its place."""

from __future__ import annotations

import pytest

from integrations.core.errors import ConfigError
from integrations.flows.invoicing.catalogue import catalogue

SENSELESS = [
    ("unpaid", {"grace_days": 30}, "grace_days"),
    ("unpaid", {"medium_days": 61}, "medium_days"),
    ("unpaid", {"last_days": 59}, "last_days"),
    ("unpaid", {"grace_days": -1}, "grace_days"),
    ("dunning-stopped", {"reminders_days": [30, 30]}, "reminders_days"),
    ("dunning-stopped", {"reminders_days": [0]}, "reminders_days"),
    ("credited-often", {"percent": 101}, "percent"),
    ("credited-often", {"times": 1}, "times"),
    ("not-allocated", {"tolerance": -1}, "tolerance"),
    ("dispute-stuck", {"news_days": 0}, "news_days"),
    ("vat-number", {"countries": ["Germany"]}, "countries"),
    ("address-incomplete", {"fields": ["floor"]}, "fields"),
    ("no-invoice-email", {"without_email": ["pigeon"]}, "without_email"),
    ("credit-limit", {"minimum": -5}, "minimum"),
    ("amount-deviates", {"least": 13}, "least"),
    ("amount-deviates", {"sigmas": 0}, "sigmas"),
    ("price-differs", {"tolerance": -1}, "tolerance"),
    ("not-in-contract", {"months": 1}, "months"),
    ("never-sent", {"by": ["fax"]}, "by"),
]


@pytest.mark.parametrize(("rule", "table", "text"), SENSELESS)
def test_a_threshold_that_makes_no_sense_is_refused_where_it_stands(rule, table, text):
    """Its rule and its key are named."""
    with pytest.raises(ConfigError) as refused:
        catalogue({rule: table}, where="closedwon.toml")
    (fault,) = refused.value.faults
    assert f"invoices.rules.{rule}" in str(fault)
    assert text in str(fault)
