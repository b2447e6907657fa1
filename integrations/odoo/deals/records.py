"""All that several deals refer to, in few requests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.core.errors import Rejected
from integrations.core.model import DealReference
from integrations.odoo.connection import OPERATOR, Connection
from integrations.odoo.deals.lead import ORDERS, Lead
from integrations.odoo.facts import Facts, named
from integrations.odoo.leads import CLOSED, LEAD, closing
from integrations.odoo.moment import day
from integrations.odoo.partners import Directory, Partners, name_of, reference
from integrations.odoo.settings import Engagement

ORDER = "sale.order"


@dataclasses.dataclass(frozen=True)
class Order:
    """Order of a deal. `invoiced`: the contact that the invoices go to."""

    invoiced: int | None
    payment_term: str | None


def orders(connection: Connection, leads: Sequence[int]) -> dict[int, Order]:
    """Each opportunity's order: a confirmed one before a quotation, the newest of those."""
    rows = connection.search(
        ORDER,
        [["opportunity_id", "in", list(leads)], ["state", "!=", "cancel"]],
        ["opportunity_id", "partner_invoice_id", "payment_term_id", "state"],
        what="read the deals' orders",
    )
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
    """The names behind the opportunities' tags, for reading them early; nothing where a plain field tells."""
    field = facts.fields(LEAD).get(settings.field) if settings.map else None
    if field is None or field["type"] not in ("many2many", "one2many"):
        return {}
    used = {number for lead in leads for number in lead.row[settings.field]}
    return facts.names(field["relation"], used) if used else {}


_GENERATIONS = 5


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
    """Reads what deals refer to."""

    def __init__(self, connection: Connection, facts: Facts, partners: Partners) -> None:
        self._connection, self._facts, self._partners = connection, facts, partners

    def read(self, leads: Sequence[Lead]) -> Related:
        """Return what these deals refer to."""
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
        """Return the records to which a company refers, without a deal; its own entry is missing where unreadable."""
        directory = self._completed(self._partners.read({number}, parts=True), {number})
        return Related(directory, {}, *self._won({number}, directory))

    def _warm(self, leads: Sequence[Lead]) -> list[Callable[[], object]]:
        """Listings that are needed anyway, read at the same time where they are not known yet."""
        currencies = {number for lead in leads if (number := reference(lead.row["company_currency"]))}
        return [
            self._facts.users.rows,
            self._facts.countries.rows,
            lambda: self._facts.currencies.rows(currencies),
            lambda: tags(self._connection.settings.engagement, leads, self._facts),
        ]

    def _completed(self, directory: Directory, wanted: set[int]) -> Directory:
        """With the companies above, and who pays: a round of reading for each generation that is not known."""
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
        """All won deals of these companies, those made with one of their people among them; and whom they name."""
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
        """Return the condition for opportunities that are open, won or lost as `closed` says; archived ones too."""
        if not closed:
            return []
        if "won_status" in self._facts.fields(LEAD):
            return ["|", ["won_status", "=", "pending"], *closed]
        return ["|", "&", ["active", "=", True], ["stage_id.is_won", "=", False], *closed]

    def won_domain(self) -> list[list[object]]:
        """Return which opportunities are won, in this version."""
        if "won_status" in self._facts.fields(LEAD):
            return [["won_status", "=", "won"]]
        return [["stage_id.is_won", "=", True], "|", ["active", "=", True], ["probability", ">", 0]]  # type: ignore[list-item]
