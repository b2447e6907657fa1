"""Memberships of addresses as the systems themselves show them, in every place that bears our mark.

The ledger may be new, lost, or another machine's: somebody who was revoked has to be out all the same. Until a system
was looked through to its end, a row of the leavers says so (`outstanding`), and each sync goes on with it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from integrations.core.address import emails
from integrations.core.errors import IntegrationError, Unavailable
from integrations.core.identity import of_record
from integrations.core.ledger import Ledger
from integrations.core.member import Membership
from integrations.core.model import ErpContacts
from integrations.core.pool import Pool
from integrations.core.rows import attempt
from integrations.core.system import Contacts, System
from integrations.flows.contacts.batch import Batch, BatchPlanner
from integrations.flows.contacts.customer_contacts import CustomerContacts
from integrations.flows.contacts.memberships import Container, Containers, Wanted, out
from integrations.flows.contacts.memory import EVERYWHERE, Learned, Leaving
from integrations.flows.contacts.outcome import Outcome
from integrations.flows.contacts.people import CUSTOMER, SEGMENT, ending_key, person_of, place_of, subject

Unread = Mapping[str, IntegrationError]
"""By system: why it could not be looked at, or not all of it."""


@dataclasses.dataclass(frozen=True)
class Sighting:
    """A membership that a system showed.

    Attributes:
        customer: Whose it is: an ERP id, or a deal's key where the ledger does not know the deal's customer.
    """

    system: str
    membership: Membership
    customer: str


@dataclasses.dataclass(frozen=True)
class Sightings:
    """Results of a look through some systems, and the systems that could not be looked at."""

    found: tuple[Sighting, ...] = ()
    unread: Unread = dataclasses.field(default_factory=dict)

    def titles(self) -> dict[str, str]:
        """Return what people call the places that were found, by customer: its name where nobody knows a better one."""
        return {member.customer: member.membership.title for member in reversed(self.found)}


@dataclasses.dataclass(frozen=True)
class Everywhere:
    """Looks through systems."""

    systems: Mapping[str, System]
    ledger: Ledger

    def names(self) -> list[str]:
        """The systems that people are members of."""
        return [name for name, system in self.systems.items() if system.people is not None]

    def look(self, names: Collection[str], email: str = "") -> Sightings:
        """Return where this address is a member in these systems, or everybody; all of them are asked at once."""
        if not names:
            return Sightings()
        with Pool(max_workers=min(16, len(names))) as pool:
            answers = dict(zip(names, pool.map(lambda name: self._memberships(name, email), names), strict=True))
        unread: dict[str, IntegrationError] = {}
        found = []
        for name, listed in answers.items():
            for membership in listed:
                if isinstance(membership, Membership):
                    found.append(Sighting(name, membership, self._customer(membership)))
                elif not isinstance(unread.get(name), Unavailable):
                    unread[name] = membership
        return Sightings(tuple(found), unread)

    def settle(self, names: Collection[str], person: str) -> None:
        """Drop what the ledger holds of somebody who is out of these systems, of customers that no sync looks at.

        Otherwise an intent of a run that was killed would stay open for ever.
        """
        object_index, end = self.ledger.object_index, SEGMENT + person
        known = {subject(customer) for customer in Containers(self.systems, self.ledger).customers()}
        for name in names:
            people = self.systems[name].people
            if people is None:
                continue
            kind = people.resource.kind
            keys = {
                *object_index.ending(name, kind, end),
                *(key for key in object_index.begun(name, kind) if key.endswith(end)),
            }
            object_index.drop(name, kind, sorted(key for key in keys if key.partition("/")[0] not in known))

    def _memberships(self, name: str, email: str) -> list[Membership | IntegrationError]:
        people = self.systems[name].people
        if people is None:
            raise AssertionError
        answer = attempt(name, people.memberships, email)
        return [answer] if isinstance(answer, IntegrationError) else list(answer)

    def _customer(self, membership: Membership) -> str:
        if membership.subject.startswith(CUSTOMER):
            return membership.subject.removeprefix(CUSTOMER)
        record = of_record(self.systems)
        found = (
            self.ledger.object_index.objects(record.name, "customer", [membership.subject])
            if record is not None
            else {}
        )
        return found.get(membership.subject, {}).get(membership.subject, membership.subject)


def is_of_erp(customer: str) -> bool:
    """Return whether it is a customer's id in the ERP, and not the key of a deal whose customer is not known."""
    return ":" not in customer


def taken_out(sighting: Sighting, person: str, household: CustomerContacts, system: System, reason: str) -> Wanted:
    """Return the want that somebody is out of a place where a system showed them."""
    membership, customer = sighting.membership, sighting.customer
    own = subject(customer) if is_of_erp(customer) else customer
    key = f"{own}{SEGMENT}{person}"
    known = household.places.get(sighting.system)
    if known is None or known.id != membership.place:
        key = ending_key(key, membership.place)
    place = Container(membership.place, frozenset({membership.subject, own}))
    return Wanted(out(system, customer, key, place, membership.email), customer, None, reason)


