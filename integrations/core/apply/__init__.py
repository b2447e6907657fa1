"""Applying a plan: each change written down before it is sent, and after."""

from integrations.core.apply.apply import Applied, Apply
from integrations.core.apply.result import Result, Status, foreseen, status_of

__all__ = ["Applied", "Apply", "Result", "Status", "foreseen", "status_of"]
