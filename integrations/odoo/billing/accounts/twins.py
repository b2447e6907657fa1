"""Other customers that are alike: they may be the same one, entered twice."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from integrations.core.likeness import Features, Index, likeness
from integrations.odoo.billing.server import Server
from integrations.odoo.connection import Row
from integrations.odoo.ours import Ours
from integrations.odoo.partners import INFLIGHT, PARTNER, reference

LISTED = ("name", "vat", "email", "phone", INFLIGHT)
FIELDS = (*LISTED, "country_id", "parent_id")
COMPANIES: tuple[Any, ...] = ("|", ["is_company", "=", True], ["parent_id", "=", False])
"""Whoever is its own commercial partner: contacts bear their company's VAT number too."""
PAGES = 5
"""Pages of the list that are asked for at once."""
_WHAT = "read which customers are alike"


class Twins:
    """Finds them in a list of all companies, which is made once: by hashes, for the data would fill megabytes.

    Our own companies and people are none of them.
    """

    def __init__(self, server: Server, ours: Ours) -> None:
        self._server, self._ours, self._guard = server, ours, threading.Lock()
        self._everybody: Index | None = None

    def of(self, rows: Sequence[Row]) -> Mapping[int, list[Row]]:
        """Return what is alike to each of these companies, archived ones left out, by id."""
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
        """Return the companies that are alike to one of these: what is told of both is told at one of them."""
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
        """Return these companies as they are now."""
        wanted = sorted(set[int]().union(*ids))
        if not wanted:
            return []
        return self._server.search(PARTNER, [["id", "in", wanted], *COMPANIES], FIELDS, what=_WHAT, archived=False)


def _features(server: Server, row: Row) -> Features:
    country = server.facts.country(reference(row["country_id"])) if row.get("country_id") else None
    return Features.of(
        row["name"], vat=row["vat"], email=row["email"], phone=row["phone"], country=country["code"] if country else ""
    )


def parents(twins: Mapping[int, Collection[Row]]) -> set[int]:
    """The partners right above them."""
    return {row["parent_id"][0] for rows in twins.values() for row in rows if row["parent_id"]}
