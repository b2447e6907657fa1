"""The name of an object on the pages, and the line below it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document

MAIN = {
    "erp": {"crm.lead": "Deals", "res.partner": "Companies and contacts", "sale.order": "Orders"},
    "jira": {"organization": "Organizations", "project": "Projects", "issue": "Issues"},
    "wiki": {"page": "Pages"},
    "panel": {"organization": "Organizations", "invitation": "Invitations", "user": "Users"},
    "portal": {"customer": "Customers"},
}
"""What is worth seeing at once, by system and kind; all else is folded away."""


def title(document: Document) -> str:
    """An object's name."""
    spec = document.get("spec") or {}
    for value in (spec.get("displayName"), document.get("summary"), document.get("title"), document.get("name")):
        if value:
            return str(value)
    return str(document.get("displayName") or document.get("key") or document["id"])


def below(there: World, system: str, kind: str, document: Document) -> str:
    """The facts below the name, and always the id."""
    describe = _LINES.get((system, kind))
    facts = describe(there, document) if describe else []
    identity = str(document.get("key") or document["id"])
    return " · ".join(str(fact) for fact in [identity, *facts] if fact)


def _money(amount: float) -> str:
    return f"{amount:,.2f}".replace(",", "'") if amount else ""


def _deal(there: World, document: Document) -> list[Any]:
    stage = there.state.table("erp", "crm.stage").get(str(document.get("stage_id")), {}).get("name")
    partner = there.state.table("erp", "res.partner").get(str(document.get("partner_id")), {}).get("name")
    amount = document.get("expected_revenue") or 0
    lost = not document.get("active", True)
    return ["Lost" if lost else stage, partner or document.get("partner_name"), _money(amount)]


def _partner(there: World, document: Document) -> list[Any]:
    parent = there.state.table("erp", "res.partner").get(str(document.get("parent_id")), {}).get("name")
    archived = "" if document.get("active", True) else "archived"
    role = "invoice contact" if document.get("type") == "invoice" else ""
    customer = "customer" if (document.get("customer_rank") or 0) > 0 else ""
    return [document.get("city"), role, f"of {parent}" if parent else "", customer, archived]


def _issue(_there: World, document: Document) -> list[Any]:
    return [document.get("issuetype"), document.get("status"), document.get("assignee")]


def _project(_there: World, document: Document) -> list[Any]:
    return [document.get("projectTypeKey"), "deleted" if document.get("deleted") else ""]


def _organization(there: World, document: Document) -> list[Any]:
    members = there.state.table("panel", "organizationmembers").get(f"{document['name']}/members", {"spec": {}})
    names = ", ".join(reference["name"] for reference in members["spec"].get("userRefs", []))
    trial = "trial" if "appuio.io/trial" in str(document["metadata"]) else ""
    return [document["spec"].get("billingEntityRef"), trial, f"members: {names}" if names else "no members"]


def _invitation(_there: World, document: Document) -> list[Any]:
    spec, redeemer = document["spec"], document["status"].get("redeemedBy")
    places = ", ".join(sorted({target.get("namespace", "") for target in spec.get("targetRefs", [])} - {""}))
    return [spec.get("email"), f"to {places}" if places else "", f"redeemed by {redeemer}" if redeemer else "open"]


def _order(there: World, document: Document) -> list[Any]:
    partner = there.state.table("erp", "res.partner").get(str(document.get("partner_id")), {}).get("name")
    amount = document.get("amount_total") or 0
    return [partner, _money(amount)]


def _customer(_there: World, document: Document) -> list[Any]:
    count = len(document["servers"])
    return ["1 server" if count == 1 else f"{count} servers" if count else "no servers yet"]


_LINES: dict[tuple[str, str], Callable[[World, Document], list[Any]]] = {
    ("erp", "crm.lead"): _deal,
    ("erp", "res.partner"): _partner,
    ("erp", "sale.order"): _order,
    ("jira", "issue"): _issue,
    ("jira", "project"): _project,
    ("jira", "organization"): lambda _there, record: ["not linked" if not record["servicedesks"] else ""],
    ("wiki", "page"): lambda _there, record: [record["spaceKey"], f"version {record['version']}"],
    ("panel", "organization"): _organization,
    ("panel", "invitation"): _invitation,
    ("panel", "user"): lambda _there, record: [record["status"].get("displayName"), record["status"].get("email")],
    ("portal", "customer"): _customer,
}
