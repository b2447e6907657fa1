"""Plans: read everything, write nothing, and say what would be written."""

from integrations.core.plan.approval import Approval
from integrations.core.plan.difference import difference
from integrations.core.plan.plan import Limits, Plan, Scope, Tally, over_limit
from integrations.core.plan.planner import Planner

__all__ = ["Approval", "Limits", "Plan", "Planner", "Scope", "Tally", "difference", "over_limit"]
