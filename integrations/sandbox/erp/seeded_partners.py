"""The seeded companies and their contacts, and rows that a careful reader skips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from integrations.sandbox.erp.countries import COUNTRIES
from integrations.sandbox.seed import Company
from integrations.sandbox.seeded_contacts import KNOWN, TAGS, SeededContact


class Put(Protocol):
    """A function that keeps a record with a fixed id."""

    def __call__(self, model_name: str, record_id: int, **values: Any) -> None:
        """Keep it."""


def seed_partners(put: Put, users: Mapping[str, int], companies: Iterable[Company]) -> None:
    """Companies, their contacts and invoice addresses."""
    for company in companies:
        _seed_company(put, company, users)


def _seed_company(put: Put, company: Company, users: Mapping[str, int]) -> None:
    put(
        "res.partner",
        company.id,
        name=company.name,
        is_company=True,
        parent_id=company.parent or False,
        street=company.street,
        zip=company.zip,
        city=company.city,
        country_id=COUNTRIES[company.country][0],
        lang=company.lang,
        email=company.email or False,
        phone=company.phone or False,
        vat=company.vat or False,
        customer_rank=int(company.is_customer),
        user_id=users.get(company.account_manager or "", False),
        property_payment_term_id=4 if company.is_customer else False,
    )
    if company.contact:
        number, name, email = company.contact
        position, tags = KNOWN.get(number, (None, ()))
        put_contact(put, SeededContact(number, company.id, name, email, position, tags, lang=company.lang))
    if company.invoice_contact:
        number, email = company.invoice_contact
        put(
            "res.partner",
            number,
            name="Accounting",
            email=email,
            parent_id=company.id,
            type="invoice",
            lang=company.lang,
        )


def seed_contacts(put: Put, contacts: Iterable[SeededContact]) -> None:
    """People below companies that are there already, and parts of companies before the people in them."""
    for contact in contacts:
        put_contact(put, contact)


def put_contact(put: Put, contact: SeededContact) -> None:
    """Keep a contact."""
    put(
        "res.partner",
        contact.id,
        name=contact.name,
        parent_id=contact.parent,
        type=contact.type,
        email=contact.email or False,
        function=contact.position or False,
        phone=contact.phone or False,
        category_id=[TAGS[tag] for tag in contact.tags],
        lang=contact.lang,
        active=contact.active,
    )


def seed_strays(put: Put) -> None:
    """An archived namesake, and a billing entity that the control API has begun and not finished."""
    put("res.partner", 401, name="Alpina Treuhand AG", is_company=True, active=False, city="Bern", customer_rank=1)
    put(
        "res.partner", 402, name="Beat Müller-Old", parent_id=101, active=False, email="beat.old@mueller-soehne.example"
    )
    inflight = "5f0c7f0e-5a3b-4b3e-9d0d-2f1f6a7c1b11"
    put("res.partner", 403, name="Käserei Emmental AG", is_company=True, vshn_control_api_inflight=inflight)
    put("res.partner", 404, name="Accounting", type="invoice", parent_id=403, vshn_control_api_inflight=inflight)
