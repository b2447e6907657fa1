"""Who is invoiced, where invoices go, and who else could be the same customer."""

from __future__ import annotations

import dataclasses
from typing import Literal

Delivery = Literal["", "email", "post", "electronic", "hand"]
"""How invoices reach the customer; `electronic`: e-bill, Peppol."""


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """Where invoices go: the payer's contact for invoices, else the payer itself."""

    name: str = ""
    email: str = ""
    street: str = ""
    zip: str = ""
    city: str = ""
    country_code: str = ""
    """ISO 3166-1 alpha-2."""
    delivery: Delivery = ""
    own: bool = False
    """A contact for invoices of its own, or the parent's; False: the company's own address is used."""
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Payer:
    """Who pays for a customer instead of the customer itself: a parent company, a reseller."""

    id: str
    name: str = ""
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Twin:
    """Another customer in the ERP that is alike and could be the same."""

    id: str
    name: str
    vat: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    """ISO 3166-1 alpha-2; empty where the ERP does not say."""
    group: str = ""
    """The id of the topmost company above it; its own where there is none."""
    url: str = ""
