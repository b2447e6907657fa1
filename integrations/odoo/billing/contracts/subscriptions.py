"""Contracts of Odoo's Subscriptions app (Enterprise): orders that recur, with the lines that are recurring.

Fields by version (odoo.com/documentation, Sales, Subscriptions): 17 on `plan_id` and `subscription_state`; 16
`recurrence_id` and `stage_category`. A line has no days of its own: it has its order's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

from integrations.core.billing import Contract, ContractLine, Price, Unit
from integrations.odoo.billing.companies import belonging, by_account, companies, customer, referred
from integrations.odoo.billing.orders import TAG, is_recurring, names, order_lines, product, text, title
from integrations.odoo.billing.server import ORDER, Server
from integrations.odoo.connection import Row
from integrations.odoo.partners import name_of, reference
from integrations.odoo.settings import Fact

PLANS = {"plan_id": "sale.subscription.plan", "recurrence_id": "sale.temporal.recurrence"}
"""From the field of an order that leads to its rhythm to that field's model: from 17 on, and in 16."""
FIELDS = (
    *("name", "state", "partner_id", "partner_invoice_id", "currency_id", "company_id", "payment_term_id", "user_id"),
    *(
        "client_order_ref",
        "opportunity_id",
        "tag_ids",
        "start_date",
        "end_date",
        "next_invoice_date",
        "subscription_state",
    ),
    *("stage_category", *PLANS),
)
FACTS: tuple[Fact, ...] = ("notice", "indexed", "index", "discount_until")
UNITS: Mapping[str, Unit] = {"day": "day", "week": "week", "month": "month", "year": "year"}
Rhythm = tuple[int, Unit]
"""A number of units, such as 3 months, after which a subscription is billed again."""
State = Literal["draft", "running", "ended"]
STATES: Mapping[str, State] = {
    "1_draft": "draft",
    "2_renewal": "draft",
    "3_progress": "running",
    "4_paused": "running",
    "5_renewed": "ended",
    "6_churn": "ended",
    "draft": "draft",
    "progress": "running",
    "paused": "running",
    "closed": "ended",
}
"""From `subscription_state` (17 on) and `stage_category` (16)."""
PAUSED = ("4_paused", "paused")


def is_there(server: Server) -> bool:
    """Return whether the app is installed, even if we may not read orders: then its own models show it."""
    if server.lacks(ORDER) == "right":
        return any(server.lacks(model) != "app" for model in PLANS.values())
    return "is_subscription" in server.fields(ORDER)


def contracts(server: Server, ids: Collection[int]) -> dict[int, list[Contract]]:
    """Each customer's subscriptions.

    A thousand take one request each for orders, contacts, plans and products, and a few for their lines.

    Raises:
        AuthError: We may not read orders.
    """
    return by_account(ids, _contracts(server, ids))


def _contracts(server: Server, ids: Collection[int]) -> Iterator[tuple[tuple[int, ...], Contract]]:
    domain = [["is_subscription", "=", True], *belonging(ids, "partner_id", "partner_invoice_id")]
    configured = [name for fact in FACTS if (name := server.configured(fact, ORDER))]
    for rows in server.pages(ORDER, domain, [*FIELDS, *configured], what="read the subscriptions"):
        if rows:
            yield from _page(server, ids, rows)


def _page(server: Server, ids: Collection[int], rows: Sequence[Row]) -> Iterator[tuple[tuple[int, ...], Contract]]:
    (lines, arrears), owners, plans, tags, _ = server.connection.together(
        lambda: _lines(server, [row["id"] for row in rows]),
        lambda: companies(server, referred(rows, "partner_id", "partner_invoice_id"), ids),
        lambda: _plans(server, rows),
        lambda: names(server, TAG, rows),
        server.facts.users.rows,
    )
    for row in rows:
        served = customer(owners, row["partner_id"])
        payer = customer(owners, row["partner_invoice_id"]) or served
        made = tuple(_line(server, line, row, plans.get(row["id"]), arrears) for line in lines[row["id"]])
        yield (served, payer), _contract(server, row, made, (served, payer), tags)


