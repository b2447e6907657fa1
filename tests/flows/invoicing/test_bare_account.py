"""What the rules of “before the first invoice” say of a customer of whom nothing but the address is read."""

from __future__ import annotations

from datetime import date

import pytest

from integrations.core.billing import Account, Address
from integrations.flows.invoicing.catalogue import catalogue
from integrations.flows.invoicing.findings import judge
from integrations.flows.invoicing.rules import before_first_invoice, overdue

TODAY = date(2026, 11, 22)
COMPLETE = Account(
    id="101",
    vat="CHE-107.787.577",
    term="30 days",
    invoice_address=Address(
        email="invoices@acme.example", street="Gasse 1", zip="8001", city="Zürich", country_code="CH"
    ),
)


def test_a_bare_account_is_told_all_that_it_lacks_before_its_first_invoice():
    """A deal's set-up shows this before there is any order, contract or invoice."""
    judged = judge(
        Account(id="101", order_number_required=True), before_first_invoice.RULES, catalogue({}).settings, TODAY
    )
    assert {finding.rule for finding in judged.findings} == {
        "no-invoice-email", "address-incomplete", "no-payment-term", "vat-number", "order-number-missing",
    }  # fmt: skip
    assert (judged.stale, judged.broken, judged.again) == ((), (), None)


def test_a_complete_account_is_told_nothing():
    """Nothing else is asked of a customer before its first invoice."""
    judged = judge(COMPLETE, before_first_invoice.RULES, catalogue({}).settings, TODAY)
    assert (judged.findings, judged.stale, judged.broken, judged.again) == ((), (), (), None)


@pytest.mark.parametrize("rule", overdue.RULES, ids=lambda rule: rule.id)
def test_nobody_is_said_not_to_have_paid_while_the_bank_import_is_too_old(rule):
    """The money may be there already: the rule says that it can't judge."""
    judged = judge(
        Account(id="101", unread={"bank": "the newest statement is of 1 Nov"}), (rule,), catalogue({}).settings, TODAY
    )
    assert [stale.rule for stale in judged.stale] == [rule.id]
