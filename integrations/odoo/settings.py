"""What the settings say about one Odoo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from integrations.core.model import Model
from integrations.core.secret import Secret
from integrations.core.system import RemoteSettings
from integrations.odoo.billing.settings import BillingSettings


class Engagement(Model):
    """How a deal tells what was sold: by a field of the lead, or by its tags."""

    field: Annotated[str, AfterValidator(lambda name: "tag_ids" if name in ("tag", "tags") else name)] = "tag_ids"
    """A field of `crm.lead` (`x_engagement`), or `tag`."""
    map: Mapping[str, str] = Field(default_factory=dict)
    """From the field's value, or the tag's name, to the playbook's."""


class Settings(RemoteSettings):
    """The section of one Odoo."""

    secrets: ClassVar[frozenset[str]] = frozenset({"key"})

    database: str | None = None
    """Needed where the server has several, and for versions before 19."""
    account: str
    """The login of the user whose key it is."""
    key: Secret
    engagement: Engagement = Field(default_factory=Engagement)
    account_manager: str | None = None
    """E-mail of who looks after a customer when neither the customer nor the deal says so."""
    segments: Mapping[str, str] = Field(default_factory=dict)
    """From the engagement to the tag that the customer gets."""
    invoice_contact: str = "Accounting"
    """The name of an invoice contact that we make."""
    billing: BillingSettings = Field(default_factory=BillingSettings)
    """Fields and tags that people made for billing."""
