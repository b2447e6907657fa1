"""Rules of the group “duplicates”."""

from __future__ import annotations

from typing import Any

from integrations.flows.invoicing.rule import Rule
from integrations.flows.invoicing.rules.duplicates.billed_twice import billed_twice
from integrations.flows.invoicing.rules.duplicates.customer_twice import customer_twice
from integrations.flows.invoicing.rules.duplicates.order_twice import order_twice

RULES: tuple[Rule[Any], ...] = (billed_twice, customer_twice, order_twice)
