"""Completing companies that exist: only the fields that are asked for, and only if nobody changed them since."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.core.change import Change
from integrations.core.errors import AuthError, Conflict, IntegrationError, Rejected
from integrations.core.http import on_behalf_of
from integrations.core.rows import attempt
from integrations.odoo.connection import Connection
from integrations.odoo.customer.contact import sought
from integrations.odoo.customer.invoicing import InvoiceContacts
from integrations.odoo.customer.paying import Payers
from integrations.odoo.customer.resource import Customer
from integrations.odoo.customer.settled import Put, after_writing
from integrations.odoo.customer.state import Reading, payer_of
from integrations.odoo.leads import LEAD, linked_partners
from integrations.odoo.partners import PARTNER, Directory, Partners

Changes = Mapping[str, Change[Customer]]


class Updater:
    """Writes to companies that exist."""

    def __init__(self, connection: Connection, partners: Partners, reading: Reading, payers: Payers) -> None:
        self._connection, self._partners, self._reading = connection, partners, reading
        self._invoice_contacts = InvoiceContacts(connection, partners)
        self._payers = payers

    def update(self, changes: Sequence[Change[Customer]]) -> Put:
        """Write the fields that differ; `adopt` links the deal as well."""
        if not changes:
            return {}
        answers: Put = {}
        asked = self._payers.made({change.key: change for change in changes}, answers)
        before = self._directory(asked)
        answers.update(self._outdated(asked, before))
        linked = linked_partners(self._connection, self._leads(asked).values())
        answers.update(self._given_away(asked, linked))
        values = self._values({key: one for key, one in asked.items() if key not in answers}, before, answers)
        answers.update(self._written(PARTNER, values, "complete the company"))
        answers.update(self._met({key: one for key, one in asked.items() if key not in answers}))
        answers.update(self._linked({key: one for key, one in asked.items() if key not in answers}, linked))
        answers.update(self._invoiced({key: one for key, one in asked.items() if key not in answers}, before))
        done = {key: one for key, one in asked.items() if key not in answers}
        return {**answers, **after_writing(done, lambda: self._read_back(done))}

    def archive(self, changes: Sequence[Change[Customer]]) -> Put:
        """Archive companies that we made; one that people entered is theirs."""
        if not changes:
            return {}
        asked = {change.key: change for change in changes}
        numbers = {key: _number(change) for key, change in asked.items()}
        marked = self._partners.marks(sorted(set(numbers.values())))
        answers: Put = {
            key: Rejected(
                f"Odoo: the company {number} was entered by people",
                system=self._connection.name,
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
        """Changes whose fields no longer hold what was found."""
        outdated: dict[str, IntegrationError] = {}
        for key, change in changes.items():
            is_outdated = attempt("Odoo", self._is_outdated, change, directory)
            if isinstance(is_outdated, IntegrationError):
                outdated[key] = is_outdated
            elif is_outdated:
                outdated[key] = Conflict(
                    f"Odoo: the company {_number(change)} was changed meanwhile",
                    system=self._connection.name,
                    next="Look at the plan again.",
                )
        return outdated

    def _is_outdated(self, change: Change[Customer], directory: Directory) -> bool:
        partner = directory.partners.get(_number(change))
        now = self._reading.state(change.wanted(), partner, directory) if partner is not None else None
        found = change.found.state if change.found is not None else None
        return now is None or found is None or not now.active or _moved(change, found, now)

    def _values(self, changes: Changes, directory: Directory, refused: Put) -> dict[str, tuple[int, dict[str, Any]]]:
        """What to write to which company; why not goes to `refused`."""
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
        """What of a change is not so yet, as Odoo takes it."""
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
            written["category_id"] = [[4, self._reading.segments.made(wanted.segment), 0]]
        if "has_invoice_contact" in names and not wanted.has_invoice_contact:
            raise Rejected(
                "Odoo: an invoice contact is never taken away by closedwon",
                system=self._connection.name,
                who="whoever looks after the playbooks",
                next="Take has_invoice_contact out of the step.",
                field="has_invoice_contact",
            )
        return written

    def _written(
        self, model: str, values: Mapping[str, tuple[int, dict[str, Any]]], what: str
    ) -> dict[str, IntegrationError]:
        """Write equal values to all their records at once; of a refused lot, each alone. Gives the errors."""
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
                each: refused
                for key, value in values.items()
                for each, refused in self._lot(model, {key: value}, what).items()
            }
        except IntegrationError as error:
            return dict.fromkeys(values, error)
        return {}

    @staticmethod
    def _leads(changes: Changes) -> dict[str, str]:
        """The deals that adopted companies are to be linked to."""
        return {
            key: str(change.wanted().lead)
            for key, change in changes.items()
            if change.action == "adopt" and change.wanted().lead
        }

    def _given_away(self, changes: Changes, linked: Mapping[str, int | None]) -> dict[str, IntegrationError]:
        """Adopted companies whose deals have another customer by now, or are gone."""
        return {
            key: Conflict(
                f"Odoo: the opportunity {lead} was given a customer meanwhile, or is gone",
                system=self._connection.name,
                next="Look at the plan again.",
            )
            for key, lead in self._leads(changes).items()
            if linked.get(lead, 0) not in (None, _number(changes[key]))
        }

    def _linked(self, changes: Changes, linked: Mapping[str, int | None]) -> dict[str, IntegrationError]:
        """Give adopted companies their deals."""
        values: dict[str, tuple[int, dict[str, Any]]] = {
            key: (int(lead), {"partner_id": _number(changes[key])})
            for key, lead in self._leads(changes).items()
            if linked.get(lead) is None
        }
        return self._written(LEAD, values, "link the opportunity")

    def _met(self, changes: Changes) -> Put:
        """Give companies the people that their deals were made with; before the deal's link, which ends an adoption."""
        lacking = {_number(one): one.wanted() for one in changes.values() if "has_contact" in one.names}
        errors = self._reading.contacts.make(lacking)
        return {key: errors[_number(one)] for key, one in changes.items() if _number(one) in errors}

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
    """The company's id; `update` never comes without a live object."""
    return int(change.found.id) if change.found is not None else 0


def _moved(change: Change[Customer], found: Customer, now: Customer) -> bool:
    """Whether a field that is to be written holds neither what was found nor what is wanted."""
    return any(
        getattr(now, name) not in (getattr(found, name), getattr(change.wanted(), name)) for name in change.names
    )
