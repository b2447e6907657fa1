"""The person that a deal was made with: made below the company where it is not there, and never a second time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from integrations.core.address import emails
from integrations.core.errors import IntegrationError
from integrations.odoo import marks
from integrations.odoo.connection import ARCHIVED_TOO, Connection
from integrations.odoo.customer.resource import Customer
from integrations.odoo.loading import Load
from integrations.odoo.partners import PARTNER, Directory, Partner, Sought
from integrations.odoo.refusal import BadValue

COLUMNS = {
    "child_ids/id": "",
    "child_ids/name": "contact_name",
    "child_ids/type": "",
    "child_ids/email": "contact_email",
    "child_ids/function": "contact_function",
}


def sought(wanted: Iterable[Customer]) -> Sought:
    """Return the names and addresses of the contacts that are wanted, to be read with their companies."""
    asked = [one for one in wanted if one.has_contact]
    return frozenset((one.contact_name or "", one.contact_email or "") for one in asked)


def cells(wanted: Customer) -> dict[str, str]:
    """Return the columns of an import that make the contact."""
    return {
        "child_ids/id": f"{marks.MODULE}.{marks.of_contact(wanted.key, wanted.deal)}",
        "child_ids/name": wanted.contact_name or "",
        "child_ids/type": "contact",
        "child_ids/email": wanted.contact_email or "",
        "child_ids/function": wanted.contact_function or "",
    }


class Contacts:
    """Finds and makes the contacts of deals."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_there(self, wanted: Customer, company: int, directory: Directory) -> bool:
        """Tell whether the company has the contact, archived or not, or we made it once, wherever people took it.

        An address for invoices is nobody, but for one that bears the person's very name.

        Raises:
            IntegrationError: Whether we made it could not be asked.
        """
        people = (one for one in directory.partners.values() if one.commercial == company != one.id)
        return any(_is(one, wanted) for one in people) or self._was_made(wanted)

    def _was_made(self, wanted: Customer) -> bool:
        try:
            self._connection.call(
                "ir.model.data",
                "check_object_reference",
                what="look for the contact that closedwon made",
                context=ARCHIVED_TOO,
                module=marks.MODULE,
                xml_id=marks.of_contact(wanted.key, wanted.deal),
            )
        except BadValue:
            return False
        return True

    def make(self, wanted: Mapping[int, Customer]) -> Mapping[int, IntegrationError]:
        """Make each company's contact; gives the errors. Just before, a read has said that it is not there."""
        rows = {str(number): [str(number), *cells(one).values()] for number, one in wanted.items()}
        columns = (".id", *COLUMNS)
        load = Load(self._connection, PARTNER, columns, "create the contact", "write", fields_of=_FIELDS_OF)
        loaded = load.rows(rows)
        return {int(key): one for key, one in loaded.items() if isinstance(one, IntegrationError)}


_FIELDS_OF = {"child_ids": "contact_name"}


def _is(person: Partner, wanted: Customer) -> bool:
    if person.name.casefold() == (wanted.contact_name or "").casefold():
        return True
    return person.type != "invoice" and not set(emails(wanted.contact_email)).isdisjoint(emails(person.email))
