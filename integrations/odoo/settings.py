"""Settings of one Odoo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyNetwork, StringConstraints

from integrations.core.address import only
from integrations.core.hook import Secrets
from integrations.core.model import Model
from integrations.core.secret import Secret
from integrations.core.system import RemoteSettings

Fact = Literal[
    "order_number_required",
    "delivery",
    "held",
    "dispute",
    "dispute_owner",
    "dunning_level",
    "dunning_blocked",
    "dunning_reason",
    "go_live",
    "renews",
    "notice",
    "indexed",
    "index",
    "discount_until",
]
"""Facts that Odoo has no field for, or not in every edition: keys of `[erp.billing.fields]`.

Of a partner: `order_number_required` (yes or no), `delivery` (`email`, `post`, `electronic` or `hand`). Of an
invoice: `held` and `dispute` (why), `dispute_owner` (who of us, a user or text), `dunning_level` (a number),
`dunning_blocked` (yes or no), `dunning_reason`. Of an order: `go_live` (a day), `renews` (the number of the
order that it renews). Of a contract: `notice` and `indexed` (days), `index` (what prices are adjusted by),
`discount_until` (the last day of its lines' discounts)."""

FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Words = tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...]


class BillingSettings(Model):
    """`[erp.billing]`."""

    fields: Mapping[Fact, FieldName] = Field(default_factory=dict)
    """From a fact to the technical name of the field that holds it."""
    vat_exempt: Words = ()
    """The names of fiscal positions whose customers need no VAT number."""
    dispute_tags: Words = ()
    """Tags of a customer whose open invoices are all disputed."""
    prepayment: Words = ("prepayment", "pre-payment", "deposit", "on account", "Vorauszahlung", "Akonto", "acompte")
    """Words in a payment's memo that mark it as a prepayment, so that it needs no invoice yet; case does not matter."""


class Engagement(Model):
    """Source of what was sold with a deal: a field of the lead, or its tags."""

    field: Annotated[str, AfterValidator(lambda name: "tag_ids" if name in ("tag", "tags") else name)] = "tag_ids"
    """A field of `crm.lead` (`x_engagement`), or `tag`."""
    map: Mapping[str, str] = Field(default_factory=dict)
    """From the field's value, or the tag's name, to the playbook's."""


SALESPERSON = "salesperson"
DEAL = "deal."
"""Prefix of a field of the opportunity."""
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
    """Account manager by a field of the deal."""

    field: Annotated[str, AfterValidator(lambda name: "tag_ids" if name in ("tag", "tags") else name)]
    map: Mapping[str, Annotated[str, AfterValidator(_colleague)]]
    """From the field's value, or the tag's name, to the account manager's e-mail."""


class AccountManager(Model):
    """Rules for a customer's account manager."""

    field: str = USER
    """The field of the customer that names the user: read by every flow, and written where it names nobody."""
    otherwise: tuple[ByField | Annotated[str, AfterValidator(_source)], ...] = (SALESPERSON,)
    """Sources of the user to enter there, in order; the first that names a person counts."""


def _account_manager(value: Any) -> Any:
    """Take an e-mail address alone as the last fallback, after the customer's own and the deal's salesperson."""
    return {"otherwise": [SALESPERSON, value]} if isinstance(value, str) else value


class HookSettings(Model):
    """`[erp.hook]`: deliveries of Odoo's automation rules, which `closedwon serve` takes."""

    tokens: Secrets
    """What stands at the end of the address that the rule was given; two while it is changed."""
    senders: tuple[IPvAnyNetwork, ...] = ()
    """The networks that Odoo sends from; empty: any."""
    actions: tuple[int, ...] = ()
    """The ids of the actions that send, as `_action` names them; empty: any."""
    ourselves: int | None = None
    """The id of our own user there: what it wrote is dropped, where the rule sends `write_uid`."""


class Settings(RemoteSettings):
    """The section of one Odoo."""

    secrets: ClassVar[frozenset[str]] = frozenset({"key", "hook"})

    database: str | None = None
    """Needed before version 19, and where a server has several databases."""
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
    hook: HookSettings | None = None
    """Where Odoo tells that a deal was won."""
