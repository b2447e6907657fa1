"""Companies and their contacts, both of which are `res.partner`: read many at a time."""

from __future__ import annotations

import dataclasses
import functools
import re
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from integrations.core.address import emails, joined, spellings
from integrations.core.errors import AuthError
from integrations.core.search import Candidate
from integrations.odoo.connection import Connection, Row
from integrations.odoo.facts import Facts
from integrations.odoo.marks import MODULE, of_invoice_contact

PARTNER = "res.partner"
ALWAYS = (
    "name",
    "active",
    "is_company",
    "parent_id",
    "commercial_partner_id",
    "type",
    "street",
    "street2",
    "zip",
    "city",
    "country_id",
    "lang",
    "email",
    "phone",
    "vat",
    "ref",
    "category_id",
)
INFLIGHT = "vshn_control_api_inflight"
"""The field that the APPUiO Control API sets while it makes a billing entity's company and contact: not yet real."""
PERHAPS = ("customer_rank", "property_payment_term_id", INFLIGHT)
"""Fields of apps that need not be installed."""
PROBED = (*PERHAPS, "lang")


@dataclasses.dataclass(frozen=True)
class Partner:
    """A company, a person, or an address of one.

    Attributes:
        commercial: The company it belongs to; itself where it is one.
        manager: The account manager's id, a user's.
        inflight: The control API is still making it: not yet real.
        rank: Above 0 for a customer; None where Odoo has no Invoicing app.
    """

    id: int
    name: str
    active: bool
    inflight: bool
    parent: int | None
    commercial: int
    type: str
    street: str | None
    zip: str | None
    city: str | None
    country: int | None
    language: str | None
    email: str | None
    phone: str | None
    vat: str | None
    number: str | None
    manager: int | None
    tags: frozenset[int]
    rank: int | None
    payment_term: str | None
    is_company: bool = True


@dataclasses.dataclass(frozen=True)
class Directory:
    """Partners by id, and the companies' contacts for invoices, the preferred one first."""

    partners: Mapping[int, Partner]
    invoice: Mapping[int, tuple[Partner, ...]]

    def parts(self, company: int) -> frozenset[int]:
        """Known partners below a company that have a customer's rank: they may have been customers of their own.

        A set-up or a posted invoice gives the rank. Addresses for invoices and the like are none of them.
        """
        found = (partner for partner in self.partners.values() if partner.commercial == company != partner.id)
        return frozenset(partner.id for partner in found if partner.rank and partner.type == "contact")

    def invoice_contact(self, company: int | None) -> Partner | None:
        """The contact that a company's invoices go to."""
        contacts = self.invoice.get(company, ()) if company else ()
        return next((contact for contact in contacts if contact.active), None)

    def ancestors(self, company: int) -> Iterable[int]:
        """The known partners above a company, the nearest first."""
        seen = {company}
        partner = self.partners.get(company)
        while partner is not None and partner.parent is not None and partner.parent not in seen:
            seen.add(partner.parent)
            yield partner.parent
            partner = self.partners.get(partner.parent)

    def merged(self, other: Directory) -> Directory:
        """Both together; where both know a partner, the other's entry counts."""
        return Directory({**self.partners, **other.partners}, {**self.invoice, **other.invoice})


Sought = frozenset[tuple[str, str]]
"""Pairs of a name and the raw e-mail field of people to look for; either may be empty."""

FRESH = 1.0
"""Seconds for which `just_read` may answer from memory: a run reads a deal's company and finds it as customer next."""
REMEMBERED = 1000
"""Companies remembered at most, so that a long list of deals does not fill the memory."""

NOBODY = Directory({}, {})


