"""Report of the changes since a day, for each account manager: only their customers, and why somebody was left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from integrations.core.errors import IntegrationError
from integrations.core.ledger import Ledger
from integrations.core.ledger.heirs import Gone
from integrations.core.model import Contact, ErpContacts
from integrations.core.rows import Failed, attempt
from integrations.core.system import Contacts, System
from integrations.flows.contacts.customer_contacts import why_open
from integrations.flows.contacts.memory import ContactRepository, Problem
from integrations.flows.contacts.people import CUSTOMER, SEGMENT, person_of


@dataclasses.dataclass(frozen=True)
class ErpNames:
    """Present names of some customers and contacts in the system of record.

    Attributes:
        rosters: By customer.
        contacts: By id; those that it still has.
    """

    rosters: Mapping[str, ErpContacts] = dataclasses.field(default_factory=dict)
    contacts: Mapping[str, Contact] = dataclasses.field(default_factory=dict)

    def company(self, customer: str) -> str:
        """A customer's name; empty where the ERP tells none."""
        roster = self.rosters.get(customer)
        return roster.name if roster is not None else ""

    def person(self, contacts: Collection[str]) -> str:
        """The name, or else the address, of the first of these contacts that has any; empty where none is known."""
        found = (self.contacts[contact] for contact in contacts if contact in self.contacts)
        return next((text for row in found for text in (row.name.strip(), row.email.strip()) if text), "")

    def manager(self, customer: str, otherwise: str = "") -> tuple[str, str]:
        """Return who looks after a customer: the name, and everything that the person may be searched by."""
        roster = self.rosters.get(customer)
        person = roster.account_manager if roster is not None else None
        if person is None:
            return otherwise, otherwise
        return person.name or person.email or otherwise, f"{person.name} {person.email or ''}"


def known(source: Contacts, customers: Collection[str], contacts: Collection[str]) -> ErpNames:
    """Return the present names of these; what the source does not have, or may not show, has none; nor has a deal.

    Raises:
        IntegrationError: It could not be read.
    """
    numbers = sorted(customer for customer in customers if ":" not in customer)
    read = source.rosters(numbers) if numbers else ()
    rosters = {roster.customer: roster for roster in read if isinstance(roster, ErpContacts)}
    found = {contact.id: contact for roster in rosters.values() for contact in roster.contacts}
    missing = sorted(set(contacts) - found.keys())
    answers = source.get(missing) if missing else {}
    found |= {number: answer for number, answer in answers.items() if isinstance(answer, Contact)}
    return ErpNames(rosters, found)


@dataclasses.dataclass(frozen=True)
class Entry:
    """Something that happened to a person of a customer, or that keeps one from being synced.

    Attributes:
        manager: The account manager's name; empty where the customer has none.
        person: As the ERP calls the person now; empty where it does not have them any more.
        contact: The ERP's id; empty where it is not known.
        system: Its section; empty: all.
        at: When it happened, or since when it is so.
        what: `create`, `update`, `adopt`, `archive`, or `skip`.
        why: Of a skip: the reason. It may quote what stands in a field, and is never stored as such.
    """

    manager: str
    customer: str
    company: str
    person: str
    contact: str
    system: str
    at: datetime
    what: str
    why: str = ""

    def document(self) -> dict[str, Any]:
        """The entry as JSON."""
        return {**dataclasses.asdict(self), "at": self.at.isoformat(), "why": self.why or None}


def changed(
    ledger: Ledger, source: Contacts, systems: Mapping[str, System], since: datetime, manager: str = ""
) -> tuple[list[Entry], list[Failed]]:
    """Return what was written since then, and what could not be since then, by account manager, customer and time.

    Also the customers of whom something could not be told.

    Args:
        ledger: Its audit lines and problems tell it, by hashes and ids.
        source: Tells the names.
        systems: Those whose kinds of people count.
        since: A time with a zone.
        manager: A part of a name or an address; empty: everybody.

    Raises:
        IntegrationError: The names could not be read.
    """
    memory = ContactRepository(ledger)
    lines = list(_written(ledger, systems, since))
    found = [problem for problem in memory.problems() if problem.since >= since]
    contacts = _contacts_of(ledger, {person_of(line["key"]) for line in lines})
    customers = {_customer(line["key"]) for line in lines} | {row.customer for row in found}
    ids = {number for numbers in contacts.values() for number in numbers} | {
        row.contact for row in found if row.contact
    }
    names = known(source, customers, ids)
    managers = {customer: names.manager(customer) for customer in customers}
    answers = [(_customer(line["key"]), attempt("", _happened, line, contacts, names)) for line in lines]
    answers += [(row.customer, attempt("", skipped, row, names)) for row in found]
    entries = [entry for _, entry in answers if isinstance(entry, Entry)]
    return sorted(
        (row for row in entries if _concerns(manager, row, managers[row.customer][1])),
        key=lambda row: (not row.manager, row.manager.casefold(), row.company.casefold(), row.customer, row.at),
    ), [Failed(customer, error) for customer, error in answers if isinstance(error, IntegrationError)]


