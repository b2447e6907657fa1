"""A record that raises while it is read: its customer or deal is unknown, all others are read."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from integrations.core.errors import Unforeseen
from integrations.core.model import Deal
from integrations.core.rows import Failed
from tests.odoo.company import Company
from tests.odoo.sales import Sales
from tests.odoo.test_billing_accounts import bill, customer

SINCE = date(2020, 1, 1)


@pytest.fixture
def sales(newest: Company) -> Sales:
    return Sales(newest)


def break_(monkeypatch: pytest.MonkeyPatch, target: str, is_bad: Callable[..., bool]) -> None:
    """Let a function raise for what is bad."""
    module, _, name = target.partition(":")
    owner = importlib.import_module(module)
    original = getattr(owner, name)

    def replaced(*given: Any, **named: Any) -> Any:
        if is_bad(*given):
            raise ZeroDivisionError
        return original(*given, **named)

    monkeypatch.setattr(owner, name, replaced)


def test_an_invoice_that_raises_makes_its_customer_unknown_and_no_other(
    sales: Sales, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of many customers are read together: which one raises is found by reading halves of them."""
    numbers = [customer(sales, f"Firma {index}") for index in range(5)]
    system = sales.company.system(patience=0, billing={})
    assert system.billing is not None
    bad = numbers[3]
    bills = {number: bill(sales, number) for number in numbers}
    break_(
        monkeypatch,
        "integrations.odoo.billing.accounts.account:invoice",
        lambda _reader, _parties, row, *_: row["id"] == bills[bad],
    )
    found = list(system.billing.accounts([str(number) for number in numbers], SINCE))
    assert [account.id for account in found if isinstance(account, Failed)] == [str(bad)]
    assert {account.id for account in found if not isinstance(account, Failed)} == {
        str(number) for number in numbers if number != bad
    }


def test_a_deal_that_raises_is_unknown_and_the_others_are_listed(
    newest: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = newest.system().deals
    assert before is not None
    everything = [deal.id for deal in before.scan(None)]
    break_(monkeypatch, "integrations.odoo.deals.source:lead", lambda row, _: row["id"] == 42)
    source = newest.system().deals
    assert source is not None
    found = list(source.scan(None))
    assert [deal.id for deal in found if isinstance(deal, Failed)] == ["42"]
    assert sorted(deal.id for deal in found) == sorted(everything)
    answers = source.get(["42", "45"])
    assert isinstance(answers["42"], Unforeseen)
    assert isinstance(answers["45"], Deal)
