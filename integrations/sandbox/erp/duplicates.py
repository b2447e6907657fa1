"""Objects that exist twice although they are one thing.

Only those that came through the API count: people may have reasons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from integrations.sandbox.erp.environment import SYSTEM
from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document

_ROBOT = 1


def duplicates(there: World) -> list[str]:
    """Return one sentence for each duplicate."""
    made = [
        partner
        for partner in there.state.table(SYSTEM, "res.partner").values()
        if partner["create_uid"] != _ROBOT and partner.get("active")
    ]
    companies = {partner["id"]: partner for partner in made if partner.get("is_company")}
    return [
        *_one_name(there, made),
        *_one_opportunity(there, companies),
        *_orphans(there, companies),
        *_invoice_contacts(there, made),
    ]


def _told(partners: list[Document]) -> str:
    return " and ".join(f"{partner.get('name') or 'unnamed'} ({partner['id']})" for partner in partners)


def _one_name(there: World, made: list[Document]) -> Iterator[str]:
    by_name: dict[str, list[Document]] = defaultdict(list)
    names = there.state.table(SYSTEM, "_made_as")
    for partner in made:
        entry = names.get(f"res.partner,{partner['id']}")
        if entry:
            by_name[entry["name"]].append(partner)
    for name, partners in by_name.items():
        if len(partners) > 1:
            yield f"res.partner: {_told(partners)} were both made with the external id {name}"


def _one_opportunity(there: World, companies: dict[int, Document]) -> Iterator[str]:
    for deal, entry in there.state.table(SYSTEM, "_companies_made_for").items():
        partners = [companies[number] for number in entry["ids"] if number in companies]
        if len(partners) > 1:
            yield f"res.partner: {_told(partners)} were both made for opportunity {deal}"


def _orphans(there: World, companies: dict[int, Document]) -> Iterator[str]:
    """Companies of one name of which one belongs to nothing: what is left of a creation done twice."""
    linked = {number for entry in there.state.table(SYSTEM, "_companies_made_for").values() for number in entry["ids"]}
    names = there.state.table(SYSTEM, "_made_as")
    by_name: dict[str, list[Document]] = defaultdict(list)
    for partner in companies.values():
        by_name[str(partner.get("name"))].append(partner)
    for partners in by_name.values():
        alone = [
            partner
            for partner in partners
            if partner["id"] not in linked and f"res.partner,{partner['id']}" not in names
        ]
        if len(partners) > 1 and alone:
            yield f"res.partner: {_told(partners)} bear one name, and {_told(alone)} belongs to no opportunity"


def _invoice_contacts(there: World, made: list[Document]) -> Iterator[str]:
    """Invoice contacts beside others of one company, but for those that came together when people merged companies."""
    moved = there.state.table(SYSTEM, "_moved")
    by_company: dict[int, list[Document]] = defaultdict(list)
    for partner in made:
        if partner.get("type") == "invoice" and partner.get("parent_id"):
            by_company[partner["parent_id"]].append(partner)
    for company, partners in by_company.items():
        merged = max(
            (moved[str(partner["id"])]["at"] for partner in partners if str(partner["id"]) in moved), default=""
        )
        if len(partners) > 1 and any(partner["create_date"] > merged for partner in partners):
            yield f"res.partner: {_told(partners)} are both invoice contacts of company {company}"
