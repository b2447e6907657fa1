"""All companies of one Odoo, listed once a run and then only what changed; and those that look like a wanted one."""

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
"""Companies, private persons, and contacts with an address; archived ones too."""
AT_ONCE = 10
"""Pages of a listing that are asked for at once: 10,000 partners take Odoo half a second."""
LIFETIME = 600.0
"""Seconds: then all are listed again."""
RECENT = 20.0
"""Seconds that what was looked at holds for planning."""
OVERLAP = timedelta(seconds=120)
"""A row bears the time when its transaction began, and shows only when it ended."""


class Companies:
    """Every company of one Odoo, by name, VAT number, e-mail address, domain and telephone number.

    And those that deals of this run are about to make: of two such deals that are alike, the second one asks.
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
        """Make sure of the list: read it where it is missing or old, else what changed, `again` or after a while."""
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
        """Return the ids of those that may be alike."""
        with self._guard:
            return self._index.candidates(features)

    def expect(self, lookup: Lookup[Customer]) -> tuple[Customer, Likeness] | None:
        """Note that this customer may be made soon; where another deal's is expected that is alike, return that one."""
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
        """Expect these customers no longer: they have been made, or were refused."""
        with self._guard:
            for key, customer in wanted.items():
                self._expected.pop(self._numbers.get(key, -1), None)
                if key in made:
                    self._index.add(made[key], features(customer))

    @contextlib.contextmanager
    def making(self) -> Iterator[None]:
        """Hold what everybody on this machine holds who makes a company, and know what is there by then.

        Raises:
            Unavailable: Somebody else held it for too long, or Odoo could not be asked.
        """
        with self._connection.locks.hold(f"{self._connection.name} new companies"):
            self.look(again=True)
            yield

    def _read(self, since: datetime | None) -> None:
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
    """Return what tells a wanted customer from others; what another step decides does not yet."""
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
    """A company's id.

    Attributes:
        ours: Nothing has to be written to make it ours.
    """

    number: int
    ours: bool = True


Places = dict[str, "Place | None | IntegrationError"]
"""By key: where it is, that it is nowhere, or why that is not known."""


_WHAT = "look for the company that closedwon made"


def references(connection: Connection, lookups: Mapping[str, Lookup[Customer]]) -> Places:
    """Return where our external ids say that the companies are.

    Odoo says "false" instead of an id for a company that we may not see, but also, until a later success,
    for one whose creation it took back. The opportunity tells: it is linked in the same transaction.
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
    """Return the first company; else why it is not known, which what is merely unsure does not hide."""
    place = next((answer for answer in answers if isinstance(answer, Place)), None)
    errors = sorted(
        (answer for answer in answers if isinstance(answer, IntegrationError)),
        key=lambda error: isinstance(error, _Unsure),
    )
    return place or next(iter(errors), None)


class _Unsure(AuthError):
    """It exists and may not be seen, or its creation was taken back."""


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
