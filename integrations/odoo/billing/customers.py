"""Everybody who may have something to bill, and what they are called."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

from integrations.core.rows import Failed, in_halves
from integrations.odoo.billing.accounts.twins import COMPANIES
from integrations.odoo.billing.companies import companies, referred
from integrations.odoo.billing.deals import won
from integrations.odoo.billing.invoices.reading import PAGES, TYPES
from integrations.odoo.billing.server import CONTRACT, MOVE, ORDER, Server
from integrations.odoo.connection import Row, is_id
from integrations.odoo.leads import LEAD
from integrations.odoo.partners import INFLIGHT, PARTNER

RANK = "customer_rank"


def customers(server: Server) -> Iterator[list[str | Failed]]:
    """Commercial partners who are customers by their rank, or by a won deal, an order, a contract or an invoice.

    Archived ones too; page after page, each once. Odoo gives the rank with the first posted invoice, so of deals,
    orders, contracts and invoices only those are read whose customer has none yet.

    Raises:
        IntegrationError: A page could not be read; what came before is not the whole.
    """
    seen: set[int] = set()
    ranked = [*COMPANIES, [RANK, ">", 0]] if server.has(PARTNER, RANK) else []
    for rows in server.pages(PARTNER, ranked, (INFLIGHT,), what="read the customers", times=PAGES) if ranked else ():
        seen.update(row["id"] for row in rows)
        if ids := [str(row["id"]) for row in rows if not row.get(INFLIGHT)]:
            yield [*ids]
    for model, domain, fields in _others(server):
        if not server.fields(model):
            continue
        for rows in server.pages(model, [*domain, *_unranked(server, fields)], fields, what="read the customers"):
            page = _new(server, model, fields, rows, seen)
            if page:
                yield page


def _new(server: Server, model: str, fields: Sequence[str], rows: Sequence[Row], seen: set[int]) -> list[str | Failed]:
    """Return the customers of a page of records who are not among the `seen` yet, and add them to these."""

    def read(some: Sequence[Row]) -> set[int]:
        return set(companies(server, referred(some, *fields), seen).values())

    answers = list(in_halves(server.connection.name, rows, read, name=functools.partial(_record, model)))
    found = {one for one in answers if isinstance(one, int)} - seen
    seen |= found
    return [*map(str, sorted(found)), *(one for one in answers if isinstance(one, Failed))]


def _record(model: str, row: Row) -> str:
    return f"{model},{row['id']}"


def _others(server: Server) -> list[tuple[str, list[Any], tuple[str, ...]]]:
    """What else makes somebody a customer: model, domain, and the fields that lead to customers."""
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
    """What these customers are called; those that are gone or may not be seen are left out."""
    numbers = sorted({int(one) for one in ids if is_id(one)})
    found: dict[str, str] = {}
    for start in range(0, len(numbers), server.connection.page):
        chunk = numbers[start : start + server.connection.page]
        what = "read what customers are called"
        rows = server.connection.first(PARTNER, [["id", "in", chunk]], ["name"], len(chunk), what=what)
        found.update({str(row["id"]): str(row["name"] or "") for row in rows})
    return found
