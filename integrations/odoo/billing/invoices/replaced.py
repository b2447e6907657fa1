"""Which invoice came in whose place, after that was taken back: Odoo keeps no field for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from integrations.core.billing import Invoice
from integrations.odoo.connection import Row


def replacing(rows: Iterable[Row]) -> dict[int, str]:
    """By an invoice's id, the number of the one that it replaces.

    "Reverse and create invoice" makes the credit note and then a copy, both in one transaction: they bear the same time
    of creation, the copy has the next higher id, and nothing else tells (measured on 17 and 19). What was
    imported bears one time throughout, so the reversed invoice has to be older.
    """
    entries = {int(row["id"]): row for row in rows}
    found: dict[int, str] = {}
    for number, credit in entries.items():
        origin = entries.get(credit["reversed_entry_id"][0]) if credit["reversed_entry_id"] else None
        if origin is None or origin["create_date"] == credit["create_date"]:
            continue
        copy = entries.get(number + 1)
        if copy is not None and _made_with(copy, credit):
            found[number + 1] = str(origin["name"] or "")
    return found


def _made_with(copy: Row, credit: Row) -> bool:
    same = all(copy[name] == credit[name] for name in ("create_date", "partner_id", "company_id"))
    return same and copy["move_type"] == "out_invoice" and not copy["reversed_entry_id"]


def with_origins(invoices: Sequence[Invoice], found: dict[int, str]) -> list[Invoice]:
    """The invoices, each with what it replaces: as found, or where its origin names one that was taken back."""
    gone = {one.number for one in invoices if one.number and one.payment == "reversed"}
    return [_with_origin(one, found, gone) for one in invoices] if gone or found else list(invoices)


def _with_origin(one: Invoice, found: dict[int, str], gone: set[str]) -> Invoice:
    replaced = found.get(int(one.id), "")
    if not replaced and one.origin and one.kind == "invoice":
        replaced = next((name.strip() for name in one.origin.split(",") if name.strip() in gone), "")
    return dataclasses.replace(one, replaces=replaced) if replaced else one
