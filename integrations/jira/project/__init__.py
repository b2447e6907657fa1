"""Projects: some companies have one for each customer."""

from integrations.jira.project.store import Project, Projects

__all__ = ["Project", "Projects"]
