"""`contacts link`: a person says which account in a system a contact is, or that it is to be none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.core.address import emails
from integrations.core.errors import IntegrationError, Rejected
from integrations.core.member import Present
from integrations.core.model import Contact
from integrations.core.resource import Lookup
from integrations.core.system import MemberStore, System
from integrations.flows.contacts.memberships import NEVER, Container, Containers
from integrations.flows.contacts.memory import ContactRepository
from integrations.flows.contacts.people import SEGMENT, ending_key, person_key, person_of
from integrations.flows.contacts.sync import ContactSync


def link(sync: ContactSync, contact: str, choices: Sequence[tuple[str, str]], *, reason: str = "") -> list[str]:
    """Keep which accounts a contact's person has; gives what was kept, in words. The next sync goes by it.

    Args:
        sync: The systems and the ledger.
        contact: The contact's id in the ERP.
        choices: Systems, each with the account's id there as `contacts sync` showed it, or `never`.
        reason: Why, for those who come after.

    Raises:
        Rejected: There is no such contact, system or account, or the contact has no address.
    """
    for name, answer in choices:
        people = sync.systems[name].people if name in sync.systems else None
        if people is not None and answer != NEVER:
            people.id_form.prove(answer, step=name, system=name)
    found = sync.source.get([contact])[contact]
    if isinstance(found, IntegrationError):
        raise found
    if found is None:
        raise _rejected(f"there is no contact {contact} in the ERP", "Name it by its id there.")
    key = person_key(found.customer, _person(sync, found))
    places = Containers(sync.systems, sync.ledger).of([found.customer])[found.customer]
    settled = [(name, answer, _chosen(sync.systems, places, name, answer, found, key)) for name, answer in choices]
    for name, answer, _ in settled:
        people = sync.systems[name].people
        if people is not None:
            _leave(sync, name, people, key, places, answer)
            sync.ledger.choose(name, people.resource.kind, key, answer, reason)
    memory = ContactRepository(sync.ledger)
    memory.postpone({found.customer: "again"})
    return [words for _, _, words in settled]


def _person(sync: ContactSync, contact: Contact) -> str:
    found = emails(contact.email)
    if len(found) != 1:
        raise _rejected(
            f"the contact {contact.id} has {'several addresses' if found else 'no e-mail address'} in the ERP",
            "Give it exactly one there: the address says who somebody is.",
        )
    return sync.ledger.hash(found[0])


def _chosen(
    systems: Mapping[str, System], places: Mapping[str, Container], name: str, answer: str, contact: Contact, key: str
) -> str:
    """Return what is kept of one choice, in words; that the account is there is proved by looking."""
    system = systems.get(name)
    if system is None or system.people is None:
        known = ", ".join(sorted(name for name, other in systems.items() if other.people is not None))
        raise _rejected(f"{name} is no system that customers' people are in; there are: {known}", "Name one of these.")
    if answer == NEVER:
        return f"{system.title}: the contact {contact.id} never gets a membership."
    if name not in places or not places[name].is_open:
        raise _rejected(f"{system.title}: the customer has no {system.people.container} there yet", "Set it up first.")
    present = {present.id: present for present in system.people.present(places[name].id)}
    if answer in present:
        return f"{system.title}: the contact {contact.id} is {_called(present[answer])}."
    _prove(system.people, key, places[name], answer)
    return f"{system.title}: the contact {contact.id} is {answer}, who will be added."


def _prove(people: MemberStore[Any], key: str, place: Container, answer: str) -> None:
    """That there is such an account, although it is in no place of this customer yet.

    Raises:
        IntegrationError: There is none, or no telling.
    """
    others = tuple(f"{name}{SEGMENT}{person_of(key)}" for name in place.names)
    resource = people.resource(key=key, former=others, place=place.id)
    found = people.find([Lookup(resource, id=answer, chosen=True)])[key]
    if isinstance(found, IntegrationError):
        raise found


def _leave(
    sync: ContactSync, name: str, people: MemberStore[Any], key: str, places: Mapping[str, Container], answer: str
) -> None:
    """Whoever was taken for the contact until now is a member no longer: the next sync takes them out in due time."""
    kind = people.resource.kind
    known = sync.ledger.object_index.objects(name, kind, [key])[key].get(key)
    if known is not None and answer not in (known, NEVER) and name in places:
        sync.ledger.object_index.move(name, kind, {key: ending_key(key, places[name].id)})


def _called(present: Present) -> str:
    return f"{present.name or present.email} ({present.id})"


def _rejected(message: str, advice: str) -> Rejected:
    return Rejected(message, who="the caller", next=advice)
