"""Setting up a won deal: the customer and what its deal brings exist in every system, once."""

from integrations.core.plan import Approval
from integrations.flows.setup.approval import Shown
from integrations.flows.setup.flow import SetUp
from integrations.flows.setup.heir import OpenHeir
from integrations.flows.setup.many import in_turn
from integrations.flows.setup.outcome import Outcome
from integrations.flows.setup.scope import is_over, moved

__all__ = ["Approval", "OpenHeir", "Outcome", "SetUp", "Shown", "in_turn", "is_over", "moved"]
