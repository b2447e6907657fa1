"""Companies that look like the one that is wanted: a person has to say whether they are it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.core.errors import Ambiguous, Candidate
from integrations.core.resource import Lookup
from integrations.odoo.connection import Connection
from integrations.odoo.customer.place import Place, Places
from integrations.odoo.customer.resource import Customer
from integrations.odoo.partners import PARTNER, Directory, Partner, Partners

_WHAT = "look for companies that are alike"


def alike(connection: Connection, partners: Partners, lookups: Mapping[str, Lookup[Customer]]) -> Places:
    """For customers that are not marked: the one company with their VAT number, or those that are alike.

    A company that we made for another customer is no candidate: two namesakes stay two.
    """
    wanted = {key: lookup for key, lookup in lookups.items() if _terms(lookup)}
    if not wanted:
        return dict.fromkeys(lookups)
    terms = [term for lookup in wanted.values() for term in _terms(lookup)]
    domain: list[Any] = ["|"] * (len(terms) - 1) + list(terms)
    rows = connection.search(PARTNER, domain, ["commercial_partner_id"], what=_WHAT, archived=False)
    if not rows:
        return dict.fromkeys(lookups)
    ids = {row["id"] for row in rows} | {row["commercial_partner_id"][0] for row in rows}
    directory = partners.read(sorted(ids))
    marked = {number for number, names in partners.marks(_companies(directory)).items() if names}
    free = [one for one in _real(directory) if one.commercial not in marked]
    return {
        **dict.fromkeys(lookups),
        **{key: _answer(connection, lookup, free, directory) for key, lookup in wanted.items()},
    }


def _answer(
    connection: Connection, lookup: Lookup[Customer], partners: Sequence[Partner], directory: Directory
) -> Place | Ambiguous | None:
    wanted = lookup.resource
    by_vat = {one.commercial for one in partners if _same_vat(one.vat, wanted.vat)}
    if len(by_vat) == 1:
        return Place(by_vat.pop(), ours=not wanted.lead)
    notes: dict[int, list[str]] = {}
    for one in partners:
        for note in _notes(one, wanted):
            notes.setdefault(one.commercial, []).append(note)
    companies = [directory.partners[number] for number in sorted(notes) if number in directory.partners]
    if not companies or (lookup.new and not by_vat):
        return None
    return Ambiguous(
        f"Odoo: {_number(len(companies))} could be {wanted.name or wanted.key}",
        candidates=tuple(
            Candidate(
                str(one.id),
                ", ".join(part for part in (one.name, one.city) if part),
                connection.link(PARTNER, one.id),
                "; ".join(dict.fromkeys(notes[one.id])),
            )
            for one in companies
        ),
        system=connection.name,
        who="the salesperson",
        next="Make it the opportunity's customer in Odoo, or say which it is.",
    )


def _terms(lookup: Lookup[Customer]) -> list[list[Any]]:
    wanted = lookup.resource
    terms: list[list[Any]] = []
    if wanted.vat:
        terms.append(["vat", "in", sorted({wanted.vat, re.sub(r"[^A-Z0-9]", "", wanted.vat.upper())})])
    if wanted.name and not lookup.new:
        terms.append(["name", "=ilike", _literally(wanted.name)])
    if wanted.email and not lookup.new:
        terms.append(["email", "=ilike", _literally(wanted.email)])
    return terms


def _notes(partner: Partner, wanted: Customer) -> list[str]:
    notes = []
    if wanted.vat and _same_vat(partner.vat, wanted.vat):
        notes.append("has the same VAT number")
    if partner.id == partner.commercial and _folded(partner.name) == _folded(wanted.name):
        notes.append("has the same name")
    if wanted.email and _folded(partner.email or "") == wanted.email:
        notes.append("has the same e-mail" if partner.id == partner.commercial else f"{partner.name} has this e-mail")
    return notes


def _real(directory: Directory) -> list[Partner]:
    return [one for one in directory.partners.values() if one.active and not one.inflight]


def _companies(directory: Directory) -> list[int]:
    return sorted({one.commercial for one in directory.partners.values()} & directory.partners.keys())


def _literally(text: str) -> str:
    """The text as a pattern that means itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _folded(text: str) -> str:
    return text.strip().casefold()


def _same_vat(one: str | None, other: str | None) -> bool:
    """Whether two VAT numbers are one; Switzerland's ends in MWST, TVA or IVA or in none of them."""
    return bool(one) and bool(other) and _bare_vat(str(one)) == _bare_vat(str(other))


def _bare_vat(text: str) -> str:
    plain = re.sub(r"[^A-Z0-9]", "", text.upper())
    return re.sub(r"^(CHE\d{9})(MWST|TVA|IVA)$", r"\1", plain)


def _number(count: int) -> str:
    return "one" if count == 1 else str(count)
