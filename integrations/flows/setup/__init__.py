"""Setting up a won deal: the customer and what its deal brings exist in every system, once."""

from integrations.flows.setup.approval import Approval, Shown
from integrations.flows.setup.flow import SetUp
from integrations.flows.setup.many import set_up_many
from integrations.flows.setup.outcome import Outcome
from integrations.flows.setup.scope import is_over, moved

__all__ = ["Approval", "Outcome", "SetUp", "Shown", "is_over", "moved", "set_up_many"]
