"""Where a payer's invoices go, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from integrations.core.billing import Address, Delivery
from integrations.odoo.billing.accounts.directory import Directory
from integrations.odoo.connection import Row

POSTAL = ("street", "street2", "zip", "city", "country_id")
DELIVERIES: dict[str, Delivery] = {
    "manual": "hand",
    "hand": "hand",
    "email": "email",
    "e-mail": "email",
    "post": "post",
    "snailmail": "post",
    "electronic": "electronic",
}
"""What Odoo and people call them; the other sending methods of version 18 and later are electronic: Peppol and such."""


def delivery(row: Row, custom: str | None) -> Delivery:
    """How invoices reach a company: by the field that the settings name, else by Odoo's own (from version 18 on)."""
    told = str((row.get(custom) if custom else "") or "").strip().lower()
    if told in DELIVERIES:
        return DELIVERIES[told]
    method = row.get("invoice_sending_method")
    return DELIVERIES.get(method, "electronic") if method else ""


def address(
    directory: Directory, payer: Row, country: Callable[[Any], str], link: Callable[[int], str], custom: str | None
) -> Address:
    """The payer's contact for invoices, else the payer itself; one without an e-mail has its parent's contact.

    A contact without any postal address has its company's: such contacts are mere e-mail addresses. How invoices go is
    said at the company, so it is the payer's whoever the contact is.

    `country`: from a reference `[id, name]` to the ISO code.
    """
    found = directory.invoice_contact(payer["id"])
    if found is None and not payer["email"]:
        contacts = (directory.invoice_contact(row["id"]) for row in directory.above(payer["id"]))
        found = next((one for one in contacts if one is not None), None)
    one = payer if found is None else found
    postal = one if any(one[name] for name in POSTAL) else directory.rows.get(directory.company(one["id"]), payer)
    return Address(
        name=one["name"] or payer["name"] or "",
        email=(one["email"] or "").strip(),
        street=", ".join(part for part in (postal["street"], postal["street2"]) if part),
        zip=postal["zip"] or "",
        city=postal["city"] or "",
        country_code=country(postal["country_id"]),
        delivery=delivery(payer, custom),
        own=found is not None,
        url=link(one["id"]),
    )
