"""Organizations of Service Management: a customer's people, and what they see in the portal."""

from integrations.jira.organization.store import Organization, Organizations

__all__ = ["Organization", "Organizations"]
