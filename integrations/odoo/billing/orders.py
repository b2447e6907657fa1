"""Orders and quotations with their lines, as far as the orders themselves are what is billed."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

from integrations.core.billing import Order, OrderLine
from integrations.core.model import Person
from integrations.odoo.billing.companies import belonging, by_account, companies, customer, referred
from integrations.odoo.billing.order_lines import bills_itself, milestones, order_line, order_lines
from integrations.odoo.billing.server import ORDER, ZERO, Server
from integrations.odoo.billing.settings import Fact
from integrations.odoo.connection import Row
from integrations.odoo.partners import name_of, reference

PROJECT = "project.project"
TAG = "crm.tag"
FIELDS = (
    "name",
    "state",
    "date_order",
    "partner_id",
    "partner_invoice_id",
    "currency_id",
    "company_id",
    "amount_untaxed",
    "payment_term_id",
    "client_order_ref",
    "user_id",
    "opportunity_id",  # sale_crm
    "tag_ids",
    "effective_date",  # sale_stock: when the first delivery was done
    "is_subscription",
    "subscription_id",  # Subscriptions: what a renewal or an upsell follows
)
FACTS: tuple[Fact, ...] = ("go_live", "renews")
STATES: Mapping[str, Literal["quotation", "confirmed", "cancelled"]] = {
    "draft": "quotation",
    "sent": "quotation",
    "sale": "confirmed",
    "done": "confirmed",  # 16: a locked one
    "cancel": "cancelled",
}


def orders(server: Server, ids: Collection[int]) -> dict[int, list[Order]]:
    """Each customer's orders: those that serve it and those that it pays for; nothing where there is no Sales app.

    A subscription is an order too, with what it bills once: `untaxed` is then those lines' alone, in the order's
    currency. For a thousand orders: a request each for them, their contacts, projects and milestones, and a few for
    their lines.

    Raises:
        AuthError: We may not read orders.
    """
    return by_account(ids, _orders(server, ids))


def _orders(server: Server, ids: Collection[int]) -> Iterator[tuple[tuple[int, ...], Order]]:
    domain = belonging(ids, "partner_id", "partner_invoice_id")
    for rows in server.pages(ORDER, domain, _fields(server), what="read the orders"):
        if rows:
            yield from _page(server, ids, rows)


def _fields(server: Server) -> list[str]:
    """What is read of an order, with the fields that the settings name."""
    return [*FIELDS, *(name for fact in FACTS if (name := server.configured(fact)))]


@dataclasses.dataclass(frozen=True)
class _Related:
    """What a page of orders refers to."""

    lines: Mapping[int, Sequence[Row]]
    reached: Mapping[int, bool]
    companies: Mapping[int, int]
    leaders: Mapping[int, Person]
    tags: Mapping[int, str]


def _page(server: Server, ids: Collection[int], rows: Sequence[Row]) -> Iterator[tuple[tuple[int, ...], Order]]:
    lines, owners, tags, _ = server.connection.together(
        lambda: order_lines(server, [row["id"] for row in rows]),
        lambda: companies(server, referred(rows, "partner_id", "partner_invoice_id"), ids),
        lambda: names(server, TAG, rows),
        server.facts.users.rows,
    )
    places = {line["id"]: number for number, found in lines.items() for line in found}
    reached, leaders = server.connection.together(
        lambda: milestones(server, places),
        lambda: _leaders(server, places),
    )
    related = _Related(lines, reached, owners, leaders, tags)
    for row in rows:
        served = customer(owners, row["partner_id"])
        payer = customer(owners, row["partner_invoice_id"]) or served
        yield (served, payer), _order(server, row, related, served, payer)


def _order(server: Server, row: Row, related: _Related, served: int, payer: int) -> Order:
    currency = row["currency_id"]
    found = related.lines[row["id"]]
    own = [line for line in found if not bills_itself(row, line)]
    lines = tuple(order_line(server, line, currency, related.reached) for line in own)
    live, renews = server.configured("go_live"), server.configured("renews")
    return Order(
        id=str(row["id"]),
        number=row["name"] or "",
        state=STATES.get(row["state"], "confirmed"),
        day=server.day(row["date_order"]),
        live=server.day(row[live] if live else row.get("effective_date")),
        currency=server.currency(currency),
        untaxed=_total(lines) if len(own) < len(found) else server.amount(row["amount_untaxed"], currency),
        reference=text(row["client_order_ref"]),
        deal=str(reference(row.get("opportunity_id")) or ""),
        served=str(served),
        payer=str(payer),
        company=str(reference(row["company_id"]) or ""),
        term=name_of(row["payment_term_id"]) or "",
        renews=text(row[renews] if renews else row.get("subscription_id")),
        manager=related.leaders.get(row["id"]) or server.facts.person(reference(row["user_id"])),
        tags=frozenset(related.tags[tag] for tag in row.get("tag_ids") or () if tag in related.tags),
        lines=lines,
        url=server.link(ORDER, row["id"]),
    )


def _total(lines: Sequence[OrderLine]) -> Any:
    return sum((line.amount for line in lines), ZERO)


def _leaders(server: Server, places: Mapping[int, int]) -> dict[int, Person]:
    """Who leads the project that an order made, where there are projects and we may read them.

    `places`: from an order's line, which a project hangs on, to the order.
    """
    found: dict[int, Person] = {}
    if not places or not server.has(PROJECT, "sale_line_id", "user_id"):
        return found
    domain = [["sale_line_id", "in", list(places)]]
    for row in server.search(PROJECT, domain, ["sale_line_id", "user_id"], what="read the orders' projects"):
        leader = server.facts.person(reference(row["user_id"]))
        if leader:
            found.setdefault(places[row["sale_line_id"][0]], leader)
    return found


def names(server: Server, model: str, rows: Sequence[Row]) -> Mapping[int, str]:
    """The names of the rows' tags; nothing is asked where they have none."""
    used = {tag for row in rows for tag in row.get("tag_ids") or ()}
    return server.facts.names(model, used) if used else {}


def text(value: Any) -> str:
    """A field in words: what was typed, or the name of what a reference `[id, name]` leads to."""
    if isinstance(value, (list, tuple)):
        return str(value[1]) if len(value) > 1 else ""
    return str(value or "").strip()
