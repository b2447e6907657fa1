"""Where addresses are members as the systems themselves show it, in every place that bears our mark.

The ledger may be new, lost, or another machine's: somebody who was revoked has to be out all the same. Until a system
was looked through to its end, a row of the leavers says so (`outstanding`), and each sync goes on with it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from integrations.core.errors import IntegrationError, Unavailable
from integrations.core.identity import of_record
from integrations.core.ledger import Ledger
from integrations.core.member import Membership
from integrations.core.model import Roster
from integrations.core.pool import Pool
from integrations.core.rows import attempt
from integrations.core.store import Contacts
from integrations.core.system import System
from integrations.flows.contacts.customer import Household
from integrations.flows.contacts.places import CUSTOMER, Place, Places, subject
from integrations.flows.contacts.remembered import EVERYWHERE, Leaving
from integrations.flows.contacts.wanted import SEGMENT, Wanted, former, out

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
    """What a look through some systems showed, and what could not be looked at."""

    found: tuple[Sighting, ...] = ()
    unread: Unread = dataclasses.field(default_factory=dict)

    def titles(self) -> dict[str, str]:
        """What people call the places that were found, by customer: its name where nobody knows a better one."""
        return {one.customer: one.membership.title for one in reversed(self.found)}


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
            for one in listed:
                if isinstance(one, Membership):
                    found.append(Sighting(name, one, self._customer(one)))
                elif not isinstance(unread.get(name), Unavailable):
                    unread[name] = one
        return Sightings(tuple(found), unread)

    def settle(self, names: Collection[str], person: str) -> None:
        """Drop what the ledger holds of somebody who is out of these systems, of customers that no sync looks at.

        Otherwise an intent of a run that was killed would stay open for ever.
        """
        filing, end = self.ledger.filing, SEGMENT + person
        known = {subject(customer) for customer in Places(self.systems, self.ledger).customers()}
        for name in names:
            people = self.systems[name].people
            if people is None:
                continue
            kind = people.resource.kind
            keys = {*filing.ending(name, kind, end), *(key for key in filing.begun(name, kind) if key.endswith(end))}
            filing.drop(name, kind, sorted(key for key in keys if key.partition("/")[0] not in known))

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
        found = self.ledger.filing.objects(record.name, "customer", [membership.subject]) if record is not None else {}
        return found.get(membership.subject, {}).get(membership.subject, membership.subject)


def is_of_erp(customer: str) -> bool:
    """Whether it is a customer's id in the ERP, and not the key of a deal whose customer is not known."""
    return ":" not in customer


def taken_out(sighting: Sighting, person: str, household: Household, system: System, reason: str) -> Wanted:
    """Return the want that somebody is out of a place where a system showed them."""
    membership, customer = sighting.membership, sighting.customer
    own = subject(customer) if is_of_erp(customer) else customer
    key = f"{own}{SEGMENT}{person}"
    known = household.places.get(sighting.system)
    if known is None or known.id != membership.place:
        key = former(key, membership.place)
    place = Place(membership.place, frozenset({membership.subject, own}))
    return Wanted(out(system, customer, key, place, membership.email), customer, None, reason)


def outstanding(person: str, systems: Collection[str], now: datetime) -> list[Leaving]:
    """Return the rows that say that somebody has to be out of these systems, wherever in them."""
    key = f"{EVERYWHERE}{SEGMENT}{person}"
    return [Leaving(system, key, EVERYWHERE, now, "revoked", 0) for system in systems]


def rosters(customers: Sequence[str], source: Contacts | None, titles: Mapping[str, str]) -> list[Roster]:
    """Return these customers, with their contacts where the ERP may be asked; one without a name has a place's title.

    Raises:
        IntegrationError: The ERP could not be asked.
    """
    numbers = [one for one in customers if is_of_erp(one)]
    read = source.rosters(numbers) if source is not None and numbers else ()
    found = {one.customer: one for one in read if isinstance(one, Roster)}
    listed = [found.get(one, Roster(customer=one)) for one in customers]
    return [one if one.name else one.model_copy(update={"name": titles.get(one.customer, "")}) for one in listed]
