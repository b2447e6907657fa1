"""Payers whom a deal names without an id, and invoice contacts of companies that exist: found or made."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from integrations.core.change import Change
from integrations.core.errors import IntegrationError, Rejected
from integrations.core.likeness import Features
from integrations.core.resource import Lookup
from integrations.odoo import marks
from integrations.odoo.connection import ARCHIVED_TOO, BadValue, Connection
from integrations.odoo.customer.companies import Alike, Companies, Rival
from integrations.odoo.customer.resource import Customer, Put
from integrations.odoo.load import GET_OR_CREATE, Load
from integrations.odoo.partners import PARTNER, Directory, Partners

COLUMNS = ("id", "name", "is_company", "child_ids/id", "child_ids/name", "child_ids/type", "child_ids/email")

Changes = dict[str, Change[Customer]]


class Payers:
    """Payers that deals name without an id: found by our external id, else made once nobody alike is there."""

    def __init__(self, connection: Connection, companies: Companies, alike: Alike) -> None:
        self._connection, self._companies, self._alike = connection, companies, alike

    def known(self, lookups: Mapping[str, Lookup[Customer]]) -> dict[str, Lookup[Customer] | IntegrationError]:
        """Complete look-ups with the ids of payers that we made; an error where a person has to say who it is."""
        found: dict[str, Lookup[Customer] | IntegrationError] = {}
        for key, lookup in lookups.items():
            try:
                number = self._number(lookup.resource) if lookup.resource.has_payer else None
                if number is not None:
                    resource = lookup.resource.model_copy(update={"payer": str(number)})
                    found[key] = dataclasses.replace(lookup, resource=resource)
                else:
                    found[key] = lookup
            except IntegrationError as error:
                found[key] = error
        return found

    def _number(self, wanted: Customer) -> int | None:
        """The id of the payer that we made; None where there is none and no company is alike.

        Raises:
            Rejected: A company is alike, so a person has to say.
        """
        try:
            _, number = self._connection.call(
                "ir.model.data",
                "check_object_reference",
                what="look for the payer that closedwon made",
                context=ARCHIVED_TOO,
                module=marks.MODULE,
                xml_id=marks.of_payer(wanted.key, wanted.deal),
            )
            return int(number)
        except BadValue:
            pass
        self._companies.look()
        payer = Features(name=wanted.payer_name or "", emails=((wanted.payer_email, ""),) if wanted.payer_email else ())
        rivals = self._alike.rivals({wanted.key: payer}).get(wanted.key)
        if rivals:
            raise self._asked(wanted, rivals)
        return None

    def _asked(self, wanted: Customer, rivals: Sequence[Rival]) -> Rejected:
        could = "; ".join(
            f"{rival.partner.id}: {rival.partner.name} ({', '.join(rival.likeness.reasons)})" for rival in rivals
        )
        return self._connection.error(
            Rejected,
            f"Odoo: who is to pay, {wanted.payer_name}, could be {could}",
            who="the person who entered the deal",
            next="Name the payer's id in the deal; where it is none of these, enter it in Odoo first.",
            field="payer",
        )

    def made(self, changes: Changes, refused: Put) -> Changes:
        """Make new payers and return the changes with their ids; errors go to `refused`, by key.

        Called again after a lost answer it finds the same payer, by its external id.
        """
        asked = {
            key: wanted for key, change in changes.items() if (wanted := change.wanted()).has_payer and not wanted.payer
        }
        load = Load(self._connection, PARTNER, COLUMNS, "create the payer", "create", GET_OR_CREATE, of_changes=True)
        loaded = load.rows({key: self._row(wanted) for key, wanted in asked.items()})
        refused.update({key: answer for key, answer in loaded.items() if isinstance(answer, IntegrationError)})
        numbers = {key: answer for key, answer in loaded.items() if isinstance(answer, int)}
        return {
            key: _paid_by(change, numbers[key]) if key in numbers else change
            for key, change in changes.items()
            if key not in refused
        }

    def _row(self, wanted: Customer) -> list[str]:
        name = f"{marks.MODULE}.{marks.of_payer(wanted.key, wanted.deal)}"
        address = self._connection.settings.invoice_contact
        return [name, wanted.payer_name or "", "True", f"{name}_invoice", address, "invoice", wanted.payer_email or ""]


def _paid_by(change: Change[Customer], number: int) -> Change[Customer]:
    resource = change.wanted().model_copy(update={"payer": str(number)})
    return dataclasses.replace(change, want=dataclasses.replace(change.want, resource=resource))


_COLUMNS = (".id", "child_ids/id", "child_ids/name", "child_ids/type", "child_ids/email")


@dataclasses.dataclass(frozen=True)
class Ensured:
    """Outcome of making sure of a contact or payer.

    Attributes:
        written: Something was made, so the companies have to be read again.
        errors: By company, why it has no invoice contact.
    """

    written: bool
    errors: Mapping[int, IntegrationError]


class InvoiceContacts:
    """Maker of invoice contacts for companies that exist."""

    def __init__(self, connection: Connection, partners: Partners) -> None:
        self._connection, self._partners = connection, partners

    def ensure(self, emails: Mapping[int, str | None], directory: Directory) -> Ensured:
        """Give each of these companies an invoice contact, with its e-mail, where it has none.

        `directory` must have just been read: this `load` repeated on a contact that exists would overwrite what people
        entered. Two at once are safe, for the external id is unique.
        """
        lacking = [email for email in sorted(emails) if directory.invoice_contact(email) is None]
        errors = self._put_away(lacking, directory)
        rows = {str(number): self._row(number, emails[number]) for number in lacking if number not in errors}
        load = Load(
            self._connection,
            PARTNER,
            _COLUMNS,
            "create the invoice contact",
            "write",
            fields_of={"child_ids": "invoice_email"},
        )
        loaded = load.rows(rows)
        errors |= {int(key): answer for key, answer in loaded.items() if isinstance(answer, IntegrationError)}
        return Ensured(len(errors) < len(lacking), errors)

    def _row(self, company: int, email: str | None) -> list[str]:
        name = f"{marks.MODULE}.{marks.of_invoice_contact(company)}"
        return [str(company), name, self._connection.settings.invoice_contact, "invoice", email or ""]

    def _put_away(self, companies: list[int], directory: Directory) -> dict[int, IntegrationError]:
        """Errors for companies whose contact we made and people archived: `load` would leave it archived."""
        archived = {contact.id: company for company in companies for contact in directory.invoice.get(company, ())}
        ours = {number for number, names in self._partners.marks(sorted(archived)).items() if names}
        return {
            archived[number]: self._connection.error(
                Rejected,
                f"Odoo: the invoice contact {number} of the company {archived[number]} is archived",
                who="the account manager",
                next="Restore it in Odoo, or enter another contact of type invoice.",
                field="has_invoice_contact",
            )
            for number in sorted(ours)
        }
