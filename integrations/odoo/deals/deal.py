"""Deals made of opportunities, and the records that these refer to, read for many in few requests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from integrations.core.address import addresses, emails, joined, unreadable
from integrations.core.errors import Rejected
from integrations.core.model import Customer, Deal, DealReference, Money, Party, Person
from integrations.core.text import one_line
from integrations.odoo.connection import OPERATOR, Connection, Row
from integrations.odoo.facts import Facts, named
from integrations.odoo.leads import CLOSED, LEAD, closing
from integrations.odoo.managers import Managers
from integrations.odoo.moment import day
from integrations.odoo.partners import PARTNER, Directory, Partner, Partners, name_of, reference
from integrations.odoo.settings import Engagement

ALWAYS = (
    "name",
    "active",
    "probability",
    "stage_id",
    *CLOSED,
    "partner_id",
    "partner_name",
    "contact_name",
    "email_from",
    "function",
    "phone",
    "street",
    "street2",
    "zip",
    "city",
    "country_id",
    "company_currency",
    "user_id",
)
PERHAPS = ("won_status", "expected_revenue", "recurring_revenue_monthly")
"""Fields of some versions only, or that are for certain groups."""
ORDERS = "order_ids"
"""There only where the Sales app is installed."""

Stage = Literal["open", "won", "lost"]


@dataclasses.dataclass(frozen=True)
class Lead:
    """An opportunity.

    Attributes:
        partner: The contact it is linked to: a company or one of its people.
        company: The company's name as the salesperson typed it; None where that is no name.
        contact: The person's name, as typed.
        sender: The name in the first address, which a mail has where nobody typed anything.
        email: The addresses, clean.
        unread_email: The field as it was typed, where one of them can't be read.
        row: All that was read.
    """

    id: int
    title: str
    stage: Stage
    won_on: date | None
    partner: int | None
    partner_label: str | None
    company: str | None
    contact: str | None
    sender: str | None
    email: str | None
    unread_email: str | None
    user: int | None
    row: Row


def lead(row: Row, stages: Mapping[int, Row]) -> Lead:
    """Make a lead of an opportunity's record; `stages` are needed where the version has no `won_status` (before 19)."""
    stage = _stage(row, stages)
    return Lead(
        id=row["id"],
        title=row["name"] or "",
        stage=stage,
        won_on=day(closing(row)) if stage == "won" else None,
        partner=reference(row["partner_id"]),
        partner_label=name_of(row["partner_id"]),
        company=_name(row["partner_name"]),
        contact=_name(row["contact_name"]),
        sender=_sender(row["email_from"] or ""),
        email=joined(row["email_from"] or "") or None,
        unread_email=row["email_from"] if unreadable(row["email_from"] or "") else None,
        user=reference(row["user_id"]),
        row=row,
    )


def _sender(field: str) -> str | None:
    """The name before the first address. Without brackets there is none: `email_from` may be `"Name" <address>`."""
    if "<" not in field and "[" not in field:
        return None
    return next((_name(address.name) for address in addresses(field) if address.email), None)


def _name(value: Any) -> str | None:
    """The name as one line; None where the field holds no name, but a dash or only an e-mail address."""
    text = str(value or "")
    if "@" in text:
        mail = next((address for address in addresses(text) if address.email), None)
        text = mail.name if mail else text
    return one_line(text) if any(sign.isalnum() for sign in text) else None


def _stage(row: Row, stages: Mapping[int, Row]) -> Stage:
    """The stage by `won_status`, which Odoo has from 19 on.

    Before, lost is archived with probability 0, and won is a stage with `is_won`. Archived alone is neither.
    """
    if row.get("won_status"):
        kinds: dict[str, Stage] = {"won": "won", "lost": "lost"}
        return kinds.get(row["won_status"], "open")
    if not row["active"] and row["probability"] == 0:
        return "lost"
    stage = stages.get(reference(row["stage_id"]) or 0)
    return "won" if stage is not None and stage["is_won"] else "open"


ORDER = "sale.order"


@dataclasses.dataclass(frozen=True)
class Order:
    """An order of a deal; `invoiced` is the id of the contact that its invoices go to."""

    invoiced: int | None
    payment_term: str | None


