"""Sales orders, there only where the Sales app is installed."""

from __future__ import annotations

from integrations.sandbox.erp.model import EVERYTHING, Field, Model

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
        "amount_untaxed": Field("monetary", "Untaxed Amount", readonly=True),
        "amount_total": Field("monetary", "Total", readonly=True),
        "currency_id": Field("many2one", "Currency", "res.currency", readonly=True),
        "company_id": Field("many2one", "Company", "res.company", required=True, default=1),
        "payment_term_id": Field("many2one", "Payment Terms", "account.payment.term"),
        "user_id": Field("many2one", "Salesperson", "res.users"),
        "team_id": Field("many2one", "Sales Team", "crm.team"),
    },
    order="date_order desc, id desc",
    rights=EVERYTHING,
    indexes=("partner_id", "partner_invoice_id", "opportunity_id"),
    app="sale",
)