def _lines(server: Server, numbers: Sequence[int]) -> tuple[dict[int, list[Row]], frozenset[int]]:
    """Each order's recurring lines, and the products that are billed as delivered: at the end of a period."""
    found = {
        number: [row for row in rows if is_recurring(row)] for number, rows in order_lines(server, numbers).items()
    }
    products = referred((row for rows in found.values() for row in rows), "product_id")
    if not products or not server.has("product.product", "invoice_policy"):
        return found, frozenset()
    domain = [["id", "in", sorted(products)], ["invoice_policy", "=", "delivery"]]
    rows = server.search("product.product", domain, ["invoice_policy"], what="read how the products are billed")
    return found, frozenset(row["id"] for row in rows)


def _plans(server: Server, rows: Sequence[Row]) -> dict[int, Rhythm]:
    """Each order's rhythm, where it has one that we know."""
    known: dict[tuple[str, int], Rhythm] = {}
    for field, model in PLANS.items():
        if wanted := referred(rows, field):
            fields = ["billing_period_value", "billing_period_unit", "duration", "unit"]
            for plan in server.search(model, [["id", "in", sorted(wanted)]], fields, what="read the recurring plans"):
                value = plan.get("billing_period_value") or plan.get("duration") or 0
                unit = str(plan.get("billing_period_unit") or plan.get("unit"))
                if unit in UNITS and value > 0:
                    known[field, plan["id"]] = int(value), UNITS[unit]
    plans = {row["id"]: (field, reference(row.get(field)) or 0) for field in PLANS for row in rows if row.get(field)}
    return {number: known[plan] for number, plan in plans.items() if plan in known}


def _line(server: Server, row: Row, order: Row, plan: Rhythm | None, arrears: frozenset[int]) -> ContractLine:
    """Make a subscription's line, without a first day where no periods can be derived.

    That is where its rhythm is unknown, and while it is paused: Odoo does not record since when it bills nothing.
    """
    every, unit = plan or (1, "month")
    is_told = plan is not None and _stage(order) not in PAUSED
    return ContractLine(
        id=f"order-line:{row['id']}",
        name=title(row["name"]),
        product=product(row),
        quantity=server.number(row["product_uom_qty"]),
        prices=(Price(None, server.number(row["price_unit"])),),
        discount=server.number(row["discount"]),
        discount_until=server.day(order.get(server.configured("discount_until", ORDER) or "")),
        start=server.day(order.get("start_date")) if is_told else None,
        end=server.day(order.get("end_date")),
        every=every,
        unit=unit,
        ahead=reference(row["product_id"]) not in arrears,
        next=server.day(order.get("next_invoice_date")),
        billed_to=server.day(row.get("last_invoiced_date")),
        prorated=True,  # what an upsell adds, and a first period up to a plan's first day
        ended=_state(order) == "ended",
    )


def _contract(
    server: Server, row: Row, lines: tuple[ContractLine, ...], parties: tuple[int, int], tags: Mapping[int, str]
) -> Contract:
    facts: dict[str, Any] = {fact: row.get(server.configured(fact, ORDER) or "") for fact in FACTS}
    end: dt.date | None = server.day(row.get("end_date"))
    return Contract(
        id=f"subscription:{row['id']}",
        number=text(row["name"]),
        state=_state(row),
        start=server.day(row.get("start_date")),
        end=end,
        notice=server.day(facts["notice"]),
        renews=False if end else None,
        currency=server.currency(row["currency_id"]),
        reference=text(row["client_order_ref"]),
        deal=str(reference(row.get("opportunity_id")) or ""),
        served=str(parties[0]),
        payer=str(parties[1]),
        company=str(reference(row["company_id"]) or ""),
        term=name_of(row["payment_term_id"]) or "",
        indexed=server.day(facts["indexed"]),
        index=text(facts["index"]),
        # An order's user is the salesperson.
        manager=server.facts.person(reference(row["user_id"])) if server.sellers_manage else None,
        tags=frozenset(tags[tag] for tag in row.get("tag_ids") or () if tag in tags),
        lines=lines,
        url=server.link(ORDER, row["id"]),
    )


def _state(row: Row) -> State:
    if row["state"] in ("draft", "sent"):
        return "draft"
    if row["state"] == "cancel":
        return "ended"
    return STATES.get(_stage(row), "running")


def _stage(row: Row) -> str:
    return str(row.get("subscription_state") or row.get("stage_category") or "")
