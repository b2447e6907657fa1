"""Rules of the group “tax and currency”."""

from __future__ import annotations

from typing import Any

from integrations.flows.invoicing.rule import Rule
from integrations.flows.invoicing.rules.tax_and_currency.currency_differs import currency_differs
from integrations.flows.invoicing.rules.tax_and_currency.tax_does_not_fit import tax_does_not_fit

RULES: tuple[Rule[Any], ...] = (tax_does_not_fit, currency_differs)
