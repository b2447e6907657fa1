"""A customer's people: the rules' memberships, members without one, and the facts to remember."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime

from integrations.core.address import emails
from integrations.core.errors import AuthError, IntegrationError
from integrations.core.heirs import command, gone_among, question
from integrations.core.identity import of_record
from integrations.core.ledger import Ledger
from integrations.core.ledger.heirs import Gone
from integrations.core.model import Contact, ErpContacts
from integrations.core.rows import Failed, attempt
from integrations.core.system import Contacts, System
from integrations.flows.contacts.leaving import Evidence, noted, reason
from integrations.flows.contacts.memberships import NEVER, Container, Containers, Wanted, memberships, out
from integrations.flows.contacts.memory import EVERYWHERE, ContactRepository, Learned, Leaving, Reason, TombstoneRecord
from integrations.flows.contacts.people import (
    FORMER,
    SEGMENT,
    Code,
    Entry,
    People,
    people,
    person_key,
    person_of,
    place_of,
    step_of,
    subject,
)
from integrations.flows.contacts.settings import ContactSettings

Hash = Callable[[str], str]
"""The keyed hash of an address: who somebody is in all that is stored."""


@dataclasses.dataclass(frozen=True)
class Held:
    """That a customer itself is gone from the ERP, or hidden there: a person or a set-up has to come first.

    Attributes:
        has_heir: It is known who took its place, so that the ERP is not merely empty.
    """

    words: str
    code: Code = "gone"
    has_heir: bool = False


@dataclasses.dataclass
class CustomerContacts:
    """A customer with everything that is known of its people.

    Attributes:
        people: Whom the ERP's rows stand for.
        places: Where they go, by system.
        managed: Who is a member by us, by system: the id there, by key; empty where a run that was killed may have let
            them in.
        rows: By contact: the people it stood for when it was last read.
        leaving: Who is to be taken out, by system and key.
        tombstones: Who was taken out, by person and customer.
        accounts: What people chose, by system and key.
        elsewhere: Contacts that it had and has no more: where they are now.
        held: Why nobody is taken out because of what the ERP no longer says; None: nothing holds them.
    """

    roster: ErpContacts
    people: People
    hashed: Hash
    places: Mapping[str, Container]
    managed: Mapping[str, Mapping[str, str]]
    rows: Mapping[str, list[str]]
    leaving: Mapping[tuple[str, str], Leaving]
    tombstones: Mapping[tuple[str, str], TombstoneRecord] = dataclasses.field(default_factory=dict)
    accounts: Mapping[tuple[str, str], str] = dataclasses.field(default_factory=dict)
    elsewhere: Mapping[str, Contact | IntegrationError | None] = dataclasses.field(default_factory=dict)
    held: Held | None = None

    @property
    def customer(self) -> str:
        """Its id in the ERP."""
        return self.roster.customer

    @functools.cached_property
    def entries(self) -> tuple[tuple[str, Entry], ...]:
        """Its people, each with the hash of the address."""
        return tuple((self.hashed(entry.email), entry) for entry in self.people.entries)

    def buried(self, person: str, entry: Entry) -> TombstoneRecord | None:
        """Return why somebody may not come back; None where nothing is in the way."""
        for where in (EVERYWHERE, self.customer):
            stone = self.tombstones.get((person, where))
            if stone is not None and (stone.reason != "left" or entry.since <= stone.stamp):
                return stone
        return None

    def wanted(self, systems: Mapping[str, System], settings: ContactSettings) -> Iterator[Wanted]:
        """Return what the rules give its people."""
        for person, entry in self.entries:
            if self.buried(person, entry) is None:
                yield from memberships(self.customer, entry, person, self.places, systems, settings, self.accounts)

    def keys_of(self, system: str, person: str) -> list[str]:
        """The keys of somebody's membership in a system, and of those that are to end there."""
        managed = [key for key in self.managed.get(system, {}) if person_of(key) == person and FORMER in key]
        return [person_key(self.customer, person), *managed]

    def lacking(self) -> list[str]:
        """Contacts that it had, and that were not read with it now."""
        present = {contact.id for contact in self.roster.contacts} | self.unknown.keys()
        held = {person_of(key) for keys in self.managed.values() for key in keys}
        return [contact for contact, people in self.rows.items() if contact not in present and held & set(people)]

    @functools.cached_property
    def unknown(self) -> Mapping[str, IntegrationError]:
        """Its contacts that could not be read or worked on."""
        return {failure.id: failure.error for failure in self.people.failed}

    def is_unknown(self, person: str) -> bool:
        """Return whether somebody stood in a contact of which nobody knows now whom it stands for."""
        return any(person in self.rows.get(contact, ()) for contact in self.unknown)

    def outdated(self) -> list[str]:
        """Contacts, each the first of a person who left, of whom the ERP has said nothing newer since."""
        buried = ((entry, self.buried(person, entry)) for person, entry in self.entries)
        return [entry.contacts[0] for entry, stone in buried if stone is not None and stone.reason == "left"]

    def hidden(self) -> list[str]:
        """Contacts that it had, and that the ERP does not let us see any more."""
        return [contact for contact in self.lacking() if isinstance(self.elsewhere.get(contact), AuthError)]

    def leavers(self, wanted: frozenset[str], now: datetime) -> Iterator[Leaving]:
        """Its members whom the rules give nothing, by the steps of those that they do."""
        evidence: Evidence | None = None
        for system, keys in self.managed.items():
            for key in keys:
                if step_of(system, key) in wanted or SEGMENT not in key:
                    continue
                evidence = evidence or self._evidence()
                why = self._why(system, key, evidence)
                known = self.leaving.get((system, key))
                if why is not None:
                    yield noted(known, system, key, self.customer, why, now)
                elif known is not None and known.reason != "missing" and not self.held:
                    yield known

    def _why(self, system: str, key: str, evidence: Evidence) -> Reason | None:
        if (person_of(key), EVERYWHERE) in self.tombstones:
            return "revoked"
        if self.accounts.get((system, key)) == NEVER:
            return "never"
        if FORMER in key:
            return "place"
        if self.held:
            return None
        why = reason(person_of(key), evidence)
        place = self.places.get(system)
        # Where nobody is to be let in any more, it was not said that everybody is to go.
        return None if why == "function" and place is not None and not place.is_open else why

    def out(self, leaver: Leaving, systems: Mapping[str, System]) -> Wanted | None:
        """That somebody is to be no member any more; None where there is no telling of what."""
        place = self.places.get(leaver.system)
        if place is None:
            return None
        system, known = systems[leaver.system], self.managed[leaver.system].get(leaver.key)
        # In a directory another machine may have written the row, under an id that this ledger does not know; and who
        # was revoked may be in there with a second account.
        is_listed = system.people is not None and system.people.access == "directory"
        where = place_of(leaver.key) or place.id
        by_address = is_listed or not known or leaver.reason == "revoked"
        email = self._shown(system, where, person_of(leaver.key)) if by_address else ""
        if email is None and not known:
            return None
        return Wanted(out(system, self.customer, leaver.key, place, email or ""), self.customer, None, leaver.reason)

    def _shown(self, system: System, place: str, person: str) -> str | None:
        """Somebody's address as a place shows it; empty where it shows none of theirs, None where it can't be read."""
        if system.people is None:
            return None
        try:
            present = system.people.present(place)
        except IntegrationError:
            return None
        shown = (email for person in present for email in emails(person.email))
        return next((email for email in shown if self.hashed(email) == person), "")

    def stamp(self, person: str) -> float:
        """The newest word of the ERP on somebody, in seconds since 1970; 0 where it says nothing."""
        contacts = [contact for contact, people in self.rows.items() if person in people]
        dates = [
            contact.changed
            for contact in self.roster.contacts
            if contact.id in contacts and contact.changed is not None
        ]
        dates += [
            contact.changed
            for contact in self.elsewhere.values()
            if isinstance(contact, Contact) and contact.changed is not None
        ]
        return max((date.timestamp() for date in dates), default=0.0)

    def learned(self) -> Learned:
        """Return what is to be remembered of its contacts."""
        now: dict[str, list[str]] = {}
        for person, entry in self.entries:
            for contact in entry.contacts:
                now.setdefault(contact, []).append(person)
        held = {person_of(key) for keys in self.managed.values() for key in keys}
        changed = {
            contact: (self.customer, tuple(people))
            for contact, people in now.items()
            if self.rows.get(contact) != people
        }
        gone = [
            (contact, self.customer)
            for contact, people in self.rows.items()
            if contact not in now and contact not in self.unknown and not held & set(people)
        ]
        places = {(system, self.customer): place.id for system, place in self.places.items()}
        return Learned(contacts=changed, contacts_gone=gone, places=places)

    def _evidence(self) -> Evidence:
        named = {
            contact.id: [self.hashed(email) for email in emails(contact.email)] for contact in self.roster.contacts
        }
        closed = frozenset(contact.id for contact in self.roster.contacts if not contact.active)
        return Evidence(
            customer=self.customer,
            exists=self.roster.exists,
            active=self.roster.active,
            given=frozenset(person for person, _ in self.entries),
            ours=frozenset(self.hashed(skip.email) for skip in self.people.skips if skip.code == "ours"),
            archived=frozenset(person for contact in closed for person in named[contact]),
            contacts=named,
            closed=closed,
            rows=self.rows,
            elsewhere={**self.elsewhere, **self.unknown},
        )


