"""The customer in the ERP, as it is wanted."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ValidationInfo, model_validator

from integrations.core.address import folded_address, joined, unreadable, wrong
from integrations.core.resource import FieldInfo, Resource
from integrations.core.text import clean, one_line, shorten

LONGEST_NAME = 255
"""Characters of a company's name. Odoo names no limit, but PostgreSQL does: its index of names refuses 2,704 bytes."""


def _line(value: Any) -> Any:
    return one_line(value) or None if isinstance(value, str) else value


def _name(value: Any) -> Any:
    return shorten(one_line(value), LONGEST_NAME) if isinstance(value, str) else value


def _emails(value: Any, info: ValidationInfo) -> Any:
    """The addresses, clean. What is none is refused for a company that is to be made, and left out for one that is."""
    if not isinstance(value, str):
        return value
    if not info.data.get("partner") and (fault := wrong(unreadable(value))):
        raise ValueError(f"can't be read as an e-mail address: {fault}")
    return joined(value) or None


def _colleague(value: Any) -> Any:
    return folded_address(value) or None if isinstance(value, str) else value


def _code(value: Any) -> Any:
    return value.strip().upper() or None if isinstance(value, str) else value


def _text(value: Any) -> Any:
    return clean(value).strip() or None if isinstance(value, str) else value


_LOOKED_UP = FieldInfo(looked_up=True, hidden=True)
_ONCE = FieldInfo(owner="people", once=True)

LookedUp = Annotated[str | None, BeforeValidator(_line), _LOOKED_UP]
OnceName = Annotated[str | None, BeforeValidator(_name), _ONCE]
Once = Annotated[str | None, BeforeValidator(_text), _ONCE]
OnceEmails = Annotated[str | None, BeforeValidator(_emails), _ONCE]
OnceCode = Annotated[str | None, BeforeValidator(_code), _ONCE]
Output = Annotated[str | None, FieldInfo(output=True)]


class Customer(Resource):
    """A company, or a private person, that we sold something to.

    Attributes:
        lead: The opportunity to link, by its id.
        deal: The deal's id, which a new company is marked with.
        partner: The deal's own company, by its id.
        payer: The company that pays, by its id; None: the customer itself, or `payer_name`.
        payer_address: The payer's contact for invoices that the deal's order names, by its id.
        payer_name: The company that pays, where the deal does not know it in the ERP.
        payer_email: Where its invoices go, when its contact for invoices is made.
        has_payer: Whether the company that pays is there; never set by a playbook.
        is_customer: A prospect until then.
        account_manager: E-mail of the user who looks after it.
        segment: A tag that it bears, among others.
        has_invoice_contact: Whether whoever pays has a contact for invoices.
        contact: The person that the deal was made with, by the ERP's id: then nobody has to be made.
        has_contact: Whether that person is a contact of the company; never set by a playbook.
        contact_name: Theirs, like the address and function: used when the contact is made, then left to people.
        is_company: False: a private person. None: a company.
        name: Of the company, like the rest below: used when it is made, then left to people.
        invoice_email: Where its own invoices go, when its invoice contact is made; never another payer's.
        invoice_contact: The id of the payer's contact for invoices.
        own_invoice_contact: The id of the customer's own, which differs where somebody else pays.
        number: The reference that people gave it.
    """

    kind: ClassVar[str] = "customer"
    title: ClassVar[str] = "customer"

    lead: LookedUp = None
    deal: LookedUp = None
    partner: LookedUp = None
    payer: LookedUp = None
    payer_address: LookedUp = None
    payer_name: Annotated[str | None, BeforeValidator(_name), _LOOKED_UP] = None
    payer_email: OnceEmails = None
    has_payer: Annotated[bool | None, FieldInfo(label="payer", words=("missing", "added"), kept=True)] = None
    name: Annotated[str, BeforeValidator(_name), _ONCE] = ""
    is_customer: Annotated[bool | None, FieldInfo(words=("prospect", "customer"), kept=True)] = None
    account_manager: Annotated[str | None, BeforeValidator(_colleague), FieldInfo(owner="people", kept=True)] = None
    segment: Annotated[str | None, BeforeValidator(_line), FieldInfo(kept=True)] = None
    has_invoice_contact: Annotated[
        bool | None, FieldInfo(label="invoice contact", words=("missing", "added"), kept=True)
    ] = True
    contact: LookedUp = None
    has_contact: Annotated[bool | None, FieldInfo(label="contact", words=("missing", "added"), kept=True)] = None
    contact_name: OnceName = None
    contact_email: OnceEmails = None
    contact_function: OnceName = None
    is_company: Annotated[bool | None, _ONCE] = None
    street: Once = None
    zip: Once = None
    city: Once = None
    country_code: OnceCode = None
    phone: Once = None
    email: OnceEmails = None
    vat: Once = None
    language: Once = None
    invoice_email: OnceEmails = None
    invoice_contact: Output = None
    own_invoice_contact: Output = None
    number: Output = None

    @model_validator(mode="before")
    @classmethod
    def _wants_contacts(cls, values: Any) -> Any:
        """Only fields that are set are wanted: an invoice contact always is, a person and a payer where only named."""
        if not isinstance(values, dict):
            return values
        wanted = {"has_invoice_contact": True}
        if values.get("contact_name") and not values.get("contact") and values.get("is_company") is not False:
            wanted["has_contact"] = True
        if values.get("payer_name") and not values.get("payer"):
            wanted["has_payer"] = True
        return {**wanted, **values}

    def label(self) -> str:
        """Its name."""
        return self.name or self.key
