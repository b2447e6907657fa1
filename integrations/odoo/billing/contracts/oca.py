"""Contracts of the community's app `contract` (github.com/OCA/contract, 16 to 18): `contract.contract` and its lines.

A line that is suspended or gets another price is ended and followed by a successor: a line of its own, so that prices
are those of the period. From 18 on, successors and notice dates are an app of their own, `contract_line_successor`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from integrations.core.billing import Contract, ContractLine, Price, Unit
from integrations.odoo.billing.companies import belonging, by_account, companies, customer, referred
from integrations.odoo.billing.orders import names, product, text, title
from integrations.odoo.billing.server import CONTRACT, Server
from integrations.odoo.connection import Row
from integrations.odoo.partners import name_of, reference
from integrations.odoo.settings import Fact

LINE = "contract.line"
TAG = "contract.tag"
RHYTHM = ("recurring_rule_type", "recurring_interval", "recurring_invoicing_type", "line_recurrence")
FIELDS = (
    *("name", "code", "active", "partner_id", "invoice_partner_id", "currency_id", "company_id", "payment_term_id"),
    *("user_id", "tag_ids", "date_start", "date_end", "is_terminated", "terminate_date"),
    *RHYTHM,
)
LINE_FIELDS = (
    *("contract_id", "name", "display_type", "product_id", "quantity", "price_unit", "discount", "is_canceled"),
    *("date_start", "date_end", "recurring_next_date", "last_date_invoiced", "is_auto_renew"),
    *("termination_notice_date", "successor_contract_line_id"),
    "qty_type",  # OCA's contract_variable_quantity: `variable` where a formula gives the quantity
    "write_date",
    *RHYTHM[:3],
)
UNITS: Mapping[str, Unit] = {
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "monthlylastday": "month end",
    "quarterly": "quarter",
    "semesterly": "half year",
    "yearly": "year",
}
FACTS: tuple[Fact, ...] = ("notice", "indexed", "index", "discount_until")


def is_there(server: Server) -> bool:
    """Return whether the app is installed, even if we may not read its contracts."""
    return server.lacks(CONTRACT) != "app"


def contracts(server: Server, ids: Collection[int]) -> dict[int, list[Contract]]:
    """Each customer's contracts. A thousand take one request, one for their contacts, and a few for their lines.

    Raises:
        AuthError: We may not read contracts.
    """
    return by_account(ids, _contracts(server, ids))


def _contracts(server: Server, ids: Collection[int]) -> Iterator[tuple[tuple[int, ...], Contract]]:
    domain = [["contract_type", "=", "sale"], *belonging(ids, "partner_id", "invoice_partner_id")]
    configured = [name for fact in FACTS if (name := server.configured(fact, CONTRACT))]
    for rows in server.pages(CONTRACT, domain, [*FIELDS, *configured], what="read the contracts"):
        if rows:
            yield from _page(server, ids, rows)


def _page(server: Server, ids: Collection[int], rows: Sequence[Row]) -> Iterator[tuple[tuple[int, ...], Contract]]:
    lines, owners, tags, _ = server.connection.together(
        lambda: _lines(server, [row["id"] for row in rows]),
        lambda: companies(server, referred(rows, "partner_id", "invoice_partner_id"), ids),
        lambda: names(server, TAG, rows),
        server.facts.users.rows,
    )
    for row in rows:
        served = customer(owners, row["partner_id"])
        payer = customer(owners, row.get("invoice_partner_id")) or served
        yield (served, payer), _contract(server, row, lines[row["id"]], (served, payer), tags)


def _lines(server: Server, numbers: Sequence[int]) -> dict[int, list[Row]]:
    """Each contract's lines without headings and notes."""
    found: dict[int, list[Row]] = {number: [] for number in numbers}
    domain = [["contract_id", "in", list(numbers)], ["display_type", "=", False]]
    for rows in server.pages(LINE, domain, LINE_FIELDS, what="read the contracts' lines", times=2):
        for row in rows:
            found[row["contract_id"][0]].append(row)
    return found