@dataclasses.dataclass(frozen=True)
class Estates:
    """Looks after what is left of customers that are gone."""

    systems: Mapping[str, System]
    ledger: Ledger
    memory: ContactRepository

    def held(self, rosters: Sequence[ErpContacts]) -> dict[str, Held | IntegrationError]:
        """Return, by customer of these, why its people wait; an error: it could not be asked, look again.

        Only those are asked about whom the ERP did not give with the others. That a customer lives again is kept.
        """
        gone = [roster.customer for roster in rosters if not roster.exists]
        known = self.ledger.heirs.known([roster.customer for roster in rosters if roster.exists])
        if known:
            self.ledger.heirs.forget(list(known))
        contacts = self.memory.contacts_of(gone) if gone else {}
        found = attempt("", gone_among, self.ledger, self.systems, gone, contacts)
        if isinstance(found, IntegrationError):
            return dict.fromkeys(gone, found)
        archived = self._archived(found.values())
        answers = {customer: self._why(answer, archived) for customer, answer in found.items()}
        return {customer: why for customer, why in answers.items() if why is not None}

    def inherit(self, places: Mapping[str, Mapping[str, Container]]) -> None:
        """Take over the people of customers that are gone, who were in places that are one of these customers' now.

        A place that nobody got stays the other's, with its people.

        Args:
            places: By customer: its places, by system. Its own people of former places were set aside before.
        """
        lookup = Containers(self.systems, self.ledger)
        for heir, olds in lookup.inherited(list(places)).items():
            for old in olds:
                left = [name for name in lookup.systems if lookup.has_any(old, name)]
                for name in places[heir].keys() - set(left):
                    self._inherit(name, old, heir, places[heir][name].id)
                if not left and self.memory.places_of([old]):
                    self.memory.inherit(old, heir)

    def _inherit(self, system: str, old: str, heir: str, place: str) -> None:
        """File the people of a customer's place under the one that has it now; in another place they are to leave it.

        `place`: where the people of the heir go.
        """
        people = self.systems[system].people
        if people is None:
            return
        kind, before = people.resource.kind, self.memory.places_of([old]).get((system, old), place)
        if before != place:  # a set-up that runs at the same time has handed it on since we read the heir's places
            self.memory.move(system, kind, old, before, place)
        self.ledger.object_index.inherit(system, kind, subject(old), subject(heir))

    def _archived(self, found: Collection[Gone | IntegrationError]) -> frozenset[str]:
        """Return the heirs of these that the ERP keeps in its archive only."""
        record = of_record(self.systems)
        heirs = sorted({succession.heir for succession in found if isinstance(succession, Gone) and succession.heir})
        if record is None or record.contacts is None or not heirs:
            return frozenset()
        rosters = attempt("", lambda contacts: list(contacts.rosters(heirs)), record.contacts)
        if isinstance(rosters, IntegrationError):
            return frozenset()  # it adds to the words alone
        return frozenset(
            roster.customer
            for roster in rosters
            if isinstance(roster, ErpContacts) and roster.exists and not roster.active
        )

    def _why(self, gone: Gone | IntegrationError, archived: Collection[str]) -> Held | IntegrationError | None:
        if isinstance(gone, AuthError):
            return Held(f"{gone.message}: its people stay as they are", "hidden")
        if isinstance(gone, IntegrationError):
            return gone
        if gone.is_left:
            return None
        if gone.is_open:
            return Held(why_open(gone.without_names()))  # what is kept names nobody
        return Held(self._of_heir(gone, archived), has_heir=True)

    def _of_heir(self, gone: Gone, archived: Collection[str]) -> str:
        """Return what has to happen before the people of a customer with an heir are the heir's."""
        by = f" ({gone.proof})" if gone.proof else ""
        sentence = f"the customer {gone.customer} is gone from the ERP, and {gone.heir} took its place{by}"
        places = Containers(self.systems, self.ledger)
        own, left = places.of([gone.heir])[gone.heir], places.of([gone.customer])[gone.customer]
        twice = [name for name in left if name in own]
        deals = self.ledger.deals_of([gone.customer])[gone.customer] or ["DEAL"]
        if gone.heir in archived:
            return (
                f"{sentence}, which is archived there itself. Its people stay as they are. Restore {gone.heir} in the "
                f"ERP, then: closedwon setup {deals[0]}. If they are to leave: closedwon link {gone.customer} heir=none"
            )
        if len(twice) < len(left):
            return f"{sentence}. What it has becomes that one's with: closedwon setup {deals[0]}"
        titles = " and ".join(self.systems[name].title for name in twice)
        ids = ", ".join(place.id for place in left.values())
        return (
            f"{sentence}, which has its own in {titles}. Its people stay in {ids} until somebody says which one "
            f"counts: closedwon link DEAL STEP=ID, or that they are to leave: closedwon link {gone.customer} heir=none"
        )


