"""Won deals, with what billing needs of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from integrations.core.billing import Won
from integrations.odoo.billing.companies import by_account, companies, customer, referred
from integrations.odoo.billing.server import ORDER, Server
from integrations.odoo.connection import Row
from integrations.odoo.leads import CLOSED, LEAD, closing

TAG = "crm.tag"
FIELDS = (
    "name",
    "partner_id",
    *CLOSED,
    "company_currency",
    "expected_revenue",
    "recurring_revenue_monthly",
    "tag_ids",
)


def won(server: Server) -> list[Any]:
    """The domain of won opportunities: by `won_status` from 19 on, before by a stage that means it."""
    if server.has(LEAD, "won_status"):
        return [["won_status", "=", "won"]]
    return [["stage_id.is_won", "=", True], "|", ["active", "=", True], ["probability", ">", 0]]


def deals(server: Server, ids: Collection[int]) -> dict[int, list[Won]]:
    """Each customer's won deals, also those with one of its people; none without the CRM app.

    Raises:
        AuthError: We may not read opportunities.
    """
    # By the contact, never by the opportunity's own `commercial_partner_id`: version 19 takes that from a name.
    domain = [["partner_id.commercial_partner_id", "in", list(ids)], *won(server)]
    rows = server.search(LEAD, domain, FIELDS, what="read the won deals")
    rows.sort(key=lambda row: (closing(row), row["id"]))
    owners = companies(server, referred(rows, "partner_id"), ids)
    ordered = _ordered(server, [row["id"] for row in rows])
    used = {tag for row in rows for tag in row.get("tag_ids") or ()}
    tags = server.facts.names(TAG, used) if used else {}
    return by_account(
        ids,
        (
            (
                (customer(owners, row["partner_id"]),),
                deal(
                    server,
                    row,
                    frozenset(tags[tag] for tag in row.get("tag_ids") or () if tag in tags),
                    ordered=row["id"] in ordered,
                ),
            )
            for row in rows
        ),
    )


def _ordered(server: Server, leads: Sequence[int]) -> set[int]:
    """Those of these opportunities that have a confirmed order, be it by a reseller in another company's name."""
    if not leads or not server.has(ORDER, "opportunity_id"):
        return set()
    domain = [["opportunity_id", "in", list(leads)], ["state", "in", ["sale", "done"]]]
    rows = server.search(ORDER, domain, ("opportunity_id",), what="read which deals are ordered")
    return referred(rows, "opportunity_id")


def deal(server: Server, row: Row, tags: frozenset[str], *, ordered: bool = False) -> Won:
    """A won deal out of its opportunity."""
    return Won(
        id=str(row["id"]),
        title=row["name"] or "",
        day=server.day(closing(row)),
        currency=server.currency(row["company_currency"]),
        once=_amount(server, row, "expected_revenue"),
        monthly=_amount(server, row, "recurring_revenue_monthly"),
        ordered=ordered,
        tags=tags,
        url=server.link(LEAD, row["id"]),
    )


def _amount(server: Server, row: Row, field: str) -> Decimal | None:
    """The amount; None, not 0, where we may not read the field."""
    return server.amount(row[field], row["company_currency"]) if field in row else None
