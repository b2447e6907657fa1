"""What the ERP holds of a customer, as a resource."""

from __future__ import annotations

import dataclasses

from integrations.core.errors import Rejected
from integrations.core.resource import Live
from integrations.odoo.connection import Connection
from integrations.odoo.customer.contact import Contacts
from integrations.odoo.customer.resource import Customer
from integrations.odoo.facts import Facts, address
from integrations.odoo.partners import PARTNER, Directory, Partner
from integrations.odoo.refusal import ADMINISTRATOR
from integrations.odoo.segments import Segments


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
            raise Rejected(
                f"Odoo has no user {email}, who is to look after the customer",
                system=self.connection.name,
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
    chosen = (one for one in directory.invoice.get(payer, ()) if one.active and str(one.id) == address)
    return next(chosen, None) or directory.invoice_contact(payer)


def payer_of(wanted: Customer, company: int) -> int:
    """The company that pays: the customer itself where nobody else is named."""
    return int(wanted.payer) if wanted.payer and wanted.payer.isdigit() else company