def orders(connection: Connection, leads: Sequence[int]) -> dict[int, Order]:
    """Each opportunity's order: the newest confirmed one, else the newest quotation."""
    rows = connection.search(
        ORDER,
        [["opportunity_id", "in", list(leads)], ["state", "!=", "cancel"]],
        ["opportunity_id", "partner_invoice_id", "payment_term_id", "state"],
        what="read the deals' orders",
    )
    # The last of an opportunity's rows is the one that stays.
    rows.sort(key=lambda row: (row["state"] in ("sale", "done"), row["id"]))
    return {
        row["opportunity_id"][0]: Order(reference(row["partner_invoice_id"]), name_of(row["payment_term_id"]))
        for row in rows
    }


def engagements(settings: Engagement, lead: Lead, facts: Facts) -> tuple[str, ...]:
    """The playbooks that the opportunity's field or tags map to: none, one, or several."""
    if not settings.map:
        return ()
    field = facts.fields(LEAD).get(settings.field)
    if field is None:
        raise Rejected(
            f"Odoo: an opportunity has no field {settings.field}",
            who=OPERATOR,
            next="Fix the field of the engagement in the settings.",
        )
    names = named(lead.row[settings.field], field, facts)
    return tuple(dict.fromkeys(settings.map[name] for name in names if name in settings.map))


def tags(settings: Engagement, leads: Sequence[Lead], facts: Facts) -> Mapping[int, str]:
    """The names of the opportunities' tags, read ahead; none where the engagement is in a plain field."""
    field = facts.fields(LEAD).get(settings.field) if settings.map else None
    if field is None or field["type"] not in ("many2many", "one2many"):
        return {}
    used = {number for lead in leads for number in lead.row[settings.field]}
    return facts.names(field["relation"], used) if used else {}


_GENERATIONS = 5
"""Companies above one another that are read at most: each generation costs a request."""


@dataclasses.dataclass(frozen=True)
class Related:
    """Records to which the deals refer.

    Attributes:
        directory: Their contacts, companies, parents and payers, with invoice contacts.
        orders: By opportunity.
        won: All won deals of each company, the oldest first.
        named: By company, the partners that these deals name.
    """

    directory: Directory
    orders: Mapping[int, Order]
    won: Mapping[int, tuple[DealReference, ...]]
    named: Mapping[int, frozenset[int]]


