"""The names that the ledger does not keep: of customers and their people, read live by their ids."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from integrations.core.model import Contact, Roster
from integrations.core.store import Contacts


@dataclasses.dataclass(frozen=True)
class Known:
    """What the system of record calls some customers and contacts now.

    Attributes:
        rosters: By customer.
        contacts: By id; those that it still has.
    """

    rosters: Mapping[str, Roster] = dataclasses.field(default_factory=dict)
    contacts: Mapping[str, Contact] = dataclasses.field(default_factory=dict)

    def company(self, customer: str) -> str:
        """A customer's name; empty where the ERP tells none."""
        roster = self.rosters.get(customer)
        return roster.name if roster is not None else ""

    def person(self, contacts: Collection[str]) -> str:
        """The name, or else the address, of the first of these contacts that has any; empty where none is known."""
        found = (self.contacts[one] for one in contacts if one in self.contacts)
        return next((text for one in found for text in (one.name.strip(), one.email.strip()) if text), "")

    def manager(self, customer: str, otherwise: str = "") -> tuple[str, str]:
        """Who looks after a customer: the name, and everything that the person may be searched by."""
        roster = self.rosters.get(customer)
        person = roster.account_manager if roster is not None else None
        if person is None:
            return otherwise, otherwise
        return person.name or person.email or otherwise, f"{person.name} {person.email or ''}"


def known(source: Contacts, customers: Collection[str], contacts: Collection[str]) -> Known:
    """What the source calls these now; what it does not have, or may not show, has no name; nor has a deal's key.

    Raises:
        IntegrationError: It could not be read.
    """
    numbers = sorted(one for one in customers if ":" not in one)
    read = source.rosters(numbers) if numbers else ()
    rosters = {roster.customer: roster for roster in read if isinstance(roster, Roster)}
    found = {contact.id: contact for roster in rosters.values() for contact in roster.contacts}
    missing = sorted(set(contacts) - found.keys())
    answers = source.get(missing) if missing else {}
    found |= {number: answer for number, answer in answers.items() if isinstance(answer, Contact)}
    return Known(rosters, found)
