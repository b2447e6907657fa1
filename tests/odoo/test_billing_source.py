"""Who has something to bill, what changed, and what an Odoo has of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from integrations.core.billing import Rate, Survey
from integrations.core.errors import Rejected, Unavailable
from integrations.core.system import Billing
from integrations.odoo.connection import Connection
from integrations.odoo.partners import INFLIGHT
from integrations.odoo.settings import BillingSettings
from tests.odoo.company import Company, sound
from tests.odoo.sales import RESELLER, Sales

ALPINA = (103, 104)
"""Two seeded customers of one name."""
BILLING = frozenset({"billing"})


@pytest.fixture
def sales(newest: Company) -> Sales:
    return Sales(newest)


def billing(company: Company, **settings: Any) -> Billing:
    found = company.system(patience=0, billing=settings).billing
    assert found is not None
    return found


def prospect(sales: Sales, **values: Any) -> int:
    """A company that was never invoiced."""
    return sales.make("res.partner", is_company=True, **{"name": "Testfall AG", "customer_rank": 0, **values})


def draft(sales: Sales, payer: int, **values: Any) -> int:
    return sales.make(
        "account.move", move_type="out_invoice", partner_id=payer, currency_id=4, date="2026-11-01", **values
    )


def customers(company: Company) -> list[int]:
    return [int(customer) for page in billing(company).customers() for customer in sound(page)]


def touched(source: Billing, since: dt.datetime) -> set[tuple[str, int]]:
    return {(change.contact, int(change.customer)) for page in source.changed(since) for change in sound(page)}


@pytest.mark.parametrize("page", [1, 1000])
def test_everybody_with_something_to_bill_is_a_customer_once(
    sales: Sales, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """By rank, won deal, order, contract or draft; their people stand for them; archived ones count."""
    company = sales.company
    ranked, archived = prospect(sales, customer_rank=2), prospect(sales, customer_rank=1, active=False)
    won, ordered, pays, agreed, drafted, nothing, unfinished = (prospect(sales) for _ in range(7))
    anna = sales.make("res.partner", name="Anna", parent_id=won, customer_rank=1)
    company.opportunity("Cloud", partner_id=anna, stage_id=4)
    company.opportunity("Open", partner_id=nothing)
    sales.order(ordered, pays)
    sales.order(nothing, state="cancel")
    sales.contract(agreed)
    draft(sales, drafted)
    draft(sales, nothing, state="cancel")
    sales.change("res.partner", unfinished, **{INFLIGHT: True, "customer_rank": 1})
    monkeypatch.setattr(Connection, "page", page)
    found = customers(company)
    assert {ranked, archived, won, ordered, pays, agreed, drafted} <= set(found)
    assert not {nothing, anna, unfinished} & set(found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("hidden", [True, False])
def test_we_ourselves_are_no_customers_whatever_we_bill_each_other(sales: Sales, *, hidden: bool) -> None:
    """Neither asked for all nor by number; nor a company of ours that our account is not allowed in."""
    if hidden:
        sales.company.lose_rights("see:res.company:2")
    for number in (2, 7):
        sales.change("res.partner", number, customer_rank=3)
        draft(sales, number)
    known = prospect(sales, customer_rank=1)
    asked = [str(customer) for customer in (2, 7, known, 999999)]
    assert not {2, 7} & set(customers(sales.company))
    assert [customer for page in billing(sales.company).customers(asked) for customer in page] == [str(known)]


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_asking_whether_somebody_is_a_customer_says_what_a_full_listing_says(
    sales: Sales, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    ranked, won, ordered, pays, agreed, drafted, nothing = (prospect(sales) for _ in range(7))
    sales.change("res.partner", ranked, customer_rank=1)
    sales.company.opportunity("Cloud", partner_id=won, stage_id=4)
    sales.order(ordered, pays)
    sales.contract(agreed)
    draft(sales, drafted)
    person = sales.make("res.partner", name="Anna", parent_id=won)
    monkeypatch.setattr(Connection, "page", page)
    everybody = [ranked, won, ordered, pays, agreed, drafted, nothing, person, 1, 7]
    asked = [
        int(customer)
        for some in billing(sales.company).customers([*map(str, everybody), "x"])
        for customer in sound(some)
    ]
    assert sorted(asked) == sorted(set(customers(sales.company)) & set(everybody))
    assert sorted(asked) == [ranked, won, ordered, pays, agreed, drafted]
    assert [*billing(sales.company).customers([])] == []


def test_a_page_of_customers_that_fails_is_raised(sales: Sales) -> None:
    sales.company.fault(operation="sale.order.search_read", do="status", status=500)
    with pytest.raises(Unavailable):
        customers(sales.company)


@pytest.mark.parametrize("page", [2, 1000])
def test_what_is_written_touches_who_is_served_and_who_pays_and_nobody_else(
    sales: Sales, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    since, company = dt.datetime.now(dt.UTC), sales.company
    payer, served, other = prospect(sales), prospect(sales), prospect(sales)
    accounting = sales.make("res.partner", name="Accounting", type="invoice", parent_id=payer)
    order = sales.order(other, accounting)
    line, contract = sales.line(order), sales.contract(served, accounting)
    invoice = draft(sales, accounting, partner_shipping_id=served)
    monkeypatch.setattr(Connection, "page", page)
    found = touched(billing(company), since)
    assert {(f"account.move,{invoice}", payer), (f"account.move,{invoice}", served)} <= found
    assert {(f"sale.order,{order}", payer), (f"sale.order,{order}", other)} <= found
    assert {(f"contract.contract,{contract}", payer), (f"contract.contract,{contract}", served)} <= found
    assert {(f"sale.order.line,{line}", other), (f"res.partner,{accounting}", payer)} <= found
    assert {customer for _, customer in found} == {payer, served, other}
    assert touched(billing(company), since + dt.timedelta(days=1)) == set()


def test_who_is_alike_to_a_customer_that_was_written_to_is_told_too(sales: Sales) -> None:
    """Two customers that look like one are told at the later one: also where the earlier one alone was renamed."""
    source, since = billing(sales.company), dt.datetime.now(dt.UTC)
    assert touched(source, since) == set()
    sales.change("res.partner", RESELLER, name="ALPINA\u00a0Treuhand G.m.b.H.")
    source.survey()
    assert {customer for _, customer in touched(source, since)} == {RESELLER, *ALPINA}
    (account,) = sound(source.accounts([str(ALPINA[0])], dt.date(2026, 1, 1)))
    assert str(RESELLER) in {twin.id for twin in account.twins}


def test_what_we_may_not_read_tells_no_change_and_the_rest_does(sales: Sales) -> None:
    number = prospect(sales)
    invoice = draft(sales, number)
    sales.company.lose_rights("sale.order:read", "app:contract")
    found = touched(billing(sales.company), dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    assert {(f"account.move,{invoice}", number), (f"res.partner,{number}", number)} <= found
    assert not any(record.startswith(("sale.order,", "contract.")) for record, _ in found)


def test_an_odoo_says_what_it_has_and_an_unset_field_is_named_in_words(company: Company) -> None:
    found = billing(company).survey()
    assert found.shapes == ("sale.order", "contract.contract")
    assert {company.id: company.currency for company in found.companies.values()}["1"] == "CHF"
    assert found.absent == {}
    assert "which drafts are kept back on purpose" in found.unknown
    unknown = billing(company, fields={"held": "x_held"}).survey().unknown
    assert set(found.unknown) - set(unknown) == {"which drafts are kept back on purpose"}


def test_a_rate_is_the_newest_that_is_not_of_the_future_into_our_own_currency(sales: Sales) -> None:
    """Odoo keeps how much foreign money one of ours is worth."""
    today = dt.datetime.now(dt.UTC).date()
    for days, rate in ((-300, 1.3), (-2, 1.25), (2, 9.0)):
        day = today + dt.timedelta(days=days)
        sales.make("res.currency.rate", currency_id=1, name=day.isoformat(), rate=rate)
    euro = Sales(sales.company).server().currency([1, ""])
    found: Survey = billing(sales.company).survey()
    assert found.rates == {euro: Rate(euro, "CHF", Decimal("0.8"), today - dt.timedelta(days=2))}


def test_a_check_names_the_missing_right_and_the_field_that_odoo_lacks(company: Company) -> None:
    assert company.system().check(BILLING).faults == ()
    company.lose_rights("sale.order:read", "account.bank.statement.line:read")
    report = company.system(billing={"fields": {"held": "x_missing", "index": "x_index"}}).check(BILLING)
    orders, field = report.faults
    assert (orders.text, orders.who) == (f"{report.account} may not read all orders in Odoo", "an Odoo administrator")
    assert "account.move has no field x_missing" in field.text
    assert "`held`" in field.next
    assert any("bank statements" in finding.text and not finding.minor for finding in report.findings if finding.ok)


def test_an_app_that_is_missing_is_no_fault_of_a_check(sales: Sales) -> None:
    sales.company.lose_rights("app:contract", "app:account")
    report = sales.company.system().check(BILLING)
    assert report.faults == ()
    assert any("keeps no recurring contracts" in finding.text and finding.minor for finding in report.findings)


@pytest.mark.parametrize(
    "settings", [{"fields": {"helt": "x_held"}}, {"fields": {"held": "X held"}}, {"dispute_tags": [" "]}]
)
def test_settings_that_can_mean_nothing_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        BillingSettings.model_validate(settings)


def test_a_configured_field_that_odoo_lacks_stops_the_survey(newest: Company) -> None:
    """What it told would seem to be so no more, and its tickets would be closed."""
    with pytest.raises(Rejected) as refused:
        billing(newest, fields={"order_number_required": "x_nope"}).survey()
    assert "x_nope" in refused.value.message
    assert "fields.order_number_required" in refused.value.next