def problems(ledger: Ledger, source: Contacts, manager: str = "") -> tuple[list[tuple[Problem, Entry]], list[Failed]]:
    """Everything that could not be synced, the oldest first, with the names as the source has them now.

    Also the customers of whom that could not be told. Those that are gone are everybody's: nobody looks after them.

    Raises:
        IntegrationError: The names could not be read.
    """
    found = ContactRepository(ledger).problems()
    gone = _open_among(ledger, found)
    heirs = {hint.customer for succession in gone.values() for hint in succession.hints}
    names = known(source, {row.customer for row in found} | heirs, {row.contact for row in found if row.contact})
    answers = [(row, attempt("", skipped, row, names, gone)) for row in found]
    failed = [Failed(row.customer, error) for row, error in answers if isinstance(error, IntegrationError)]
    return [
        (row, entry)
        for row, entry in answers
        if isinstance(entry, Entry)
        and (row.customer in gone or _concerns(manager, entry, names.manager(row.customer, row.manager)[1]))
    ], failed


def _open_among(ledger: Ledger, found: Collection[Problem]) -> dict[str, Gone]:
    """Return those of whom somebody has to say who took their place; what is kept of these names nobody."""
    gone = {row.customer for row in found if row.code == "gone"}
    return (
        {succession.customer: succession for succession in ledger.heirs.known(gone).values() if succession.is_open}
        if gone
        else {}
    )


def skipped(problem: Problem, names: ErpNames, gone: Mapping[str, Gone] = MappingProxyType({})) -> Entry:
    """Return a problem with names, also of who may have taken the place of a customer that is gone."""
    waits = gone.get(problem.customer) if problem.code == "gone" else None
    hints = tuple(dataclasses.replace(hint, name=names.company(hint.customer)) for hint in waits.hints) if waits else ()
    return Entry(
        names.manager(problem.customer, problem.manager)[0],
        problem.customer,
        names.company(problem.customer),
        names.person([problem.contact]),
        problem.contact,
        problem.system,
        problem.since,
        "skip",
        why_open(dataclasses.replace(waits, hints=hints)) if waits else problem.words,
    )


def _written(ledger: Ledger, systems: Mapping[str, System], since: datetime) -> Iterator[Mapping[str, Any]]:
    """The audit lines of people that were written, the oldest first; of what was done twice, each."""
    kinds = {(name, system.people.resource.kind) for name, system in systems.items() if system.people is not None}
    # The ledger writes its times in UTC, so that they sort as text.
    moment = since.astimezone(UTC).isoformat(timespec="milliseconds")
    query = "select * from audit where at >= ? and outcome = 'done' order by id"
    with ledger.reading() as transaction:
        for row in transaction.select(query, moment):
            if (row["system"], row["kind"]) in kinds and SEGMENT in row["key"]:
                yield row


def _contacts_of(ledger: Ledger, people: Collection[str]) -> dict[str, list[str]]:
    """The ERP's contacts that stood for each of these people when they were last read, of any customer."""
    found: dict[str, list[str]] = {person: [] for person in people}
    if not found:
        return found
    with ledger.reading() as transaction:
        for row in transaction.select("select contact, people, left_people from contacts_rows"):
            for person in {*row["people"].split(), *row["left_people"].split()} & found.keys():
                found[person].append(row["contact"])
    return found


def _customer(key: str) -> str:
    return key.partition("/")[0].removeprefix(CUSTOMER)


def _happened(line: Mapping[str, Any], contacts: Mapping[str, Sequence[str]], names: ErpNames) -> Entry:
    customer, numbers = _customer(line["key"]), contacts[person_of(line["key"])]
    return Entry(
        names.manager(customer)[0],
        customer,
        names.company(customer),
        names.person(numbers),
        numbers[0] if numbers else "",
        line["system"],
        datetime.fromisoformat(line["at"]),
        line["action"],
    )


def _concerns(manager: str, entry: Entry, named: str) -> bool:
    return manager.casefold() in f"{entry.manager} {named}".casefold()
