"""Projects: some companies have one for each customer."""

from integrations.jira.project.resource import Project
from integrations.jira.project.store import Projects

__all__ = ["Project", "Projects"]
