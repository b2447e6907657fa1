"""Rules of the group “contract against invoice”."""

from __future__ import annotations

from typing import Any

from integrations.flows.invoicing.rule import Rule
from integrations.flows.invoicing.rules.contract_against_invoice.amount_deviates import amount_deviates
from integrations.flows.invoicing.rules.contract_against_invoice.going_out import draft_too_old, never_sent
from integrations.flows.invoicing.rules.contract_against_invoice.one_time_fee import one_time_fee_unbilled
from integrations.flows.invoicing.rules.contract_against_invoice.outside import billed_after_end, not_in_contract
from integrations.flows.invoicing.rules.contract_against_invoice.period_not_invoiced import period_not_invoiced
from integrations.flows.invoicing.rules.contract_against_invoice.prices import discount_past_end, price_differs
from integrations.flows.invoicing.rules.contract_against_invoice.quantities import quantity_differs

RULES: tuple[Rule[Any], ...] = (
    period_not_invoiced,
    price_differs,
    quantity_differs,
    not_in_contract,
    billed_after_end,
    one_time_fee_unbilled,
    draft_too_old,
    never_sent,
    discount_past_end,
    amount_deviates,
)
