"""Our own rules, in the order in which they are told."""

from __future__ import annotations

from typing import Any

from integrations.flows.invoicing.rule import Rule
from integrations.flows.invoicing.rules import (
    before_first_invoice,
    chain,
    contract_against_invoice,
    credit_and_dispute,
    duplicates,
    ending,
    overdue,
    tax_and_currency,
    unbilled_work,
)

RULES: tuple[Rule[Any], ...] = (
    *before_first_invoice.RULES,
    *contract_against_invoice.RULES,
    *overdue.RULES,
    *credit_and_dispute.RULES,
    *duplicates.RULES,
    *tax_and_currency.RULES,
    *ending.RULES,
    *unbilled_work.RULES,
    *chain.RULES,
)
