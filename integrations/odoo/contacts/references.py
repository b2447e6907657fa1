"""References to an e-mail address anywhere in Odoo, for a person who is to be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from integrations.core.address import folded_address, mentioned, spellings
from integrations.core.errors import AuthError, Rejected
from integrations.core.model import Reference
from integrations.odoo.connection import Connection, Row
from integrations.odoo.leads import LEAD
from integrations.odoo.partners import PARTNER, name_of, reference

INVOICE = "account.move"


def mentions(connection: Connection, email: str) -> list[Reference]:
    """References to an address: contacts, their posted invoices, and opportunities; never with the person's name.

    Raises:
        IntegrationError: The contacts could not be read, or Odoo can't be reached.
    """
    found = bearers(connection, email)
    ids = [row["id"] for row in found]
    return [
        *(_contact(connection, row) for row in found),
        *_as_far_as_allowed("invoices", lambda: _invoices(connection, ids)),
        *_as_far_as_allowed("opportunities", lambda: _opportunities(connection, folded_address(email), ids)),
    ]


def bearers(connection: Connection, email: str) -> list[Row]:
    """Partners with this address in their e-mail field, archived ones too."""
    # `ilike` finds parts of addresses too, and a domain with umlauts is typed in two ways: both, then compared exactly.
    wanted = folded_address(email)
    if not wanted:
        return []
    rows = connection.search(
        PARTNER,
        _any_of(["email", "ilike", spelling] for spelling in sorted(spellings(wanted))),
        ["email", "active", "is_company", "commercial_partner_id"],
        what="read which contacts have the address",
    )
    return [row for row in rows if wanted in mentioned(row["email"] or "")]


def _as_far_as_allowed(where: str, look: Callable[[], list[Reference]]) -> list[Reference]:
    """Return what `look` finds, or one entry with the reason where the right or the app is missing."""
    try:
        return look()
    except (AuthError, Rejected) as error:
        return [Reference(where=f"{where}: we may not look", why=error.message)]


def _contact(connection: Connection, row: Row) -> Reference:
    number, company = row["id"], reference(row["commercial_partner_id"])
    of = f" of {name_of(row['commercial_partner_id'])}" if company not in (None, number) else ""
    archived = "" if row["active"] else " (archived)"
    return Reference(
        where=f"{'company' if row['is_company'] else 'contact'} {number}{of}{archived}",
        why="contacts are kept in the ERP: it is taken out there",
        url=connection.link(PARTNER, number),
    )


def _invoices(connection: Connection, partners: Sequence[int]) -> list[Reference]:
    """Posted journal entries of these partners, credit notes and bills too."""
    if not partners:
        return []
    domain = [["state", "=", "posted"], ["partner_id", "in", list(partners)]]
    rows = connection.search(INVOICE, domain, ["partner_id"], what="read the posted invoices")
    words = ("posted invoice", "posted invoices")
    return _counted(connection, INVOICE, rows, words, "kept by law (accounting retention)")


def _opportunities(connection: Connection, wanted: str, partners: Sequence[int]) -> list[Reference]:
    if not wanted:
        return []
    terms: list[list[Any]] = [["email_from", "ilike", spelling] for spelling in sorted(spellings(wanted))]
    terms += [["partner_id", "in", list(partners)]] if partners else []
    fields, what = ["email_from", "partner_id"], "read which opportunities have the address"
    rows = [
        row
        for row in connection.search(LEAD, _any_of(terms), fields, what=what)
        if wanted in mentioned(row["email_from"] or "") or reference(row["partner_id"]) in partners
    ]
    why = "the record of a sale: it is taken out there"
    return _counted(connection, LEAD, rows, ("opportunity", "opportunities"), why)


def _counted(
    connection: Connection, model: str, rows: Sequence[Row], words: tuple[str, str], why: str
) -> list[Reference]:
    if not rows:
        return []
    is_single = len(rows) == 1
    url = connection.link(model, rows[0]["id"]) if is_single else None
    return [Reference(where=f"{len(rows)} {words[not is_single]}", why=why, url=url)]


def _any_of(terms: Any) -> list[Any]:
    """The domain that is true where any of these terms is."""
    listed = list(terms)
    return [*["|"] * (len(listed) - 1), *listed]