class Partners:
    """Reader of partners, which remembers for a moment what it has read of companies."""

    def __init__(self, connection: Connection, facts: Facts) -> None:
        self._connection, self._facts = connection, facts
        self._guard = threading.Lock()
        self._remembered: dict[int, tuple[float, Directory]] = {}

    def fields(self) -> list[str]:
        """The fields to read, without those that this Odoo does not have."""
        known = self._facts.fields(PARTNER)
        return [*ALWAYS, self._facts.manager_field, *(name for name in PERHAPS if name in known)]

    def read(self, ids: Collection[int], sought: Sought = frozenset(), *, parts: bool = False) -> Directory:
        """Read these partners, archived ones too, with the invoice contacts of those that are companies.

        Those that are gone or may not be seen are left out.

        Args:
            ids: The partners.
            sought: People to read as well where they belong to one of these.
            parts: Read as well what belongs to one of these and has a customer's rank; see `Directory.parts`.
        """
        if not ids:
            return NOBODY
        wanted = sorted(set(ids))
        # By `parent_id`, because `child_ids` never has archived contacts.
        contacts = ["&", ["parent_id", "in", wanted], ["type", "=", "invoice"]]
        people = ["|", "&", ["commercial_partner_id", "in", wanted], *_having(sought)] if sought else []
        if parts and "customer_rank" in self._facts.fields(PARTNER):
            people = ["|", "&", ["commercial_partner_id", "in", wanted], ["customer_rank", ">", 0], *people]
        rows = self._connection.search(
            PARTNER,
            [*people, "|", ["id", "in", wanted], *contacts],
            self.fields(),
            what="read companies and their contacts",
        )
        manager = self._facts.manager_field
        partners = {row["id"]: partner(row, manager) for row in rows}
        invoice: dict[int, tuple[Partner, ...]] = dict.fromkeys(wanted, ())
        for candidate in partners.values():
            if candidate.type == "invoice" and candidate.parent in invoice and not candidate.inflight:
                invoice[candidate.parent] = (*invoice[candidate.parent], candidate)
        return Directory(partners, self._preferred(invoice))

    def companies(self) -> Iterator[Candidate]:
        """Yield every partner without a parent, archived ones too, for a search by name."""
        fields = ["name", "city", "active"]
        for row in self._connection.search(PARTNER, [["parent_id", "=", False]], fields, what="list the companies"):
            name, city = row["name"] or "", row["city"] or ""
            note = ", ".join(filter(None, [name, city, "" if row["active"] else "archived"]))
            yield Candidate(str(row["id"]), (name,), note)

    def remember(self, directory: Directory) -> None:
        """Keep for a moment what was read of companies; see `just_read`."""
        now = time.monotonic()
        with self._guard:
            if len(self._remembered) > REMEMBERED:
                self._remembered.clear()
            self._remembered.update(
                {company: (now, directory) for company in directory.invoice if company in directory.partners}
            )

    def just_read(self, companies: Collection[int], sought: Sought = frozenset()) -> Directory:
        """As `read`, but from memory where all of these were read within the last second; each memory serves once."""
        now = time.monotonic()
        with self._guard:
            kept = [self._remembered.pop(company, None) for company in companies]
        fresh = [directory for at, directory in filter(None, kept) if now - at < FRESH]
        if sought or not companies or len(fresh) < len(companies):
            return self.read(companies, sought)
        return functools.reduce(Directory.merged, fresh)

    def _preferred(self, invoice: Mapping[int, tuple[Partner, ...]]) -> Mapping[int, tuple[Partner, ...]]:
        """Order each company's invoice contacts: the one that we made for it, then others of ours, then the lowest id.

        A contact that we made for another company comes here when that one is merged into this.
        """
        several = [contact.id for contacts in invoice.values() if _active(contacts) > 1 for contact in contacts]
        marks = self.marks(several)

        def order(company: int, partner: Partner) -> tuple[bool, bool, int]:
            names = marks.get(partner.id, frozenset())
            return of_invoice_contact(company) not in names, not names, partner.id

        return {
            company: tuple(sorted(contacts, key=functools.partial(order, company)))
            for company, contacts in invoice.items()
        }

    def marks(self, ids: Collection[int]) -> Mapping[int, frozenset[str]]:
        """Our external ids of these partners, without the module; several after a merge.

        `get_metadata` shows all of a record's external ids; `get_external_id` would hide ours behind another's.
        """
        if not ids:
            return {}
        what = "read which contacts closedwon made"
        try:
            rows: list[Row] = self._connection.call(PARTNER, "get_metadata", sorted(ids), what=what)
        except AuthError:  # a single one that may not be seen has the whole call refused
            if len(ids) == 1:
                return {}
            return {key: names for number in sorted(ids) for key, names in self.marks([number]).items()}
        return {
            row["id"]: frozenset(
                entry["xmlid"].removeprefix(MODULE + ".")
                for entry in row.get("xmlids") or ()
                if entry["xmlid"].startswith(MODULE + ".")
            )
            for row in rows
        }


def partner(row: Row, manager: str) -> Partner:
    """A partner out of its record; `manager`: the field that names the account manager."""
    return Partner(
        id=row["id"],
        name=row["name"] or "",
        active=bool(row["active"]),
        inflight=bool(row.get(INFLIGHT)),
        parent=reference(row["parent_id"]),
        commercial=reference(row["commercial_partner_id"]) or row["id"],
        type=row["type"] or "",
        street=", ".join(part for part in (row["street"], row["street2"]) if part) or None,
        zip=row["zip"] or None,
        city=row["city"] or None,
        country=reference(row["country_id"]),
        language=row["lang"] or None,
        email=joined(row["email"] or "") or None,
        phone=row["phone"] or None,
        vat=row["vat"] or None,
        number=row["ref"] or None,
        manager=reference(row[manager]),
        tags=frozenset(row["category_id"]),
        rank=row.get("customer_rank"),
        payment_term=name_of(row.get("property_payment_term_id")),
        is_company=bool(row["is_company"]),
    )


def literally(text: str) -> str:
    """Escape a text for `ilike`, whose wildcards `%` and `_` may occur in addresses and names."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _having(sought: Sought) -> list[Any]:
    """The domain of people with one of these names or addresses; a field may hold several addresses, hence `ilike`."""
    terms = [["name", "=ilike", literally(name)] for name in sorted({name for name, _ in sought})]
    written = {spelling for _, field in sought for email in emails(field) for spelling in spellings(email)}
    terms += [["email", "ilike", literally(spelling)] for spelling in sorted(written)]
    return [*["|"] * (len(terms) - 1), *terms]


def reference(value: Any) -> int | None:
    """The id that a reference `[id, name]` holds."""
    return int(value[0]) if value else None


def name_of(value: Any) -> str | None:
    """The name that a reference `[id, name]` holds."""
    return str(value[1]) if value else None


def _active(contacts: Collection[Partner]) -> int:
    return sum(contact.active for contact in contacts)
