"""Organizations of Service Management: a customer's people, and what they see in the portal."""

from integrations.jira.organization.find import Organization
from integrations.jira.organization.store import Organizations

__all__ = ["Organization", "Organizations"]
