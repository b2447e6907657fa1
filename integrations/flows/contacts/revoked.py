"""What a revocation could not come to: the systems that were not looked through are, by the next sync."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from integrations.core.address import emails
from integrations.core.errors import Unavailable
from integrations.flows.contacts.chunk import Chunk, Chunks
from integrations.flows.contacts.customer import Household
from integrations.flows.contacts.everywhere import Everywhere, Sighting, Sightings, rosters, taken_out
from integrations.flows.contacts.outcome import Outcome
from integrations.flows.contacts.remembered import EVERYWHERE, Learned, Leaving
from integrations.flows.contacts.wanted import Wanted, person_of, place_of

_OPEN = frozenset({"waiting", "blocked", "failed"})


class Revoked:
    """Takes out whom a revocation missed, in one run.

    The ledger keeps no address: everybody whom such a system shows in a place with our mark is compared by hash.
    """

    def __init__(self, chunks: Chunks, *, approving: bool) -> None:
        """`approving`: a person may approve in this run; otherwise systems in mode `ask` are not looked at."""
        self._chunks, self._approving = chunks, approving
        self._everywhere = Everywhere(chunks.systems, chunks.ledger)
        self._rows: list[Leaving] = []
        self._seen = Sightings()

    def is_due(self, *, full: bool) -> bool:
        """Return whether a revocation is open that this run goes on with."""
        self._rows = [one for one in self._chunks.memory.outstanding() if self._is_due(one, full=full)]
        return bool(self._rows)

    def plan(self) -> Chunk:
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
            (one, person)
            for one in self._seen.found
            for email in emails(one.membership.email)
            if (person := self._chunks.ledger.hash(email)) in people[one.system]
        ]
        customers = sorted({one.customer for one, _ in found})
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
        """Whether this run looks: what somebody has to put right first is looked at again by full passes alone."""
        system = self._chunks.systems.get(row.system)
        if system is None or system.people is None or not (full or row.passes == 0):
            return False
        return system.settings.mode == "write" or (system.settings.mode == "ask" and self._approving)

    def _wanted(self, found: list[tuple[Sighting, str]], households: Mapping[str, Household]) -> Iterator[Wanted]:
        """Without those of whom the ledger knows that they are there: they leave with the customer's others.

        Of a customer without a place of ours there nobody leaves so, even where a run that was killed began it.
        """
        for one, person in found:
            household = households[one.customer]
            place = household.places.get(one.system)
            managed = household.managed.get(one.system, {}) if place is not None else {}
            own = place.id if place is not None else ""
            known = {place_of(key) or own for key in managed if person_of(key) == person}
            if one.membership.place not in known:
                yield taken_out(one, person, household, self._chunks.systems[one.system], "revoked")
