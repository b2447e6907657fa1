"""Plans: read everything, write nothing, and say what would be written."""

from integrations.core.plan.approval import Approval, Approved, Fingerprint
from integrations.core.plan.difference import difference
from integrations.core.plan.names import Given
from integrations.core.plan.plan import LIMITS, ChangeCounter, Digests, Limits, Plan, limit_option
from integrations.core.plan.planner import Found, Planner

__all__ = [
    "LIMITS",
    "Approval",
    "Approved",
    "ChangeCounter",
    "Digests",
    "Fingerprint",
    "Found",
    "Given",
    "Limits",
    "Plan",
    "Planner",
    "difference",
    "limit_option",
]
