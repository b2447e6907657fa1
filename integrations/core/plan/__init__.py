"""Plans: read everything, write nothing, and say what would be written."""

from integrations.core.plan.approval import Approval
from integrations.core.plan.difference import difference
from integrations.core.plan.names import Given
from integrations.core.plan.plan import LIMITS, Limits, Plan, Scope, Tally, limit_option, over_limit
from integrations.core.plan.planner import Found, Planner

__all__ = [
    "LIMITS",
    "Approval",
    "Found",
    "Given",
    "Limits",
    "Plan",
    "Planner",
    "Scope",
    "Tally",
    "difference",
    "limit_option",
    "over_limit",
]
