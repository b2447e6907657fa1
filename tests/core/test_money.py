"""Amounts: as many digits after the point as the currency has, wherever they are shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.core.model import Money
from integrations.core.money import DIGITS, decimal_string, figure, price, rounded, spelled
from tests.data import cases

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=6)


@cases(__file__, "money")
def test_an_amount_has_its_currencys_digits(case):
    for amount, currency, shown, held in case["amounts"]:
        assert spelled(Decimal(amount), currency) == shown
        assert f"{currency} {figure(Decimal(amount), currency)}".strip() == shown
        assert decimal_string(Decimal(amount), currency) == held
        assert str(Money(amount=Decimal(amount), currency=currency)) == (shown if Decimal(amount) else "-")


@given(amounts, st.sampled_from(["CHF", *DIGITS]))
def test_rounding_twice_changes_nothing_and_what_is_held_is_what_is_shown(amount, currency):
    once = rounded(amount, currency)
    assert rounded(once, currency) == once
    assert Decimal(decimal_string(amount, currency)) == once
    assert spelled(once, currency) == spelled(amount, currency)
    assert Decimal(figure(amount, currency).replace("'", "")) == once


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("12.5", "CHF", "CHF 12.50"),
        ("3.333333", "CHF", "CHF 3.33"),
        ("0.0035", "CHF", "CHF 0.0035"),
        ("0.00351234", "CHF", "CHF 0.00351"),
        ("0.35", "JPY", "JPY 0.35"),
        ("350.25", "JPY", "JPY 350"),
        ("0", "CHF", "CHF 0.00"),
        ("-0.0035", "", "-0.0035"),
    ],
)
def test_a_unit_that_costs_less_than_a_cent_costs_something(amount, currency, shown):
    """Per request, per gigabyte: two different prices must not read the same."""
    assert price(Decimal(amount), currency) == shown