def outstanding(person: str, systems: Collection[str], now: datetime) -> list[Leaving]:
    """Return the rows that say that somebody has to be out of these systems, wherever in them."""
    key = f"{EVERYWHERE}{SEGMENT}{person}"
    return [Leaving(system, key, EVERYWHERE, now, "revoked", 0) for system in systems]


def rosters(customers: Sequence[str], source: Contacts | None, titles: Mapping[str, str]) -> list[ErpContacts]:
    """Return these customers, with their contacts where the ERP may be asked; one without a name has a place's title.

    Raises:
        IntegrationError: The ERP could not be asked.
    """
    numbers = [customer for customer in customers if is_of_erp(customer)]
    read = source.rosters(numbers) if source is not None and numbers else ()
    found = {roster.customer: roster for roster in read if isinstance(roster, ErpContacts)}
    listed = [found.get(customer, ErpContacts(customer=customer)) for customer in customers]
    return [
        roster if roster.name else roster.model_copy(update={"name": titles.get(roster.customer, "")})
        for roster in listed
    ]


_OPEN = frozenset({"waiting", "blocked", "failed"})


class Revoked:
    """Takes out whom a revocation missed, in one run.

    The ledger keeps no address: everybody whom such a system shows in a place with our mark is compared by hash.
    """

    def __init__(self, chunks: BatchPlanner, *, approving: bool) -> None:
        """`approving`: a person may approve in this run; otherwise systems in mode `ask` are not looked at."""
        self._chunks, self._approving = chunks, approving
        self._everywhere = Everywhere(chunks.systems, chunks.ledger)
        self._rows: list[Leaving] = []
        self._seen = Sightings()

    def is_due(self, *, full: bool) -> bool:
        """Return whether a revocation is open that this run goes on with."""
        self._rows = [leaver for leaver in self._chunks.memory.outstanding() if self._is_due(leaver, full=full)]
        return bool(self._rows)

    def plan(self) -> Batch:
        """Return what would be done for them.

        No customer has to be held for it: nobody lets in who was revoked, and twice is once.

        Raises:
            IntegrationError: The ERP could not be asked for the customers' names.
        """
        people: dict[str, set[str]] = {}
        for row in self._rows:
            people.setdefault(row.system, set()).add(person_of(row.key))
        self._seen = self._everywhere.look(list(people))
        found = [
            (member, person)
            for member in self._seen.found
            for email in emails(member.membership.email)
            if (person := self._chunks.ledger.hash(email)) in people[member.system]
        ]
        customers = sorted({member.customer for member, _ in found})
        households = self._chunks.households(
            rosters(customers, self._chunks.source, self._seen.titles()) if customers else []
        )
        return self._chunks.plan_out([EVERYWHERE], households, list(self._wanted(found, households)))

    def end(self, outcome: Outcome) -> None:
        """Remember where nobody has to be looked for any more."""
        left = {(line.system, person_of(line.key)) for line in outcome.lines if line.status in _OPEN}
        ended: list[Leaving] = []
        again: list[Leaving] = []
        for row in self._rows:
            error = self._seen.unread.get(row.system)
            if error is None and (row.system, person_of(row.key)) not in left:
                ended.append(row)
            elif error is not None and not isinstance(error, Unavailable):
                again.append(dataclasses.replace(row, passes=row.passes + 1))
        for row in ended:
            self._everywhere.settle([row.system], person_of(row.key))
        if ended or again:
            staying = [(row.system, row.key) for row in ended]
            self._chunks.memory.learn(Learned(staying=staying, leaving=again))

    def told(self, outcome: Outcome) -> Outcome:
        """The outcome, with what could not be looked through."""
        notes = [
            f"{self._chunks.systems[name].title} could not be looked through for somebody who was revoked: "
            f"{error.message}. The next sync goes on with it."
            for name, error in self._seen.unread.items()
        ]
        return dataclasses.replace(outcome, notes=(*outcome.notes, *notes), unread=self._seen.unread)

    def _is_due(self, row: Leaving, *, full: bool) -> bool:
        """Return whether this run looks: what a person has to fix first is looked at by full passes alone."""
        system = self._chunks.systems.get(row.system)
        if system is None or system.people is None or not (full or row.passes == 0):
            return False
        return system.settings.mode == "write" or (system.settings.mode == "ask" and self._approving)

    def _wanted(
        self, found: list[tuple[Sighting, str]], households: Mapping[str, CustomerContacts]
    ) -> Iterator[Wanted]:
        """Without those of whom the ledger knows that they are there: they leave with the customer's others.

        Of a customer without a place of ours there nobody leaves so, even where a run that was killed began it.
        """
        for member, person in found:
            household = households[member.customer]
            place = household.places.get(member.system)
            managed = household.managed.get(member.system, {}) if place is not None else {}
            own = place.id if place is not None else ""
            known = {place_of(key) or own for key in managed if person_of(key) == person}
            if member.membership.place not in known:
                yield taken_out(member, person, household, self._chunks.systems[member.system], "revoked")
