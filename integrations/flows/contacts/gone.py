"""Customers that the ERP no longer has: their people wait until their places are an heir's, or somebody has spoken."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from integrations.core.errors import AuthError, IntegrationError
from integrations.core.heirs import command, gone_among, question
from integrations.core.identity import of_record
from integrations.core.ledger import Ledger
from integrations.core.ledger.heirs import Gone
from integrations.core.model import Roster
from integrations.core.rows import attempt
from integrations.core.system import System
from integrations.flows.contacts.customer import Held
from integrations.flows.contacts.memory import Memory
from integrations.flows.contacts.places import Place, Places, subject


@dataclasses.dataclass(frozen=True)
class Estates:
    """Looks after what is left of customers that are gone."""

    systems: Mapping[str, System]
    ledger: Ledger
    memory: Memory

    def held(self, rosters: Sequence[Roster]) -> dict[str, Held | IntegrationError]:
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
        answers = {customer: self._why(one, archived) for customer, one in found.items()}
        return {customer: why for customer, why in answers.items() if why is not None}

    def inherit(self, places: Mapping[str, Mapping[str, Place]]) -> None:
        """Take over the people of customers that are gone, who were in places that are one of these customers' now.

        A place that nobody got stays the other's, with its people.

        Args:
            places: By customer: its places, by system. Its own people of former places were set aside before.
        """
        lookup = Places(self.systems, self.ledger)
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
        self.ledger.filing.inherit(system, kind, subject(old), subject(heir))

    def _archived(self, found: Collection[Gone | IntegrationError]) -> frozenset[str]:
        """Return the heirs of these that the ERP keeps in its archive only."""
        record = of_record(self.systems)
        heirs = sorted({one.heir for one in found if isinstance(one, Gone) and one.heir})
        if record is None or record.contacts is None or not heirs:
            return frozenset()
        rosters = attempt("", lambda contacts: list(contacts.rosters(heirs)), record.contacts)
        if isinstance(rosters, IntegrationError):
            return frozenset()  # it adds to the words alone
        return frozenset(one.customer for one in rosters if isinstance(one, Roster) and one.exists and not one.active)

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
        said = f"the customer {gone.customer} is gone from the ERP, and {gone.heir} took its place{by}"
        places = Places(self.systems, self.ledger)
        own, left = places.of([gone.heir])[gone.heir], places.of([gone.customer])[gone.customer]
        twice = [name for name in left if name in own]
        deals = self.ledger.deals_of([gone.customer])[gone.customer] or ["DEAL"]
        if gone.heir in archived:
            return (
                f"{said}, which is archived there itself. Its people stay as they are. Restore {gone.heir} in the ERP, "
                f"then: closedwon setup {deals[0]}. If they are to leave: closedwon link {gone.customer} heir=none"
            )
        if len(twice) < len(left):
            return f"{said}. What it has becomes that one's with: closedwon setup {deals[0]}"
        titles = " and ".join(self.systems[name].title for name in twice)
        ids = ", ".join(place.id for place in left.values())
        return (
            f"{said}, which has its own in {titles}. Its people stay in {ids} until somebody says which one counts: "
            f"closedwon link DEAL STEP=ID, or that they are to leave: closedwon link {gone.customer} heir=none"
        )


def why_open(gone: Gone) -> str:
    """Return why the people of a customer wait of whom nobody knows who took its place."""
    return f"{question(gone)}. Its people stay as they are until somebody says who: {command(gone)}"
