"""What the settings say about one Odoo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from integrations.core.address import only
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


SALESPERSON = "salesperson"
DEAL = "deal."
"""Stands before the name of a field of the opportunity."""
USER = "user_id"


def _colleague(text: str) -> str:
    email = only(text).email
    if not email:
        raise ValueError("is no e-mail address")
    return email


def _source(text: str) -> str:
    if text == SALESPERSON or (text.startswith(DEAL) and text.removeprefix(DEAL).isidentifier()):
        return text
    try:
        return _colleague(text)
    except ValueError:
        raise ValueError('is none of: "salesperson", "deal.FIELD", an e-mail address, { field, map }') from None


class ByField(Model):
    """Who looks after a customer, by what a field of the deal says."""

    field: Annotated[str, AfterValidator(lambda name: "tag_ids" if name in ("tag", "tags") else name)]
    map: Mapping[str, Annotated[str, AfterValidator(_colleague)]]
    """From the field's value, or the tag's name, to the account manager's e-mail."""


class AccountManager(Model):
    """Who looks after a customer."""

    field: str = USER
    """The field of the customer that names the user: read by every flow, and written where it names nobody."""
    otherwise: tuple[ByField | Annotated[str, AfterValidator(_source)], ...] = (SALESPERSON,)
    """Who is entered there, by what the deal says; the first that gives somebody."""


def _account_manager(value: Any) -> Any:
    """An e-mail address alone: where neither the customer nor the deal names anybody."""
    return {"otherwise": [SALESPERSON, value]} if isinstance(value, str) else value


class Settings(RemoteSettings):
    """The section of one Odoo."""

    secrets: ClassVar[frozenset[str]] = frozenset({"key"})

    database: str | None = None
    """Needed where the server has several, and for versions before 19."""
    account: str
    """The login of the user whose key it is."""
    key: Secret
    engagement: Engagement = Field(default_factory=Engagement)
    account_manager: Annotated[AccountManager, BeforeValidator(_account_manager)] = Field(
        default_factory=AccountManager
    )
    """Who looks after a customer."""
    segments: Mapping[str, str] = Field(default_factory=dict)
    """From the engagement to the tag that the customer gets."""
    invoice_contact: str = "Accounting"
    """The name of an invoice contact that we make."""
    billing: BillingSettings = Field(default_factory=BillingSettings)
    """Fields and tags that people made for billing."""
