"""Members of organizations: the customers' people, who may raise requests in the portal."""

from integrations.jira.member.store import Members

__all__ = ["Members"]
