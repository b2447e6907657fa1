"""Other customers with the same name or VAT number."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from integrations.odoo.billing.server import Server
from integrations.odoo.connection import Row
from integrations.odoo.partners import INFLIGHT, PARTNER

FIELDS = ("name", "vat", "parent_id", "commercial_partner_id", INFLIGHT)
COMPANIES: tuple[Any, ...] = ("|", ["is_company", "=", True], ["parent_id", "=", False])
"""Whoever is its own commercial partner: contacts bear their company's VAT number too."""
MANY = 500
"""From so many customers on all companies are listed once: quicker than asking for each name."""
NAMES = 50
"""So many names are asked for at once: Odoo compares each with every partner."""


def name_key(name: Any) -> str:
    """A name as it is compared: whatever the case and the blanks."""
    return " ".join(str(name or "").casefold().split())


def vat_key(vat: Any) -> str:
    """A VAT number as it is compared; empty where it is none: Odoo's `/` says that there is no number."""
    key = "".join(sign for sign in str(vat or "").upper() if sign.isalnum())
    return key if len(key) > 4 else ""


class Index:
    """Companies by name and VAT number."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows: dict[int, Row] = {}
        self._by_key: dict[str, list[int]] = {}
        for row in rows:
            if not row.get(INFLIGHT) and row["id"] not in self._rows:
                self._rows[row["id"]] = row
                for key in _keys(row):
                    self._by_key.setdefault(key, []).append(row["id"])

    def like(self, row: Row) -> list[Row]:
        """The other companies that bear this one's name or VAT number, by id."""
        ids = {number for key in _keys(row) for number in self._by_key.get(key, ())}
        return [self._rows[number] for number in sorted(ids - {row["id"]})]


def _keys(row: Row) -> list[str]:
    name, vat = name_key(row["name"]), vat_key(row["vat"])
    return [*([f"name {name}"] if name else []), *([f"vat {vat}"] if vat else [])]


class Twins:
    """Finds them: for a few customers by asking for their names, for many out of a list of all companies, made once."""

    def __init__(self, server: Server) -> None:
        self._server, self._guard = server, threading.Lock()
        self._customers = 0
        self._everybody: dict[int, tuple[int, ...]] | None = None

    def of(self, rows: Sequence[Row]) -> Mapping[int, list[Row]]:
        """Each of these companies' likes, archived ones left out."""
        with self._guard:
            self._customers += len(rows)
            many = self._customers >= MANY
        index = Index(self._listed(rows) if many else self._asked(rows))
        return {row["id"]: found for row in rows if (found := index.like(row))}

    def _listed(self, rows: Sequence[Row]) -> list[Row]:
        """The companies that bear the name or VAT number of one of these, each of which is read again: few do."""
        everybody = self._all()
        alike = {(row["id"], number) for row in rows for key in _keys(row) for number in everybody.get(hash(key), ())}
        wanted = sorted({number for own, number in alike if number != own})
        if not wanted:
            return []
        domain = [["id", "in", wanted], *COMPANIES]
        return self._server.search(PARTNER, domain, FIELDS, what="read which customers are alike", archived=False)

    def _all(self) -> Mapping[int, tuple[int, ...]]:
        """The numbers of all companies by what stands for their names and VAT numbers, which would fill megabytes."""
        with self._guard:
            if self._everybody is None:
                what = "read which customers are alike"
                found: dict[int, tuple[int, ...]] = {}
                for rows in self._server.pages(PARTNER, COMPANIES, FIELDS, what=what, archived=False, times=5):
                    for row in rows:
                        for key in _keys(row):
                            found[hash(key)] = (*found.get(hash(key), ()), row["id"])
                self._everybody = found
            return self._everybody

    def _asked(self, rows: Sequence[Row]) -> list[Row]:
        found: list[Row] = []
        for start in range(0, len(rows), NAMES):
            chunk = rows[start : start + NAMES]
            terms: list[list[Any]] = [["name", "=ilike", _escaped(row["name"])] for row in chunk if row["name"]]
            vats = sorted({row["vat"] for row in chunk if vat_key(row["vat"])})
            terms += [["vat", "in", vats]] if vats else []
            domain = [*["|"] * (len(terms) - 1), *terms, *COMPANIES]
            if terms:
                what = "read which customers are alike"
                found += self._server.search(PARTNER, domain, FIELDS, what=what, archived=False)
        return found


def _escaped(name: Any) -> str:
    """A name as a pattern of `=ilike` that means itself."""
    return str(name).replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def parents(twins: Mapping[int, Collection[Row]]) -> set[int]:
    """The partners right above them."""
    return {row["parent_id"][0] for rows in twins.values() for row in rows if row["parent_id"]}
