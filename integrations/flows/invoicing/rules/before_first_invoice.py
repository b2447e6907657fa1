"""Rules of the group “before the first invoice”."""

from __future__ import annotations

from typing import Any

from integrations.flows.invoicing.rule import Rule

RULES: tuple[Rule[Any], ...] = ()
