"""Products and their units of measure."""

from __future__ import annotations

from integrations.sandbox.erp.environment import Field, Model

UNIT = Model(
    "uom.uom",
    "Product Unit of Measure",
    {
        "name": Field("char", "Unit Name", required=True),
        "active": Field("boolean", "Active", default=True),
        "factor": Field("float", "Absolute Quantity", default=1.0),
        "uom_type": Field(
            "selection",
            "Type",
            selection=(("bigger", "Bigger"), ("reference", "Reference"), ("smaller", "Smaller")),
            default="reference",
            until=18,
        ),
    },
    order="name",
)

PRODUCT = Model(
    "product.product",
    "Product Variant",
    {
        "name": Field("char", "Name", required=True),
        "default_code": Field("char", "Internal Reference"),
        "active": Field("boolean", "Active", default=True),
        "type": Field(
            "selection",
            "Product Type",
            required=True,
            selection=(("consu", "Goods"), ("service", "Service"), ("combo", "Combo")),
            default="service",
        ),
        "uom_id": Field("many2one", "Unit", "uom.uom", required=True, default=1),
        "list_price": Field("float", "Sales Price"),
        "lst_price": Field("float", "Sales Price", compute=lambda _environment, document: document["list_price"]),
        "taxes_id": Field("many2many", "Sales Taxes", "account.tax", app="account"),
        "invoice_policy": Field(
            "selection",
            "Invoicing Policy",
            selection=(("order", "Ordered quantities"), ("delivery", "Delivered quantities")),
            default="order",
            app="sale",
        ),
        "service_policy": Field(
            "selection",
            "Service Invoicing Policy",
            selection=(
                ("ordered_prepaid", "Prepaid/Fixed Price"),
                ("delivered_timesheet", "Based on Timesheets"),
                ("delivered_milestones", "Based on Milestones"),
                ("delivered_manual", "Based on Delivered Quantity (Manual)"),
            ),
            default="ordered_prepaid",
            app="sale_timesheet",
        ),
        "recurring_invoice": Field("boolean", "Subscription Product", app="sale_subscription"),
        "company_id": Field("many2one", "Company", "res.company"),
    },
    order="default_code, name, id",
    by_people=True,
)
