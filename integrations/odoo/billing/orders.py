"""Orders and quotations with their lines, as far as the orders themselves are what is billed."""

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
"""Of a line's `qty_delivered_method`: Odoo counts by itself what was delivered (`sale_timesheet`, `sale_stock`)."""


def order_lines(server: Server, orders: Collection[int]) -> dict[int, list[Row]]:
    """Each order's lines as Odoo shows them; headings and notes are left out.

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
    """Return whether a contract bills the line, and not the order.

    In Odoo's Subscriptions the recurring lines of a subscription; an upsell, which is none, bills its own once. With
    the community's `product_contract` the lines whose product makes a contract: Odoo itself never invoices those.
    """
    if line.get("is_contract"):
        return True
    return bool(order.get("is_subscription")) and is_recurring(line)


def is_recurring(line: Row) -> bool:
    """Return whether Odoo's Subscriptions calls the line recurring."""
    return bool(line.get("recurring_invoice")) or line.get("temporal_type") == "subscription"


def milestones(server: Server, lines: Collection[int]) -> dict[int, bool]:
    """Of order lines that are billed by milestones, whether all of those are reached."""
    found: dict[int, bool] = {}
    if not lines or not server.has(MILESTONE, "sale_line_id", "is_reached"):
        return found
    domain = [["sale_line_id", "in", list(lines)]]
    for row in server.search(MILESTONE, domain, ["sale_line_id", "is_reached"], what="read the milestones"):
        number = row["sale_line_id"][0]
        found[number] = found.get(number, True) and bool(row["is_reached"])
    return found


def order_line(server: Server, row: Row, currency: Any, reached: Mapping[int, bool]) -> OrderLine:
    """An order's line; `currency`: the order's, as `[id, name]`."""
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
    """The first line of a description: what follows is for the customer."""
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
    """Return what is read of an order, with the fields that the settings name."""
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
    """Return who leads the project that an order made, where there are projects and we may read them.

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
