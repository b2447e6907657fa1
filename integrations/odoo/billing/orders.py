"""Orders and quotations, with the lines that are billed by the order itself and not by a contract."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

from integrations.core.billing import Order, OrderLine
from integrations.core.model import Person
from integrations.odoo.billing.companies import belonging, by_account, companies, customer, referred
from integrations.odoo.billing.server import ORDER, ZERO, Server
from integrations.odoo.connection import Row
from integrations.odoo.partners import name_of, reference
from integrations.odoo.settings import Fact

ORDER_LINE = "sale.order.line"
MILESTONE = "project.milestone"
LINE_FIELDS = (
    "order_id",
    "name",
    "display_type",
    "product_id",
    "product_uom_qty",
    "qty_delivered",
    "qty_invoiced",
    "qty_to_invoice",
    "qty_delivered_method",
    "price_unit",
    "discount",
    "price_subtotal",
    "recurring_invoice",  # Subscriptions, 17 on
    "temporal_type",  # Subscriptions, 16
    "last_invoiced_date",  # Subscriptions, 17 on
    "is_contract",  # the community's product_contract
)


MEASURED = ("timesheet", "analytic", "stock_move")
"""Values of a line's `qty_delivered_method` with which Odoo counts deliveries (`sale_timesheet`, `sale_stock`)."""


def order_lines(server: Server, orders: Collection[int]) -> dict[int, list[Row]]:
    """Read each order's lines, without headings and notes.

    Raises:
        AuthError: We may not read them.
    """
    found: dict[int, list[Row]] = {number: [] for number in orders}
    domain = [["order_id", "in", list(orders)], ["display_type", "=", False]]
    for rows in server.pages(ORDER_LINE, domain, LINE_FIELDS, what="read the orders' lines", times=2):
        for row in rows:
            found[row["order_id"][0]].append(row)
    return found


def bills_itself(order: Row, line: Row) -> bool:
    """Return whether a contract bills the line instead of the order.

    In Odoo's Subscriptions these are the recurring lines of a subscription; an upsell is no subscription and bills its
    lines once. With OCA's `product_contract` they are lines whose product makes a contract: Odoo never invoices those.
    """
    if line.get("is_contract"):
        return True
    return bool(order.get("is_subscription")) and is_recurring(line)


def is_recurring(line: Row) -> bool:
    """Return whether the line is recurring for Odoo's Subscriptions, by the field of 17 and later or that of 16."""
    return bool(line.get("recurring_invoice")) or line.get("temporal_type") == "subscription"


def milestones(server: Server, lines: Collection[int]) -> dict[int, bool]:
    """By order line that is billed by milestones, whether all of these are reached."""
    found: dict[int, bool] = {}
    if not lines or not server.has(MILESTONE, "sale_line_id", "is_reached"):
        return found
    domain = [["sale_line_id", "in", list(lines)]]
    for row in server.search(MILESTONE, domain, ["sale_line_id", "is_reached"], what="read the milestones"):
        number = row["sale_line_id"][0]
        found[number] = found.get(number, True) and bool(row["is_reached"])
    return found


def order_line(server: Server, row: Row, currency: Any, reached: Mapping[int, bool]) -> OrderLine:
    """Make an order's line; `currency` is the order's, as `[id, name]`."""
    return OrderLine(
        id=f"order-line:{row['id']}",
        name=title(row["name"]),
        product=product(row),
        quantity=server.number(row["product_uom_qty"]),
        delivered=server.number(row["qty_delivered"]),
        invoiced=server.number(row["qty_invoiced"]),
        price=server.number(row["price_unit"]),
        discount=server.number(row["discount"]),
        amount=server.amount(row["price_subtotal"], currency),
        milestone=reached.get(row["id"]),
        to_bill=server.number(row["qty_to_invoice"]) if row.get("qty_delivered_method") in MEASURED else None,
    )


def title(text: Any) -> str:
    """The first line of a description; the others are words for the customer."""
    return str(text or "").strip().partition("\n")[0].strip()


def product(row: Row) -> str:
    """A line's product by its id; empty where it has none."""
    number = reference(row["product_id"])
    return str(number) if number else ""


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
    """Each customer's orders: those that serve it and those that it pays for; none without the Sales app.

    A subscription is an order too, with the lines that it bills once: `untaxed` is then their sum, in the order's
    currency. A thousand orders take one request each for orders, contacts, projects and milestones, and a few for their
    lines.

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
    """The fields to read of an order, those that the settings name among them."""
    return [*FIELDS, *(name for fact in FACTS if (name := server.configured(fact)))]


@dataclasses.dataclass(frozen=True)
class _Related:
    """Records to which a page of orders refers."""

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
    """By order the manager of the project that it made, where there are projects and we may read them.

    `places` leads from an order's line, to which a project refers, to the order.
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
    """A field as text: as it was typed, or the name in a reference `[id, name]`."""
    if isinstance(value, (list, tuple)):
        return str(value[1]) if len(value) > 1 else ""
    return str(value or "").strip()
