"""Making a company: with its invoice contact and the link to its deal, in one transaction, exactly once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from integrations.core.change import Change
from integrations.core.errors import Conflict, IntegrationError, Rejected
from integrations.core.http import on_behalf_of
from integrations.core.resource import Lookup
from integrations.core.rows import attempt
from integrations.odoo import marks
from integrations.odoo.connection import Connection
from integrations.odoo.customer.companies import Companies, features
from integrations.odoo.customer.contact import COLUMNS as CONTACT_COLUMNS
from integrations.odoo.customer.contact import cells as contact_cells
from integrations.odoo.customer.contact import sought
from integrations.odoo.customer.invoicing import InvoiceContacts
from integrations.odoo.customer.likeness import Alike
from integrations.odoo.customer.paying import Payers
from integrations.odoo.customer.references import references
from integrations.odoo.customer.resource import Customer
from integrations.odoo.customer.settled import Put, after_writing
from integrations.odoo.customer.state import Reading, payer_of
from integrations.odoo.leads import linked_partners
from integrations.odoo.loading import GET_OR_CREATE, Load, Record
from integrations.odoo.partners import PARTNER, Partners

COLUMNS = {
    "id": "",
    "name": "name",
    "is_company": "",
    "customer_rank": "is_customer",
    "street": "street",
    "zip": "zip",
    "city": "city",
    "country_id/.id": "country_code",
    "phone": "phone",
    "email": "email",
    "vat": "vat",
    "lang": "language",
    "MANAGER/.id": "account_manager",
    "category_id/.id": "segment",
    **CONTACT_COLUMNS,
    "opportunity_ids/.id": "lead",
}
"""From the column to our field; the settings name the one of the account manager."""


class Creator:
    """Makes companies."""

    def __init__(
        self,
        connection: Connection,
        partners: Partners,
        reading: Reading,
        companies: Companies,
        alike: Alike,
        payers: Payers,
    ) -> None:
        self._connection, self._partners, self._reading = connection, partners, reading
        self._companies, self._alike, self._payers = companies, alike, payers
        self._invoice_contacts = InvoiceContacts(connection, partners)

    def create(self, changes: Sequence[Change[Customer]]) -> Put:
        """Make the companies; one that a former attempt made already is given back.

        One at a time on this machine, and each looks again: of two deals of one company, typed anew and planned at the
        same time, the second one asks.
        """
        if not changes:
            return {}
        with self._companies.making():
            return self._create(changes)

    def _create(self, changes: Sequence[Change[Customer]]) -> Put:
        wanted = {change.key: change.wanted() for change in changes}
        answers: Put = {**self._taken(wanted), **self._rivals(changes)}
        paid = self._payers.made({change.key: change for change in changes if change.key not in answers}, answers)
        wanted |= {key: change.wanted() for key, change in paid.items()}
        rows: dict[str, Record] = {}
        for key, customer in wanted.items():
            if key not in answers:
                with on_behalf_of([key]):
                    row = attempt("Odoo", self._row, customer)
                if isinstance(row, IntegrationError):
                    answers[key] = row
                else:
                    rows[key] = row
        loaded = self._load(rows)
        answers.update({key: error for key, error in loaded.items() if isinstance(error, IntegrationError)})
        made = {key: number for key, number in loaded.items() if isinstance(number, int)}
        self._companies.settle(wanted, made)
        return {**answers, **after_writing(made, lambda: self._completed(wanted, made))}

    def _taken(self, wanted: Mapping[str, Customer]) -> dict[str, IntegrationError]:
        """Deals that were given a customer since: `load` would take them away from it."""
        leads = {key: customer.lead for key, customer in wanted.items() if customer.lead}
        linked = linked_partners(self._connection, leads.values())
        marked = self._partners.marks({number for number in linked.values() if number})
        taken: dict[str, IntegrationError] = {}
        for key, lead in leads.items():
            names = marks.of_keys((key, *wanted[key].former), wanted[key].deal)
            if lead not in linked:
                taken[key] = Rejected(
                    f"Odoo has no opportunity {lead}, or we may not see it", system=self._connection.name, field="lead"
                )
            elif (number := linked[lead]) is not None and not marked.get(number, frozenset()) & set(names):
                taken[key] = Conflict(
                    f"Odoo: the opportunity {lead} was given a customer meanwhile",
                    system=self._connection.name,
                    next="Look at the plan again.",
                )
        return taken

    def _rivals(self, changes: Sequence[Change[Customer]]) -> dict[str, IntegrationError]:
        """Return choices among companies that were entered, or made, since the plan and are alike."""
        asked = {change.key: change.wanted() for change in changes if not change.new}
        found = self._alike.rivals({key: features(one) for key, one in asked.items()})
        alike = {key: rivals for key, rivals in found.items() if rivals}
        if not alike:
            return {}
        own = references(self._connection, {key: Lookup(asked[key]) for key in alike})
        return {key: self._alike.choice(asked[key], rivals) for key, rivals in alike.items() if own[key] is None}

    def _row(self, wanted: Customer) -> Record:
        """The lines of the import: the company's, and one more for a second contact. An empty cell is an empty field.

        Raises:
            Rejected: What is wanted names something that Odoo does not have.
        """
        if not wanted.name:
            raise Rejected("Odoo: the new company has no name", system=self._connection.name, field="name")
        name = f"{marks.MODULE}.{marks.of_keys((wanted.key, *wanted.former), wanted.deal)[0]}"
        facts, manager = self._reading.facts, wanted.account_manager
        cells = {
            "id": name,
            "is_company": str(wanted.is_company is not False),
            "customer_rank": "1" if wanted.is_customer else "",
            "country_id/.id": str(facts.country_id(wanted.country_code)) if wanted.country_code else "",
            "MANAGER/.id": str(self._reading.user(manager)) if manager else "",
            "category_id/.id": str(self._reading.segments.made(wanted.segment)) if wanted.segment else "",
            "opportunity_ids/.id": wanted.lead or "",
            "lang": self._reading.facts.language(wanted.language) or "",
        }
        plain = ("name", "street", "zip", "city", "phone", "email", "vat")
        cells |= {column: getattr(wanted, column) or "" for column in plain}
        children = list(self._children(wanted, name))
        lines = [{**cells, **child} for child in children[:1] or [{}]] + children[1:]
        return [[line.get(column, "") for column in COLUMNS] for line in lines]

    def _children(self, wanted: Customer, name: str) -> Iterator[dict[str, str]]:
        """The person that the deal was made with, then the address for invoices: contact sync calls the first one's."""
        if wanted.has_contact:
            yield contact_cells(wanted)
        if wanted.has_invoice_contact and wanted.payer is None:
            is_company = wanted.is_company is not False
            yield {
                "child_ids/id": f"{name}_invoice",
                "child_ids/name": self._connection.settings.invoice_contact if is_company else wanted.name,
                "child_ids/type": "invoice",
                "child_ids/email": wanted.invoice_email or "",
            }

    def _load(self, rows: Mapping[str, Record]) -> dict[str, int | IntegrationError]:
        """Import the rows; apart those that name no language: an empty cell would take Odoo's default from them."""
        language = list(COLUMNS).index("lang")
        without = {key: lines for key, lines in rows.items() if not lines[0][language]}
        some = {key: lines for key, lines in rows.items() if key not in without}
        return {**self._imported(some, ()), **self._imported(without, ("lang",))}

    def _imported(self, rows: Mapping[str, Record], left_out: Collection[str]) -> dict[str, int | IntegrationError]:
        if not rows:
            return {}
        facts = self._reading.facts
        known = facts.fields(PARTNER)
        absent = {*left_out, *({"customer_rank"} - known.keys())}
        kept = [n for n, column in enumerate(COLUMNS) if column not in absent]
        columns = [column.replace("MANAGER", facts.manager_field) for column in COLUMNS]
        fields_of = {c.partition("/")[0]: f for c, f in zip(columns, COLUMNS.values(), strict=True) if f}
        load = Load(
            self._connection,
            PARTNER,
            [columns[index] for index in kept],
            "create the company",
            "create",
            GET_OR_CREATE,
            fields_of,
            of_changes=True,
        )
        return load.records({key: [[line[n] for n in kept] for line in lines] for key, lines in rows.items()})

    def _completed(self, wanted: Mapping[str, Customer], made: Mapping[str, int]) -> Put:
        """What was made, as it is now; with the payer's invoice contact where somebody else pays."""
        if not made:
            return {}
        payers = {
            key: payer_of(wanted[key], number)
            for key, number in made.items()
            if wanted[key].has_invoice_contact and payer_of(wanted[key], number) != number
        }
        asked = sought(wanted[key] for key in made)
        directory = self._partners.read([*made.values(), *payers.values()], asked)
        emails = {payer: wanted[key].payer_email for key, payer in payers.items()}
        refused = self._invoice_contacts.ensure(emails, directory)
        if refused.written:
            directory = self._partners.read([*made.values(), *payers.values()], asked)
        answers: Put = {}
        for key, number in made.items():
            partner = directory.partners.get(number)
            error = refused.errors.get(payers.get(key, 0))
            if partner is None:
                answers[key] = self._connection.refusals.not_allowed(
                    f"read the company {number} that was made for {key}"
                )
            else:
                answers[key] = error or self._reading.live(wanted[key], partner, directory)
        return answers
