"""An ERP in this process: a recording, made many customers of, each row when it is asked for."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.invoicing.recording import CUSTOMERS, OWNERS, PARTNER, Kept, Recording, is_of_customers, question, shape
from integrations.core.http import HttpContext
from integrations.odoo import Settings
from integrations.odoo.connection import Connection, Row
from integrations.sandbox.erp.billing_cases.names import vat_of
from integrations.sandbox.generated_invoices import FIRST_CONTACT, FIRST_CUSTOMER, FIRST_RECORD, NAMES_FROM
from integrations.sandbox.made_up import country_of

SPAN = 100_000
"""Between the numbers of a record and those of its next copy."""
_PARTNERS = ("partner_id", "commercial_partner_id", "partner_shipping_id", "invoice_partner_id", "parent_id")
_RECORDS = ("move_id", "contract_id", "contract_line_id")
_ASKED = {"contract.contract": "partner_id.commercial_partner_id"}
"""The term of the domain that asks for whose rows, where it is not the field itself."""

Place = tuple[int, int]
"""A copy's number, and the number of the record that it is one of."""
Owned = Mapping[int, Sequence[Kept]]


class MemoryErp(Connection):
    """Answers out of a recording.

    Attributes:
        seconds: Of the processor, for making rows up: not what is measured.
    """

    def __init__(self, settings: Settings, recording: Recording, customers: int, fold: int = 1) -> None:
        """`fold`: how many of the recorded customers make up one of these, with the contracts and invoices of all."""
        super().__init__("erp", settings, HttpContext(Path()))
        self._recording, self._customers, self._fold = recording, customers, fold
        self._guard = threading.Lock()
        self.seconds = 0.0
        self._owned = {name: _by_owner(rows) for name, rows in recording.rows.items()}
        partners = [row for name, rows in recording.rows.items() if name.startswith(f"{PARTNER}:") for row in rows]
        # A contact is called as other customers' are; of those that are asked for by name each is called otherwise.
        named = ((row.number, json.loads(row.text)) for row in partners if row.number < FIRST_CONTACT)
        self._names = {str(row["name"]): number for number, row in named if "name" in row}

    @property
    def version(self) -> int:
        """The recorded server's."""
        return self._recording.version

    def call(self, model: str, method: str, ids: Sequence[int] | None = None, **options: Any) -> Any:
        """A method's result; nothing for what is of customers and was not recorded."""
        begun = time.thread_time()
        try:
            if not is_of_customers(model, method):
                return self._recording.listings.get(question(model, method, ids, options), [])
            return self._rows(model, options)
        finally:
            with self._guard:
                self.seconds += time.thread_time() - begun

    def _rows(self, model: str, options: Mapping[str, Any]) -> list[Row]:
        owned = self._owned.get(shape(model, options))
        if owned is None:
            return []
        asked = [term for term in options["domain"] if isinstance(term, list)]
        terms = {(field, operator): value for field, operator, value in asked}
        if model == PARTNER:
            names = [value for _, operator, value in asked if operator == "=ilike"]
            ids = terms.get(("id", "in"), () if names else self._beyond(terms.get(("id", ">"), 0), options["limit"]))
            found = self._partners(owned, ids, names)
        else:
            owners = terms[_ASKED.get(model, OWNERS[model]), "in"]
            places = self._copied if OWNERS[model] in _RECORDS else self._places
            copied = (place for owner in sorted(owners) for place in places(owner))
            found = self._records(owned, copied, terms.get(("id", ">"), 0), options["limit"])
        rows: list[Row] = json.loads(f"[{','.join(text for _, text in found)}]")
        for row, (copy, _) in zip(rows, found, strict=True):
            self._shift(model, row, copy)
        return rows

    @staticmethod
    def _records(owned: Owned, owners: Iterable[Place], beyond: int, limit: int) -> list[tuple[int, str]]:
        """The rows of these owners beyond a number: each with the copy that it is of."""
        found: list[tuple[int, str]] = []
        for copy, place in owners:
            rows = owned.get(place, [])
            if rows and rows[-1].number + copy * SPAN > beyond:
                found += [(copy, row.text) for row in rows if row.number + copy * SPAN > beyond]
            if len(found) >= limit:
                break
        return found[:limit]

    def _beyond(self, number: int, limit: int) -> range:
        """The next customers after one, so many at most."""
        first = max(FIRST_CUSTOMER, number + 1)
        return range(first, min(first + limit, FIRST_CUSTOMER + self._customers))

    def _partners(self, owned: Owned, ids: Iterable[int], names: Iterable[str]) -> list[tuple[int, str]]:
        """The partners of these ids, with their contacts, and those of these names."""
        wanted: dict[int, Place] = {}
        for number in ids:
            copy, place = self._places(number)[0]
            wanted[number] = copy, place
            if place < FIRST_CONTACT:
                wanted[number - FIRST_CUSTOMER + FIRST_CONTACT] = copy, place - FIRST_CUSTOMER + FIRST_CONTACT
        for name in names:
            text, _, copied = name.rpartition(" #")
            wanted[self._names[text] + int(copied) * CUSTOMERS] = int(copied), self._names[text]
        return [(copy, row.text) for _, (copy, place) in sorted(wanted.items()) for row in owned.get(place, ())]

    @staticmethod
    def _copied(number: int) -> list[Place]:
        """Return the copy and the recorded record that a record's number stands for."""
        copy = (number - FIRST_RECORD) // SPAN
        return [(copy, number - copy * SPAN)]

    def _places(self, owner: int) -> list[Place]:
        """Return the recorded partners that a partner is a copy of, each with its copy's number.

        A customer is a copy of as many as are folded into it.
        """
        first = FIRST_CONTACT if owner >= FIRST_CONTACT else FIRST_CUSTOMER
        numbers = range((owner - first) * self._fold, (owner - first + 1) * self._fold)
        return [(number // CUSTOMERS, first + number % CUSTOMERS) for number in numbers]

    def _shift(self, model: str, row: Row, copy: int) -> None:
        """Change a recorded row into this copy's."""
        if model == PARTNER:
            if row.get("vat"):
                row["vat"] = _vat(row["id"], copy)
            row["id"] = self._partner(row["id"], copy)
            if "name" in row:
                row["name"] = f"{row['name']} #{copy}"
        else:
            row["id"] += copy * SPAN
        for field in _PARTNERS:
            if value := row.get(field):
                value[0] = self._partner(value[0], copy)
        for field in _RECORDS:
            if value := row.get(field):
                value[0] += copy * SPAN

    def _partner(self, number: int, copy: int) -> int:
        first = FIRST_CONTACT if number >= FIRST_CONTACT else FIRST_CUSTOMER
        return first + (number - first + copy * CUSTOMERS) // self._fold


def _vat(partner: int, copy: int) -> str:
    """A VAT number of its own, as the sandbox would give it: a copy's would be its original's, and both be alike."""
    index = partner - (FIRST_CONTACT if partner >= FIRST_CONTACT else FIRST_CUSTOMER)
    return vat_of(FIRST_CUSTOMER + index + copy * CUSTOMERS, country_of(NAMES_FROM + index).code)


def _by_owner(rows: Iterable[Kept]) -> dict[int, list[Kept]]:
    found: dict[int, list[Kept]] = {}
    for row in rows:
        found.setdefault(row.owner, []).append(row)
    return found
