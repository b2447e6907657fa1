"""One customer: whom the rules give what, who is a member without, and what to remember of it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from integrations.core.address import emails
from integrations.core.errors import AuthError, IntegrationError
from integrations.core.model import Contact, Roster
from integrations.core.system import System
from integrations.flows.contacts.entry import Code, Entry, People
from integrations.flows.contacts.leaving import Evidence, noted, reason
from integrations.flows.contacts.places import Place
from integrations.flows.contacts.remembered import EVERYWHERE, Learned, Leaving, Reason, Tombstone
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.wanted import (
    FORMER,
    NEVER,
    SEGMENT,
    Wanted,
    memberships,
    out,
    person_key,
    person_of,
    place_of,
    step_of,
)

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
class Household:
    """One customer with everything that is known of its people.

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

    roster: Roster
    people: People
    hashed: Hash
    places: Mapping[str, Place]
    managed: Mapping[str, Mapping[str, str]]
    rows: Mapping[str, list[str]]
    leaving: Mapping[tuple[str, str], Leaving]
    tombstones: Mapping[tuple[str, str], Tombstone] = dataclasses.field(default_factory=dict)
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

    def buried(self, person: str, entry: Entry) -> Tombstone | None:
        """Why somebody may not come back; None where nothing is in the way."""
        for where in (EVERYWHERE, self.customer):
            stone = self.tombstones.get((person, where))
            if stone is not None and (stone.reason != "left" or entry.since <= stone.stamp):
                return stone
        return None

    def wanted(self, systems: Mapping[str, System], settings: ContactSettings) -> Iterator[Wanted]:
        """What the rules give its people."""
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
        return {one.id: one.error for one in self.people.failed}

    def is_unknown(self, person: str) -> bool:
        """Whether somebody stood in a contact of which nobody knows now whom it stands for."""
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
        shown = (email for one in present for email in emails(one.email))
        return next((email for email in shown if self.hashed(email) == person), "")

    def stamp(self, person: str) -> float:
        """The newest word of the ERP on somebody, in seconds since 1970; 0 where it says nothing."""
        contacts = [one for one, people in self.rows.items() if person in people]
        dates = [one.changed for one in self.roster.contacts if one.id in contacts and one.changed is not None]
        dates += [
            one.changed for one in self.elsewhere.values() if isinstance(one, Contact) and one.changed is not None
        ]
        return max((date.timestamp() for date in dates), default=0.0)

    def learned(self) -> Learned:
        """What is to be remembered of its contacts."""
        now: dict[str, list[str]] = {}
        for person, entry in self.entries:
            for contact in entry.contacts:
                now.setdefault(contact, []).append(person)
        held = {person_of(key) for keys in self.managed.values() for key in keys}
        changed = {one: (self.customer, tuple(people)) for one, people in now.items() if self.rows.get(one) != people}
        gone = [
            (one, self.customer)
            for one, people in self.rows.items()
            if one not in now and one not in self.unknown and not held & set(people)
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
