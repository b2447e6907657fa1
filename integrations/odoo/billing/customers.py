"""Customers: all partners who may have something to bill, and their names."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from integrations.core.rows import Failed, in_halves
from integrations.odoo.billing.accounts.directory import COMPANIES
from integrations.odoo.billing.companies import belonging, companies, referred
from integrations.odoo.billing.deals import won
from integrations.odoo.billing.invoices.read import PAGES, TYPES
from integrations.odoo.billing.server import CONTRACT, MOVE, ORDER, Server
from integrations.odoo.connection import Row, is_id
from integrations.odoo.leads import LEAD
from integrations.odoo.ours import Ours
from integrations.odoo.partners import INFLIGHT, PARTNER

RANK = "customer_rank"
WHAT = "read the customers"


def customers(server: Server, ours: Ours, among: Sequence[str] | None = None) -> Iterator[list[str | Failed]]:
    """Yield commercial partners with a customer's rank, a won deal, an order, a contract or an invoice.

    Page by page, each once, archived ones too, without ourselves. Access to the portal or bills to us make no
    customer. Odoo gives the rank with the first posted invoice, so only those deals, orders, contracts and invoices are
    read whose partner has no rank yet.

    Args:
        server: Where they are.
        ours: Our own companies and people, who are never customers.
        among: The ids to choose from; None for all.

    Raises:
        IntegrationError: A page could not be read; what came before is not the whole.
    """
    if among is None:
        yield from _page_by_page(server, ours, None)
        return
    asked = sorted({int(customer) for customer in among if is_id(customer)})
    for start in range(0, len(asked), server.connection.page):
        yield from _page_by_page(server, ours, frozenset(asked[start : start + server.connection.page]))


def _page_by_page(server: Server, ours: Ours, among: frozenset[int] | None) -> Iterator[list[str | Failed]]:
    never, seen = ours.partners(), set[int]()
    if server.has(PARTNER, RANK):
        domain = [*COMPANIES, [RANK, ">", 0], *([] if among is None else [["id", "in", sorted(among)]])]
        for rows in server.pages(PARTNER, domain, (INFLIGHT,), what=WHAT, times=PAGES):
            seen.update(row["id"] for row in rows)
            if ids := [str(row["id"]) for row in rows if not row.get(INFLIGHT) and row["id"] not in never]:
                yield [*ids]
    for model, domain, fields in _others(server):
        left = None if among is None else set(among) - seen - never
        if left == set() or not server.fields(model):
            continue
        narrow = _unranked(server, fields) if left is None else belonging(sorted(left), *fields)
        for rows in server.pages(model, [*domain, *narrow], fields, what=WHAT):
            found = _new(server, model, fields, rows, seen)
            if page := [
                record for record in found if isinstance(record, Failed) or _is_wanted(int(record), never, among)
            ]:
                yield page


def _is_wanted(customer: int, never: Collection[int], among: Collection[int] | None) -> bool:
    return customer not in never and (among is None or customer in among)


def _new(server: Server, model: str, fields: Sequence[str], rows: Sequence[Row], seen: set[int]) -> list[str | Failed]:
    """The customers of a page of records that were not `seen` yet; they are added to `seen`."""

    def read(some: Sequence[Row]) -> set[int]:
        return set(companies(server, referred(some, *fields), seen).values())

    answers = list(in_halves(server.connection.name, rows, read, name=functools.partial(_record, model)))
    found = {answer for answer in answers if isinstance(answer, int)} - seen
    seen |= found
    return [*map(str, sorted(found)), *(answer for answer in answers if isinstance(answer, Failed))]


def _record(model: str, row: Row) -> str:
    return f"{model},{row['id']}"


def _others(server: Server) -> list[tuple[str, list[Any], tuple[str, ...]]]:
    """Records besides the rank that make a customer: model, domain, and the fields that lead to the customer."""
    invoices: list[Any] = [["move_type", "in", list(TYPES)], ["state", "!=", "cancel"]]
    return [
        (LEAD, [["partner_id", "!=", False], *won(server)], ("partner_id",)),
        (ORDER, [["state", "!=", "cancel"]], ("partner_id", "partner_invoice_id")),
        (CONTRACT, [], ("partner_id", "invoice_partner_id")),
        (MOVE, invoices, ("partner_id", "partner_shipping_id")),
    ]


def _unranked(server: Server, fields: Sequence[str]) -> list[Any]:
    if not server.has(PARTNER, RANK):
        return []
    terms = [[f"{field}.commercial_partner_id.{RANK}", "=", 0] for field in fields]
    return [*["|"] * (len(terms) - 1), *terms]


def names(server: Server, ids: Sequence[str]) -> dict[str, str]:
    """The names of these customers by id; those that are gone or hidden are left out."""
    numbers = sorted({int(customer) for customer in ids if is_id(customer)})
    found: dict[str, str] = {}
    for start in range(0, len(numbers), server.connection.page):
        chunk = numbers[start : start + server.connection.page]
        what = "read what customers are called"
        rows = server.connection.first(PARTNER, [["id", "in", chunk]], ["name"], len(chunk), what=what)
        found.update({str(row["id"]): str(row["name"] or "") for row in rows})
    return found
