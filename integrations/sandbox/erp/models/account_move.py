"""Invoices and credit notes, there only where the Invoicing app is installed.

Our account may read them; our people write them as they would by Odoo's buttons: posted is what gets the state,
paid what gets the payment status, or has nothing left to pay.
"""

from __future__ import annotations

from typing import Any

from integrations.sandbox.erp.environment import Environment, Field, Model
from integrations.sandbox.state import Document


def _name(environment: Environment, document: Document) -> Any:
    return document.get("name") or ("/" if environment.major < 19 else False)


def _display_name(environment: Environment, document: Document) -> str:
    if document.get("state") == "draft":
        return "Draft Invoice" if document.get("move_type") == "out_invoice" else "Draft Credit Note"
    return str(_name(environment, document) or "")


def is_item_of_the_invoice(line: Document) -> bool:
    """Return whether people see the journal item as a line of the invoice.

    Tax and receivable are items beside it.
    """
    return line.get("display_type") in ("product", "line_section", "line_note")


def _complete(environment: Environment, document: Document, changed: frozenset[str]) -> None:
    partner = environment.record("res.partner", document.get("partner_id") or 0)
    document["commercial_partner_id"] = partner["commercial_partner_id"] if partner else False
    if "state" in changed and document.get("state") == "posted" and not document.get("name"):
        _number(environment, document)
    if "payment_state" in changed and "amount_residual" not in changed:
        if document["payment_state"] in ("paid", "in_payment", "reversed"):
            document["amount_residual"] = 0.0
        elif document["payment_state"] == "not_paid":
            document["amount_residual"] = document.get("amount_total", 0.0)
    elif "amount_residual" in changed and "payment_state" not in changed:
        left, total = document["amount_residual"], document.get("amount_total", 0.0)
        document["payment_state"] = "paid" if not left else "not_paid" if left >= total else "partial"


def _number(environment: Environment, document: Document) -> None:
    """Give a posted invoice its number and, where there is none yet, the day."""
    day = document.get("invoice_date") or environment.now[:10]
    prefix = "RINV" if document.get("move_type") == "out_refund" else "INV"
    number = environment.world.state.number("erp", "account.move.number", 50_001)
    document |= {"invoice_date": day, "date": day, "name": f"{prefix}/{day[:4]}/{number}"}
    document["invoice_date_due"] = document.get("invoice_date_due") or day


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
        "commercial_partner_id": Field("many2one", "Commercial Entity", "res.partner", readonly=True),
        "partner_shipping_id": Field("many2one", "Delivery Address", "res.partner"),
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
        "fiscal_position_id": Field("many2one", "Fiscal Position", "account.fiscal.position"),
        "reversed_entry_id": Field("many2one", "Reversal of", "account.move", readonly=True),
        "reversal_move_ids": Field("one2many", "Reversal Move", "account.move", "reversed_entry_id", since=18),
        "line_ids": Field("one2many", "Journal Items", "account.move.line", "move_id"),
        "invoice_line_ids": Field(
            "one2many", "Invoice lines", "account.move.line", "move_id", holds=is_item_of_the_invoice
        ),
        "x_held": Field("char", "Kept back because"),
        "x_dispute": Field("char", "Disputed because"),
        "x_dispute_owner": Field("char", "Dispute with"),
        "x_dunning_level": Field("integer", "Dunning level"),
        "x_dunning_blocked": Field("boolean", "No dunning"),
        "x_dunning_reason": Field("char", "No dunning because"),
    },
    order="date desc, name desc, invoice_date desc, id desc",
    indexes=("partner_id", "commercial_partner_id", "partner_shipping_id", "reversed_entry_id"),
    app="account",
    by_people=True,
    complete=_complete,
)
