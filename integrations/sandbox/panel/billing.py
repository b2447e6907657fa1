"""Billing entities: the ERP's contacts for invoices as the Control API shows them.

An entity is there for each such contact that is complete, with its company's name and address, and is
named `be-<its id>`. Creating one makes a company and its contact in the ERP, always new ones.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

from integrations.sandbox.erp.countries import COUNTRIES
from integrations.sandbox.erp.environment import Environment
from integrations.sandbox.erp.records import FIRST_ID
from integrations.sandbox.erp.seed import ROBOT, Seeder
from integrations.sandbox.panel import checks
from integrations.sandbox.panel.call import RefusedError, allow, missing
from integrations.sandbox.panel.kinds import BILLING_ENTITY
from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document, Table

PREFIX = "be-"
IDENTITIES = uuid.UUID("1f0f2dbe-5a43-4c6a-8f5e-3a6f7f1c9b52")
_NAMES = dict(COUNTRIES.values())
_IDS = {name: number for number, name in COUNTRIES.values()}


def entity(there: World, name: str) -> Document:
    """Return a billing entity.

    Raises:
        RefusedError: 404.
    """
    partners = _partners(there)
    contact = partners.get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    company = _company(partners, contact) if contact is not None else None
    if contact is None or company is None:
        raise missing(BILLING_ENTITY, name)
    return _shown(company, contact)


def entities(there: World) -> Iterator[Document]:
    """All of them, by name."""
    partners = _partners(there)
    found = [(f"{PREFIX}{key}", contact) for key, contact in partners.items() if contact.get("type") == "invoice"]
    for _, contact in sorted(found, key=lambda pair: pair[0]):
        company = _company(partners, contact)
        if company is not None:
            yield _shown(company, contact)


def create(there: World, spec: dict[str, Any]) -> Document:
    """Make a company and its contact for invoices in the ERP; twice makes two."""
    country = spec.get("address", {}).get("country", "")
    if country not in _IDS:
        text = f'failed mapping billing entity to partners: unknown country "{country}"'
        raise RefusedError(500, text, "")
    seeder = Seeder(Environment(there, ROBOT, time.time()))
    address = spec["address"]
    company_id = there.state.number("erp", "res.partner", FIRST_ID)
    seeder.put(
        "res.partner",
        company_id,
        name=spec.get("name", ""),
        is_company=True,
        street=address.get("line1", ""),
        street2=address.get("line2") or False,
        zip=address.get("postalCode", ""),
        city=address.get("city", ""),
        country_id=_IDS[country],
        phone=spec.get("phone") or False,
        email=", ".join(spec.get("emails", [])) or False,
    )
    contact_id = there.state.number("erp", "res.partner", FIRST_ID)
    accounting = spec.get("accountingContact", {})
    seeder.put(
        "res.partner",
        contact_id,
        name=accounting.get("name", ""),
        email=", ".join(accounting.get("emails", [])) or False,
        parent_id=company_id,
        type="invoice",
    )
    return entity(there, f"{PREFIX}{contact_id}")


def check_reference(there: World, before: str, wanted: str) -> None:
    """Refuse a reference to an entity that is not there or may not be read; none at all is allowed."""
    if not wanted or wanted == before:
        return
    try:
        allow(there, "get", BILLING_ENTITY, wanted)
        entity(there, wanted)
    except RefusedError as error:
        raise RefusedError(400, f"failed to validate billing entity reference: {error.message}") from error


def spec_of(body: Any, *, strict: bool) -> dict[str, Any]:
    """The spec of an entity to be made, if it is one."""
    checks.identity(BILLING_ENTITY, body)
    return checks.spec(BILLING_ENTITY, "", body.get("spec"), strict=strict)


def _partners(there: World) -> Table:
    return there.state.table("erp", "res.partner")


def _company(partners: Table, contact: Document) -> Document | None:
    """The company of a contact whose both are real by now."""
    company = partners.get(str(contact.get("parent_id") or ""))
    if company is None or contact.get("type") != "invoice":
        return None
    real = all(
        record.get("active", True) and not record.get("vshn_control_api_inflight") for record in (contact, company)
    )
    return company if real else None


def _shown(company: Document, contact: Document) -> Document:
    name = f"{PREFIX}{contact['id']}"
    address = {
        "line1": company.get("street") or "",
        **({"line2": company["street2"]} if company.get("street2") else {}),
        "city": company.get("city") or "",
        "postalCode": company.get("zip") or "",
        "country": _NAMES.get(company.get("country_id") or 0, ""),
    }
    created = str(contact.get("create_date") or "2026-01-01 00:00:00")[:19].replace(" ", "T") + "Z"
    return {
        "metadata": {"name": name, "uid": str(uuid.uuid5(IDENTITIES, name)), "creationTimestamp": created},
        "spec": {
            "name": company.get("name") or "",
            "phone": company.get("phone") or "",
            "emails": _split(company.get("email")),
            "address": address,
            "accountingContact": {"name": contact.get("name") or "", "emails": _split(contact.get("email"))},
            "languagePreference": "",
        },
        "status": {},
    }


def _split(emails: Any) -> list[str]:
    return [part.strip() for part in str(emails or "").split(",") if part.strip()]
