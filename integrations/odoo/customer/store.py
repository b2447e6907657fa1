"""The store of customers: making a company with its invoice contact and the link to its deal, exactly once."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

from integrations.core.change import Change
from integrations.core.errors import AuthError, Conflict, IntegrationError, Rejected
from integrations.core.http import on_behalf_of
from integrations.core.resource import Live, Lookup
from integrations.core.rows import attempt
from integrations.core.system import IdForm
from integrations.odoo import marks
from integrations.odoo.connection import Connection
from integrations.odoo.customer.companies import Alike, Companies, features, references
from integrations.odoo.customer.find import Finder
from integrations.odoo.customer.payer import InvoiceContacts, Payers
from integrations.odoo.customer.resource import COLUMNS as CONTACT_COLUMNS
from integrations.odoo.customer.resource import Contacts, Customer, Put, Reading, after_writing, payer_of, sought
from integrations.odoo.customer.resource import cells as contact_cells
from integrations.odoo.facts import Facts
from integrations.odoo.leads import LEAD, linked_partners
from integrations.odoo.load import GET_OR_CREATE, Load, Record
from integrations.odoo.partners import PARTNER, Directory, Partners
from integrations.odoo.segments import Segments

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
"""From the column to our field; `MANAGER` stands for the field that the settings name for the account manager."""


class Creator:
    """Creation of companies: each with its contacts and the link to its deal in one transaction."""

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
        """Make the companies; one that an earlier attempt made is returned as it is.

        Only one process of this machine creates at a time, and looks once more for what is alike: of two deals of one
        company, each typed anew and planned at the same time, the second becomes a question.
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
                    # It may make the tag, which is a write of its own.
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
        """Errors for deals that got a customer since the plan: `load` would overwrite that link."""
        # `load` would give the opportunity to the new company without asking: it is read just before.
        leads = {key: customer.lead for key, customer in wanted.items() if customer.lead}
        linked = linked_partners(self._connection, leads.values())
        marked = self._partners.marks({number for number in linked.values() if number})
        taken: dict[str, IntegrationError] = {}
        for key, lead in leads.items():
            names = marks.of_keys((key, *wanted[key].former), wanted[key].deal)
            if lead not in linked:
                taken[key] = self._connection.error(
                    Rejected, f"Odoo has no opportunity {lead}, or we may not see it", field="lead"
                )
            elif (number := linked[lead]) is not None and not marked.get(number, frozenset()) & set(names):
                taken[key] = self._connection.error(
                    Conflict,
                    f"Odoo: the opportunity {lead} was given a customer meanwhile",
                    next="Look at the plan again.",
                )
        return taken

    def _rivals(self, changes: Sequence[Change[Customer]]) -> dict[str, IntegrationError]:
        """Questions about companies that are alike and were entered or made since the plan."""
        asked = {change.key: change.wanted() for change in changes if not change.new}
        found = self._alike.rivals({key: features(change) for key, change in asked.items()})
        alike = {key: rivals for key, rivals in found.items() if rivals}
        if not alike:
            return {}
        own = references(self._connection, {key: Lookup(asked[key]) for key in alike})
        return {key: self._alike.choice(asked[key], rivals) for key, rivals in alike.items() if own[key] is None}

    def _row(self, wanted: Customer) -> Record:
        """The lines of the import: the company with its first contact, and another line for a second contact.

        An empty cell empties the field.

        Raises:
            Rejected: What is wanted names something that Odoo does not have.
        """
        if not wanted.name:
            raise self._connection.error(Rejected, "Odoo: the new company has no name", field="name")
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
        """The cells of the person that the deal was made with, then of the contact for invoices."""
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
        """Import the rows; those without a language apart and without its column: empty, it undoes Odoo's default."""
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
        """Read what was made, after giving other payers the invoice contact that they lack."""
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


Changes = Mapping[str, Change[Customer]]