class Relations:
    """Reader of the records that deals refer to."""

    def __init__(self, connection: Connection, facts: Facts, partners: Partners) -> None:
        self._connection, self._facts, self._partners = connection, facts, partners

    def read(self, leads: Sequence[Lead]) -> Related:
        """Read what these deals refer to, in two rounds of simultaneous requests and one per missing generation."""
        contacts = {lead.partner for lead in leads if lead.partner}
        people = frozenset((name, "") for lead in leads for name in (lead.contact, lead.sender) if name)
        has_orders = ORDERS in self._facts.fields(LEAD)
        ordered: Mapping[int, Order]
        directory, ordered, *_ = self._connection.together(
            lambda: self._partners.read(contacts, people, parts=True),
            lambda: orders(self._connection, [lead.id for lead in leads]) if has_orders else {},
            *self._warm(leads),
        )
        companies = {partner.commercial for partner in directory.partners.values() if partner.id in contacts}
        payers = {order.invoiced for order in ordered.values() if order.invoiced}
        directory, (won, named) = self._connection.together(
            lambda: self._completed(directory, companies | payers),
            lambda: self._won(companies, directory),
        )
        self._partners.remember(directory)
        return Related(directory, ordered, won, named)

    def of_company(self, number: int) -> Related:
        """Read what a company refers to, without a deal; where it can't be read its own entry is missing."""
        directory = self._completed(self._partners.read({number}, parts=True), {number})
        return Related(directory, {}, *self._won({number}, directory))

    def _warm(self, leads: Sequence[Lead]) -> list[Callable[[], object]]:
        """Reads of listings that are needed next; at the same time as the others they cost no round of their own."""
        currencies = {number for lead in leads if (number := reference(lead.row["company_currency"]))}
        return [
            self._facts.users.rows,
            self._facts.countries.rows,
            lambda: self._facts.currencies.rows(currencies),
            lambda: tags(self._connection.settings.engagement, leads, self._facts),
        ]

    def _completed(self, directory: Directory, wanted: set[int]) -> Directory:
        """Complete a directory with parents and payers, by a request for each generation that is missing.

        Ends after `_GENERATIONS` companies above one another: what is higher up is left out.
        """
        for _ in range(_GENERATIONS):
            known = [directory.partners[number] for number in wanted & directory.partners.keys()]
            wanted |= {partner.commercial for partner in known} | {
                partner.parent for partner in known if partner.parent
            }
            companies = {partner.commercial for partner in known}
            missing = (wanted - directory.partners.keys()) | (companies - directory.invoice.keys())
            if not missing:
                break
            found = self._partners.read(missing, parts=True)
            directory = directory.merged(found)
            wanted -= missing - found.partners.keys()
        return directory

    def _won(
        self, companies: set[int], directory: Directory
    ) -> tuple[dict[int, tuple[DealReference, ...]], dict[int, frozenset[int]]]:
        """All won deals of these companies and their people, the oldest first; and the partners that they name."""
        if not companies:
            return {}, {}
        fields = ["name", *CLOSED, "partner_id"]
        domain = [["partner_id.commercial_partner_id", "in", sorted(companies)], *self.won_domain()]
        rows = self._connection.search(LEAD, domain, fields, what="read the customers' other deals")
        unknown = {row["partner_id"][0] for row in rows} - directory.partners.keys()
        if unknown and len(companies) > 1:
            directory = directory.merged(self._partners.read(unknown))
        references: dict[int, list[DealReference]] = {}
        named: dict[int, frozenset[int]] = {}
        for row in sorted(rows, key=lambda row: (closing(row), row["id"])):
            partner = directory.partners.get(row["partner_id"][0])
            company = partner.commercial if partner else min(companies)
            link = self._connection.link(LEAD, row["id"])
            reference = DealReference(id=str(row["id"]), title=row["name"] or "", won_on=day(closing(row)), url=link)
            references.setdefault(company, []).append(reference)
            named[company] = named.get(company, frozenset()) | {row["partner_id"][0]}
        return {company: tuple(deals) for company, deals in references.items()}, named

    def listed_domain(self, closed: list[Any]) -> list[Any]:
        """The domain of opportunities that are open, or closed as `closed` says; archived ones too."""
        if not closed:
            return []
        if "won_status" in self._facts.fields(LEAD):
            return ["|", ["won_status", "=", "pending"], *closed]
        return ["|", "&", ["active", "=", True], ["stage_id.is_won", "=", False], *closed]

    def won_domain(self) -> list[list[object]]:
        """The domain of won opportunities, by what this version knows; see `_stage`."""
        if "won_status" in self._facts.fields(LEAD):
            return [["won_status", "=", "won"]]
        return [["stage_id.is_won", "=", True], "|", ["active", "=", True], ["probability", ">", 0]]  # type: ignore[list-item]


@dataclasses.dataclass(frozen=True)
class Writer:
    """Maker of deals from leads and the records that these refer to."""

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
        """A payer or parent as a party to the deal; `address` is the contact that an order has for its invoices."""
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
        """A customer as the ERP has it; `contact` is the person that the deal at hand was made with."""
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
        """A customer that the ERP does not have, or does not show us, as the salesperson typed it.

        A contact without a company is a private person. Without either the customer is not named: a mail's subject and
        sender do not say for whom it was written.
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
        """The person that the deal was made with, by the name in the opportunity or its mail.

        Neither the company under its own name or address, nor one of our own people who forwarded a mail.
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
        """The amount in the company's currency; None, not 0, where we may not read the field."""
        if field not in lead.row:
            return None
        return Money.from_float(float(lead.row[field] or 0), currency, digits)


def _is_person(partner: Partner, company: Partner, name: str) -> bool:
    """Return whether this is the person of that name at the company, with an e-mail address."""
    is_theirs = partner.commercial == company.id != partner.id and partner.type != "invoice" and partner.active
    return is_theirs and bool(partner.email) and partner.name.casefold() == name.casefold()
