"""Ownership of records: from the contacts that they name to the customers, and from those to their records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from integrations.odoo.billing.server import Server
from integrations.odoo.connection import Row
from integrations.odoo.partners import PARTNER, reference

T = TypeVar("T")


def belonging(ids: Collection[int], *fields: str) -> list[Any]:
    """The domain of records that lead to one of these customers by one of these fields."""
    terms = [[f"{field}.commercial_partner_id", "in", list(ids)] for field in fields]
    return [*["|"] * (len(terms) - 1), *terms]


def referred(rows: Iterable[Row], *fields: str) -> set[int]:
    """The records that these references of the rows lead to."""
    return {value[0] for row in rows for field in fields if (value := row.get(field))}


def companies(server: Server, partners: Collection[int], known: Collection[int]) -> dict[int, int]:
    """By contact its customer, in one request for a thousand; those in `known` are customers themselves.

    A contact that is gone or hidden stands for itself: its records are reported at a customer without a name rather
    than lost.
    """
    found = {partner: partner for partner in partners}
    missing = sorted(found.keys() - set(known))
    what = "read which customers the contacts belong to"
    for start in range(0, len(missing), server.connection.page):
        chunk = missing[start : start + server.connection.page]
        rows = server.connection.first(PARTNER, [["id", "in", chunk]], ["commercial_partner_id"], len(chunk), what=what)
        found.update({row["id"]: reference(row["commercial_partner_id"]) or row["id"] for row in rows})
    return found


def customer(companies: Mapping[int, int], value: Any) -> int:
    """The customer that a reference `[id, name]` leads to; 0 where there is none."""
    number = reference(value)
    return companies.get(number, number) if number else 0


def by_account(ids: Collection[int], records: Iterable[tuple[tuple[int, ...], T]]) -> dict[int, list[T]]:
    """Each customer's records; a record of several of these customers is listed, as the same object, with each."""
    found: dict[int, list[T]] = {number: [] for number in ids}
    for accounts, record in records:
        for account in dict.fromkeys(accounts):
            if account in found:
                found[account].append(record)
    return found