class Updater:
    """Updates of companies that exist."""

    def __init__(self, connection: Connection, partners: Partners, reading: Reading, payers: Payers) -> None:
        self._connection, self._partners, self._reading = connection, partners, reading
        self._invoice_contacts = InvoiceContacts(connection, partners)
        self._payers = payers

    def update(self, changes: Sequence[Change[Customer]]) -> Put:
        """Write the fields that differ; `adopt` links the deal as well.

        Odoo has no compare-and-set, so everything is read again first, and a change since the plan is a `Conflict`. The
        deal is linked after the company and its person are complete: the link ends the adoption, so a run that stops
        before it is taken up again.
        """
        if not changes:
            return {}
        answers: Put = {}
        asked = self._payers.made({change.key: change for change in changes}, answers)
        before = self._directory(asked)
        answers.update(self._outdated(asked, before))
        linked = linked_partners(self._connection, self._leads(asked).values())
        answers.update(self._given_away(asked, linked))
        values = self._values({key: change for key, change in asked.items() if key not in answers}, before, answers)
        answers.update(self._written(PARTNER, values, "complete the company"))
        answers.update(self._met({key: change for key, change in asked.items() if key not in answers}))
        answers.update(self._linked({key: change for key, change in asked.items() if key not in answers}, linked))
        answers.update(self._invoiced({key: change for key, change in asked.items() if key not in answers}, before))
        done = {key: change for key, change in asked.items() if key not in answers}
        return {**answers, **after_writing(done, lambda: self._read_back(done))}

    def archive(self, changes: Sequence[Change[Customer]]) -> Put:
        """Archive companies that we made; those that people entered are refused."""
        if not changes:
            return {}
        asked = {change.key: change for change in changes}
        numbers = {key: _number(change) for key, change in asked.items()}
        marked = self._partners.marks(sorted(set(numbers.values())))
        answers: Put = {
            key: self._connection.error(
                Rejected,
                f"Odoo: the company {number} was entered by people",
                who="the account manager",
                next="Archive it in Odoo if it is to go.",
            )
            for key, number in numbers.items()
            if not marked.get(number)
        }
        gone: dict[str, tuple[int, dict[str, Any]]] = {
            key: (number, {"active": False}) for key, number in numbers.items() if key not in answers
        }
        answers.update(self._written(PARTNER, gone, "archive the company"))
        done = {key: asked[key] for key in gone if key not in answers}
        return {**answers, **after_writing(done, lambda: self._read_back(done))}

    def _directory(self, changes: Changes) -> Directory:
        numbers = {_number(change) for change in changes.values()}
        payers = {payer_of(change.wanted(), _number(change)) for change in changes.values()}
        return self._partners.read(numbers | payers, sought(change.wanted() for change in changes.values()))

    def _outdated(self, changes: Changes, directory: Directory) -> dict[str, IntegrationError]:
        """Errors for changes whose fields hold something else than the plan found."""
        outdated: dict[str, IntegrationError] = {}
        for key, change in changes.items():
            is_outdated = attempt("Odoo", self._is_outdated, change, directory)
            if isinstance(is_outdated, IntegrationError):
                outdated[key] = is_outdated
            elif is_outdated:
                outdated[key] = self._connection.error(
                    Conflict,
                    f"Odoo: the company {_number(change)} was changed meanwhile",
                    next="Look at the plan again.",
                )
        return outdated

    def _is_outdated(self, change: Change[Customer], directory: Directory) -> bool:
        partner = directory.partners.get(_number(change))
        now = self._reading.state(change.wanted(), partner, directory) if partner is not None else None
        found = change.found.state if change.found is not None else None
        return now is None or found is None or not now.active or _moved(change, found, now)

    def _values(self, changes: Changes, directory: Directory, refused: Put) -> dict[str, tuple[int, dict[str, Any]]]:
        """By key the company and the values to write to it; errors go to `refused`."""
        values: dict[str, tuple[int, dict[str, Any]]] = {}
        for key, change in changes.items():
            with on_behalf_of([key]):
                written = attempt("Odoo", self._differing, change, directory)
            if isinstance(written, IntegrationError):
                refused[key] = written
            elif written:
                values[key] = (_number(change), written)
        return values

    def _differing(self, change: Change[Customer], directory: Directory) -> dict[str, Any]:
        """The values of a change that are not there yet, in Odoo's form."""
        wanted = change.wanted()
        now = self._reading.state(wanted, directory.partners[_number(change)], directory)
        return self._fields(wanted, {name for name in change.names if getattr(now, name) != getattr(wanted, name)})

    def _fields(self, wanted: Customer, names: set[str]) -> dict[str, Any]:
        written: dict[str, Any] = {}
        if "is_customer" in names:
            written["customer_rank"] = int(bool(wanted.is_customer))
        if "account_manager" in names and wanted.account_manager:
            written[self._reading.facts.manager_field] = self._reading.user(wanted.account_manager)
        if "segment" in names and wanted.segment:
            # 4 is Odoo's command to add a link: the other tags stay.
            written["category_id"] = [[4, self._reading.segments.made(wanted.segment), 0]]
        if "has_invoice_contact" in names and not wanted.has_invoice_contact:
            raise self._connection.error(
                Rejected,
                "Odoo: an invoice contact is never taken away by closedwon",
                who="the person who looks after the playbooks",
                next="Take has_invoice_contact out of the step.",
                field="has_invoice_contact",
            )
        return written

    def _written(
        self, model: str, values: Mapping[str, tuple[int, dict[str, Any]]], what: str
    ) -> dict[str, IntegrationError]:
        """Write equal values to all their records in one call, after a refusal one by one; return the errors by key."""
        lots: dict[str, list[str]] = {}
        for key, (_, written) in values.items():
            lots.setdefault(json.dumps(written, sort_keys=True), []).append(key)
        errors: dict[str, IntegrationError] = {}
        for keys in lots.values():
            errors.update(self._lot(model, {key: values[key] for key in keys}, what))
        return errors

    def _lot(
        self, model: str, values: Mapping[str, tuple[int, dict[str, Any]]], what: str
    ) -> dict[str, IntegrationError]:
        numbers = sorted({number for number, _ in values.values()})
        written = next(iter(values.values()))[1]
        named = what if len(numbers) > 1 else f"{what} {numbers[0]}"
        try:
            with on_behalf_of(values):
                self._connection.call(model, "write", numbers, what=named, writes=True, vals=written)
        except (Rejected, AuthError) as error:
            if len(values) == 1:
                return dict.fromkeys(values, error)
            return {
                name: refused
                for key, value in values.items()
                for name, refused in self._lot(model, {key: value}, what).items()
            }
        except IntegrationError as error:
            return dict.fromkeys(values, error)
        return {}

    @staticmethod
    def _leads(changes: Changes) -> dict[str, str]:
        """By key the opportunities to link to companies that are adopted."""
        return {
            key: str(change.wanted().lead)
            for key, change in changes.items()
            if change.action == "adopt" and change.wanted().lead
        }

    def _given_away(self, changes: Changes, linked: Mapping[str, int | None]) -> dict[str, IntegrationError]:
        """Errors for adoptions whose opportunity has another customer by now, or is gone."""
        return {
            key: self._connection.error(
                Conflict,
                f"Odoo: the opportunity {lead} was given a customer meanwhile, or is gone",
                next="Look at the plan again.",
            )
            for key, lead in self._leads(changes).items()
            if linked.get(lead, 0) not in (None, _number(changes[key]))
        }

    def _linked(self, changes: Changes, linked: Mapping[str, int | None]) -> dict[str, IntegrationError]:
        """Link the opportunities to the companies that are adopted; those linked already need no request."""
        values: dict[str, tuple[int, dict[str, Any]]] = {
            key: (int(lead), {"partner_id": _number(changes[key])})
            for key, lead in self._leads(changes).items()
            if linked.get(lead) is None
        }
        return self._written(LEAD, values, "link the opportunity")

    def _met(self, changes: Changes) -> Put:
        """Make the people that the deals were made with; before the deal is linked, which ends an adoption."""
        lacking = {_number(change): change.wanted() for change in changes.values() if "has_contact" in change.names}
        errors = self._reading.contacts.make(lacking)
        return {key: errors[_number(change)] for key, change in changes.items() if _number(change) in errors}

    def _invoiced(self, changes: Changes, directory: Directory) -> dict[str, IntegrationError]:
        asked = {
            key: payer_of(change.wanted(), _number(change))
            for key, change in changes.items()
            if "has_invoice_contact" in change.names
        }
        wanted = {key: change.wanted() for key, change in changes.items()}
        emails = {
            payer: wanted[key].invoice_email if payer == _number(changes[key]) else wanted[key].payer_email
            for key, payer in asked.items()
        }
        errors = self._invoice_contacts.ensure(emails, directory).errors
        return {key: errors[payer] for key, payer in asked.items() if payer in errors}

    def _read_back(self, changes: Changes) -> Put:
        if not changes:
            return {}
        directory = self._directory(changes)
        answers: Put = {}
        for key, change in changes.items():
            partner = directory.partners.get(_number(change))
            if partner is None:
                answers[key] = self._connection.refusals.not_allowed(f"read the company {_number(change)}")
            else:
                answers[key] = self._reading.live(change.wanted(), partner, directory)
        return answers


