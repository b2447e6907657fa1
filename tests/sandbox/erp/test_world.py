from __future__ import annotations

from pathlib import Path

import pytest
import requests

from integrations.sandbox.erp import PRETEND
from integrations.sandbox.seed import COMPANIES, DEALS
from integrations.sandbox.thread import running
from tests.sandbox.erp.conftest import TIMEOUT, Odoo


def test_every_seeded_deal_is_an_opportunity_in_its_stage(odoo: Odoo):
    expected = {deal.id: {"won": "won", "lost": "lost", "open": "pending"}[deal.stage] for deal in DEALS}
    leads = odoo.ok("crm.lead", "search_read", domain=[], fields=["won_status"], context={"active_test": False})
    assert {lead["id"]: lead["won_status"] for lead in leads} == expected


def test_money_is_a_float_in_the_currency_of_our_company(odoo: Odoo):
    fields = [
        "expected_revenue",
        "recurring_revenue",
        "recurring_plan",
        "recurring_revenue_monthly",
        "company_currency",
    ]
    (lead,) = odoo.ok("crm.lead", "read", ids=[49], fields=fields)
    assert lead == {
        "id": 49,
        "expected_revenue": 3600.0,
        "recurring_revenue": 14400.0,
        "recurring_plan": [2, "Yearly"],
        "recurring_revenue_monthly": 1200.0,
        "company_currency": [4, "CHF"],
    }
    currencies = {
        deal: odoo.ok("crm.lead", "read", ids=[deal], fields=["company_currency"])[0]["company_currency"][1]
        for deal in (47, 48)
    }
    assert currencies == {47: "EUR", 48: "PLN"}
    digits = odoo.ok(
        "res.currency", "search_read", domain=[["name", "=", "CHF"]], fields=["decimal_places", "rounding"]
    )
    assert digits == [{"id": 4, "decimal_places": 2, "rounding": 0.01}]


def test_an_order_says_who_pays(odoo: Odoo):
    orders = odoo.ok("sale.order", "search_read", domain=[], fields=["partner_id", "partner_invoice_id", "state"])
    payers = {order["id"]: order["partner_invoice_id"][0] for order in orders}
    assert payers == {42: 101, 44: 302, 45: 103, 46: 104, 47: 106, 48: 107, 49: 308, 52: 310, 53: 101}
    assert {order["state"] for order in orders} == {"sale"}


def test_a_deal_may_have_no_partner_yet(odoo: Odoo):
    fields = ["partner_id", "partner_name", "contact_name", "email_from", "city", "country_id", "tag_ids"]
    (lead,) = odoo.ok("crm.lead", "read", ids=[43], fields=fields)
    assert lead["partner_id"] is False
    assert (lead["partner_name"], lead["contact_name"]) == ("Käserei Emmental AG", "Ueli Zürcher")
    assert (lead["country_id"], lead["tag_ids"]) == ([44, "Switzerland"], [2])


def test_a_row_in_flight_bears_the_name_of_a_customer_to_be(odoo: Odoo):
    domain = [["name", "=", "Käserei Emmental AG"]]
    assert odoo.ok("res.partner", "search", domain=domain) == [403]
    assert odoo.ok("res.partner", "search", domain=[*domain, ["vshn_control_api_inflight", "=", False]]) == []


def test_archived_alone_is_not_lost(odoo: Odoo):
    odoo.ok("crm.lead", "write", ids=[50], vals={"active": False})
    (lead,) = odoo.ok("crm.lead", "read", ids=[50], fields=["won_status", "date_closed"])
    assert lead["won_status"] == "pending"


def test_winning_sets_stage_probability_and_date(odoo: Odoo):
    assert odoo.ok("crm.lead", "action_set_won", ids=[51]) is True
    (lead,) = odoo.ok(
        "crm.lead", "read", ids=[51], fields=["active", "stage_id", "probability", "won_status", "date_closed"]
    )
    assert (lead["active"], lead["stage_id"], lead["probability"]) == (True, [4, "Won"], 100.0)
    assert (lead["won_status"], bool(lead["date_closed"])) == ("won", True)


