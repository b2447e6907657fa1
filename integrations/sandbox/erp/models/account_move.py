"""Invoices and credit notes, there only where the Invoicing app is installed; our account may read them."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.erp.environment import Environment
from integrations.sandbox.erp.model import Field, Model
from integrations.sandbox.state import Document


def _name(environment: Environment, document: Document) -> Any:
    return document.get("name") or ("/" if environment.major < 19 else False)


def _display_name(environment: Environment, document: Document) -> str:
    if document.get("state") == "draft":
        return "Draft Invoice" if document.get("move_type") == "out_invoice" else "Draft Credit Note"
    return str(_name(environment, document) or "")


def _commercial_partner(environment: Environment, document: Document) -> Any:
    partner = environment.record("res.partner", document.get("partner_id") or 0)
    return partner["commercial_partner_id"] if partner else False


ACCOUNT_MOVE = Model(
    "account.move",
    "Journal Entry",
    {
        "name": Field("char", "Number", compute=_name),
        "display_name": Field("char", "Display Name", compute=_display_name),
        "move_type": Field(
            "selection",
            "Type",
            required=True,
            readonly=True,
            selection=(
                ("entry", "Journal Entry"),
                ("out_invoice", "Customer Invoice"),
                ("out_refund", "Customer Credit Note"),
                ("in_invoice", "Vendor Bill"),
                ("in_refund", "Vendor Credit Note"),
                ("out_receipt", "Sales Receipt"),
                ("in_receipt", "Purchase Receipt"),
            ),
            default="entry",
        ),
        "state": Field(
            "selection",
            "Status",
            required=True,
            readonly=True,
            selection=(("draft", "Draft"), ("posted", "Posted"), ("cancel", "Cancelled")),
            default="draft",
        ),
        "payment_state": Field(
            "selection",
            "Payment Status",
            readonly=True,
            selection=(
                ("not_paid", "Not Paid"),
                ("in_payment", "In Payment"),
                ("paid", "Paid"),
                ("partial", "Partially Paid"),
                ("reversed", "Reversed"),
                ("blocked", "Blocked"),
                ("invoicing_legacy", "Invoicing App Legacy"),
            ),
            default="not_paid",
        ),
        "date": Field("date", "Date", required=True),
        "invoice_date": Field("date", "Invoice/Bill Date"),
        "invoice_date_due": Field("date", "Due Date"),
        "partner_id": Field("many2one", "Partner", "res.partner"),
        "commercial_partner_id": Field("many2one", "Commercial Entity", "res.partner", compute=_commercial_partner),
        "ref": Field("char", "Reference"),
        "payment_reference": Field("char", "Payment Reference"),
        "invoice_origin": Field("char", "Origin", readonly=True),
        "invoice_user_id": Field("many2one", "Salesperson", "res.users"),
        "invoice_payment_term_id": Field("many2one", "Payment Terms", "account.payment.term"),
        "company_id": Field("many2one", "Company", "res.company"),
        "currency_id": Field("many2one", "Currency", "res.currency", required=True),
        "amount_untaxed": Field("monetary", "Untaxed Amount", readonly=True),
        "amount_tax": Field("monetary", "Tax", readonly=True),
        "amount_total": Field("monetary", "Total", readonly=True),
        "amount_residual": Field("monetary", "Amount Due", readonly=True),
        "is_move_sent": Field("boolean", "Is Move Sent", readonly=True),
    },
    order="date desc, name desc, invoice_date desc, id desc",
    indexes=("partner_id",),
    app="account",
)
