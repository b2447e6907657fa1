"""Odoo tells moments in UTC; which day that is, and so what is listed since a day, the company's calendar says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from integrations.core.billing import Account
from integrations.core.calendar import Calendar, used
from integrations.core.errors import Rejected
from integrations.core.model import Deal
from integrations.odoo.moment import day
from tests.odoo.company import Company, sound
from tests.odoo.sales import HELVETIA, Sales

NEW_YEAR = dt.date(2027, 1, 1)
ZONES = {"Europe/Zurich": 1, "UTC": 0, "America/New_York": -5, "Pacific/Auckland": 13}
"""Hours that the company is ahead of UTC on 1 January."""


@pytest.fixture(params=list(ZONES))
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """A company there."""
    with used(Calendar(ZoneInfo(request.param))):
        yield request.param


def utc(zone: str, day: dt.date, hour: int, minute: int = 0) -> str:
    """A time there in winter, as Odoo writes it."""
    local = dt.datetime.combine(day, dt.time(hour, minute))
    return str(local - dt.timedelta(hours=ZONES[zone]))


def won(company: Company, closed: str | bool, reached: str | bool) -> str:
    """A won opportunity with these moments."""
    lead = company.opportunity("Cloud", partner_id=HELVETIA, stage_id=4)
    company.call("crm.lead", "write", ids=[int(lead)], vals={"date_closed": closed, "date_last_stage_update": reached})
    return lead


def listed(company: Company, since: dt.date, *, won_only: bool = True) -> dict[str, Deal]:
    source = company.system().deals
    assert source is not None
    return {deal.id: deal for deal in sound(source.scan(since, won_only=won_only)) if deal.stage == "won"}


def test_a_deal_is_of_the_day_on_which_the_company_won_it(company: Company, zone: str) -> None:
    """Half past midnight on 1 January is this year, half an hour before it was not; alone and in a list of others."""
    after = won(company, utc(zone, NEW_YEAR, 0, 30), False)
    before = won(company, utc(zone, NEW_YEAR - dt.timedelta(days=1), 23, 30), False)
    for won_only in (True, False):
        found = listed(company, NEW_YEAR, won_only=won_only)
        assert after in found
        assert before not in found
        assert found[after].won_on == NEW_YEAR
        assert {deal.id: deal.won_on for deal in found[after].customer.deals}[before] == NEW_YEAR - dt.timedelta(days=1)
    assert before in listed(company, NEW_YEAR - dt.timedelta(days=1))


def test_a_won_deal_without_a_closing_is_of_the_day_on_which_it_reached_its_stage(company: Company, zone: str) -> None:
    """And without that, of the day on which it was made; it is seen, and stands where it belongs among the others."""
    reached = won(company, False, utc(zone, NEW_YEAR, 0, 30))
    early = won(company, False, utc(zone, NEW_YEAR - dt.timedelta(days=1), 23, 30))
    made = won(company, False, False)
    found = listed(company, NEW_YEAR)
    assert (reached in found, early in found, made in found) == (True, False, False)
    assert found[reached].won_on == NEW_YEAR
    (row,) = company.call("crm.lead", "read", ids=[int(made)], fields=["create_date"])
    today = day(row["create_date"])
    assert today is not None
    everything = listed(company, today)
    assert everything[made].won_on == today
    order = [deal for deal in everything if deal in {reached, early, made}]
    assert order == [made, early, reached]


@pytest.mark.parametrize("version", ["19.0", "17.0"])
def test_an_opportunity_that_is_made_in_a_won_stage_is_won(newest: Company, version: str) -> None:
    """Before 19 Odoo leaves its closing empty."""
    newest.version(version)
    lead = newest.opportunity("Cloud", partner_id=HELVETIA, stage_id=4)
    (row,) = newest.call("crm.lead", "read", ids=[int(lead)], fields=["date_closed", "date_last_stage_update"])
    assert bool(row["date_closed"]) == (version == "19.0")
    today = day(row["date_last_stage_update"])
    assert today is not None
    assert listed(newest, today)[lead].won_on == today


def account(company: Company) -> Account:
    source = company.system().billing
    assert source is not None
    (found,) = sound(source.accounts([str(HELVETIA)], dt.date(2020, 1, 1)))
    return found


def test_orders_deals_and_invoices_are_of_the_companys_days(newest: Company, zone: str) -> None:
    """A moment is of the day there; a date is a date wherever the company is."""
    sales = Sales(newest)
    sales.order(HELVETIA, date_order=utc(zone, NEW_YEAR, 0, 30), client_order_ref="new")
    lead = won(newest, utc(zone, NEW_YEAR, 0, 30), False)
    move = sales.make(
        "account.move", move_type="out_invoice", partner_id=HELVETIA, currency_id=4, date="2027-01-01",
        invoice_date="2027-01-01", invoice_date_due="2027-01-31",
    )  # fmt: skip
    found = account(newest)
    assert NEW_YEAR in {order.day for order in found.orders}
    assert {deal.id: deal.day for deal in found.deals}[lead] == NEW_YEAR
    (made,) = (invoice for invoice in found.invoices if invoice.id == str(move))
    assert (made.day, made.due) == (NEW_YEAR, dt.date(2027, 1, 31))


@pytest.mark.parametrize(
    ("value", "there"),
    [
        ("2026-11-07 23:30:00", "2026-11-08"),
        ("2026-11-07 23:30:00.250000", "2026-11-08"),
        ("2026-11-07T23:30:00", "2026-11-08"),
        ("2026-11-07 23:30", "2026-11-08"),
        ("2026-11-07 22:59:59", "2026-11-07"),
        ("2026-11-07", "2026-11-07"),
        (False, "None"),
        ("", "None"),
    ],
)
def test_a_day_is_told_by_a_date_or_by_a_moment(value: str | bool, there: str) -> None:
    with used(Calendar(ZoneInfo("Europe/Zurich"))):
        assert str(day(value)) == there


@pytest.mark.parametrize("value", ["2026-13-01", "soon", "2026-02-30 10:00:00", "9999-12-31 23:59:59", 7, True])
def test_what_is_no_day_is_refused(value: object) -> None:
    with used(Calendar(ZoneInfo("Europe/Zurich"))), pytest.raises(Rejected, match="a day that is none"):
        day(value)
