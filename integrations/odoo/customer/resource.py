"""The customer in the ERP: as it is wanted, and as it is there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ValidationInfo, model_validator

from integrations.core.address import emails, folded_address, joined, unreadable, wrong
from integrations.core.errors import IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.resource import FieldInfo, Live, Resource
from integrations.core.text import clean, one_line, shorten
from integrations.odoo import marks
from integrations.odoo.connection import ADMINISTRATOR, ARCHIVED_TOO, BadValue, Connection
from integrations.odoo.facts import Facts, address
from integrations.odoo.load import Load
from integrations.odoo.partners import PARTNER, Directory, Partner, Sought
from integrations.odoo.segments import Segments

LONGEST_NAME = 255
"""Characters of a company's name. Odoo names no limit, but PostgreSQL does: its index of names refuses 2,704 bytes."""


def _line(value: Any) -> Any:
    return one_line(value) or None if isinstance(value, str) else value


def _name(value: Any) -> Any:
    return shorten(one_line(value), LONGEST_NAME) if isinstance(value, str) else value


def _emails(value: Any, info: ValidationInfo) -> Any:
    """The addresses, cleaned. An unreadable one is refused for a new company, and left out for one that exists."""
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
        payer_name: The name of the company that pays, where the deal has no id of it.
        payer_email: The address for its invoices, used when its invoice contact is made.
        has_payer: Whether the company that pays exists; never set by a playbook.
        is_customer: True for a customer, False for a prospect.
        account_manager: E-mail of the user who looks after it.
        segment: A tag that it bears, among others.
        has_invoice_contact: Whether the payer has a contact for invoices.
        contact: The person that the deal was made with, by the ERP's id, where it exists there already.
        has_contact: Whether that person is a contact of the company; never set by a playbook.
        contact_name: That person's name; like the address and function used when the contact is made, then left to
            people.
        is_company: False for a private person; None counts as a company.
        name: Of the company, like the rest below: used when it is made, then left to people.
        invoice_email: Where its own invoices go, when its invoice contact is made; never another payer's.
        invoice_contact: The id of the payer's contact for invoices.
        own_invoice_contact: The id of the customer's own contact for invoices; another one where another company pays.
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
        """Want an invoice contact always, and a person or a payer where the deal names one without an id.

        Only fields that are set count as wanted.
        """
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


COLUMNS = {
    "child_ids/id": "",
    "child_ids/name": "contact_name",
    "child_ids/type": "",
    "child_ids/email": "contact_email",
    "child_ids/function": "contact_function",
}


def sought(wanted: Iterable[Customer]) -> Sought:
    """The names and addresses of wanted contacts, so that they are read together with their companies."""
    asked = [customer for customer in wanted if customer.has_contact]
    return frozenset((customer.contact_name or "", customer.contact_email or "") for customer in asked)


def cells(wanted: Customer) -> dict[str, str]:
    """The cells of an import that make the person that the deal was made with."""
    return {
        "child_ids/id": f"{marks.MODULE}.{marks.of_contact(wanted.key, wanted.deal)}",
        "child_ids/name": wanted.contact_name or "",
        "child_ids/type": "contact",
        "child_ids/email": wanted.contact_email or "",
        "child_ids/function": wanted.contact_function or "",
    }


