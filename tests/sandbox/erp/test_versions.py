from __future__ import annotations

from typing import Any

from tests.sandbox.erp.conftest import Odoo

RECURRING = {"recurring_revenue", "recurring_plan", "recurring_revenue_monthly"}


def fields(odoo: Odoo, model: str) -> dict[str, Any]:
    fields = odoo.execute(model, "fields_get", [], ["type", "relation", "selection"])["result"]
    assert isinstance(fields, dict)
    return fields


def test_fields_come_and_go_with_the_version(odoo: Odoo):
    new = fields(odoo, "crm.lead")
    partner = fields(odoo, "res.partner")
    odoo.version("17.0")
    old = fields(odoo, "crm.lead")
    assert set(new) - set(old) == {"won_status", "commercial_partner_id"}
    assert set(old) - set(new) == {"mobile"}
    assert set(fields(odoo, "res.partner")) - set(partner) == {"mobile"}
    assert odoo.execute("crm.lead", "read", [42], ["won_status"])["error"]["data"]["name"] == "builtins.ValueError"


def test_fields_get_tells_types_relations_and_choices(odoo: Odoo):
    fields = odoo.ok("crm.lead", "fields_get", allfields=["stage_id", "expected_revenue", "won_status"])
    assert set(fields) == {"stage_id", "expected_revenue", "won_status"}
    assert (fields["stage_id"]["type"], fields["stage_id"]["relation"]) == ("many2one", "crm.stage")
    assert fields["expected_revenue"]["type"] == "monetary"
    assert [key for key, _ in fields["won_status"]["selection"]] == ["won", "lost", "pending"]


def test_every_field_that_fields_get_tells_can_be_read(odoo: Odoo):
    for model in ("res.partner", "crm.lead", "sale.order", "res.users", "res.company", "res.currency", "crm.stage"):
        fields = odoo.ok(model, "fields_get")
        for row in odoo.ok(model, "search_read", domain=[], fields=list(fields), context={"active_test": False}):
            assert set(row) == set(fields)


def test_recurring_fields_vanish_without_their_group(odoo: Odoo):
    assert set(fields(odoo, "crm.lead")) >= RECURRING
    odoo.lack("group:crm.group_use_recurring_revenues")
    assert not RECURRING & set(odoo.ok("crm.lead", "fields_get"))
    for call in (
        odoo.refused("crm.lead", "read", ids=[42], fields=["name", "recurring_revenue"]),
        odoo.refused("crm.lead", "search", domain=[["recurring_revenue", ">", 0]]),
        odoo.refused("crm.lead", "write", ids=[42], vals={"recurring_revenue": 1}),
    ):
        assert call[:2] == (403, "odoo.exceptions.AccessError")
    assert odoo.ok("crm.lead", "read", ids=[42])[0].keys().isdisjoint(RECURRING)


def test_without_the_sales_app_there_are_no_orders(odoo: Odoo):
    assert odoo.ok("sale.order", "search", domain=[["opportunity_id", "=", 42]]) == [42]
    odoo.lack("app:sale")
    assert odoo.refused("sale.order", "search", domain=[])[0] == 404
    assert "order_ids" not in odoo.ok("crm.lead", "fields_get")
    assert "sale_order_ids" not in odoo.ok("res.partner", "fields_get")


def test_the_way_to_ask_for_a_right_depends_on_the_version(odoo: Odoo):
    odoo.lack("crm.lead:write")
    assert odoo.ok("crm.lead", "has_access", operation="read") is True
    assert odoo.ok("crm.lead", "has_access", operation="write") is False
    assert odoo.ok("crm.lead", "check_access_rights", operation="write", raise_exception=False) is False
    odoo.version("17.0")
    rights = odoo.execute("crm.lead", "check_access_rights", "write", raise_exception=False)
    assert rights["result"] is False
    refused = odoo.execute("crm.lead", "check_access_rights", "write")["error"]["data"]
    assert refused["name"] == "odoo.exceptions.AccessError"
    unknown = odoo.execute("crm.lead", "has_access", [], "read")["error"]["data"]
    assert unknown["name"] == "builtins.AttributeError"


def test_a_key_tells_its_owner_alone_how_long_it_lives(odoo: Odoo):
    keys = odoo.ok("res.users.apikeys", "search_read", domain=[], fields=["name", "user_id", "expiration_date"])
    assert [(key["name"], key["user_id"][0]) for key in keys] == [("closedwon", odoo.uid)]
    assert keys[0]["expiration_date"] > "2026"
    odoo.version("17.0")
    assert "expiration_date" not in fields(odoo, "res.users.apikeys")
