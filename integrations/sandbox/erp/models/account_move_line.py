"""Journal items: the lines of invoices, and what customers owe or have paid."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.erp.environment import Environment, Field, Model
from integrations.sandbox.erp.index import ids_by
from integrations.sandbox.state import Document

_FROM_ENTRY = ("partner_id", "company_id", "currency_id", "date")
"""What an item has from its journal entry where nothing else is said."""


def _of_entry(name: str, otherwise: Any = False) -> Any:
    def found(environment: Environment, document: Document) -> Any:
        entry = environment.record("account.move", document.get("move_id") or 0)
        return (entry.get(name) if entry else None) or otherwise

    return found


def _account_type(environment: Environment, document: Document) -> Any:
    account = environment.record("account.account", document.get("account_id") or 0)
    return account["account_type"] if account else False


def _debit(_environment: Environment, document: Document) -> float:
    return max(0.0, float(document.get("balance") or 0.0))


def _credit(_environment: Environment, document: Document) -> float:
    return max(0.0, -float(document.get("balance") or 0.0))


def _complete(environment: Environment, document: Document, changed: frozenset[str]) -> None:
    entry = environment.record("account.move", document.get("move_id") or 0) or {}
    for name in _FROM_ENTRY:
        document[name] = document.get(name) or entry.get(name, False)
    if document.get("display_type") == "product":
        amount = (document.get("quantity") or 0.0) * (document.get("price_unit") or 0.0)
        document["price_subtotal"] = round(amount * (1 - (document.get("discount") or 0.0) / 100), 2)
        document["price_total"] = round(document["price_subtotal"] * (1 + _percent(environment, document) / 100), 2)
    elif "reconciled" in changed and document.get("reconciled"):
        document |= {"amount_residual": 0.0, "amount_residual_currency": 0.0}


def _percent(environment: Environment, document: Document) -> float:
    taxes = (environment.record("account.tax", number) for number in document.get("tax_ids") or ())
    return float(sum(tax["amount"] for tax in taxes if tax is not None))


def _follow(environment: Environment, document: Document, _changed: frozenset[str]) -> None:
    """The entry's amounts are the sums of its lines'; it counts as written, whatever of an item was."""
    entry = environment.record("account.move", document.get("move_id") or 0)
    if entry is None:
        return
    sums = _sums(environment, entry) if document.get("display_type") == "product" else {}
    environment.store("account.move", {**entry, **sums, "write_date": environment.now})


def _sums(environment: Environment, entry: Document) -> Document:
    table = environment.table("account.move.line")
    items = (table[str(number)] for number in ids_by(environment, "account.move.line", "move_id", entry["id"]))
    lines = [item for item in items if item.get("display_type") == "product"]
    untaxed = round(sum(line["price_subtotal"] for line in lines), 2)
    total = round(sum(line["price_total"] for line in lines), 2)
    paid = (entry.get("amount_total") or 0.0) - (entry.get("amount_residual") or 0.0)
    return {
        "amount_untaxed": untaxed,
        "amount_tax": round(total - untaxed, 2),
        "amount_total": total,
        "amount_residual": max(0.0, round(total - paid, 2)),
    }


ACCOUNT_MOVE_LINE = Model(
    "account.move.line",
    "Journal Item",
    {
        "move_id": Field("many2one", "Journal Entry", "account.move", required=True),
        "name": Field("char", "Label"),
        "sequence": Field("integer", "Sequence", default=10),
        "display_type": Field(
            "selection",
            "Display Type",
            required=True,
            selection=(
                ("product", "Product"),
                ("tax", "Tax"),
                ("rounding", "Rounding"),
                ("payment_term", "Payment Term"),
                ("line_section", "Section"),
                ("line_note", "Note"),
            ),
            default="product",
        ),
        "product_id": Field("many2one", "Product", "product.product"),
        "product_uom_id": Field("many2one", "Unit", "uom.uom"),
        "quantity": Field("float", "Quantity", default=1.0),
        "price_unit": Field("float", "Unit Price"),
        "discount": Field("float", "Discount (%)"),
        "price_subtotal": Field("monetary", "Subtotal", readonly=True),
        "price_total": Field("monetary", "Total", readonly=True),
        "tax_ids": Field("many2many", "Taxes", "account.tax"),
        "account_id": Field("many2one", "Account", "account.account"),
        "account_type": Field("selection", "Internal Type", compute=_account_type),
        "parent_state": Field(
            "selection",
            "Status",
            selection=(("draft", "Draft"), ("posted", "Posted"), ("cancel", "Cancelled")),
            compute=_of_entry("state"),
        ),
        "move_type": Field("selection", "Type", compute=_of_entry("move_type")),
        "move_name": Field("char", "Number", compute=_of_entry("name")),
        "partner_id": Field("many2one", "Partner", "res.partner"),
        "company_id": Field("many2one", "Company", "res.company", readonly=True),
        "currency_id": Field("many2one", "Currency", "res.currency"),
        "date": Field("date", "Date", readonly=True),
        "date_maturity": Field("date", "Due Date"),
        "ref": Field("char", "Reference", compute=_of_entry("ref")),
        "balance": Field("monetary", "Balance"),
        "debit": Field("monetary", "Debit", compute=_debit),
        "credit": Field("monetary", "Credit", compute=_credit),
        "amount_currency": Field("monetary", "Amount in Currency"),
        "amount_residual": Field("monetary", "Residual Amount", readonly=True),
        "amount_residual_currency": Field("monetary", "Residual Amount in Currency", readonly=True),
        "reconciled": Field("boolean", "Reconciled", readonly=True),
        "no_followup": Field("boolean", "No Follow-Up", since=18),
        "blocked": Field("boolean", "No Follow-up", until=17),
        "sale_line_ids": Field("many2many", "Sales Order Lines", "sale.order.line", app="sale"),
        "contract_line_id": Field("many2one", "Contract Line", "contract.line", app="contract"),
        "subscription_id": Field("many2one", "Subscription", "sale.order", app="sale_subscription"),
        "start_date": Field("date", "Start Date", app="account_invoice_start_end_dates"),
        "end_date": Field("date", "End Date", app="account_invoice_start_end_dates"),
        "deferred_start_date": Field("date", "Start Date", app="account_accountant"),
        "deferred_end_date": Field("date", "End Date", app="account_accountant"),
    },
    order="date desc, move_name desc, id",
    indexes=("move_id", "partner_id", "contract_line_id"),
    app="account",
    by_people=True,
    complete=_complete,
    follow=_follow,
)
