"""Setting up a won deal: the customer and what its deal brings exist in every system, once."""

from integrations.core.plan import Approval
from integrations.flows.setup.flow import Follow, SetUp, Shown, in_turn
from integrations.flows.setup.identity import OpenHeir, is_over, moved
from integrations.flows.setup.outcome import Outcome

__all__ = ["Approval", "Follow", "OpenHeir", "Outcome", "SetUp", "Shown", "in_turn", "is_over", "moved"]
