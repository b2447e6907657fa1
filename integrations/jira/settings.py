"""The Jira settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from integrations.core.hook import Secrets
from integrations.core.model import Model
from integrations.core.secret import Secret
from integrations.core.system import RemoteSettings

ProjectKey = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,9}$")]


class HookSettings(Model):
    """`[jira.hook]`: web requests of Jira's automation rules, which `closedwon serve` takes."""

    tokens: Secrets
    """What the rule sends as `Authorization: Bearer …`; two while it is changed."""


class Settings(RemoteSettings):
    """The site, the account that works there, and where things belong."""

    account: Annotated[str, Field(pattern=r"^[^@\s:]+@[^@\s:]+$")]
    """The e-mail address of the account."""
    token: Secret
    service_desk: Annotated[str, Field(pattern=r"^[1-9][0-9]*$")]
    """The id of the service desk that organizations are linked to."""
    service_desk_project: ProjectKey | None = None
    """The key of the service desk's project; without it one request a run asks for it."""
    register_project: ProjectKey | None = None
    """The project whose properties hold the claims of what is being made; by default the service desk's own."""
    projects: Mapping[str, ProjectKey] = Field(default_factory=dict)
    """Names for project keys, for playbooks: `technical = "OPS"`."""
    issue_type: str = "Task"
    project_type: Literal["business", "software", "service_desk"] = "business"
    project_template: str = "com.atlassian.jira-core-project-templates:jira-core-simplified-project-management"
    project_lead: str | None = None
    """The e-mail address of who leads customers' projects; by default the account."""
    rate: Annotated[float, Field(ge=0)] = 40

    hook: HookSettings | None = None
    """Where a rule tells that somebody did what a deal waits for."""

    secrets: ClassVar[frozenset[str]] = frozenset({"token", "hook"})
