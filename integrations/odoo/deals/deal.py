"""From an opportunity and what it refers to, the deal: pure but for the listings."""

from __future__ import annotations

import dataclasses

from integrations.core.model import Customer, Deal, DealReference, Money, Party, Person
from integrations.odoo.connection import Connection
from integrations.odoo.deals.engagement import engagements
from integrations.odoo.deals.lead import Lead
from integrations.odoo.deals.related import Related
from integrations.odoo.facts import Facts
from integrations.odoo.leads import LEAD
from integrations.odoo.partners import PARTNER, Partner, reference


@dataclasses.dataclass(frozen=True)
class Writer:
    """Puts deals together."""

    connection: Connection
    facts: Facts

    def deal(self, lead: Lead, related: Related) -> Deal:
        """The deal; where its company could not be read, the customer is no more than an id and a name."""
        found = engagements(self.connection.settings.engagement, lead, self.facts)
        company = self._company(lead, related)
        payer = self._payer(lead, company, related)
        currency, digits = self.facts.currency(lead.row["company_currency"])
        order = related.orders.get(lead.id)
        pays = payer or company
        segments = self.connection.settings.segments
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
            salesperson=self.facts.person(lead.user),
            account_manager=self._account_manager(lead, company),
            segment=segments.get(found[0]) if len(found) == 1 else None,
            bill_to=self._party(payer, related),
            channel=self._party(payer if self._resells(payer, company, related) else None, related),
            payment_term=(order.payment_term if order else None) or (pays.payment_term if pays else None),
            url=self.connection.link(LEAD, lead.id),
        )

    def _company(self, lead: Lead, related: Related) -> Partner | None:
        contact = related.directory.partners.get(lead.partner or 0)
        return related.directory.partners.get(contact.commercial) if contact else None

    def _payer(self, lead: Lead, company: Partner | None, related: Related) -> Partner | None:
        """The company behind the order's invoice address; None where that is the customer itself."""
        order = related.orders.get(lead.id)
        address = related.directory.partners.get(order.invoiced or 0) if order else None
        payer = related.directory.partners.get(address.commercial) if address else None
        return None if payer is None or payer == company else payer

    def _resells(self, payer: Partner | None, company: Partner | None, related: Related) -> bool:
        return payer is not None and (company is None or payer.id not in set(related.directory.ancestors(company.id)))

    def _party(self, partner: Partner | None, related: Related) -> Party | None:
        if partner is None:
            return None
        invoice = related.directory.invoice_contact(partner.id)
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
            account_manager=self.facts.person(company.user),
            contact=contact,
            invoice_contact=str(invoice.id) if invoice else None,
            invoice_email=invoice.email if invoice else None,
            parent=self._party(parent, related),
            deals=related.won.get(company.id, ()),
            url=self.connection.link(PARTNER, company.id),
        )

    def _as_typed(self, lead: Lead) -> Customer:
        """What the salesperson typed of a company that the ERP does not have, or does not show us."""
        row = lead.row
        country = self.facts.country(reference(row["country_id"]))
        return Customer(
            id=str(lead.partner) if lead.partner else None,
            name=lead.company or lead.partner_label or lead.contact or lead.title,
            street=", ".join(part for part in (row["street"], row["street2"]) if part) or None,
            zip=row["zip"] or None,
            city=row["city"] or None,
            country=country["name"] if country else None,
            country_code=country["code"] if country else None,
            email=lead.email,
            unread_email=lead.unread_email,
            phone=row["phone"] or None,
            contact=Person(name=lead.contact, email=lead.email) if lead.contact else None,
            deals=(
                DealReference(
                    id=str(lead.id), title=lead.title, won_on=lead.won_on, url=self.connection.link(LEAD, lead.id)
                ),
            ),
        )

    def _contact(self, lead: Lead, company: Partner, related: Related) -> Person | None:
        person = related.directory.partners.get(lead.partner or 0)
        if person is not None and person.id != company.id:
            return Person(name=person.name, email=person.email)
        return Person(name=lead.contact, email=lead.email) if lead.contact else None

    def _account_manager(self, lead: Lead, company: Partner | None) -> Person | None:
        """The customer's own, else the salesperson, else the one in the settings."""
        found = self.facts.person(company.user if company else None) or self.facts.person(lead.user)
        email = self.connection.settings.account_manager
        if found is not None or not email:
            return found
        return self.facts.person(self.facts.user(email)) or Person(name=email, email=email)

    @staticmethod
    def _money(lead: Lead, field: str, currency: str, digits: int) -> Money | None:
        """An amount; None where we may not read it, which is not nothing."""
        if field not in lead.row:
            return None
        return Money.from_float(float(lead.row[field] or 0), currency, digits)
