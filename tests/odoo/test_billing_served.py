"""Whom invoices are for where they are addressed, and delivered, to somebody else: their contracts tell."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from integrations.core.billing import Account
from integrations.flows.invoicing.findings import judge
from integrations.flows.invoicing.rule import Rule
from integrations.flows.invoicing.rules.contract_against_invoice.period_not_invoiced import (
    PeriodNotInvoiced,
    period_not_invoiced,
)
from tests.odoo.company import Company, sound
from tests.odoo.sales import HELVETIA, OTHER, RESELLER, Sales
from tests.odoo.test_billing_accounts import CHF, SINCE, account, billing

TODAY = dt.date(2026, 11, 22)


@pytest.fixture
def sales(newest: Company) -> Sales:
    return Sales(newest)


def resold(sales: Sales, served: int) -> int:
    """A contract's line, since October, of which the reseller gets the invoices."""
    days = {"date_start": "2026-10-01", "recurring_next_date": "2026-12-01", "recurring_rule_type": "monthly"}
    return sales.contract_line(sales.contract(served, RESELLER), product_id=sales.product(), **days)


def bill(sales: Sales, day: str, *contract_lines: int) -> int:
    """A posted invoice to the reseller, as the community's contracts make it: without a word of who is served."""
    values = {"move_type": "out_invoice", "state": "posted", "currency_id": CHF, "company_id": 1}
    days = {"invoice_date": day, "date": day, "invoice_date_due": day}
    number = sales.make("account.move", partner_id=RESELLER, partner_shipping_id=RESELLER, **values, **days)
    for line in contract_lines:
        sales.make("account.move.line", move_id=number, name="Hosting", price_unit=80.0, contract_line_id=line)
    return number


def served(found: Account, number: int) -> str:
    return next(invoice.served for invoice in found.invoices if invoice.id == str(number))


def unbilled(found: Account) -> list[str]:
    rule: Rule[Any] = period_not_invoiced
    return [finding.subject for finding in judge(found, [rule], {rule.id: PeriodNotInvoiced()}, TODAY).findings]


def test_what_a_reseller_is_billed_for_a_contract_is_billed_for_who_is_served(sales: Sales) -> None:
    """Read alone or together with who pays, and nothing of it is said to be missing."""
    line = resold(sales, HELVETIA)
    numbers = [bill(sales, day, line) for day in ("2026-10-01", "2026-11-01")]
    alone = account(sales.company, HELVETIA)
    together = {
        account.id: account for account in sound(billing(sales.company).accounts([str(HELVETIA), str(RESELLER)], SINCE))
    }
    for found in (alone, together[str(HELVETIA)], together[str(RESELLER)]):
        assert [served(found, number) for number in numbers] == [str(HELVETIA)] * 2
    assert {invoice.payer for invoice in alone.invoices} == {str(RESELLER)}
    assert unbilled(alone) == []


def test_an_invoice_for_contracts_of_two_customers_is_with_both(sales: Sales) -> None:
    lines = {customer: resold(sales, customer) for customer in (HELVETIA, OTHER)}
    number = bill(sales, "2026-10-01", *lines.values())
    bill(sales, "2026-11-01", lines[HELVETIA])
    both = {
        account.id: account for account in sound(billing(sales.company).accounts([str(line) for line in lines], SINCE))
    }
    for customer in lines:
        assert served(both[str(customer)], number) == str(customer)
    assert unbilled(both[str(HELVETIA)]) == []
    assert [subject.rpartition("/")[2] for subject in unbilled(both[str(OTHER)])] == ["2026-11-01"]


def test_what_was_cancelled_or_settled_long_ago_is_left_out_of_others_invoices_too(sales: Sales) -> None:
    line = resold(sales, HELVETIA)
    kept = bill(sales, "2026-11-01", line)
    sales.change("account.move", bill(sales, "2026-10-01", line), state="cancel")
    sales.change("account.move", bill(sales, "2025-10-01", line), payment_state="paid")
    assert [invoice.id for invoice in account(sales.company, HELVETIA).invoices] == [str(kept)]
