"""Rules of the group “before the first invoice”."""

from __future__ import annotations

from typing import Any

from integrations.flows.invoicing.rule import Rule
from integrations.flows.invoicing.rules.before_first_invoice.address import address_incomplete, no_invoice_email
from integrations.flows.invoicing.rules.before_first_invoice.order_number import order_number_missing
from integrations.flows.invoicing.rules.before_first_invoice.sold import contract_without_lines, won_not_ordered
from integrations.flows.invoicing.rules.before_first_invoice.term import no_payment_term
from integrations.flows.invoicing.rules.before_first_invoice.vat_number import vat_number

RULES: tuple[Rule[Any], ...] = (
    no_invoice_email,
    address_incomplete,
    no_payment_term,
    vat_number,
    order_number_missing,
    won_not_ordered,
    contract_without_lines,
)
