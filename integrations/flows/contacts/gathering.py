"""Everything that is known of some customers' people, gathered from the ERP's rows and our own memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from integrations.core.errors import IntegrationError
from integrations.core.ledger import Ledger
from integrations.core.model import Roster
from integrations.core.rows import Failed, attempt
from integrations.core.store import Contacts
from integrations.core.system import System
from integrations.flows.contacts.customer import Hash, Held, Household
from integrations.flows.contacts.entry import People
from integrations.flows.contacts.gone import Estates
from integrations.flows.contacts.memory import Memory
from integrations.flows.contacts.people import people
from integrations.flows.contacts.places import Place, Places, subject
from integrations.flows.contacts.remembered import Leaving
from integrations.flows.contacts.settings import ContactSettings


@dataclasses.dataclass(frozen=True)
class _Remembered:
    """What our own memory holds of some customers' people.

    Attributes:
        managed: By system and customer's key, who we let in: key and id.
        chosen: By system and customer's key, the accounts that people chose.
        rows: By customer, the contacts that it had.
    """

    hashed: Hash
    managed: Mapping[str, Mapping[str, Mapping[str, str]]]
    chosen: Mapping[str, Mapping[str, Mapping[str, str]]]
    rows: Mapping[str, Mapping[str, list[str]]]
    leaving: Mapping[tuple[str, str], Leaving]

    def household(self, roster: Roster, own: People, places: Mapping[str, Place], held: Held | None) -> Household:
        """Return one customer with its people and what is remembered of them."""
        name = subject(roster.customer)
        return Household(
            roster,
            own,
            self.hashed,
            places,
            {system: keys[name] for system, keys in self.managed.items()},
            self.rows[roster.customer],
            {place: one for place, one in self.leaving.items() if one.customer == roster.customer},
            accounts={
                (system, key): answer for system, keys in self.chosen.items() for key, answer in keys[name].items()
            },
            held=held,
        )


@dataclasses.dataclass
class Gathering:
    """Gathers households; asks the ERP only where contacts have gone."""

    systems: Mapping[str, System]
    ledger: Ledger
    memory: Memory
    source: Contacts
    settings: ContactSettings
    staff: Callable[[], frozenset[str]]

    def households(
        self, rosters: Sequence[Roster], *, asking: bool = True
    ) -> tuple[dict[str, Household], list[Failed]]:
        """Return by customer its people, its members, and what is remembered of them; and the customers that failed.

        `asking`: the ERP may be asked who is one of us, and where contacts have gone; otherwise that is not known.
        """
        customers = [roster.customer for roster in rosters]
        places, held = self._placed(rosters, asking=asking)
        kept = self._remembered(customers)
        staff = self.staff() if asking and rosters else frozenset[str]()

        def household(roster: Roster) -> Household:
            waits = held.get(roster.customer)
            if isinstance(waits, IntegrationError):
                raise waits
            made = kept.household(roster, people(roster, self.settings, staff), places[roster.customer], waits)
            _ = made.entries, made.lacking()  # what all of them are asked for together below: it raises here
            return made

        answers = {roster.customer: attempt("", household, roster) for roster in rosters}
        found = {customer: one for customer, one in answers.items() if isinstance(one, Household)}
        self._complete(found, asking=asking)
        return found, [Failed(name, one) for name, one in answers.items() if isinstance(one, IntegrationError)]

    def _placed(
        self, rosters: Sequence[Roster], *, asking: bool
    ) -> tuple[Mapping[str, Mapping[str, Place]], Mapping[str, Held | IntegrationError]]:
        """Return by customer its places, and why its people stay as they are where that is so."""
        customers = [roster.customer for roster in rosters]
        places, known = Places(self.systems, self.ledger).of(customers), self.ledger.heirs.known()
        self._move(places)
        estates = Estates(self.systems, self.ledger, self.memory)
        estates.inherit(places)
        held = estates.held(rosters) if asking else {}
        if known or held:
            # Who is whose heir may be known better now, and so whose marks count.
            places = Places(self.systems, self.ledger).of(customers)
        return places, held

    def _remembered(self, customers: Sequence[str]) -> _Remembered:
        """Return what our own memory holds of these customers' people."""
        names, filing = [subject(customer) for customer in customers], self.ledger.filing
        kinds = {
            name: system.people.resource.kind for name, system in self.systems.items() if system.people is not None
        }
        managed = {system: filing.objects(system, kind, names) for system, kind in kinds.items()}
        for system, kind in kinds.items():
            for key in filing.begun(system, kind):
                # A run that was killed may have let them in: without this, nobody would take them out again.
                if (name := key.partition("/")[0]) in managed[system]:
                    managed[system][name].setdefault(key, "")
        return _Remembered(
            self.ledger.hash,
            managed,
            {system: filing.choices(system, kind, names) for system, kind in kinds.items()},
            self.memory.contacts_of(customers),
            self.memory.leaving_of(customers),
        )

    def _move(self, places: Mapping[str, Mapping[str, Place]]) -> None:
        """Where somebody chose another place for a customer, its members of the former one are on their way out."""
        for (system, customer), before in self.memory.places_of(list(places)).items():
            now, people = places[customer].get(system), self.systems[system].people if system in self.systems else None
            if now is not None and now.id != before and now.is_sure and people is not None:
                self.memory.move(system, people.resource.kind, customer, before, now.id)

    def _complete(self, households: Mapping[str, Household], *, asking: bool) -> None:
        """Add what can only be asked once all are known: tombstones, and where contacts have gone."""
        everybody = {person for one in households.values() for person, _ in one.entries}
        everybody |= {
            key.rpartition("/")[2] for one in households.values() for keys in one.managed.values() for key in keys
        }
        tombstones = self.memory.tombstones_of(everybody)
        lacking = sorted({contact for one in households.values() for contact in one.lacking()})
        elsewhere = self.source.get(lacking) if lacking and asking else {}
        for one in households.values():
            one.tombstones, one.elsewhere = tombstones, elsewhere
