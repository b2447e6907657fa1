"""Rules of the group “unbilled work”."""

from __future__ import annotations

from typing import Any

from integrations.flows.invoicing.rule import Rule
from integrations.flows.invoicing.rules.unbilled_work.seats_above_billed import seats_above_billed
from integrations.flows.invoicing.rules.unbilled_work.time_not_billed import time_not_billed
from integrations.flows.invoicing.rules.unbilled_work.usage_without_order import usage_without_order

RULES: tuple[Rule[Any], ...] = (time_not_billed, usage_without_order, seats_above_billed)
