"""All companies of one Odoo, listed once a run and kept up to date; and those that are like a wanted customer."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from integrations.core.errors import Ambiguous, AuthError, Candidate, IntegrationError
from integrations.core.likeness import Features, Index, Likeness, likeness
from integrations.core.resource import PLACEHOLDER, Lookup
from integrations.odoo import marks
from integrations.odoo.connection import ADMINISTRATOR, ARCHIVED_TOO, BadValue, Connection, Row
from integrations.odoo.customer.resource import Customer
from integrations.odoo.facts import Facts
from integrations.odoo.leads import linked_partners
from integrations.odoo.moment import stamp
from integrations.odoo.partners import INFLIGHT, PARTNER, Partner, Partners, reference

FIELDS = ("name", "vat", "email", "phone", "commercial_partner_id")
EVERYBODY: tuple[Any, ...] = ("|", "|", ["is_company", "=", True], ["parent_id", "=", False], ["email", "!=", False])
"""Domain of companies, private persons, and contacts with an e-mail field, by which their company is recognized."""
AT_ONCE = 10
"""Pages per request of this listing: 10,000 partners of a few fields take Odoo half a second."""
LIFETIME = 600.0
"""Seconds until everything is listed again: deletions show in a full listing only."""
RECENT = 20.0
"""Seconds until a plan asks for changes again; a creation always asks."""
OVERLAP = timedelta(seconds=120)
"""Time that each read of changes overlaps with the one before.

`write_date` is the start of a transaction, and its rows become visible at its end only."""


class Companies:
    """Index of all companies by name, VAT number, e-mail address, domain and telephone number.

    It also has the companies that deals of this run are about to make: of two such deals that are alike, the second
    has to be decided by a person.
    """

    def __init__(self, connection: Connection, facts: Facts) -> None:
        self._connection, self._facts = connection, facts
        self._guard = threading.Lock()
        self._index = Index()
        self._listed_at = self._looked_at = float("-inf")
        self._since: datetime | None = None
        self._expected: dict[int, tuple[Customer, Features]] = {}
        self._expecting, self._numbers = Index(), dict[str, int]()

    def look(self, *, again: bool = False) -> None:
        """Bring the list up to date: all of it where it is missing or old, else what changed if `RECENT` is over.

        With `again` changes are read in any case.
        """
        with self._guard:
            now = time.monotonic()
            if now - self._listed_at > LIFETIME:
                self._expected = {}
                self._index, self._expecting = Index(), Index()
                self._read(None)
                self._listed_at = self._looked_at = now
            elif again or now - self._looked_at > RECENT:
                self._read(self._since)
                self._looked_at = now

    def candidates(self, features: Features) -> set[int]:
        """The ids of companies that share a feature with these; only `likeness` says whether they are alike."""
        with self._guard:
            return self._index.candidates(features)

    def expect(self, lookup: Lookup[Customer]) -> tuple[Customer, Likeness] | None:
        """Note that this customer is about to be made; return the other deal's that is alike, where there is one."""
        wanted = lookup.resource
        own = features(wanted)
        with self._guard:
            for company in sorted(self._expecting.candidates(own) & self._expected.keys()):
                other, theirs = self._expected[company]
                how = likeness(own, theirs) if other.key not in lookup.keys else None
                if how is not None:
                    return other, how
            number = self._numbers.setdefault(wanted.key, len(self._numbers))
            self._expected[number] = (wanted, own)
            self._expecting.add(number, own)
        return None

    def settle(self, wanted: Mapping[str, Customer], made: Mapping[str, int]) -> None:
        """Drop these customers from the expected ones; those that were `made` are known companies from now on."""
        with self._guard:
            for key, customer in wanted.items():
                self._expected.pop(self._numbers.get(key, -1), None)
                if key in made:
                    self._index.add(made[key], features(customer))

    @contextlib.contextmanager
    def making(self) -> Iterator[None]:
        """Hold this machine's lock for new companies, with the list brought up to date under it.

        Two deals of one company, each typed anew, have different external ids, so Odoo would accept both.

        Raises:
            Unavailable: Another process held the lock for too long, or Odoo could not be asked.
        """
        with self._connection.locks.hold(f"{self._connection.name} new companies"):
            self.look(again=True)
            yield

    def _read(self, since: datetime | None) -> None:
        # The server's clock, as its answers show it: this machine's may be wrong.
        begun = self._connection.http.clock.now() - OVERLAP
        changed: list[Any] = [["write_date", ">=", stamp(since)]] if since is not None else []
        for rows in self._pages([*changed, *EVERYBODY]):
            for row in rows:
                self._add(row)
        self._since = begun

    def _pages(self, domain: Sequence[Any]) -> Iterator[list[Row]]:
        what = "list the companies"
        known = self._facts.fields(PARTNER)
        fields = [*FIELDS, *(name for name in (INFLIGHT,) if name in known)]
        limit, beyond = self._connection.page * AT_ONCE, list[Any]()
        while True:
            rows = self._connection.first(PARTNER, [*beyond, *domain], fields, limit, what=what)
            yield rows
            if len(rows) < limit:
                return
            beyond = [["id", ">", rows[-1]["id"]]]

    def _add(self, row: Row) -> None:
        company = reference(row["commercial_partner_id"]) or row["id"]
        if row.get(INFLIGHT):
            return  # the control panel is still making it, and writes to it when it is done
        if company == row["id"]:
            self._index.add(company, Features.of(row["name"], vat=row["vat"], email=row["email"], phone=row["phone"]))
        elif row["email"]:
            self._index.add(company, Features(emails=((row["email"], ""),)))