def _contract(
    server: Server, row: Row, rows: Sequence[Row], parties: tuple[int, int], tags: Mapping[int, str]
) -> Contract:
    lines = tuple(_line(server, line, row) for line in rows)
    starts = [line.start for line in lines if line.start and not line.ended]
    facts = {fact: row.get(server.configured(fact, CONTRACT) or "") for fact in FACTS}
    return Contract(
        id=f"contract:{row['id']}",
        number=_called(row),
        state="ended" if _is_over(row) else "running",
        start=min(starts) if starts else server.day(row.get("date_start")),
        end=_end(server, row),
        notice=server.day(facts["notice"]) or _notice(server, rows),
        renews=_renews(row, rows),
        currency=server.currency(row["currency_id"]),
        reference=text(row.get("code")),
        served=str(parties[0]),
        payer=str(parties[1]),
        company=str(reference(row["company_id"]) or ""),
        term=name_of(row.get("payment_term_id")) or "",
        indexed=server.day(facts["indexed"]),
        index=text(facts["index"]),
        manager=server.facts.person(reference(row.get("user_id"))),
        tags=frozenset(tags[tag] for tag in row.get("tag_ids") or () if tag in tags),
        lines=lines,
        url=server.link(CONTRACT, row["id"]),
    )


def _called(row: Row) -> str:
    """The contract's name without the names of its contacts, which people type into it; empty if nothing is left.

    The ledger keeps the name, but no customers' people.
    """
    called = text(row["name"])
    names = {part.strip() for field in ("partner_id", "invoice_partner_id") for part in text(row.get(field)).split(",")}
    for name in sorted(names - {""}, key=len, reverse=True):
        called = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", called, flags=re.IGNORECASE)
    return " ".join(called.split()).strip(" -–—:,;/|()")


def _line(server: Server, row: Row, header: Row) -> ContractLine:
    """Make a contract's line; its rhythm is the contract's unless it is kept by line.

    A line with an unknown rhythm gets no first day, so that no periods are derived from it.
    """
    rule, every, invoicing, start = (
        _inherited(row, header, field)
        for field in ("recurring_rule_type", "recurring_interval", "recurring_invoicing_type", "date_start")
    )
    return ContractLine(
        id=f"contract-line:{row['id']}",
        name=title(row["name"]),
        product=product(row),
        quantity=server.number(row["quantity"]),
        prices=(Price(None, server.number(row["price_unit"])),),
        discount=server.number(row["discount"]),
        discount_until=server.day(header.get(server.configured("discount_until", CONTRACT) or "")),
        start=server.day(start) if rule in UNITS else None,
        end=server.day(_inherited(row, header, "date_end")),
        every=int(every or 1),
        unit=UNITS.get(str(rule), "month"),
        ahead=invoicing != "post-paid",
        next=server.day(row.get("recurring_next_date")),
        billed_to=server.day(row.get("last_date_invoiced")),
        prorated=row.get("qty_type") == "variable",
        ended=bool(row.get("is_canceled")),
        metered=row.get("qty_type") == "variable",
        changed=server.day(row.get("write_date")),
    )


def _inherited(row: Row, header: Row, field: str) -> Any:
    return row.get(field) or (False if header.get("line_recurrence") else header.get(field))


def _is_over(row: Row) -> bool:
    """Return whether nothing more is billed, whatever the dates: archived, or terminated without a day.

    A contract that is terminated as of a day runs until then, and its lines end on that day.
    """
    return not row.get("active", True) or (bool(row.get("is_terminated")) and not row.get("terminate_date"))


def _end(server: Server, row: Row) -> dt.date | None:
    terminated = row.get("terminate_date") if row.get("is_terminated") else None
    ends = [day for value in (row.get("date_end"), terminated) if (day := server.day(value))]
    return min(ends, default=None)


def _going_on(rows: Sequence[Row]) -> list[Row]:
    """Lines that are neither cancelled, nor followed by another, nor billed to their end."""
    return [
        row
        for row in rows
        if not row.get("is_canceled") and not row.get("successor_contract_line_id") and row.get("recurring_next_date")
    ]


def _notice(server: Server, rows: Sequence[Row]) -> dt.date | None:
    """The earliest notice date of running lines; if any renew themselves, only theirs count."""
    going_on = _going_on(rows)
    renewing = [row for row in going_on if row.get("is_auto_renew")]
    days = [server.day(row.get("termination_notice_date")) for row in renewing or going_on]
    return min((day for day in days if day), default=None)


def _renews(header: Row, rows: Sequence[Row]) -> bool | None:
    if header.get("is_terminated"):
        return False
    going_on = _going_on(rows)
    if any(row.get("is_auto_renew") for row in going_on):
        return True
    ending = [row for row in going_on if row.get("date_end") and "is_auto_renew" in row]
    return False if ending else None
