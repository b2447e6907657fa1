"""What the settings say about billing in one Odoo: fields and tags that people made there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from integrations.core.model import Model

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
"""What Odoo has no field for, or not in every edition: the names that the settings give one by.

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
    """From what a rule wants to know to the technical name of the field that holds it."""
    vat_exempt: Words = ()
    """The names of fiscal positions whose customers need no VAT number."""
    dispute_tags: Words = ()
    """Tags of a customer whose open invoices are all disputed."""
    prepayment: Words = ("prepayment", "pre-payment", "deposit", "on account", "Vorauszahlung", "Akonto", "acompte")
    """Words in a payment's memo that say that it is for what is still to come."""
