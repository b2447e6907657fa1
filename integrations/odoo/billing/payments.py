"""Payments and credit notes that are not allocated to an invoice."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from integrations.core.billing import Payment
from integrations.odoo.billing.companies import by_account, companies, customer, referred
from integrations.odoo.billing.invoices.read import LINE, TYPES
from integrations.odoo.billing.server import MOVE, Server
from integrations.odoo.connection import Row

FIELDS = (
    "move_id",
    "move_name",
    "move_type",
    "partner_id",
    "date",
    "currency_id",
    "amount_residual_currency",
    "ref",
    "name",
)


def unreconciled(customers: Collection[int]) -> list[Any]:
    """The domain of these customers' open receivable items on the credit side."""
    return [
        ["partner_id.commercial_partner_id", "in", list(customers)],
        ["account_id.account_type", "=", "asset_receivable"],
        ["parent_state", "=", "posted"],
        ["reconciled", "=", False],
        ["amount_residual", "<", 0],
    ]


def payments(server: Server, ids: Collection[int]) -> dict[int, list[Payment]]:
    """Each payer's payments and credit notes that are not allocated, in their own currency, the oldest first.

    Raises:
        AuthError: We may not read journal items, or are shown those of invoices only.
    """
    what = "read the payments"
    if server.fields(LINE) and not server.sees_payments():
        raise server.connection.refusals.not_allowed(what)
    rows = server.search(LINE, unreconciled(ids), FIELDS, what=what, archived=False)
    rows.sort(key=lambda row: (row["date"] or "", row["id"]))
    owners = companies(server, referred(rows, "partner_id"), ids)
    return by_account(ids, (((customer(owners, row["partner_id"]),), payment(server, row)) for row in rows))


def payment(server: Server, row: Row) -> Payment:
    """Make a payment or credit note of a journal item, whose `ref` and `name` hold the memo.

    The payment itself calls it `memo` from 18 on and `ref` before; its journal item has it as `ref` in both.
    """
    kind, entry = row["move_type"], row["move_id"]
    memo = f"{row['ref'] or ''} {row['name'] or ''}".casefold()
    return Payment(
        id=str(row["id"]),
        kind="credit" if kind in TYPES else "payment",
        number=row.get("move_name") or (entry[1] if entry else ""),
        day=server.day(row["date"]),
        currency=server.currency(row["currency_id"]),
        open=abs(server.amount(row["amount_residual_currency"], row["currency_id"])),
        prepayment=any(word.casefold() in memo for word in server.settings.prepayment),
        url=server.link(MOVE, entry[0]) if entry else "",
    )
