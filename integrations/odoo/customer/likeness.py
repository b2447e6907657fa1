"""Companies that look like the one that is wanted: a person has to say whether they are it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any

from integrations.core.errors import Ambiguous, Candidate
from integrations.core.likeness import Features, Likeness, likeness
from integrations.core.resource import Lookup
from integrations.odoo.connection import Connection, Row
from integrations.odoo.customer.companies import Companies, Place, Places, features
from integrations.odoo.customer.resource import Customer
from integrations.odoo.facts import Facts
from integrations.odoo.partners import PARTNER, Partner, Partners, reference

CONTACT = "one of its contacts"
"""Not by name: what a run was asked is kept in the ledger, which names no customer's people."""
_NEXT = "Make it the opportunity's customer in Odoo, or say which it is."


@dataclasses.dataclass(frozen=True)
class Rival:
    """A company that is alike, and why.

    Attributes:
        contacts: Its people who have an e-mail address.
    """

    partner: Partner
    likeness: Likeness
    contacts: int = 0

    @property
    def is_it(self) -> bool:
        """Tell whether it is the wanted company beyond doubt, and can be used as it is."""
        return self.likeness.certain and self.partner.active


class Alike:
    """Answers look-ups of customers that nothing points to."""

    def __init__(self, connection: Connection, facts: Facts, partners: Partners, companies: Companies) -> None:
        self._connection, self._facts, self._partners, self._companies = connection, facts, partners, companies

    def find(self, lookups: Mapping[str, Lookup[Customer]]) -> Places:
        """Return for each customer the one company with its VAT number and name, a choice, or that it is nowhere.

        A company that we made for another deal is alike as any other is, and so is one that another deal is about to
        make: two deals of one company, each typed anew, are for a person to put together. Whoever said `new` is not
        asked.
        """
        asked = {key: features(lookup.resource) for key, lookup in lookups.items() if not lookup.new}
        self._companies.look()
        rivals = self.rivals(asked)
        return {key: self._answer(lookup, rivals.get(key, ())) for key, lookup in lookups.items()}

    def rivals(self, wanted: Mapping[str, Features]) -> dict[str, list[Rival]]:
        """Return the companies that are alike to each of these, the likeliest first; the list has been looked at."""
        numbers = {key: self._companies.candidates(company) for key, company in wanted.items()}
        everybody = set[int]().union(*numbers.values())
        if not everybody:
            return {}
        directory, contacts = self._connection.together(
            lambda: self._partners.read(everybody), lambda: self._addresses(everybody)
        )
        known = {
            number: (partner, self._features(partner, contacts.get(number, ())))
            for number in everybody
            if (partner := directory.partners.get(number)) is not None and _is_real(partner)
        }
        found: dict[str, list[Rival]] = {}
        for key, company in wanted.items():
            compared = [
                (partner, likeness(company, other))
                for number in sorted(numbers[key] & known.keys())
                for partner, other in [known[number]]
            ]
            alike = [
                Rival(partner, how, len(contacts.get(partner.id, ()))) for partner, how in compared if how is not None
            ]
            found[key] = sorted(alike, key=lambda rival: (not rival.likeness.certain, not rival.likeness.same_vat))
        return found

    def choice(self, wanted: Customer, rivals: Collection[Rival]) -> Ambiguous:
        """Return that a person has to say which of these it is, if any."""
        number = "one" if len(rivals) == 1 else str(len(rivals))
        return self._connection.error(
            Ambiguous,
            f"Odoo: {number} could be {wanted.name or wanted.key}",
            candidates=tuple(self._candidate(rival) for rival in rivals),
            who="the salesperson",
            next=_NEXT,
        )

    def _answer(self, lookup: Lookup[Customer], rivals: Collection[Rival]) -> Place | Ambiguous | None:
        wanted = lookup.resource
        certain = [rival for rival in rivals if rival.is_it]
        if len(certain) == 1:
            return Place(certain[0].partner.id, ours=not wanted.lead)
        if rivals:
            return self.choice(wanted, rivals)
        is_to_be_made = wanted.active and not (lookup.look or lookup.new)
        other = self._companies.expect(lookup) if is_to_be_made else None
        return None if other is None else self._another_deals(wanted, *other)

    def _another_deals(self, wanted: Customer, other: Customer, how: Likeness) -> Ambiguous:
        who = f"deal {other.deal}" if other.deal else other.key
        name, reasons = wanted.name or wanted.key, "; ".join(how.reasons)
        return self._connection.error(
            Ambiguous,
            f"Odoo: {name} could be {other.name}, which {who} is about to make ({reasons}): set that deal up first",
            candidates=(),
            who="the salesperson",
            next=f"Set up {who} first, then say whether it is this one too; if it is another one, say `new`.",
        )

    def _candidate(self, rival: Rival) -> Candidate:
        partner, reasons = rival.partner, list(rival.likeness.reasons)
        reasons += [] if partner.active else ["is archived"]
        title = ", ".join(part for part in (partner.name, partner.city) if part)
        people = f"{rival.contacts} contact{'s' if rival.contacts > 1 else ''} with an e-mail address"
        return Candidate(
            str(partner.id),
            title,
            self._connection.link(PARTNER, partner.id),
            "; ".join(reasons),
            address=", ".join(
                part for part in (partner.street, " ".join(filter(None, (partner.zip, partner.city)))) if part
            ),
            vat=partner.vat or "",
            holds=people if rival.contacts else "",
        )

    def _features(self, partner: Partner, contacts: Collection[Row]) -> Features:
        country = self._facts.country(partner.country)
        own = ((partner.email, ""),) if partner.email else ()
        return Features(
            name=partner.name,
            vat=partner.vat or "",
            emails=(*own, *((str(row["email"]), CONTACT) for row in contacts)),
            phones=(partner.phone,) if partner.phone else (),
            city=partner.city or "",
            country=str(country["code"] or "") if country else "",
        )

    def _addresses(self, companies: Collection[int]) -> dict[int, list[Row]]:
        """Return the contacts of these companies that have an e-mail field."""
        domain: list[Any] = [
            ["commercial_partner_id", "in", sorted(companies)],
            ["id", "not in", sorted(companies)],
            ["email", "!=", False],
        ]
        fields = ["email", "commercial_partner_id"]
        found: dict[int, list[Row]] = {}
        for row in self._connection.search(PARTNER, domain, fields, what="read whose e-mail addresses are alike"):
            found.setdefault(reference(row["commercial_partner_id"]) or 0, []).append(row)
        return found


def _is_real(partner: Partner) -> bool:
    """Tell whether it is a company, and none that the control panel is still making."""
    return partner.commercial == partner.id and not partner.inflight
