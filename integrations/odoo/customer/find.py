"""Finding customers: many look-ups in few requests, none of which writes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from integrations.core.errors import AuthError, IntegrationError, Rejected, Unavailable
from integrations.core.resource import Live, Lookup
from integrations.odoo.connection import HIGHEST_ID, Connection
from integrations.odoo.customer.companies import Alike, Companies, Place, Places, references
from integrations.odoo.customer.payer import Payers
from integrations.odoo.customer.resource import Customer, Reading, payer_of, sought
from integrations.odoo.leads import linked_partners
from integrations.odoo.partners import PARTNER, Directory, Partner, Partners


def chosen_places(connection: Connection, lookups: Mapping[str, Lookup[Customer]]) -> Places:
    """The companies that people chose, or why a choice can't be followed.

    A company that we made for another deal may be chosen, for a customer may have several deals.
    """
    valid = {key: int(str(lookup.id)) for key, lookup in lookups.items() if _is_id(lookup.id)}
    leads = [lead for key in valid if (lead := lookups[key].resource.lead) and not lookups[key].resource.partner]
    linked = linked_partners(connection, leads)
    places: Places = {}
    for key, lookup in lookups.items():
        if key not in valid:
            places[key] = _rejected(connection, f"{lookup.id} is no company's id", "Name the number in its address.")
        else:
            places[key] = _place(connection, lookup, valid[key], linked)
    return places


def _place(
    connection: Connection, lookup: Lookup[Customer], number: int, linked: Mapping[str, int | None]
) -> Place | Rejected:
    wanted = lookup.resource
    own = int(str(wanted.partner)) if _is_id(wanted.partner) else linked.get(wanted.lead or "")
    if own is not None:
        if own == number:
            return Place(number)
        return _rejected(
            connection,
            f"the deal belongs to the company {own} there, not to {number}",
            "Change the opportunity's customer in Odoo, or choose that company.",
        )
    return Place(number, ours=not wanted.lead)


def _rejected(connection: Connection, text: str, then: str) -> Rejected:
    return connection.error(Rejected, f"Odoo: {text}", who="the person who chose it", next=then)


def _is_id(text: str | None) -> bool:
    return bool(text) and str(text).isascii() and str(text).isdigit() and 0 < int(str(text)) <= HIGHEST_ID


Found = dict[str, "Live[Customer] | None | IntegrationError"]
Lookups = Mapping[str, Lookup[Customer]]


@dataclasses.dataclass(frozen=True)
class Seen:
    """Partners that were read, and by id the errors for those that exist but may not be read."""

    directory: Directory
    hidden: Mapping[int, AuthError]


class Finder:
    """Look-ups of customers: by payer, by id, by choice, by our external ids, by likeness, in this order."""

    def __init__(
        self,
        connection: Connection,
        partners: Partners,
        reading: Reading,
        companies: Companies,
        alike: Alike,
        payers: Payers,
    ) -> None:
        self._connection, self._partners, self._reading = connection, partners, reading
        self._companies, self._alike, self._payers = companies, alike, payers

    def find(self, lookups: Sequence[Lookup[Customer]]) -> Found:
        """Answer each look-up, by its key: the customer, None where there is none, or an error."""
        known = self._payers.known({lookup.key: lookup for lookup in lookups})
        asked = {key: answer for key, answer in known.items() if isinstance(answer, Lookup)}
        unknown_payers: Found = {key: answer for key, answer in known.items() if isinstance(answer, IntegrationError)}
        chosen = {key: lookup for key, lookup in asked.items() if lookup.chosen}
        numbered = {
            key: Place(number) for key, lookup in asked.items() if key not in chosen and (number := _number(lookup))
        }
        answers = self._read(asked, {**numbered, **chosen_places(self._connection, chosen)})
        unknown = {
            key: lookup
            for key, lookup in asked.items()
            if key not in answers or (answers[key] is None and key in numbered)
        }
        return {**answers, **self._by_marks(unknown), **unknown_payers}

    def _by_marks(self, lookups: Lookups) -> Found:
        """Look for companies by our external ids, and for those without a match by likeness."""
        if not lookups:
            return {}
        by_reference, _ = self._connection.together(lambda: references(self._connection, lookups), self._companies.look)
        found: Places = self._to_be_linked(lookups, by_reference)
        absent = {key: lookups[key] for key, place in found.items() if place is None}
        found.update(self._alike.find(absent))
        return self._read(lookups, found)

    def _to_be_linked(self, lookups: Lookups, places: Places) -> Places:
        """Mark for adoption the companies that a deal made but does not name any more, so that it is linked again."""
        leads = {
            key: lead
            for key, place in places.items()
            if isinstance(place, Place) and (lead := lookups[key].resource.lead) and not lookups[key].resource.partner
        }
        linked = linked_partners(self._connection, leads.values())
        return {
            key: dataclasses.replace(place, ours=False)
            if isinstance(place, Place) and key in leads and linked.get(leads[key], 0) is None
            else place
            for key, place in places.items()
        }

    def _read(self, lookups: Lookups, places: Places) -> Found:
        """Read the customers at these places; errors and absences are passed on."""
        answers: Found = {key: place for key, place in places.items() if not isinstance(place, Place)}
        located = {key: place for key, place in places.items() if isinstance(place, Place)}
        if not located:
            return answers
        wanted = {place.number for place in located.values()}
        wanted |= {payer_of(lookups[key].resource, place.number) for key, place in located.items()}
        segments = sorted({name for key in located if (name := lookups[key].resource.segment)})
        facts = self._reading.facts
        directory, *_ = self._connection.together(
            lambda: self._partners.just_read(wanted, sought(lookups[key].resource for key in located)),
            facts.users.rows,
            facts.countries.rows,
            *(lambda name=name: self._reading.segments.named(name) for name in segments),
        )
        # A search leaves out hidden records as it does deleted ones.
        missing = wanted - directory.partners.keys()
        hidden = self._connection.hidden(PARTNER, missing, what="read the customer's company")
        seen = Seen(directory, hidden)
        return {**answers, **{key: self._answer(lookups[key], place, seen) for key, place in located.items()}}

    def _answer(self, lookup: Lookup[Customer], place: Place, seen: Seen) -> Live[Customer] | None | IntegrationError:
        partner = seen.directory.partners.get(place.number)
        if partner is None:
            return seen.hidden.get(place.number) or self._gone(lookup, place)
        payer = payer_of(lookup.resource, place.number)
        fault = self._fault(lookup, partner)
        if payer not in seen.directory.partners:
            fault = fault or seen.hidden.get(payer) or self._no_payer(payer)
        return fault or self._reading.live(lookup.resource, partner, seen.directory, ours=place.ours)

    def _fault(self, lookup: Lookup[Customer], partner: Partner) -> IntegrationError | None:
        """The reason why an existing company can't be used as the customer; None where it can."""
        named = f"Odoo: {partner.name or 'the company'} ({partner.id})"
        if partner.inflight:
            return self._connection.error(Unavailable, f"{named} is just being made by the control panel")
        if partner.commercial != partner.id:
            return self._connection.error(
                Rejected,
                f"{named} is a contact of the company {partner.commercial}",
                who="the person who chose it",
                next=f"Name the company: {partner.commercial}.",
            )
        if not partner.active and lookup.resource.active:
            return self._connection.error(
                Rejected,
                f"{named} is archived",
                who=lookup.resource.account_manager or "the account manager",
                next="Restore it in Odoo, or give the opportunity another customer.",
            )
        return None

    def _gone(self, lookup: Lookup[Customer], place: Place) -> Rejected | None:
        """The error for a company that does not exist; None where only our own key named it: it may be made anew."""
        if not lookup.chosen and lookup.resource.partner is None:
            return None
        return self._connection.error(
            Rejected,
            f"Odoo has no company {place.number}",
            who="the person who named it",
            next="Name another one, or none.",
            field="partner",
        )

    def _no_payer(self, payer: int) -> Rejected:
        return self._connection.error(
            Rejected,
            f"Odoo has no company {payer}, which is to pay",
            who="the person who named it",
            next="Name another one, or none.",
            field="payer",
        )


def _number(lookup: Lookup[Customer]) -> int | None:
    """The company's id as the deal names it, else as one of the customer's keys holds it."""
    keys = [lookup.resource.partner or ""]
    keys += [key.removeprefix("customer:") for key in lookup.keys if key.startswith("customer:")]
    return next((int(key) for key in keys if key.isascii() and key.isdigit() and 0 < int(key) <= HIGHEST_ID), None)
