"""The lines of orders: what was sold once, and what a contract bills again and again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from integrations.core.billing import OrderLine
from integrations.odoo.billing.server import Server
from integrations.odoo.connection import Row
from integrations.odoo.partners import reference

ORDER_LINE = "sale.order.line"
MILESTONE = "project.milestone"
FIELDS = (
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
    for rows in server.pages(ORDER_LINE, domain, FIELDS, what="read the orders' lines", times=2):
        for row in rows:
            found[row["order_id"][0]].append(row)
    return found


def bills_itself(order: Row, line: Row) -> bool:
    """Whether a contract bills the line, and not the order.

    In Odoo's Subscriptions the recurring lines of a subscription; an upsell, which is none, bills its own once. With
    the community's `product_contract` the lines whose product makes a contract: Odoo itself never invoices those.
    """
    if line.get("is_contract"):
        return True
    return bool(order.get("is_subscription")) and is_recurring(line)


def is_recurring(line: Row) -> bool:
    """Whether Odoo's Subscriptions calls the line recurring."""
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
