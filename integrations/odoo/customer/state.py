"""The customer in the ERP, as it is, read as a resource."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

from integrations.core.address import emails
from integrations.core.errors import IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.resource import Live
from integrations.odoo import marks
from integrations.odoo.connection import ADMINISTRATOR, ARCHIVED_TOO, BadValue, Connection
from integrations.odoo.customer.resource import Customer
from integrations.odoo.facts import Facts, address
from integrations.odoo.load import Load
from integrations.odoo.partners import PARTNER, Directory, Partner, Sought
from integrations.odoo.segments import Segments

COLUMNS = {
    "child_ids/id": "",
    "child_ids/name": "contact_name",
    "child_ids/type": "",
    "child_ids/email": "contact_email",
    "child_ids/function": "contact_function",
}


def sought(wanted: Iterable[Customer]) -> Sought:
    """Return the names and addresses of the contacts that are wanted, to be read with their companies."""
    asked = [customer for customer in wanted if customer.has_contact]
    return frozenset((customer.contact_name or "", customer.contact_email or "") for customer in asked)


def cells(wanted: Customer) -> dict[str, str]:
    """Return the columns of an import that make the contact."""
    return {
        "child_ids/id": f"{marks.MODULE}.{marks.of_contact(wanted.key, wanted.deal)}",
        "child_ids/name": wanted.contact_name or "",
        "child_ids/type": "contact",
        "child_ids/email": wanted.contact_email or "",
        "child_ids/function": wanted.contact_function or "",
    }


class Contacts:
    """Finds and makes the contacts of deals."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_there(self, wanted: Customer, company: int, directory: Directory) -> bool:
        """Tell whether the company has the contact, archived or not, or we made it once, wherever people took it.

        An address for invoices is nobody, but for one that bears the person's very name.

        Raises:
            IntegrationError: Whether we made it could not be asked.
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
        """Make each company's contact; gives the errors. Just before, a read has said that it is not there."""
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
    """Makes live customers out of partners."""

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
        """The partner's fields; of its tags only the one that is wanted counts."""
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
        """The user's e-mail; of one who may not be read at least that there is somebody."""
        if user is None:
            return None
        row = self.facts.users.rows([user]).get(user)
        return address(row) if row else f"user {user}"


def is_payer_missing(wanted: Customer) -> bool:
    """Tell whether somebody else pays whom the ERP does not have yet."""
    return bool(wanted.has_payer) and wanted.payer is None


def _addressed(wanted: Customer, payer: int, directory: Directory) -> Partner | None:
    """The payer's contact for invoices: the one that the deal's order names, where it is one."""
    address = wanted.payer_address or ""
    chosen = (contact for contact in directory.invoice.get(payer, ()) if contact.active and str(contact.id) == address)
    return next(chosen, None) or directory.invoice_contact(payer)


def payer_of(wanted: Customer, company: int) -> int:
    """The company that pays: the customer itself where nobody else is named."""
    return int(wanted.payer) if wanted.payer and wanted.payer.isdigit() else company


Put = dict[str, "Live[Customer] | None | IntegrationError"]


def after_writing(keys: Iterable[str], read: Callable[[], Put]) -> Put:
    """Return what `read` answers; where it fails, it was written all the same, and nobody may be told otherwise."""
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