class Contacts:
    """Contacts that deals were made with: looked for among a company's people, and made once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_there(self, wanted: Customer, company: int, directory: Directory) -> bool:
        """Return whether the company has the contact, archived or not, or we made it before, wherever it is now.

        An address for invoices does not count as the person, unless it has exactly that name.

        Raises:
            IntegrationError: Odoo could not be asked whether we made it.
        """
        people = (partner for partner in directory.partners.values() if partner.commercial == company != partner.id)
        return any(_is(person, wanted) for person in people) or self._was_made(wanted)

    def _was_made(self, wanted: Customer) -> bool:
        try:
            self._connection.call(
                "ir.model.data",
                "check_object_reference",
                what="look for the contact that closedwon made",
                context=ARCHIVED_TOO,
                module=marks.MODULE,
                xml_id=marks.of_contact(wanted.key, wanted.deal),
            )
        except BadValue:
            return False
        return True

    def make(self, wanted: Mapping[int, Customer]) -> Mapping[int, IntegrationError]:
        """Make each company's contact and return the errors by company.

        A read just before must have shown that it is absent: repeated, this `load` would overwrite the contact.
        """
        rows = {str(number): [str(number), *cells(customer).values()] for number, customer in wanted.items()}
        columns = (".id", *COLUMNS)
        load = Load(self._connection, PARTNER, columns, "create the contact", "write", fields_of=_FIELDS_OF)
        loaded = load.rows(rows)
        return {int(key): answer for key, answer in loaded.items() if isinstance(answer, IntegrationError)}


_FIELDS_OF = {"child_ids": "contact_name"}


def _is(person: Partner, wanted: Customer) -> bool:
    if person.name.casefold() == (wanted.contact_name or "").casefold():
        return True
    return person.type != "invoice" and not set(emails(wanted.contact_email)).isdisjoint(emails(person.email))


@dataclasses.dataclass(frozen=True)
class Reading:
    """Translation of partners to the state of a customer."""

    connection: Connection
    facts: Facts
    segments: Segments
    contacts: Contacts

    def live(self, wanted: Customer, partner: Partner, directory: Directory, *, ours: bool = True) -> Live[Customer]:
        """The partner as the customer that is wanted; `directory` holds the payer's invoice contacts too."""
        number = str(partner.id)
        return Live(
            id=number,
            state=self.state(wanted, partner, directory),
            url=self.connection.link(PARTNER, number),
            ours=ours,
        )

    def state(self, wanted: Customer, partner: Partner, directory: Directory) -> Customer:
        """The partner as a customer; of its tags only the wanted one counts, for people give it others."""
        payer = payer_of(wanted, partner.id)
        own = directory.invoice_contact(partner.id)
        invoice = None if is_payer_missing(wanted) else _addressed(wanted, payer, directory)
        country = self.facts.country(partner.country)
        return Customer(
            key=wanted.key,
            former=wanted.former,
            active=partner.active,
            lead=wanted.lead,
            deal=wanted.deal,
            partner=wanted.partner,
            payer=wanted.payer,
            payer_name=wanted.payer_name,
            has_payer=(wanted.has_payer and not is_payer_missing(wanted)) or None,
            name=partner.name,
            is_customer=wanted.is_customer if partner.rank is None else partner.rank > 0,
            account_manager=self._account_manager(partner.manager),
            segment=wanted.segment if self.segments.is_among(wanted.segment, partner.tags) else None,
            has_invoice_contact=invoice is not None,
            has_contact=(wanted.has_contact and self.contacts.is_there(wanted, partner.id, directory)) or None,
            is_company=partner.is_company,
            street=partner.street,
            zip=partner.zip,
            city=partner.city,
            country_code=country["code"] if country else None,
            phone=partner.phone,
            email=partner.email,
            vat=partner.vat,
            language=partner.language,
            invoice_email=own.email if own else None,
            invoice_contact=str(invoice.id) if invoice else None,
            own_invoice_contact=str(own.id) if own else None,
            number=partner.number,
        )

    def user(self, email: str) -> int:
        """The user who is to look after the customer.

        Raises:
            Rejected: Odoo has none of this e-mail.
        """
        user = self.facts.user(email)
        if user is None:
            raise self.connection.error(
                Rejected,
                f"Odoo has no user {email}, who is to look after the customer",
                who=ADMINISTRATOR,
                next="Make the user, or name another account manager.",
                field="account_manager",
            )
        return user

    def _account_manager(self, user: int | None) -> str | None:
        """The user's e-mail; `user ID` for one who may not be read, so that the field does not seem empty."""
        if user is None:
            return None
        row = self.facts.users.rows([user]).get(user)
        return address(row) if row else f"user {user}"


def is_payer_missing(wanted: Customer) -> bool:
    """Return whether another company pays that the ERP does not have yet."""
    return bool(wanted.has_payer) and wanted.payer is None


def _addressed(wanted: Customer, payer: int, directory: Directory) -> Partner | None:
    """The payer's contact for invoices: the one in the deal's order if it is one, else the company's preferred one."""
    address = wanted.payer_address or ""
    chosen = (contact for contact in directory.invoice.get(payer, ()) if contact.active and str(contact.id) == address)
    return next(chosen, None) or directory.invoice_contact(payer)


def payer_of(wanted: Customer, company: int) -> int:
    """The company that pays: the customer itself where nobody else is named."""
    return int(wanted.payer) if wanted.payer and wanted.payer.isdigit() else company


Put = dict[str, "Live[Customer] | None | IntegrationError"]


def after_writing(keys: Iterable[str], read: Callable[[], Put]) -> Put:
    """Read back after a write. Where that fails the outcome is `Uncertain`, not failed: the write has happened."""
    try:
        return read()
    except Unavailable as error:
        lost = Uncertain(
            f"{error.message}; it was written before",
            system=error.system,
            next="It is looked for before anything else.",
        )
        return dict.fromkeys(keys, lost)
    except IntegrationError as error:
        return dict.fromkeys(keys, error)
