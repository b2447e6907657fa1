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
from integrations.flows.contacts.gone import Estates
from integrations.flows.contacts.memory import Memory
from integrations.flows.contacts.people import people
from integrations.flows.contacts.places import Place, Places, subject
from integrations.flows.contacts.settings import ContactSettings


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
        places, known = Places(self.systems, self.ledger).of(customers), self.ledger.heirs.known()
        self._move(places)
        estates = Estates(self.systems, self.ledger, self.memory)
        estates.inherit(places)
        held = estates.held(rosters) if asking else {}
        if known or held:
            # Who is whose heir may be known better now, and so whose marks count.
            places = Places(self.systems, self.ledger).of(customers)
        names = [subject(customer) for customer in customers]
        filing = self.ledger.filing
        kinds = {
            name: system.people.resource.kind for name, system in self.systems.items() if system.people is not None
        }
        managed = {system: filing.objects(system, kind, names) for system, kind in kinds.items()}
        for system, kind in kinds.items():
            for key in filing.begun(system, kind):
                # A run that was killed may have let them in: without this, nobody would take them out again.
                if (name := key.partition("/")[0]) in managed[system]:
                    managed[system][name].setdefault(key, "")
        chosen = {system: filing.choices(system, kind, names) for system, kind in kinds.items()}
        rows, leaving = self.memory.contacts_of(customers), self.memory.leaving_of(customers)
        staff = self.staff() if asking and rosters else frozenset()

        def household(roster: Roster) -> Household:
            name, waits = subject(roster.customer), held.get(roster.customer)
            if isinstance(waits, IntegrationError):
                raise waits
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
                held=waits,
            )
            _ = made.entries, made.lacking()  # what all of them are asked for together below: it raises here
            return made

        answers = {roster.customer: attempt("", household, roster) for roster in rosters}
        found = {customer: one for customer, one in answers.items() if isinstance(one, Household)}
        self._complete(found, asking=asking)
        return found, [Failed(name, one) for name, one in answers.items() if isinstance(one, IntegrationError)]

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