def test_the_seeded_world_has_no_duplicates(odoo: Odoo):
    state = odoo.state()
    assert state["duplicates"] == []
    names = [partner["name"] for partner in state["erp"]["res.partner"]]
    assert {company.name for company in COMPANIES} <= set(names)
    assert names.count("Alpina Treuhand AG") == 3


def test_two_companies_made_for_one_opportunity_are_duplicates(odoo: Odoo):
    for _ in range(2):
        (company,) = odoo.ok("res.partner", "create", vals_list=[{"name": "Atomic AG", "is_company": True}])
        odoo.ok("crm.lead", "write", ids=[43], vals={"partner_id": company})
    (sentence,) = odoo.state()["duplicates"]
    assert "opportunity 43" in sentence
    odoo.ok("res.partner", "write", ids=[company], vals={"active": False})
    assert odoo.state()["duplicates"] == []


def test_a_company_left_over_beside_its_namesake_is_a_duplicate(odoo: Odoo):
    values = [{"name": "Atomic AG", "is_company": True}] * 2
    left, linked = odoo.ok("res.partner", "create", vals_list=values)
    odoo.ok("crm.lead", "write", ids=[43], vals={"partner_id": linked})
    (sentence,) = odoo.state()["duplicates"]
    assert f"({left}) belongs to no opportunity" in sentence


def test_two_namesakes_of_two_opportunities_are_not_duplicates(odoo: Odoo):
    for deal in (43, 50):
        (company,) = odoo.ok("res.partner", "create", vals_list=[{"name": "Atomic AG", "is_company": True}])
        odoo.ok("crm.lead", "write", ids=[deal], vals={"partner_id": company})
    assert odoo.state()["duplicates"] == []


def test_two_invoice_contacts_of_one_company_are_duplicates(odoo: Odoo):
    values = {"name": "Accounting", "type": "invoice", "parent_id": 103}
    odoo.ok("res.partner", "create", vals_list=[values])
    assert odoo.state()["duplicates"] == []
    odoo.ok("res.partner", "create", vals_list=[values])
    (sentence,) = odoo.state()["duplicates"]
    assert "company 103" in sentence


@pytest.mark.parametrize(("kind", "number", "app"), [("res.partner", 101, "contacts"), ("crm.lead", 43, "crm")])
def test_a_link_leads_to_a_page_with_the_record(odoo: Odoo, kind: str, number: int, app: str):
    path = PRETEND.link(kind, {"id": number})
    assert path == f"/erp/odoo/{app}/{number}"
    for address in (path, f"/erp/odoo/{kind}/{number}"):
        page = requests.get(f"{odoo.running.url}{address}", timeout=TIMEOUT)
        assert (page.status_code, "<h1>" in page.text) == (200, True)
    assert requests.get(f"{odoo.url}/odoo/{app}/999999", timeout=TIMEOUT).status_code == 404
    assert PRETEND.link("crm.stage", {"id": 1}) is None


def test_what_was_written_survives_a_restart(tmp_path: Path):
    with running([PRETEND], data=tmp_path) as first:
        odoo = Odoo(first)
        (made,) = odoo.ok("res.partner", "load", fields=["id", "name"], data=[["closedwon.a", "Kept"]])["ids"]
    with running([PRETEND], data=tmp_path) as second:
        odoo = Odoo(second)
        found = odoo.ok("ir.model.data", "check_object_reference", module="closedwon", xml_id="a")
        assert found == ["res.partner", made]
        assert odoo.ok("res.partner", "search", domain=[["name", "=", "Kept"]]) == [made]
        assert odoo.ok("res.partner", "create", vals_list=[{"name": "Next"}]) == [made + 1]
