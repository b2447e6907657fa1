"""Billing entities are the ERP's contacts for invoices."""

from __future__ import annotations

from typing import Any

import requests

from integrations.sandbox.pretend import TOKEN
from tests.sandbox.panel.conftest import ENTITIES, ORGANIZATIONS, Panel, billing_entity, organization
from tests.sandbox.panel.test_organizations import failure


def in_the_erp(panel: Panel, method: str, **arguments: Any) -> Any:
    answer = requests.post(
        f"{panel.url}/erp/json/2/res.partner/{method}",
        json=arguments,
        headers={"Authorization": f"bearer {TOKEN}"},
        timeout=5,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(panel: Panel) -> list[str]:
    return [entity["metadata"]["name"] for entity in panel.call(f"GET {ENTITIES}").json()["items"]]


def test_each_contact_for_invoices_is_an_entity_with_its_company_s_address(panel: Panel) -> None:
    assert names(panel) == ["be-302", "be-305", "be-308", "be-310"]
    spec = panel.call(f"GET {ENTITIES}/be-302").json()["spec"]
    assert spec["name"] == "Rhône Logistique SA"
    assert spec["accountingContact"] == {"name": "Accounting", "emails": ["compta@rhone-logistique.example"]}
    assert spec["address"] == {
        "line1": "Rue du Rhône 44",
        "city": "Genève",
        "postalCode": "1204",
        "country": "Switzerland",
    }


def test_what_is_made_in_the_erp_can_be_billed_to_at_once(panel: Panel) -> None:
    assert failure(panel.call(f"GET {ENTITIES}/be-1001"))[0] == 404
    created = in_the_erp(panel, "create", vals_list=[{"name": "Accounting", "type": "invoice", "parent_id": 101}])
    reference = f"be-{created[0]}"
    assert reference in names(panel)
    assert panel.create("mueller", billingEntityRef=reference).status_code == 201


def test_contacts_that_are_not_yet_real_are_no_entities(panel: Panel) -> None:
    assert failure(panel.call(f"GET {ENTITIES}/be-404")) == (404, "NotFound")
    answer = panel.create("kaeserei", billingEntityRef="be-404")
    assert failure(answer) == (400, "BadRequest")
    assert "failed to validate billing entity reference" in answer.json()["message"]


def test_an_ordinary_contact_is_no_entity(panel: Panel) -> None:
    for name in ("be-201", "be-101", "be-", "be-x", "302"):
        assert failure(panel.call(f"GET {ENTITIES}/{name}")) == (404, "NotFound")


def test_creating_one_makes_a_company_and_a_contact_in_the_erp_each_time(panel: Panel) -> None:
    made = [panel.call(f"POST {ENTITIES}", billing_entity()).json() for _ in range(2)]
    first, second = (entity["metadata"]["name"] for entity in made)
    assert first != second
    contact = in_the_erp(
        panel, "search_read", domain=[["id", "=", int(first[3:])]], fields=["type", "email", "parent_id"]
    )[0]
    assert (contact["type"], contact["email"]) == ("invoice", "bills@alpina.example")
    company = in_the_erp(
        panel, "search_read", domain=[["child_ids", "in", [contact["id"]]]], fields=["name", "city", "email"]
    )
    assert [(row["name"], row["city"]) for row in company] == [("Alpina AG", "Zürich")]
    assert company[0]["email"] == "a@alpina.example, b@alpina.example"
    assert made[0]["spec"] == billing_entity()["spec"]


def test_a_country_that_odoo_does_not_call_so_is_refused(panel: Panel) -> None:
    answer = panel.call(f"POST {ENTITIES}", billing_entity("Schweiz"))
    assert answer.status_code == 500
    assert 'unknown country "Schweiz"' in answer.json()["message"]
    assert len(names(panel)) == 4


def test_a_reference_is_checked_only_when_it_changes(panel: Panel) -> None:
    created = in_the_erp(panel, "create", vals_list=[{"name": "Accounting", "type": "invoice", "parent_id": 101}])
    made = panel.create("mueller", billingEntityRef=f"be-{created[0]}").json()
    in_the_erp(panel, "write", ids=created, vals={"active": False})
    renamed = {**made, "spec": {**made["spec"], "displayName": "Renamed"}}
    assert panel.call(f"PUT {ORGANIZATIONS}/mueller", renamed).status_code == 200
    again = organization("other", billingEntityRef=f"be-{created[0]}")
    assert panel.call(f"POST {ORGANIZATIONS}", again).status_code == 400
