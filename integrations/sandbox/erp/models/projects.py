"""Projects, their milestones, and the analytic items in which time and usage stand; each app brings its own part."""

from __future__ import annotations

from integrations.sandbox.erp.environment import Environment, Field, Model
from integrations.sandbox.state import Document


def _order(environment: Environment, document: Document) -> int | bool:
    line = environment.record("sale.order.line", document.get("so_line") or 0)
    return line["order_id"] if line else False


PROJECT = Model(
    "project.project",
    "Project",
    {
        "name": Field("char", "Name", required=True),
        "active": Field("boolean", "Active", default=True),
        "user_id": Field("many2one", "Project Manager", "res.users"),
        "partner_id": Field("many2one", "Customer", "res.partner"),
        "company_id": Field("many2one", "Company", "res.company"),
        "allow_billable": Field("boolean", "Billable", app="sale_timesheet"),
        "sale_line_id": Field("many2one", "Sales Order Item", "sale.order.line", app="sale"),
    },
    order="name, id",
    indexes=("partner_id",),
    app="project",
    by_people=True,
)

MILESTONE = Model(
    "project.milestone",
    "Project Milestone",
    {
        "name": Field("char", "Name", required=True),
        "project_id": Field("many2one", "Project", "project.project", required=True),
        "deadline": Field("date", "Deadline"),
        "is_reached": Field("boolean", "Reached"),
        "reached_date": Field("date", "Reached Date", readonly=True),
        "sale_line_id": Field("many2one", "Sales Order Item", "sale.order.line", app="sale"),
        "quantity_percentage": Field("float", "Quantity (%)", app="sale"),
    },
    order="deadline, is_reached desc, name",
    indexes=("sale_line_id", "project_id"),
    app="project",
    by_people=True,
)

ANALYTIC_TAG = Model(
    "account.analytic.tag",
    "Analytic Tags",
    {"name": Field("char", "Analytic Tag", required=True), "active": Field("boolean", "Active", default=True)},
    order="name",
    app="account_analytic_tag",
    by_people=True,
)

ANALYTIC_LINE = Model(
    "account.analytic.line",
    "Analytic Line",
    {
        "name": Field("char", "Description", required=True),
        "date": Field("date", "Date", required=True),
        "amount": Field("monetary", "Amount", required=True, default=0.0),
        "unit_amount": Field("float", "Quantity"),
        "product_id": Field("many2one", "Product", "product.product"),
        "product_uom_id": Field("many2one", "Unit", "uom.uom"),
        "partner_id": Field("many2one", "Partner", "res.partner"),
        "user_id": Field("many2one", "User", "res.users"),
        "company_id": Field("many2one", "Company", "res.company", required=True, default=1),
        "currency_id": Field("many2one", "Currency", "res.currency", readonly=True),
        "move_line_id": Field("many2one", "Journal Item", "account.move.line"),
        "tag_ids": Field("many2many", "Tags", "account.analytic.tag", app="account_analytic_tag"),
        "so_line": Field("many2one", "Sales Order Item", "sale.order.line", app="sale"),
        "order_id": Field("many2one", "Order Reference", "sale.order", compute=_order, app="sale_timesheet"),
        "project_id": Field("many2one", "Project", "project.project", app="hr_timesheet"),
        "timesheet_invoice_id": Field("many2one", "Invoice", "account.move", readonly=True, app="sale_timesheet"),
        "timesheet_invoice_type": Field(
            "selection",
            "Billable Type",
            readonly=True,
            selection=(
                ("billable_time", "Billed on Timesheets"),
                ("billable_fixed", "Billed at a Fixed price"),
                ("billable_milestones", "Billed on Milestones"),
                ("billable_manual", "Billed Manually"),
                ("non_billable", "Non-Billable"),
                ("timesheet_revenues", "Timesheet Revenues"),
                ("service_revenues", "Service Revenues"),
                ("other_revenues", "Other Revenues"),
                ("other_costs", "Other Costs"),
            ),
            app="sale_timesheet",
        ),
    },
    order="date desc, id desc",
    indexes=("partner_id", "so_line", "project_id"),
    app="account",
    by_people=True,
)
