"""The lines of an order."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.erp.environment import EVERYTHING, Environment, Field, Model
from integrations.sandbox.erp.index import ids_by
from integrations.sandbox.state import Document


def _of_order(name: str) -> Any:
    def found(environment: Environment, document: Document) -> Any:
        order = environment.record("sale.order", document.get("order_id") or 0)
        return order.get(name, False) if order else False

    return found


def _to_invoice(environment: Environment, document: Document) -> float:
    product = environment.record("product.product", document.get("product_id") or 0) or {}
    counted = "qty_delivered" if product.get("invoice_policy") == "delivery" else "product_uom_qty"
    return float(document.get(counted) or 0.0) - float(document.get("qty_invoiced") or 0.0)


def _recurring(environment: Environment, document: Document) -> bool:
    product = environment.record("product.product", document.get("product_id") or 0)
    return bool(product and product.get("recurring_invoice"))


def _complete(environment: Environment, document: Document, _changed: frozenset[str]) -> None:
    order = environment.record("sale.order", document.get("order_id") or 0) or {}
    document["order_partner_id"] = order.get("partner_id", False)
    amount = (document.get("product_uom_qty") or 0.0) * (document.get("price_unit") or 0.0)
    document["price_subtotal"] = round(amount * (1 - (document.get("discount") or 0.0) / 100), 2)


def _follow(environment: Environment, document: Document, _changed: frozenset[str]) -> None:
    """The order's amounts are the sums of its lines'; it counts as written."""
    order = environment.record("sale.order", document.get("order_id") or 0)
    if order is None:
        return
    table = environment.table("sale.order.line")
    lines = ids_by(environment, "sale.order.line", "order_id", order["id"])
    amount = round(sum(table[str(line)]["price_subtotal"] for line in lines), 2)
    stamped = {**order, "amount_untaxed": amount, "amount_total": amount, "write_date": environment.now}
    environment.store("sale.order", stamped)


SALE_ORDER_LINE = Model(
    "sale.order.line",
    "Sales Order Line",
    {
        "order_id": Field("many2one", "Order Reference", "sale.order", required=True),
        "name": Field("text", "Description", required=True),
        "sequence": Field("integer", "Sequence", default=10),
        "display_type": Field(
            "selection", "Display Type", selection=(("line_section", "Section"), ("line_note", "Note"))
        ),
        "product_id": Field("many2one", "Product", "product.product"),
        "product_uom": Field("many2one", "Unit of Measure", "uom.uom", until=18),
        "product_uom_id": Field("many2one", "Unit", "uom.uom", since=19),
        "product_uom_qty": Field("float", "Quantity", required=True, default=1.0),
        "qty_delivered": Field("float", "Delivery Quantity"),
        "qty_delivered_method": Field(
            "selection",
            "Method to update delivered qty",
            selection=(("manual", "Manual"), ("analytic", "Analytic From Expenses"), ("timesheet", "Timesheets")),
            default="manual",
        ),
        "qty_invoiced": Field("float", "Invoiced Quantity", readonly=True),
        "qty_to_invoice": Field("float", "Quantity To Invoice", compute=_to_invoice),
        "price_unit": Field("float", "Unit Price"),
        "discount": Field("float", "Discount (%)"),
        "price_subtotal": Field("monetary", "Subtotal", readonly=True),
        "tax_id": Field("many2many", "Taxes", "account.tax", until=18, app="account"),
        "tax_ids": Field("many2many", "Taxes", "account.tax", since=19, app="account"),
        "is_downpayment": Field("boolean", "Is a down payment"),
        "state": Field(
            "selection",
            "Order Status",
            selection=(
                ("draft", "Quotation"),
                ("sent", "Quotation Sent"),
                ("sale", "Sales Order"),
                ("cancel", "Cancelled"),
            ),
            compute=_of_order("state"),
        ),
        "currency_id": Field("many2one", "Currency", "res.currency", compute=_of_order("currency_id")),
        "company_id": Field("many2one", "Company", "res.company", compute=_of_order("company_id")),
        "order_partner_id": Field("many2one", "Customer", "res.partner", readonly=True),
        "recurring_invoice": Field("boolean", "Subscription Product", compute=_recurring, app="sale_subscription"),
    },
    order="order_id, sequence, id",
    rights=EVERYTHING,
    indexes=("order_id", "order_partner_id"),
    app="sale",
    complete=_complete,
    follow=_follow,
)