def why_open(gone: Gone) -> str:
    """Return why the people of a customer wait of whom nobody knows who took its place."""
    return f"{question(gone)}. Its people stay as they are until somebody says who: {command(gone)}"


@dataclasses.dataclass(frozen=True)
class _Remembered:
    """Our own memory of some customers' people.

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

    def household(
        self, roster: ErpContacts, own: People, places: Mapping[str, Container], held: Held | None
    ) -> CustomerContacts:
        """Return one customer with its people and what is remembered of them."""
        name = subject(roster.customer)
        return CustomerContacts(
            roster,
            own,
            self.hashed,
            places,
            {system: keys[name] for system, keys in self.managed.items()},
            self.rows[roster.customer],
            {place: leaver for place, leaver in self.leaving.items() if leaver.customer == roster.customer},
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
    memory: ContactRepository
    source: Contacts
    settings: ContactSettings
    staff: Callable[[], frozenset[str]]

    def households(
        self, rosters: Sequence[ErpContacts], *, asking: bool = True
    ) -> tuple[dict[str, CustomerContacts], list[Failed]]:
        """Return by customer its people, its members, and what is remembered of them; and the customers that failed.

        `asking`: the ERP may be asked who is one of us, and where contacts have gone; otherwise that is not known.
        """
        customers = [roster.customer for roster in rosters]
        places, held = self._placed(rosters, asking=asking)
        kept = self._remembered(customers)
        staff = self.staff() if asking and rosters else frozenset[str]()

        def household(roster: ErpContacts) -> CustomerContacts:
            waits = held.get(roster.customer)
            if isinstance(waits, IntegrationError):
                raise waits
            made = kept.household(roster, people(roster, self.settings, staff), places[roster.customer], waits)
            _ = made.entries, made.lacking()  # what all of them are asked for together below: it raises here
            return made

        answers = {roster.customer: attempt("", household, roster) for roster in rosters}
        found = {customer: answer for customer, answer in answers.items() if isinstance(answer, CustomerContacts)}
        self._complete(found, asking=asking)
        return found, [Failed(name, answer) for name, answer in answers.items() if isinstance(answer, IntegrationError)]

    def _placed(
        self, rosters: Sequence[ErpContacts], *, asking: bool
    ) -> tuple[Mapping[str, Mapping[str, Container]], Mapping[str, Held | IntegrationError]]:
        """Return by customer its places, and why its people stay as they are where that is so."""
        customers = [roster.customer for roster in rosters]
        places, known = Containers(self.systems, self.ledger).of(customers), self.ledger.heirs.known()
        self._move(places)
        estates = Estates(self.systems, self.ledger, self.memory)
        estates.inherit(places)
        held = estates.held(rosters) if asking else {}
        if known or held:
            # Who is whose heir may be known better now, and so whose marks count.
            places = Containers(self.systems, self.ledger).of(customers)
        return places, held

    def _remembered(self, customers: Sequence[str]) -> _Remembered:
        """Return what our own memory holds of these customers' people."""
        names, object_index = [subject(customer) for customer in customers], self.ledger.object_index
        kinds = {
            name: system.people.resource.kind for name, system in self.systems.items() if system.people is not None
        }
        managed = {system: object_index.objects(system, kind, names) for system, kind in kinds.items()}
        for system, kind in kinds.items():
            for key in object_index.begun(system, kind):
                # A run that was killed may have let them in: without this, nobody would take them out again.
                if (name := key.partition("/")[0]) in managed[system]:
                    managed[system][name].setdefault(key, "")
        return _Remembered(
            self.ledger.hash,
            managed,
            {system: object_index.choices(system, kind, names) for system, kind in kinds.items()},
            self.memory.contacts_of(customers),
            self.memory.leaving_of(customers),
        )

    def _move(self, places: Mapping[str, Mapping[str, Container]]) -> None:
        """Send the members of a customer's former place on their way out, where somebody chose another one."""
        for (system, customer), before in self.memory.places_of(list(places)).items():
            now, people = places[customer].get(system), self.systems[system].people if system in self.systems else None
            if now is not None and now.id != before and now.is_sure and people is not None:
                self.memory.move(system, people.resource.kind, customer, before, now.id)

    def _complete(self, households: Mapping[str, CustomerContacts], *, asking: bool) -> None:
        """Add what can only be asked once all are known: tombstones, and where contacts have gone."""
        everybody = {person for household in households.values() for person, _ in household.entries}
        everybody |= {
            key.rpartition("/")[2]
            for household in households.values()
            for keys in household.managed.values()
            for key in keys
        }
        tombstones = self.memory.tombstones_of(everybody)
        lacking = sorted({contact for household in households.values() for contact in household.lacking()})
        elsewhere = self.source.get(lacking) if lacking and asking else {}
        for household in households.values():
            household.tombstones, household.elsewhere = tombstones, elsewhere
