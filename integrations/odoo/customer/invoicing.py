"""Contacts for invoices: made where a company that pays has none, and never a second one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from integrations.core.errors import IntegrationError, Rejected
from integrations.odoo import marks
from integrations.odoo.connection import Connection
from integrations.odoo.loading import Load
from integrations.odoo.partners import PARTNER, Directory, Partners

_COLUMNS = (".id", "child_ids/id", "child_ids/name", "child_ids/type", "child_ids/email")


@dataclasses.dataclass(frozen=True)
class Ensured:
    """What came of it.

    Attributes:
        written: Whether anything was made, so that it has to be read again.
        errors: By company, why it has none.
    """

    written: bool
    errors: Mapping[int, IntegrationError]


class InvoiceContacts:
    """Makes invoice contacts."""

    def __init__(self, connection: Connection, partners: Partners) -> None:
        self._connection, self._partners = connection, partners

    def ensure(self, emails: Mapping[int, str | None], directory: Directory) -> Ensured:
        """Give each of these companies an invoice contact, with its e-mail, where it has none.

        `directory` has just been read: on a contact that exists already, `load` would write over what
        people entered.
        """
        lacking = [one for one in sorted(emails) if directory.invoice_contact(one) is None]
        errors = self._put_away(lacking, directory)
        rows = {str(one): self._row(one, emails[one]) for one in lacking if one not in errors}
        load = Load(
            self._connection,
            PARTNER,
            _COLUMNS,
            "create the invoice contact",
            "write",
            fields_of={"child_ids": "invoice_email"},
        )
        loaded = load.rows(rows)
        errors |= {int(key): one for key, one in loaded.items() if isinstance(one, IntegrationError)}
        return Ensured(len(errors) < len(lacking), errors)

    def _row(self, company: int, email: str | None) -> list[str]:
        name = f"{marks.MODULE}.{marks.of_invoice_contact(company)}"
        return [str(company), name, self._connection.settings.invoice_contact, "invoice", email or ""]

    def _put_away(self, companies: list[int], directory: Directory) -> dict[int, IntegrationError]:
        """Companies whose contact we made and people archived: it would not come back by itself."""
        archived = {one.id: company for company in companies for one in directory.invoice.get(company, ())}
        ours = {number for number, names in self._partners.marks(sorted(archived)).items() if names}
        return {
            archived[number]: Rejected(
                f"Odoo: the invoice contact {number} of the company {archived[number]} is archived",
                system=self._connection.name,
                who="the account manager",
                next="Restore it in Odoo, or enter another contact of type invoice.",
                field="has_invoice_contact",
            )
            for number in sorted(ours)
        }
