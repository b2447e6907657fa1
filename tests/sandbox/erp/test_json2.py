from __future__ import annotations

import pytest
import requests

from integrations.sandbox.pretend import TOKEN
from tests.sandbox.erp.conftest import TIMEOUT, Odoo


def test_the_answer_is_the_bare_value(odoo: Odoo):
    assert odoo.ok("res.partner", "search", domain=[["id", "=", 101]]) == [101]
    assert odoo.ok("res.partner", "search_count", domain=[["vat", "=", "DE123456789"]]) == 1
    assert odoo.ok("res.users", "context_get")["uid"] == odoo.uid


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "User not authenticated, use an API Key with a Bearer Authorization header."),
        ({"Authorization": "bearer wrong"}, "Invalid apikey"),
    ],
)
def test_a_bad_key_is_401(odoo: Odoo, headers: dict[str, str], message: str):
    answer = odoo.post("/json/2/res.partner/search", {"domain": []}, **headers)
    assert (answer.status_code, answer.json()["message"]) == (401, message)


def test_another_database_is_404_in_html(odoo: Odoo):
    headers = {"Authorization": f"bearer {TOKEN}", "X-Odoo-Database": "other"}
    answer = odoo.post("/json/2/res.partner/search", {"domain": []}, **headers)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert odoo.post("/json/2/res.partner/search", {"domain": []}, **{**headers, "X-Odoo-Database": "odoo"}).ok


def test_unknown_model_method_and_path_are_404(odoo: Odoo):
    assert odoo.refused("res.nothing", "search", domain=[])[:2] == (404, "werkzeug.exceptions.NotFound")
    assert odoo.refused("res.partner", "frobnicate")[:2] == (404, "werkzeug.exceptions.NotFound")
    answer = requests.get(f"{odoo.url}/json/2/res.partner/search", timeout=TIMEOUT)
    assert (answer.status_code, answer.json()["message"]) == (404, "Did you mean POST /json/2/<model>/<method>?")
    unknown = requests.get(f"{odoo.url}/nothing/here", timeout=TIMEOUT)
    assert (unknown.status_code, "Not Found" in unknown.text) == (404, True)


def test_a_private_method_is_403(odoo: Odoo):
    status, name, message = odoo.refused("crm.lead", "_create_customer", ids=[43])
    assert (status, name) == (403, "odoo.exceptions.AccessError")
    assert "Private methods" in message


def test_arguments_that_do_not_fit_are_422(odoo: Odoo):
    assert odoo.refused("res.partner", "search", domain=[], colour="red")[0] == 422
    assert odoo.refused("res.partner", "load", fields=["name"])[0] == 422
    assert odoo.refused("res.partner", "search", ids=[101], domain=[])[0] == 422


def test_an_unknown_field_is_a_500_valueerror(odoo: Odoo):
    for call in (
        lambda: odoo.refused("res.partner", "search_read", domain=[], fields=["nam"]),
        lambda: odoo.refused("res.partner", "search", domain=[["nam", "=", 1]]),
        lambda: odoo.refused("res.partner", "create", vals_list=[{"nam": "x"}]),
        lambda: odoo.refused("res.partner", "write", ids=[101], vals={"nam": "x"}),
        lambda: odoo.refused("res.partner", "search", domain=[], order="nam"),
    ):
        assert call()[:2] == (500, "builtins.ValueError")


def test_a_body_that_is_no_json_is_400(odoo: Odoo):
    headers = {"Authorization": f"bearer {TOKEN}", "Content-Type": "application/json"}
    answer = requests.post(f"{odoo.url}/json/2/res.partner/search", data=b"{", headers=headers, timeout=TIMEOUT)
    assert (answer.status_code, answer.json()["name"]) == (400, "werkzeug.exceptions.BadRequest")


def test_nonsense_that_nothing_checks_is_a_500_of_python(odoo: Odoo):
    before = odoo.state()["erp"]
    for call in (
        lambda: odoo.refused("res.partner", "search", domain=[], limit="many"),
        lambda: odoo.refused("res.partner", "read", ids=[101], fields=7),
        lambda: odoo.refused("res.partner", "write", ids=[101], vals={"ref": "x", "child_ids": [[0]]}),
        lambda: odoo.refused("res.partner", "create", vals_list=["x"]),
        lambda: odoo.refused("res.partner", "search", domain=[], context="x"),
    ):
        status, name, _ = call()
        assert (status, name.partition(".")[0]) == (500, "builtins")
    assert odoo.state()["erp"] == before


def test_an_error_carries_a_traceback(odoo: Odoo):
    answer = odoo.json2("res.partner", "write", ids=[999_999], vals={"ref": "x"})
    assert (answer.status_code, answer.json()["name"]) == (404, "odoo.exceptions.MissingError")
    assert "Traceback" in answer.json()["debug"]


def test_a_none_is_null(odoo: Odoo):
    answer = odoo.json2("crm.lead", "action_set_lost", ids=[50], lost_reason_id=2)
    assert (answer.status_code, answer.text) == (200, "null")
    (lead,) = odoo.ok("crm.lead", "read", ids=[50], fields=["active", "probability", "won_status", "lost_reason_id"])
    assert lead == {
        "id": 50,
        "active": False,
        "probability": 0.0,
        "won_status": "lost",
        "lost_reason_id": [2, "We don't have people/skills"],
    }


def test_every_answer_closes_the_connection(odoo: Odoo):
    assert odoo.json2("res.partner", "search", domain=[]).headers["connection"] == "close"


def test_the_version_needs_no_key(odoo: Odoo):
    answer = requests.get(f"{odoo.url}/web/version", timeout=TIMEOUT)
    assert answer.json() == {"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"}
    odoo.version("19.0+e")
    answer = requests.get(f"{odoo.url}/web/version", timeout=TIMEOUT)
    assert answer.json() == {"version_info": [19, 0, 0, "final", 0, "e"], "version": "19.0+e"}
    assert odoo.rpc("common", "version")["result"]["server_serie"] == "19.0"


@pytest.mark.parametrize("version", ["16.0", "17.0", "18.0"])
def test_before_19_there_is_neither_json2_nor_a_version_page(odoo: Odoo, version: str):
    odoo.version(version)
    for answer in (
        odoo.json2("res.partner", "search", domain=[]),
        requests.get(f"{odoo.url}/web/version", timeout=TIMEOUT),
    ):
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
    body = {"jsonrpc": "2.0", "method": "call", "params": {}}
    document = odoo.post("/web/webclient/version_info", body).json()["result"]
    assert document == odoo.rpc("common", "version")["result"]
    assert document["server_version"] == version