def _number(change: Change[Customer]) -> int:
    """The company's id; an update always has a live object, so 0 never occurs."""
    return int(change.found.id) if change.found is not None else 0


def _moved(change: Change[Customer], found: Customer, now: Customer) -> bool:
    """Return whether a field to be written holds neither the value that was found nor the wanted one."""
    return any(
        getattr(now, name) not in (getattr(found, name), getattr(change.wanted(), name)) for name in change.names
    )


Found = dict[str, "Live[Customer] | None | IntegrationError"]


class Customers:
    """Customers of one Odoo.

    The mark of a company that we made is its external id `closedwon.customer_of_deal_<deal>`: unique, and
    written by one `load` together with the company, its invoice contact and the link to the deal. So a
    creation is safe to repeat, and there are no orphans. An ordinary user can't give an external id to a
    company that exists (measured on 17.0 and 19.0: `id` with `.id` in one `load` makes a second partner):
    there its database id is the key, and the deal's own reference the mark.
    """

    resource: type[Customer] = Customer
    writes: Literal["create", "send", "manual"] = "create"
    batch: int = 500
    id_form: IdForm = IdForm(re.compile(r"[1-9][0-9]{0,9}"), "the number in the company's address, such as 101")

    def __init__(self, connection: Connection, facts: Facts, partners: Partners) -> None:
        segments = Segments(connection)
        reading = Reading(connection, facts, segments, Contacts(connection))
        companies = Companies(connection, facts)
        alike = Alike(connection, facts, partners, companies)
        payers = Payers(connection, companies, alike)
        self._finder = Finder(connection, partners, reading, companies, alike, payers)
        self._creator = Creator(connection, partners, reading, companies, alike, payers)
        self._updater = Updater(connection, partners, reading, payers)

    def find(self, lookups: Sequence[Lookup[Customer]]) -> Found:
        """Find customers by the deal's company, a choice or our external ids; one that is merely alike is Ambiguous."""
        return self._finder.find(lookups)

    def put(self, changes: Sequence[Change[Customer]]) -> Found:
        """Make, complete or archive companies; what a person entered stays as it is."""
        answers: Found = {}
        for actions, write in (
            (("create",), self._creator.create),
            (("adopt", "update"), self._updater.update),
            (("archive",), self._updater.archive),
        ):
            chosen = [change for change in changes if change.action in actions]
            try:
                answers.update(write(chosen))
            except IntegrationError as error:  # raised before anything of this kind was written
                answers.update(dict.fromkeys((change.key for change in chosen), error))
        return answers
