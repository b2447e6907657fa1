"""The requests behind invoices: journal entries of many customers, their lines, and marks against dunning."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from integrations.odoo.billing.server import MODELS, MOVE, Server
from integrations.odoo.connection import Row, is_id
from integrations.odoo.settings import Fact

LINE = "account.move.line"
TYPES = ("out_invoice", "out_refund", "out_receipt")
PAGES = 5
"""Factor by which a page of these rows is larger than usual: 5,000 rows are a few megabytes."""

MOVE_FIELDS = (
    "name",
    "move_type",
    "state",
    "payment_state",
    "invoice_date",
    "invoice_date_due",
    "create_date",
    "write_date",
    "currency_id",
    "amount_untaxed",
    "amount_total",
    "amount_residual",
    "ref",
    "invoice_origin",
    "partner_id",
    "commercial_partner_id",
    "partner_shipping_id",
    "company_id",
    "invoice_payment_term_id",
    "is_move_sent",
    "reversed_entry_id",
    "fiscal_position_id",
)
LINE_FIELDS = (
    "move_id",
    "name",
    "product_id",
    "quantity",
    "price_unit",
    "discount",
    "price_subtotal",
    "tax_ids",
    "contract_line_id",
    "sale_line_ids",
)
PERIODS = (("deferred_start_date", "deferred_end_date"), ("start_date", "end_date"))
"""Fields of a line's service period: of Enterprise, and of the OCA's `account_invoice_start_end_dates`."""
NOT_DUNNED = ("no_followup", "blocked")
"""Fields of a receivable item that keep it from dunning: from 18 on, and before."""


def custom(server: Server) -> dict[Fact, str]:
    """The fields of invoices that the settings name and Odoo has."""
    found = {name: server.configured(name, MOVE) for name, models in MODELS.items() if models[0] == MOVE}
    return {name: field for name, field in found.items() if field}


def moves(server: Server, customers: Sequence[int], since: date, limit: int | None) -> list[Row]:
    """Read the invoices and credit notes that serve these customers or that they pay, by id, up to a limit.

    Cancelled ones are left out, and so are settled ones of before `since`.
    """
    domain: list[Any] = [
        "|",
        ["commercial_partner_id", "in", list(customers)],
        ["partner_shipping_id.commercial_partner_id", "in", list(customers)],
        *_told(since),
    ]
    fields = (*MOVE_FIELDS, *custom(server).values())
    found: list[Row] = []
    for rows in server.pages(MOVE, domain, fields, what="read the invoices", times=PAGES):
        found += rows
        if limit is not None and len(found) >= limit:
            break
    return found


def _told(since: date) -> list[Any]:
    """The domain of invoices and credit notes to read: not cancelled, and not settled before a day."""
    return [
        ["move_type", "in", list(TYPES)],
        ["state", "!=", "cancel"],
        "|",
        "|",
        ["invoice_date", ">=", since.isoformat()],
        ["state", "=", "draft"],
        ["payment_state", "in", ["not_paid", "partial", "in_payment", "blocked"]],
    ]


def billing(server: Server, contract_lines: Collection[int], known: Collection[int], since: date) -> list[Row]:
    """Read the invoices and credit notes with a line for one of these contract lines, except the known ones.

    Invoices of OCA's contracts are addressed to the payer and do not name the customer served: their delivery address
    is the payer's own (`_prepare_invoice` in OCA's `contract` leaves `partner_shipping_id` to Odoo).
    """
    if not contract_lines or not server.has(LINE, "contract_line_id"):
        return []
    domain: list[Any] = [["contract_line_id", "in", sorted(contract_lines)], ["parent_state", "!=", "cancel"]]
    what = "read which invoices bill contracts for others"
    numbers = {row["move_id"][0] for row in server.search(LINE, domain, ("move_id",), what=what, times=PAGES)}
    missing, step = sorted(numbers - set(known)), server.connection.page * PAGES
    fields = (*MOVE_FIELDS, *custom(server).values())
    return [
        row
        for start in range(0, len(missing), step)
        for row in server.search(
            MOVE, [["id", "in", missing[start : start + step]], *_told(since)], fields, what="read the invoices"
        )
    ]


def numbered(server: Server, number: str) -> list[Row]:
    """The invoices and credit notes that bear this number, or have this id; cancelled ones are left out."""
    named: list[Any] = [["name", "=", number]]
    if is_id(number):
        named = ["|", *named, ["id", "=", int(number)]]
    domain = [*named, ["move_type", "in", list(TYPES)], ["state", "!=", "cancel"]]
    return server.search(MOVE, domain, (*MOVE_FIELDS, *custom(server).values()), what="read the invoice")


def lines(server: Server, invoices: Sequence[int]) -> Iterator[list[Row]]:
    """Yield the priced lines of these invoices by page; without headings, notes, taxes and receivable items."""
    period = next((names for names in PERIODS if server.has(LINE, *names)), ())
    step = server.connection.page * PAGES
    for start in range(0, len(invoices), step):
        domain = [["move_id", "in", list(invoices[start : start + step])], ["display_type", "=", "product"]]
        yield from server.pages(LINE, domain, (*LINE_FIELDS, *period), what="read the lines of invoices", times=PAGES)


def never_dunned(server: Server, customers: Sequence[int]) -> frozenset[int]:
    """The ids of open invoices of these payers that are kept from dunning."""
    field = next((name for name in NOT_DUNNED if server.has(LINE, name)), None)
    if field is None:
        return frozenset()
    domain: list[Any] = [
        ["partner_id.commercial_partner_id", "in", list(customers)],
        ["account_id.account_type", "=", "asset_receivable"],
        ["parent_state", "=", "posted"],
        ["reconciled", "=", False],
        [field, "=", True],
    ]
    found = server.search(LINE, domain, ("move_id",), what="read which invoices are not dunned")
    return frozenset(row["move_id"][0] for row in found)
