"""Invoices and credit notes made of rows; pure, and fast, because a run makes millions."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypedDict

from integrations.core.billing import Delivery, Dispute, Invoice, Line
from integrations.odoo.billing.invoices.read import PERIODS
from integrations.odoo.billing.invoices.taxes import Taxes
from integrations.odoo.connection import Row
from integrations.odoo.settings import Fact

State = Literal["draft", "posted", "cancelled"]
Payment = Literal["open", "partial", "registered", "paid", "reversed", "blocked"]

STATES: Mapping[str, State] = {"draft": "draft", "posted": "posted", "cancel": "cancelled"}
PAYMENTS: Mapping[str, Payment] = {
    "not_paid": "open",
    "partial": "partial",
    "in_payment": "registered",
    "paid": "paid",
    "reversed": "reversed",
    "blocked": "blocked",
    "invoicing_legacy": "paid",
}
BLOCKED = "blocked in the ERP"
ZERO = Decimal(0)


@dataclasses.dataclass(frozen=True, slots=True)
class Reader:
    """Reader of invoices from rows.

    Attributes:
        amount: From Odoo's float and the currency `[id, code]` to the amount, rounded to the currency's digits.
        number: From Odoo's float to a quantity, a percentage or a unit price, not rounded.
        day: From Odoo's date or moment to the company's day.
        currency: From `[id, name]` to the ISO code.
        link: From an invoice's id to its page.
        taxes: All taxes and fiscal positions.
        period: The fields that hold the first and the last day of a line's service period, where there are any.
        custom: The fields that the settings name.
    """

    amount: Callable[[Any, Any], Decimal]
    number: Callable[[Any], Decimal]
    day: Callable[[Any], date | None]
    currency: Callable[[Any], str]
    link: Callable[[int], str]
    taxes: Taxes
    period: tuple[str, str] = PERIODS[0]
    custom: Mapping[Fact, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Parties:
    """Facts about the contacts that invoices name.

    Attributes:
        company: From a partner's id to its commercial partner's; itself where that is not known.
        email: From a partner's id to its address.
        delivery: From a commercial partner's id to how invoices reach it.
        disputed: From a commercial partner's id to the reason why all its open invoices are disputed.
        never_dunned: Ids of invoices that no reminder goes out for.
        recurring: Ids of contract lines that are order lines: those of subscriptions.
    """

    company: Mapping[int, int]
    email: Mapping[int, str]
    delivery: Mapping[int, Delivery]
    disputed: Mapping[int, str]
    never_dunned: frozenset[int] = frozenset()
    recurring: frozenset[str] = frozenset()


class _OfParties(TypedDict):
    """An invoice's fields that depend on who its contacts are."""

    served: str
    payer: str
    email: str
    delivery: Delivery
    dispute: Dispute | None
    dunning_level: int | None
    dunning_blocked: bool
    dunning_reason: str


def invoice(reader: Reader, parties: Parties, row: Row, lines: Iterable[Row]) -> Invoice:
    """Make an invoice or credit note of a journal entry and its priced lines.

    A credit note's amounts are as Odoo has them: what is credited is positive. A draft has no number, whatever its
    record says: version 17 proposes one to the first of a series, and calls others `/`.
    """
    number, currency, state = row["id"], row["currency_id"], STATES[row["state"]]
    position, term, company = row["fiscal_position_id"], row["invoice_payment_term_id"], row["company_id"]
    reversed_entry, day = row["reversed_entry_id"], reader.day(row["invoice_date"])
    # A draft goes out by what holds now, whenever it was made.
    asked = None if state == "draft" else day
    place = reader.taxes.position_on(position[0], asked) if position else None
    return Invoice(
        id=str(number),
        number=row["name"] if state != "draft" and row["name"] else "",
        kind="credit" if row["move_type"] == "out_refund" else "invoice",
        state=state,
        day=day,
        due=reader.day(row["invoice_date_due"]),
        made=reader.day(row["create_date"]),
        currency=reader.currency(currency),
        untaxed=reader.amount(row["amount_untaxed"], currency),
        total=reader.amount(row["amount_total"], currency),
        open=reader.amount(row["amount_residual"], currency),
        payment=PAYMENTS.get(row["payment_state"], "open"),
        reference=row["ref"] or "",
        origin=row["invoice_origin"] or "",
        company=str(company[0]) if company else "",
        term=term[1] if term else "",
        sent=row.get("is_move_sent"),
        reverses=str(reversed_entry[0]) if reversed_entry else "",
        held=_text(row, reader.custom, "held"),
        fiscal_position=position[1] if position else "",
        lines=tuple([line(reader, row, currency, place, parties.recurring) for row in lines]),
        url=reader.link(number),
        **_parties(reader, parties, row),
    )


