"""From rows to invoices, without a server."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from integrations.core.billing import Invoice, Tax
from integrations.odoo.billing.invoices.invoice import BLOCKED, Parties, Reader, invoice, replacing, with_origins
from integrations.odoo.billing.invoices.taxes import NO_TAX, Position, Taxes

DOMESTIC, EXPORT, GONE = 1, 2, 3
TAXES = [
    {"id": DOMESTIC, "name": "8.1%", "amount": 8.1, "amount_type": "percent"},
    {"id": EXPORT, "name": "0% Export", "amount": 0.0, "amount_type": "percent"},
    {"id": GONE, "name": "Fee", "amount": 5.0, "amount_type": "fixed"},
]
DIGITS = {"CHF": 2, "JPY": 0, "KWD": 3}


def amount(value: float, currency: Any) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-DIGITS[currency[1]]))


def reader(**custom: Any) -> Reader:
    return Reader(
        amount=amount,
        number=lambda value: Decimal(repr(value)),
        day=lambda value: dt.date.fromisoformat(value[:10]) if value else None,
        currency=lambda reference: str(reference[1]),
        link=lambda number: f"https://erp.example/{number}",
        taxes=Taxes(TAXES, {}),
        custom=custom,  # type: ignore[arg-type]
    )


PARTIES = Parties(company={21: 20, 11: 10}, email={11: "bills@acme.example"}, delivery={10: "post"}, disputed={})


def row(**values: Any) -> dict[str, Any]:
    given = {
        "id": 1,
        "name": "INV/1",
        "move_type": "out_invoice",
        "state": "posted",
        "payment_state": "not_paid",
        "invoice_date": "2026-10-01",
        "invoice_date_due": "2026-10-31",
        "create_date": "2026-10-01 08:00:00",
        "write_date": "2026-11-02 08:00:00",
        "currency_id": [4, "CHF"],
        "amount_untaxed": 100.0,
        "amount_total": 108.1,
        "amount_residual": 108.1,
        "ref": False,
        "invoice_origin": False,
        "partner_id": [11, "Payer, Accounting"],
        "commercial_partner_id": [10, "Payer"],
        "partner_shipping_id": [11, "Payer, Accounting"],
        "company_id": [1, "Acme"],
        "invoice_payment_term_id": [3, "30 Days"],
        "is_move_sent": True,
        "reversed_entry_id": False,
        "fiscal_position_id": False,
    }
    return {**given, **values}


def line(**values: Any) -> dict[str, Any]:
    given = {
        "id": 7,
        "name": "Hosting",
        "product_id": [5, "Hosting"],
        "quantity": 3.0,
        "price_unit": 33.3333,
        "discount": 10.0,
        "price_subtotal": 90.0,
        "tax_ids": [],
    }
    return {**given, **values}


def made(*lines: dict[str, Any], parties: Parties = PARTIES, by: Reader | None = None, **values: Any) -> Invoice:
    return invoice(by or reader(), parties, row(**values), lines)


def test_who_is_served_and_who_pays_are_companies_not_their_contacts() -> None:
    found = made(partner_shipping_id=[21, "Served, Office"])
    assert (found.served, found.payer) == ("20", "10")
    assert (found.email, found.delivery) == ("bills@acme.example", "post")
    assert made(partner_shipping_id=False).served == "10"


def test_a_credit_note_is_told_by_its_kind_and_its_amounts_stay_positive() -> None:
    found = made(line(), move_type="out_refund", reversed_entry_id=[9, "INV/9"])
    assert (found.kind, found.total, found.reverses) == ("credit", Decimal("108.10"), "9")
    assert found.lines[0].amount == Decimal("90.00")


@pytest.mark.parametrize(
    ("currency", "sent", "wanted"), [("CHF", 0.1 + 0.2, "0.30"), ("JPY", 1200.4, "1200"), ("KWD", 1.2345678, "1.235")]
)
def test_an_amount_has_its_currencys_digits_and_a_price_all_that_odoo_sent(
    currency: str, sent: float, wanted: str
) -> None:
    found = made(line(price_unit=0.123456), currency_id=[4, currency], amount_total=sent)
    assert str(found.total) == wanted
    assert found.lines[0].price == Decimal("0.123456")


@pytest.mark.parametrize("proposed", [False, "/", "INV/2026/00001"])
def test_a_draft_has_no_number_whatever_odoo_proposes(proposed: object) -> None:
    assert made(name=proposed, state="draft").number == ""


@pytest.mark.parametrize(
    ("state", "payment"),
    [
        ("not_paid", "open"),
        ("partial", "partial"),
        ("in_payment", "registered"),
        ("paid", "paid"),
        ("reversed", "reversed"),
        ("blocked", "blocked"),
        ("invoicing_legacy", "paid"),
        ("what comes next", "open"),
    ],
)
def test_each_payment_status_has_its_meaning_and_an_unknown_one_counts_as_open(state: str, payment: str) -> None:
    assert made(payment_state=state).payment == payment


def test_a_line_keeps_what_it_bills_and_for_when() -> None:
    given = line(
        contract_line_id=[12, "x"],
        sale_line_ids=[44, 45],
        deferred_start_date="2026-10-01",
        deferred_end_date="2026-10-31",
    )
    (found,) = made(given).lines
    assert (found.contract_line, found.order_line) == ("contract-line:12", "order-line:44")
    assert (found.start, found.end) == (dt.date(2026, 10, 1), dt.date(2026, 10, 31))
    assert (found.quantity, found.discount, found.amount) == (Decimal(3), Decimal(10), Decimal(90))


def test_a_subscriptions_order_line_is_its_contract_line_and_no_other_is() -> None:
    parties = Parties({}, {}, {}, {}, recurring=frozenset({"order-line:44"}))
    recurring, once = made(line(sale_line_ids=[44]), line(sale_line_ids=[45]), parties=parties).lines
    assert (recurring.contract_line, once.contract_line) == ("order-line:44", "")


def test_deductions_lines_without_product_and_free_ones_are_kept_as_they_are() -> None:
    deduction, free = made(
        line(product_id=False, name=False, price_subtotal=-50.0, quantity=-1.0),
        line(quantity=0.0, price_unit=0.0, price_subtotal=0.0),
    ).lines
    assert (deduction.product, deduction.name, deduction.amount) == ("", "", Decimal(-50))
    assert (free.quantity, free.amount) == (Decimal(0), Decimal(0))


REPLACES = Position({DOMESTIC: (EXPORT,)})
TAKES_AWAY = Position({DOMESTIC: ()})


@pytest.mark.parametrize(
    ("position", "tax", "fits", "expected"),
    [
        (REPLACES, DOMESTIC, False, "0% Export"),
        (REPLACES, EXPORT, True, ""),
        (REPLACES, GONE, None, ""),
        (TAKES_AWAY, DOMESTIC, False, NO_TAX),
        (Position({DOMESTIC: (DOMESTIC, EXPORT)}), DOMESTIC, True, ""),
        (Position({}, takes_all=True), EXPORT, False, NO_TAX),
        (Position({}), DOMESTIC, None, ""),
        (None, DOMESTIC, None, ""),
    ],
)
def test_a_tax_fits_where_the_fiscal_position_leads_to_it(
    position: Position | None, tax: int, fits: bool | None, expected: str
) -> None:
    """What the position does not speak of is not known: a rate that was right on its day is no mistake."""
    known = Taxes(TAXES, {6: position} if position else {})
    (found,) = known.of_line([tax], 6)
    assert (found.fits, found.expected) == (fits, expected)


@pytest.mark.parametrize(("state", "fits"), [("posted", None), ("draft", False)])
def test_a_position_that_was_changed_since_says_nothing_of_older_invoices(state: str, fits: bool | None) -> None:
    """A country changed its rate: what was right on its day is no mistake now, unless it is still to go out."""
    changed = Position({DOMESTIC: (EXPORT,)}, since=dt.date(2026, 10, 2))
    by = dataclasses.replace(reader(), taxes=Taxes(TAXES, {6: changed}))
    values: dict[str, Any] = {"fiscal_position_id": [6, "Export"], "state": state}
    days = ("2026-10-01", "2026-10-02")
    lines = [made(line(tax_ids=[DOMESTIC]), by=by, invoice_date=day, **values).lines[0] for day in days]
    assert [line.taxes[0].fits for line in lines] == [fits, False]


def test_a_fixed_tax_has_no_percentage_and_an_unknown_tax_is_left_out() -> None:
    known = Taxes(TAXES, {})
    assert known.of_line([GONE, 99], None) == (Tax("Fee", Decimal(0)),)
    assert known.of_line([DOMESTIC], None) == (Tax("8.1%", Decimal("8.1")),)


@pytest.mark.parametrize(
    ("values", "tag", "reason"),
    [
        ({"x_dispute": " wrong hours "}, "", "wrong hours"),
        ({"payment_state": "blocked"}, "", BLOCKED),
        ({"x_dispute": "wrong hours", "payment_state": "blocked"}, "tagged", "wrong hours"),
        ({}, "tagged", "tagged"),
        ({"amount_residual": 0.0, "payment_state": "paid"}, "tagged", None),
        ({"state": "draft"}, "tagged", None),
        ({}, "", None),
    ],
)
def test_an_invoice_is_disputed_by_its_field_its_state_or_its_payers_tag(
    values: dict[str, Any], tag: str, reason: str | None
) -> None:
    """A tag means what is open only."""
    parties = Parties({}, {}, {}, disputed={10: tag} if tag else {})
    custom = {"dispute": "x_dispute", "dispute_owner": "x_owner"}
    found = made(by=reader(**custom), parties=parties, **{"x_owner": [6, "Lena Gerber"], **values}).dispute
    assert (found.reason if found else None) == reason
    if found:
        assert (found.owner, found.news) == ("Lena Gerber", dt.date(2026, 11, 2))


@pytest.mark.parametrize(("value", "level"), [(2, 2), ("3", 3), (False, 0), ("often", None)])
def test_a_dunning_level_is_a_number_or_not_known(value: object, level: int | None) -> None:
    assert made(by=reader(dunning_level="x_level"), x_level=value).dunning_level == level
    assert made(x_level=value).dunning_level is None


def test_dunning_is_blocked_by_the_journal_item_or_the_configured_field() -> None:
    custom = reader(dunning_blocked="x_blocked", dunning_reason="x_why", held="x_held")
    found = made(by=custom, x_blocked=True, x_why="talks", x_held=False)
    assert (found.dunning_blocked, found.dunning_reason, found.held) == (True, "talks", "")
    assert made(parties=Parties({}, {}, {}, {}, never_dunned=frozenset({1}))).dunning_blocked
    assert not made(by=custom, x_blocked=False, x_why=False, x_held=False).dunning_blocked


ORIGINAL = row(id=5, name="INV/5", payment_state="reversed", create_date="2026-10-01 08:00:00")
CREDIT = row(
    id=6, name="RINV/1", move_type="out_refund", reversed_entry_id=[5, "INV/5"], create_date="2026-11-01 09:00:00"
)
COPY = row(id=7, name="/", state="draft", create_date="2026-11-01 09:00:00")


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ((ORIGINAL, CREDIT, COPY), {7: "INV/5"}),
        ((ORIGINAL, CREDIT, {**COPY, "id": 8}), {}),
        ((ORIGINAL, CREDIT, {**COPY, "create_date": "2026-11-01 09:00:01"}), {}),
        ((ORIGINAL, CREDIT, {**COPY, "partner_id": [30, "Other"]}), {}),
        (({**ORIGINAL, "create_date": CREDIT["create_date"]}, CREDIT, COPY), {}),
        ((CREDIT, COPY), {}),
    ],
)
def test_what_is_made_together_with_a_credit_note_replaces_the_invoice(
    rows: tuple[dict[str, Any], ...], found: dict[int, str]
) -> None:
    """What was imported at one time replaces nothing, nor does what merely follows."""
    assert replacing(rows) == found


def test_an_invoice_whose_origin_was_taken_back_replaces_it() -> None:
    invoices = [made(**ORIGINAL), made(id=8, name="INV/8", invoice_origin="SO7, INV/5"), made(id=9, name="INV/9")]
    assert [invoice.replaces for invoice in with_origins(invoices, {})] == ["", "INV/5", ""]
    assert [invoice.replaces for invoice in with_origins(invoices, {9: "INV/5"})] == ["", "INV/5", "INV/5"]
