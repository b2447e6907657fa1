"""Settings of invoicing exceptions: `[invoices]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from integrations.core.model import Model
from integrations.flows.invoicing.rule import Role, Severity

DUE: Mapping[Severity, int] = {"high": 3, "medium": 7, "low": 20}
"""Working days until a ticket is due, where the settings do not say."""


class TicketSettings(Model):
    """`[invoices.tickets]`: how `--flag` brings findings to people."""

    system: str = "jira"
    """The system that tickets are made in, by its section."""
    project: str | None = None
    """The ticket project, by its name in that system's `projects`, or its key."""
    per: Literal["finding", "customer"] = "finding"
    """One ticket for each finding, or one for each customer with all its findings."""
    issue_type: str | None = None
    """The issue type's name; by default the system's."""
    labels: tuple[str, ...] = ("invoicing",)
    due_days: Mapping[Severity, int] = Field(default_factory=dict)
    """Working days until a ticket is due, by severity, in place of ours."""
    new: int = Field(20, ge=0)
    """How many new tickets one run may make before somebody has to allow more by number."""
    closed: int = Field(20, ge=0)
    """How many tickets one run may close before somebody has to allow more by number."""
    severities: tuple[Severity, ...] = ("high", "medium", "low")
    """Findings of these get a ticket."""

    @field_validator("due_days")
    @classmethod
    def _not_before_today(cls, days: Mapping[Severity, int]) -> Mapping[Severity, int]:
        if any(number < 0 for number in days.values()):
            raise ValueError("must be days from now on, 0 or more")
        return days

    def due(self, severity: Severity) -> int:
        """Days until a ticket of this severity is due."""
        return self.due_days.get(severity, DUE[severity])


class InvoiceSettings(Model):
    """`[invoices]`: what is read, who acts, and each rule's own settings."""

    history_months: int = Field(24, ge=2, le=240)
    """How far back settled invoices are read; those that are open or drafts are read whatever their age."""
    overlap_minutes: int = Field(10, ge=0, le=1440)
    """How far before the last change that was read is read again: the ERP shows a long transaction late."""
    full_every_hours: float = Field(24, gt=0)
    """How often every customer is read, whatever seems to have changed."""
    bank_days: int = Field(7, ge=0)
    """How old the newest bank statement may be; where it is older, nobody is said not to have paid."""
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")
    """The currency that totals are given in, where a dated rate is known; by default our first company's."""
    people: Mapping[Role, str] = Field(default_factory=dict)
    """The e-mail address of who acts, by role; without it only account managers are known: the customers' own."""
    comes_back_at: float = Field(0.2, ge=0)
    """By what share the amount of an acknowledged finding has to grow for it to come back."""
    cause_customers: int = Field(10, ge=2)
    """One cause over more customers than this is one ticket."""
    tickets: TicketSettings = TicketSettings()
    rules: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """By rule: `on`, `severity`, `who`, `grace_days`, `minimum`, and what is the rule's own."""
