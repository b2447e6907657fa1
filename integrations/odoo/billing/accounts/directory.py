"""Companies, their contacts for invoices and the companies above them, as far as they have been read."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from integrations.core.likeness import Features, Index, likeness
from integrations.odoo.billing.server import Server
from integrations.odoo.connection import Row
from integrations.odoo.ours import Ours
from integrations.odoo.partners import INFLIGHT, PARTNER, reference

FIELDS = (
    "name",
    "active",
    "is_company",
    "parent_id",
    "commercial_partner_id",
    "create_date",
    "type",
    "street",
    "street2",
    "zip",
    "city",
    "country_id",
    "email",
    "phone",
    "vat",
    "category_id",
    INFLIGHT,
    "property_payment_term_id",
    "property_account_position_id",
    "credit_limit",
    "use_partner_credit_limit",
    "invoice_sending_method",
)
GENERATIONS = 5
"""Companies above one another that are read at most: each costs a request."""


class Directory:
    """Partners by id, and the ids that were asked for: what is gone or hidden is not asked for again."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.asked: set[int] = set()
        self._invoice: dict[int, list[Row]] = {}

    def add(self, asked: Iterable[int], rows: Iterable[Row]) -> None:
        """Keep what has been read, without rows that the control API is still making."""
        self.asked.update(asked)
        for row in rows:
            # A row that the control API is still making is not real yet.
            if row.get(INFLIGHT) or row["id"] in self.rows:
                continue
            self.rows[row["id"]] = row
            if row["type"] == "invoice" and row["active"]:
                self._invoice.setdefault(self.company(row["id"]), []).append(row)

    def company(self, partner: int) -> int:
        """The commercial partner of a contact; the contact itself where that is not known."""
        row = self.rows.get(partner)
        return (reference(row["commercial_partner_id"]) or partner) if row else partner

    def is_customer(self, partner: int) -> bool:
        """Return whether this partner was read and is its own commercial partner."""
        return partner in self.rows and self.company(partner) == partner

    def invoice_contact(self, company: int) -> Row | None:
        """The company's active contact for invoices; of several the one with the lowest id."""
        contacts = [row for row in self._invoice.get(company, ()) if row["id"] != company]
        return min(contacts, key=lambda row: int(row["id"]), default=None)

    def above(self, company: int) -> Iterable[Row]:
        """The companies above this one, the nearest first."""
        seen = {company}
        row = self.rows.get(company)
        while row is not None and (parent := reference(row["parent_id"])) is not None:
            number = self.company(parent)
            row = self.rows.get(number)
            if number in seen or row is None:
                return
            seen.add(number)
            yield row

    def topmost(self, company: int) -> int:
        """The topmost company above this one; itself where there is none."""
        return next((int(row["id"]) for row in reversed([*self.above(company)])), company)

    def missing_parents(self) -> set[int]:
        """Parents and commercial partners of known partners that have not been asked for yet."""
        parents = {reference(row["parent_id"]) for row in self.rows.values()}
        around = {reference(row["commercial_partner_id"]) for row in self.rows.values()}
        return {partner for partner in parents | around if partner is not None} - self.asked


def fields(server: Server) -> list[str]:
    """The fields to read of a partner, those that the settings name among them."""
    custom = [server.configured("order_number_required"), server.configured("delivery")]
    return [*FIELDS, server.facts.manager_field, *(field for field in custom if field)]


def read(server: Server, ids: Collection[int]) -> list[Row]:
    """Read these partners, archived ones too, and the contacts for invoices of those that are companies."""
    wanted = sorted(ids)
    contacts: list[Any] = ["&", ["type", "=", "invoice"], ["commercial_partner_id", "in", wanted]]
    domain = ["|", ["id", "in", wanted], *contacts]
    return server.search(PARTNER, domain, fields(server), what="read the customers") if wanted else []


def complete(server: Server, directory: Directory, needed: Collection[int]) -> None:
    """Read the partners needed as well, and the companies above: a request for each generation that is missing."""
    missing = (set(needed) - directory.asked) | directory.missing_parents()
    for _ in range(GENERATIONS):
        if not missing:
            return
        directory.add(missing, read(server, missing))
        missing = directory.missing_parents()


LISTED = ("name", "vat", "email", "phone", INFLIGHT)
TWIN_FIELDS = (*LISTED, "country_id", "parent_id")
COMPANIES: tuple[Any, ...] = ("|", ["is_company", "=", True], ["parent_id", "=", False])
"""Domain of partners that are their own commercial partner; contacts have their company's VAT number too."""
PAGES = 5
"""Pages per request of the list: its rows are short."""
_WHAT = "read which customers are alike"


class Twins:
    """Companies that are alike, found in an index of all companies that is made once a run.

    The index holds hashes, for the data would fill megabytes. Our own companies and people are not in it.
    """

    def __init__(self, server: Server, ours: Ours) -> None:
        self._server, self._ours, self._guard = server, ours, threading.Lock()
        self._everybody: Index | None = None

    def of(self, rows: Sequence[Row]) -> Mapping[int, list[Row]]:
        """By company the companies that are alike to it, without archived ones; only those with a match."""
        if not rows:
            return {}
        everybody = self._all()
        own = {row["id"]: _features(self._server, row) for row in rows}
        candidates = {number: everybody.candidates(features) - {number} for number, features in own.items()}
        others = {row["id"]: (row, _features(self._server, row)) for row in self._read(candidates.values())}
        found = {
            number: [
                others[other][0]
                for other in sorted(candidates[number] & others.keys())
                if likeness(features, others[other][1]) is not None
            ]
            for number, features in own.items()
        }
        return {number: alike for number, alike in found.items() if alike}

    def beside(self, customers: Collection[int]) -> set[int]:
        """The companies that are alike to one of these: a finding about two companies is reported at one of them."""
        found = self.of(self._read([set(customers)])) if customers else {}
        return {row["id"] for rows in found.values() for row in rows}

    def _all(self) -> Index:
        with self._guard:
            if self._everybody is None:
                found, ours = Index(), self._ours.partners()
                for rows in self._server.pages(PARTNER, COMPANIES, LISTED, what=_WHAT, archived=False, times=PAGES):
                    for row in rows:
                        if not row.get(INFLIGHT) and row["id"] not in ours:
                            found.add(row["id"], _features(self._server, row))
                self._everybody = found
            return self._everybody

    def _read(self, ids: Collection[Collection[int]]) -> list[Row]:
        """Read these companies as they are now: the index may be minutes old."""
        wanted = sorted(set[int]().union(*ids))
        if not wanted:
            return []
        return self._server.search(PARTNER, [["id", "in", wanted], *COMPANIES], TWIN_FIELDS, what=_WHAT, archived=False)


def _features(server: Server, row: Row) -> Features:
    country = server.facts.country(reference(row["country_id"])) if row.get("country_id") else None
    return Features.of(
        row["name"], vat=row["vat"], email=row["email"], phone=row["phone"], country=country["code"] if country else ""
    )


def parents(twins: Mapping[int, Collection[Row]]) -> set[int]:
    """The parents of all companies that are alike."""
    return {row["parent_id"][0] for rows in twins.values() for row in rows if row["parent_id"]}
