"""Orders, won deals, projects with their milestones, time and usage."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from integrations.sandbox.erp.billing_cases.books import SALESPERSON, TERM_30, Books, Customer
from integrations.sandbox.erp.billing_cases.invoices import Bill, Item, invoice
from integrations.sandbox.erp.billing_cases.reference import CURRENCIES, ORDER_TAGS, Product

WON = 4
"""The stage."""
PROJECT = "Introduction"
"""What all projects are called."""


@dataclasses.dataclass(frozen=True)
class Sold:
    """A line of an order; by default delivered and invoiced as ordered."""

    product: Product
    price: float
    quantity: float = 1.0
    delivered: float | None = None
    invoiced: float | None = None


@dataclasses.dataclass(frozen=True)
class Ordered:
    """An order as it is in the ERP."""

    id: int
    number: str
    lines: tuple[int, ...]


def order(
    books: Books, customer: Customer, sold: Sequence[Sold], day: dt.date, *, tags: Sequence[str] = (), **more: Any
) -> Ordered:
    """A confirmed order. `more` are fields of it, such as `client_order_ref`, `opportunity_id`, `x_go_live`."""
    amount = round(sum(item.quantity * item.price for item in sold), 2)
    values = {
        "name": f"S{books.next_number('S'):05}",
        "partner_id": customer.id,
        "partner_invoice_id": customer.invoice_contact,
        "partner_shipping_id": customer.id,
        "state": "sale",
        "date_order": f"{day} 09:00:00.000000",
        "company_id": customer.land.company,
        "currency_id": CURRENCIES[customer.currency],
        "payment_term_id": TERM_30,
        "user_id": books.users[SALESPERSON],
        "team_id": 1,
        "tag_ids": [ORDER_TAGS[tag] for tag in tags],
        "amount_untaxed": amount,
        "amount_total": amount,
        "invoice_status": "invoiced",
    }
    number = books.add("sale.order", made=day, **{**values, **more})
    lines = tuple(
        books.add(
            "sale.order.line",
            made=day,
            order_id=number,
            name=item.product.title,
            product_id=int(item.product),
            product_uom=item.product.unit,
            product_uom_id=item.product.unit,
            product_uom_qty=item.quantity,
            qty_delivered=item.quantity if item.delivered is None else item.delivered,
            qty_invoiced=item.quantity if item.invoiced is None else item.invoiced,
            price_unit=item.price,
        )
        for item in sold
    )
    return Ordered(number, str({**values, **more}["name"]), lines)


def order_billed(books: Books, customer: Customer, made: Ordered, sold: Sequence[Sold], day: dt.date) -> Bill:
    """The paid invoice for all that was invoiced of an order."""
    items = [
        Item(item.product, item.price, item.quantity if item.invoiced is None else item.invoiced, line=line)
        for item, line in zip(sold, made.lines, strict=True)
    ]
    return invoice(books, customer, items, day, invoice_origin=made.number)


def deal(
    books: Books, customer: Customer, day: dt.date, once: float = 0.0, monthly: float = 0.0, tags: Sequence[str] = ()
) -> int:
    """A won deal; gives its number."""
    return books.add(
        "crm.lead",
        made=day,
        name="Cloud services",
        partner_id=customer.id,
        stage_id=WON,
        probability=100.0,
        date_closed=f"{day} 09:30:00.000000",
        user_id=books.users[SALESPERSON],
        tag_ids=[1, *(ORDER_TAGS[tag] for tag in tags)],
        company_id=customer.land.company,
        expected_revenue=once,
        recurring_revenue=monthly,
        recurring_plan=1 if monthly else False,
    )


def project(books: Books, customer: Customer, line: int | None = None) -> int:
    """A project for a customer; gives its number."""
    return books.add(
        "project.project",
        name=PROJECT,
        partner_id=customer.id,
        user_id=books.users[SALESPERSON],
        company_id=customer.land.company,
        allow_billable=True,
        sale_line_id=line or False,
    )


def milestone(books: Books, customer: Customer, line: int, *, reached: bool) -> int:
    """Add the milestone that an order's line waits for, in a project of its own."""
    place = project(books, customer, line)
    return books.add(
        "project.milestone",
        name="Everything moved",
        project_id=place,
        sale_line_id=line,
        is_reached=reached,
        deadline=str(books.days.ahead(30)),
    )


def worked(
    books: Books, customer: Customer, hours: float, day: dt.date, place: int, line: int | None, kind: str, **more: Any
) -> int:
    """Time in a project that nobody has invoiced: `kind` as Odoo calls it."""
    return books.add(
        "account.analytic.line",
        made=day,
        **{
            "name": "Work on the platform",
            "date": str(day),
            "amount": -95.0 * hours,
            "unit_amount": hours,
            "product_uom_id": 2,
            "partner_id": customer.id,
            "user_id": books.users[SALESPERSON],
            "company_id": customer.land.company,
            "currency_id": CURRENCIES[customer.currency],
            "so_line": line or False,
            "project_id": place,
            "timesheet_invoice_type": kind,
            **more,
        },
    )


def used(books: Books, customer: Customer, product: Product, quantity: float, day: dt.date, **more: Any) -> int:
    """Add a measured use of a service."""
    return books.add(
        "account.analytic.line",
        made=day,
        **{
            "name": "production",
            "date": str(day),
            "unit_amount": quantity,
            "product_id": int(product),
            "product_uom_id": 4,
            "partner_id": customer.id,
            "company_id": customer.land.company,
            "currency_id": CURRENCIES[customer.currency],
            **more,
        },
    )
