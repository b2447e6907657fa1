"""Rules of the group “end, renewal, index”."""

from __future__ import annotations

from typing import Any

from integrations.flows.invoicing.rule import Rule
from integrations.flows.invoicing.rules.ending.ended_still_delivered import ended_still_delivered
from integrations.flows.invoicing.rules.ending.indexation_due import indexation_due
from integrations.flows.invoicing.rules.ending.notice_due import notice_due

RULES: tuple[Rule[Any], ...] = (notice_due, ended_still_delivered, indexation_due)
