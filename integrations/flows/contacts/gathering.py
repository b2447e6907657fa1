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
from integrations.flows.contacts.customer import Household
from integrations.flows.contacts.memory import Memory
from integrations.flows.contacts.people import people
from integrations.flows.contacts.places import Place, Places, subject
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.wanted import FORMER, former


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
        names = [subject(customer) for customer in customers]
        filing = self.ledger.filing
        kinds = {
            name: system.people.resource.kind for name, system in self.systems.items() if system.people is not None
        }
        places = Places(self.systems, self.ledger).of(customers)
        managed = {system: filing.objects(system, kind, names) for system, kind in kinds.items()}
        for system, kind in kinds.items():
            for key in filing.begun(system, kind):
                # A run that was killed may have let them in: without this, nobody would take them out again.
                if (name := key.partition("/")[0]) in managed[system]:
                    managed[system][name].setdefault(key, "")
        self._move(managed, kinds, places)
        chosen = {system: filing.choices(system, kind, names) for system, kind in kinds.items()}
        rows, leaving = self.memory.contacts_of(customers), self.memory.leaving_of(customers)
        staff = self.staff() if asking and rosters else frozenset()

        def household(roster: Roster) -> Household:
            name = subject(roster.customer)
            made = Household(
                roster,
                people(roster, self.settings, staff),
                self.ledger.hash,
                places[roster.customer],
                {system: keys[name] for system, keys in managed.items()},
                rows[roster.customer],
                {place: one for place, one in leaving.items() if one.customer == roster.customer},
                accounts={
                    (system, key): answer for system, keys in chosen.items() for key, answer in keys[name].items()
                },
            )
            _ = made.entries, made.lacking()  # what all of them are asked for together below: it raises here
            return made

        answers = {roster.customer: attempt("", household, roster) for roster in rosters}
        found = {customer: one for customer, one in answers.items() if isinstance(one, Household)}
        self._complete(found, asking=asking)
        return found, [Failed(name, one) for name, one in answers.items() if isinstance(one, IntegrationError)]

    def _move(
        self,
        managed: Mapping[str, dict[str, dict[str, str]]],
        kinds: Mapping[str, str],
        places: Mapping[str, Mapping[str, Place]],
    ) -> None:
        """Where somebody chose another place for a customer, its members of the former one are on their way out."""
        for (system, customer), place in self.memory.places_of(list(places)).items():
            now = places[customer].get(system)
            if now is None or now.id == place or not now.is_sure or system not in managed:
                continue
            keys = managed[system][subject(customer)]
            moved = {key: former(key, place) for key in keys if FORMER not in key and keys[key]}
            self.ledger.filing.move(system, kinds[system], moved)
            managed[system][subject(customer)] = {moved.get(key, key): number for key, number in keys.items()}

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
