"""Sales orders, there only where the Sales app is installed; a subscription is one too."""

from __future__ import annotations

from integrations.sandbox.erp.environment import EVERYTHING, Field, Model

_SUBSCRIPTION = "sale_subscription"

SALE_ORDER = Model(
    "sale.order",
    "Sales Order",
    {
        "name": Field("char", "Order Reference", required=True, default="New"),
        "partner_id": Field("many2one", "Customer", "res.partner", required=True),
        "partner_invoice_id": Field("many2one", "Invoice Address", "res.partner", required=True),
        "partner_shipping_id": Field("many2one", "Delivery Address", "res.partner", required=True),
        "opportunity_id": Field("many2one", "Opportunity", "crm.lead"),
        "state": Field(
            "selection",
            "Status",
            readonly=True,
            selection=(
                ("draft", "Quotation"),
                ("sent", "Quotation Sent"),
                ("sale", "Sales Order"),
                ("cancel", "Cancelled"),
            ),
            default="draft",
        ),
        "invoice_status": Field(
            "selection",
            "Invoice Status",
            readonly=True,
            selection=(
                ("upselling", "Upselling Opportunity"),
                ("invoiced", "Fully Invoiced"),
                ("to invoice", "To Invoice"),
                ("no", "Nothing to Invoice"),
            ),
            default="no",
        ),
        "date_order": Field("datetime", "Order Date", required=True),
        "client_order_ref": Field("char", "Customer Reference"),
        "order_line": Field("one2many", "Order Lines", "sale.order.line", "order_id"),
        "tag_ids": Field("many2many", "Tags", "crm.tag"),
        "amount_untaxed": Field("monetary", "Untaxed Amount", readonly=True),
        "amount_total": Field("monetary", "Total", readonly=True),
        "currency_id": Field("many2one", "Currency", "res.currency", readonly=True),
        "company_id": Field("many2one", "Company", "res.company", required=True, default=1),
        "payment_term_id": Field("many2one", "Payment Terms", "account.payment.term"),
        "fiscal_position_id": Field("many2one", "Fiscal Position", "account.fiscal.position", app="account"),
        "user_id": Field("many2one", "Salesperson", "res.users"),
        "team_id": Field("many2one", "Sales Team", "crm.team"),
        "is_subscription": Field("boolean", "Recurring", readonly=True, app=_SUBSCRIPTION),
        "plan_id": Field("many2one", "Recurring Plan", "sale.subscription.plan", app=_SUBSCRIPTION),
        "subscription_state": Field(
            "selection",
            "Subscription Status",
            selection=(
                ("1_draft", "Quotation"),
                ("2_renewal", "Renewal Quotation"),
                ("3_progress", "In Progress"),
                ("4_paused", "Paused"),
                ("5_renewed", "Renewed"),
                ("6_churn", "Churned"),
                ("7_upsell", "Upsell"),
            ),
            app=_SUBSCRIPTION,
        ),
        "subscription_id": Field("many2one", "Parent Contract", "sale.order", app=_SUBSCRIPTION),
        "start_date": Field("date", "Start Date", app=_SUBSCRIPTION),
        "end_date": Field("date", "End Date", app=_SUBSCRIPTION),
        "next_invoice_date": Field("date", "Date of Next Invoice", app=_SUBSCRIPTION),
        "x_go_live": Field("date", "Go-live"),
        "x_renews": Field("char", "Renews order"),
        "x_notice": Field("date", "Notice by"),
        "x_indexed": Field("date", "Next indexation"),
        "x_index": Field("char", "Index"),
        "x_discount_until": Field("date", "Discounts until"),
    },
    order="date_order desc, id desc",
    rights=EVERYTHING,
    indexes=("partner_id", "partner_invoice_id", "partner_shipping_id", "opportunity_id"),
    app="sale",
)

PLAN = Model(
    "sale.subscription.plan",
    "Subscription Plan",
    {
        "name": Field("char", "Name", required=True),
        "active": Field("boolean", "Active", default=True),
        "billing_period_value": Field("integer", "Duration", required=True, default=1),
        "billing_period_unit": Field(
            "selection",
            "Unit",
            required=True,
            selection=(("week", "Weeks"), ("month", "Months"), ("year", "Years")),
            default="month",
        ),
        "company_id": Field("many2one", "Company", "res.company"),
    },
    app=_SUBSCRIPTION,
    by_people=True,
)