def _parties(reader: Reader, parties: Parties, row: Row) -> _OfParties:
    """The fields of an invoice about its payer, the customer served, its delivery, disputes and dunning."""
    partner, shipping, custom = row["partner_id"], row["partner_shipping_id"], reader.custom
    payer = row["commercial_partner_id"][0] if row["commercial_partner_id"] else 0
    served = parties.company.get(shipping[0], shipping[0]) if shipping and shipping != partner else payer
    return {
        "served": str(served or ""),
        "payer": str(payer or ""),
        "email": parties.email.get(partner[0], "") if partner else "",
        "delivery": parties.delivery.get(payer, ""),
        "dispute": _dispute(reader, parties, row, payer),
        "dunning_level": _level(row, custom),
        "dunning_blocked": row["id"] in parties.never_dunned or bool(_told(row, custom, "dunning_blocked")),
        "dunning_reason": _text(row, custom, "dunning_reason"),
    }


def line(reader: Reader, row: Row, currency: Any, position: int | None, recurring: frozenset[str]) -> Line:
    """Make a line of an invoice; of several order lines that it bills the first counts.

    `recurring` has the ids of order lines that are lines of a subscription, so that they count as contract lines.
    """
    product, contract, orders = row["product_id"], row.get("contract_line_id"), row.get("sale_line_ids")
    order_line = f"order-line:{orders[0]}" if orders else ""
    contract_line = f"contract-line:{contract[0]}" if contract else ""
    if order_line in recurring:
        contract_line = order_line
    first, last = reader.period
    taxes = row["tax_ids"]
    return Line(
        id=str(row["id"]),
        name=row["name"] or "",
        product=str(product[0]) if product else "",
        quantity=reader.number(row["quantity"]),
        price=reader.number(row["price_unit"]),
        discount=reader.number(row["discount"]),
        amount=reader.amount(row["price_subtotal"], currency),
        taxes=reader.taxes.of_line(taxes, position) if taxes else (),
        contract_line=contract_line,
        order_line=order_line,
        start=reader.day(row.get(first)),
        end=reader.day(row.get(last)),
    )


def _told(row: Row, custom: Mapping[Fact, str], name: Fact) -> Any:
    return row.get(custom[name]) if name in custom else None


def _text(row: Row, custom: Mapping[Fact, str], name: Fact) -> str:
    """The text of a field that the settings name, or the name of the record that it refers to."""
    value = _told(row, custom, name) if custom else None
    if not value:
        return ""
    return str(value[1] if isinstance(value, list) else value).strip()


def _level(row: Row, custom: Mapping[Fact, str]) -> int | None:
    """The number of reminders, from a field of numbers or text; None where the settings name no field for it."""
    if "dunning_level" not in custom:
        return None
    value = str(row.get(custom["dunning_level"]) or 0).strip()
    return int(value) if value.isdecimal() else None


def _dispute(reader: Reader, parties: Parties, row: Row, payer: int) -> Dispute | None:
    """The dispute by the invoice's own field, by its state (18 on) or, while it is open, by a tag of the payer."""
    reason = _text(row, reader.custom, "dispute")
    if not reason and row["payment_state"] == "blocked":
        reason = BLOCKED
    if not reason and payer in parties.disputed and row["state"] == "posted" and row["amount_residual"]:
        reason = parties.disputed[payer]
    if not reason:
        return None
    return Dispute(
        reason=reason,
        owner=_text(row, reader.custom, "dispute_owner"),
        news=reader.day(row.get("write_date")),
    )


def replacing(rows: Iterable[Row]) -> dict[int, str]:
    """By id of an invoice, the number of the invoice that it replaces.

    "Reverse and create invoice" makes the credit note and then a copy, both in one transaction: they bear the same time
    of creation, the copy has the next higher id, and nothing else tells (measured on 17 and 19). What was
    imported bears one time throughout, so the reversed invoice has to be older.
    """
    entries = {int(row["id"]): row for row in rows}
    found: dict[int, str] = {}
    for number, credit in entries.items():
        origin = entries.get(credit["reversed_entry_id"][0]) if credit["reversed_entry_id"] else None
        if origin is None or origin["create_date"] == credit["create_date"]:
            continue
        copy = entries.get(number + 1)
        if copy is not None and _made_with(copy, credit):
            found[number + 1] = str(origin["name"] or "")
    return found


def _made_with(copy: Row, credit: Row) -> bool:
    same = all(copy[name] == credit[name] for name in ("create_date", "partner_id", "company_id"))
    return same and copy["move_type"] == "out_invoice" and not copy["reversed_entry_id"]


def with_origins(invoices: Sequence[Invoice], found: dict[int, str]) -> list[Invoice]:
    """The invoices with the numbers that they replace: as found, or as their origin names a reversed invoice."""
    gone = {candidate.number for candidate in invoices if candidate.number and candidate.payment == "reversed"}
    return [_with_origin(candidate, found, gone) for candidate in invoices] if gone or found else list(invoices)


def _with_origin(candidate: Invoice, found: dict[int, str], gone: set[str]) -> Invoice:
    replaced = found.get(int(candidate.id), "")
    if not replaced and candidate.origin and candidate.kind == "invoice":
        replaced = next((name.strip() for name in candidate.origin.split(",") if name.strip() in gone), "")
    return dataclasses.replace(candidate, replaces=replaced) if replaced else candidate