def features(wanted: Customer) -> Features:
    """The features by which a wanted customer is recognized; values that another step fills in later are left out."""
    known = {name: value for name, value in wanted if isinstance(value, str) and value != PLACEHOLDER}
    emails = [known.get(name, "") for name in ("email", "invoice_email", "contact_email")]
    return Features(
        name=known.get("name", ""),
        vat=known.get("vat", ""),
        emails=tuple((field, "") for field in emails if field),
        phones=(known["phone"],) if known.get("phone") else (),
        city=known.get("city", ""),
        country=known.get("country_code", ""),
    )


@dataclasses.dataclass(frozen=True)
class Place:
    """A company that was found, by its id.

    Attributes:
        ours: Nothing has to be written to make it ours.
    """

    number: int
    ours: bool = True


Places = dict[str, "Place | None | IntegrationError"]
"""By key the company that was found, None where there is none, or the error because of which that is not known."""


_WHAT = "look for the company that closedwon made"


def references(connection: Connection, lookups: Mapping[str, Lookup[Customer]]) -> Places:
    """Find companies by our external ids.

    Odoo answers `false` instead of an id for a company that we may not see, but also, until a later success, for one
    whose creation it rolled back. The opportunity decides: it is linked in the same transaction as the creation.
    """
    names = {key: marks.of_keys(lookup.keys, lookup.resource.deal) for key, lookup in lookups.items()}
    asked = sorted({name for some in names.values() for name in some})
    answers = connection.together(*(lambda name=name: _named(connection, name) for name in asked))
    named = dict(zip(asked, answers, strict=True))
    places: Places = {key: _first([named[name] for name in some]) for key, some in names.items()}
    unsure = {key: lookups[key] for key, place in places.items() if isinstance(place, _Unsure)}
    if unsure:
        leads = [lookup.resource.lead for lookup in unsure.values()]
        linked = linked_partners(connection, [lead for lead in leads if lead])
        for key, lookup in unsure.items():
            if lookup.resource.lead and linked.get(lookup.resource.lead, 0) is None:
                places[key] = None
    return places


def _first(answers: Sequence[Place | None | IntegrationError]) -> Place | None | IntegrationError:
    """Return the first company found, else the gravest error: a real one before one that is merely unsure."""
    place = next((answer for answer in answers if isinstance(answer, Place)), None)
    errors = sorted(
        (answer for answer in answers if isinstance(answer, IntegrationError)),
        key=lambda error: isinstance(error, _Unsure),
    )
    return place or next(iter(errors), None)


class _Unsure(AuthError):
    """An external id of a company that exists but may not be seen, or whose creation was rolled back."""


def _named(connection: Connection, name: str) -> Place | None | IntegrationError:
    try:
        _, found = connection.call(
            "ir.model.data",
            "check_object_reference",
            what=_WHAT,
            context=ARCHIVED_TOO,
            module=marks.MODULE,
            xml_id=name,
        )
    except BadValue:
        return None
    except IntegrationError as error:
        return error
    return Place(int(found)) if found else _unsure(connection, name)


def _unsure(connection: Connection, name: str) -> _Unsure:
    return _Unsure(
        f"Odoo: {connection.settings.account} may not see the company {marks.MODULE}.{name}, or Odoo has not yet "
        "forgotten an attempt to make it that it refused",
        system=connection.name,
        who=ADMINISTRATOR,
        next="Let the account see it; if there is none, restart Odoo. Then run this again.",
    )


CONTACT = "one of its contacts"
"""The words for a person in a question. Without the name: the ledger keeps questions, but no customers' people."""
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
        """Return whether it is the wanted company beyond doubt and not archived."""
        return self.likeness.certain and self.partner.active


class Alike:
    """Look-ups of customers by likeness, for those that neither the deal, a choice nor an external id points to."""

    def __init__(self, connection: Connection, facts: Facts, partners: Partners, companies: Companies) -> None:
        self._connection, self._facts, self._partners, self._companies = connection, facts, partners, companies

    def find(self, lookups: Mapping[str, Lookup[Customer]]) -> Places:
        """Find the one company with a customer's VAT number and name; else a choice, or None where nothing is alike.

        Companies that we made for other deals count, and so do those that another deal of this run is about to make:
        whether two deals are of one company a person has to say. Where that person chose `new`, nothing is looked for.
        """
        asked = {key: features(lookup.resource) for key, lookup in lookups.items() if not lookup.new}
        self._companies.look()
        rivals = self.rivals(asked)
        return {key: self._answer(lookup, rivals.get(key, ())) for key, lookup in lookups.items()}

    def rivals(self, wanted: Mapping[str, Features]) -> dict[str, list[Rival]]:
        """The companies that are alike to each of these, the likeliest first; the caller has called `look` before."""
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
        """The error by which a person is asked which of these companies it is, if any."""
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
        """By company its contacts that have an e-mail field."""
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
    """Return whether it is its own commercial partner and the control API is not still making it."""
    return partner.commercial == partner.id and not partner.inflight
