"""From an opportunity and what it refers to, the deal: pure but for the listings."""

from __future__ import annotations

import dataclasses

from integrations.core.address import emails
from integrations.core.model import Customer, Deal, DealReference, Money, Party, Person
from integrations.core.text import one_line
from integrations.odoo.connection import Connection
from integrations.odoo.deals.lead import Lead
from integrations.odoo.deals.records import Related, engagements
from integrations.odoo.facts import Facts
from integrations.odoo.leads import LEAD
from integrations.odoo.managers import Managers
from integrations.odoo.partners import PARTNER, Partner, reference


@dataclasses.dataclass(frozen=True)
class Writer:
    """Puts deals together."""

    connection: Connection
    facts: Facts
    managers: Managers

    def deal(self, lead: Lead, related: Related) -> Deal:
        """The deal; where its company could not be read, the customer is no more than an id and a name."""
        found = engagements(self.connection.settings.engagement, lead, self.facts)
        company = self._company(lead, related)
        payer, address = self._payer(lead, company, related)
        bill_to = self._party(payer, related, address)
        currency, digits = self.facts.currency(lead.row["company_currency"])
        order = related.orders.get(lead.id)
        pays = payer or company
        segments = self.connection.settings.segments
        salesperson = self.facts.person(lead.user)
        manager, why = self.managers.manager(company.manager if company else None, salesperson, lead.row)
        return Deal(
            id=str(lead.id),
            lead=str(lead.id),
            title=lead.title,
            stage=lead.stage,
            won_on=lead.won_on,
            customer=self._customer(lead, company, related),
            one_time=self._money(lead, "expected_revenue", currency, digits),
            monthly=self._money(lead, "recurring_revenue_monthly", currency, digits),
            currency=currency,
            engagements=found,
            salesperson=salesperson,
            account_manager=manager,
            managed_by=why,
            segment=segments.get(found[0]) if len(found) == 1 else None,
            bill_to=bill_to,
            channel=bill_to if self._resells(payer, company, related) else None,
            payment_term=(order.payment_term if order else None) or (pays.payment_term if pays else None),
            url=self.connection.link(LEAD, lead.id),
        )

    def _company(self, lead: Lead, related: Related) -> Partner | None:
        contact = related.directory.partners.get(lead.partner or 0)
        return related.directory.partners.get(contact.commercial) if contact else None

    def _payer(self, lead: Lead, company: Partner | None, related: Related) -> tuple[Partner | None, Partner | None]:
        """The company behind the order's invoice address, and that address; None where that is the customer itself."""
        order = related.orders.get(lead.id)
        address = related.directory.partners.get(order.invoiced or 0) if order else None
        payer = related.directory.partners.get(address.commercial) if address else None
        return (None, None) if payer is None or payer == company else (payer, address)

    def _resells(self, payer: Partner | None, company: Partner | None, related: Related) -> bool:
        return payer is not None and (company is None or payer.id not in set(related.directory.ancestors(company.id)))

    def _party(self, partner: Partner | None, related: Related, address: Partner | None = None) -> Party | None:
        """A company that plays a part; `address`: where an order says that its invoices go."""
        if partner is None:
            return None
        is_own = address is not None and address.type == "invoice" and address.active
        invoice = address if is_own else related.directory.invoice_contact(partner.id)
        return Party(
            id=str(partner.id),
            name=partner.name,
            invoice_contact=str(invoice.id) if invoice else None,
            invoice_email=invoice.email if invoice else None,
            url=self.connection.link(PARTNER, partner.id),
        )

    def _customer(self, lead: Lead, company: Partner | None, related: Related) -> Customer:
        if company is None:
            return self._as_typed(lead)
        return self.customer(company, related, self._contact(lead, company, related))

    def customer(self, company: Partner, related: Related, contact: Person | None = None) -> Customer:
        """A company as the ERP knows it; `contact` is the person that the deal at hand was made with."""
        country = self.facts.country(company.country)
        invoice = related.directory.invoice_contact(company.id)
        parent = related.directory.partners.get(company.parent or 0)
        parts = related.directory.parts(company.id) | related.named.get(company.id, frozenset())
        return Customer(
            id=str(company.id),
            name=company.name,
            street=company.street,
            zip=company.zip,
            city=company.city,
            country=country["name"] if country else None,
            country_code=country["code"] if country else None,
            language=company.language,
            email=company.email,
            phone=company.phone,
            vat=company.vat,
            is_customer=bool(company.rank),
            is_company=company.is_company,
            account_manager=self.facts.person(company.manager),
            contact=contact,
            invoice_contact=str(invoice.id) if invoice else None,
            invoice_email=invoice.email if invoice else None,
            parent=self._party(parent, related),
            deals=related.won.get(company.id, ()),
            parts=tuple(sorted(map(str, parts - {company.id}))),
            url=self.connection.link(PARTNER, company.id),
        )

    def _as_typed(self, lead: Lead) -> Customer:
        """Return a customer that the ERP does not have, or does not show us, as the salesperson typed it.

        A contact without a company is a private person. Without either nobody has named the customer: a mail's subject
        and sender do not say for whom it was written.
        """
        row, company = lead.row, lead.company or lead.partner_label
        country = self.facts.country(reference(row["country_id"]))
        return Customer(
            id=str(lead.partner) if lead.partner else None,
            name=company or lead.contact or "",
            is_company=False if lead.contact and not company else None,
            street=", ".join(part for part in (row["street"], row["street2"]) if part) or None,
            zip=row["zip"] or None,
            city=row["city"] or None,
            country=country["name"] if country else None,
            country_code=country["code"] if country else None,
            email=", ".join(self._theirs(lead)) or None,
            unread_email=lead.unread_email,
            phone=row["phone"] or None,
            contact=self._typed(lead) if company or not lead.contact else None,
            deals=(
                DealReference(
                    id=str(lead.id), title=lead.title, won_on=lead.won_on, url=self.connection.link(LEAD, lead.id)
                ),
            ),
        )

    def _contact(self, lead: Lead, company: Partner, related: Related) -> Person | None:
        person = related.directory.partners.get(lead.partner or 0)
        if person is not None and person.id != company.id:
            return Person(id=str(person.id), name=person.name, email=person.email)
        typed = self._typed(lead, company) if company.is_company else None
        if typed is None or typed.email:
            return typed
        # The company may bear the address of the deal that it was made of: the person's own row knows better.
        known = [partner for partner in related.directory.partners.values() if _is_person(partner, company, typed.name)]
        return typed.model_copy(update={"email": known[0].email}) if known else typed

    def _theirs(self, lead: Lead) -> tuple[str, ...]:
        """The opportunity's addresses without those of our own people, who forward mails."""
        return tuple(email for email in emails(lead.email) if not self.facts.is_ours(email))

    def _typed(self, lead: Lead, company: Partner | None = None) -> Person | None:
        """The person that the deal was made with, as the opportunity or its mail names them.

        Not the company under its own name or address, nor one of our own people who forwarded a mail.
        """
        theirs = self._theirs(lead)
        is_theirs = bool(theirs) and theirs == emails(lead.email)
        name = lead.contact or (lead.sender if is_theirs else None)
        known = company.name if company is not None else lead.company or lead.partner_label or ""
        if name is None or name.casefold() == known.casefold():
            return None
        own = emails(company.email) if company is not None else ()
        email = next((address for address in theirs if address not in own), None)
        return Person(name=name, email=email, function=one_line(lead.row["function"] or "") or None)

    @staticmethod
    def _money(lead: Lead, field: str, currency: str, digits: int) -> Money | None:
        """An amount; None where we may not read it, which is not nothing."""
        if field not in lead.row:
            return None
        return Money.from_float(float(lead.row[field] or 0), currency, digits)


def _is_person(partner: Partner, company: Partner, name: str) -> bool:
    """Tell whether a row is the person of this name at a company, with an address."""
    is_theirs = partner.commercial == company.id != partner.id and partner.type != "invoice" and partner.active
    return is_theirs and bool(partner.email) and partner.name.casefold() == name.casefold()
