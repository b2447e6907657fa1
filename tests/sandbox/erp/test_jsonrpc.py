from __future__ import annotations

import pytest

from integrations.sandbox.pretend import ACCOUNT, TOKEN
from tests.sandbox.erp.conftest import Odoo

VERSIONS = pytest.mark.parametrize(("version", "code"), [("19.0", 0), ("17.0", 200)])


@VERSIONS
def test_errors_come_with_http_200_and_a_code_that_says_nothing(odoo: Odoo, version: str, code: int):
    odoo.version(version)
    error = odoo.execute("res.partner", "read", [101], ["nam"])["error"]
    assert (error["code"], error["message"]) == (code, "Odoo Server Error")
    assert error["data"]["name"] == "builtins.ValueError"
    assert "Traceback" in error["data"]["debug"]


@VERSIONS
def test_each_fault_has_its_own_name(odoo: Odoo, version: str, code: int):
    odoo.version(version)
    uid = odoo.uid

    def name(*arguments: object) -> str:
        error = odoo.rpc("object", "execute_kw", *arguments)["error"]
        assert error["code"] == code
        return str(error["data"]["name"])

    assert name("odoo", uid, "wrong", "res.partner", "search", [[]]) == "odoo.exceptions.AccessDenied"
    assert name("other", uid, TOKEN, "res.partner", "search", [[]]) == "psycopg2.OperationalError"
    assert name("odoo", uid, TOKEN, "res.nothing", "search", [[]]) == "odoo.exceptions.UserError"
    assert name("odoo", uid, TOKEN, "res.partner", "frobnicate", [[]]) == "builtins.AttributeError"
    assert name("odoo", uid, TOKEN, "res.partner", "_write", [[1], {}]) == "odoo.exceptions.AccessError"
    assert name("odoo", uid, TOKEN, "res.partner", "write", [[99_999], {}]) == "odoo.exceptions.MissingError"
    assert name("odoo", uid, TOKEN, "crm.lead", "create", [{}]) == "odoo.exceptions.ValidationError"
    bad_key = [{"name": "x", "country_id": 99_999}]
    assert name("odoo", uid, TOKEN, "res.partner", "create", bad_key) == "odoo.exceptions.ValidationError"


def test_a_login_with_a_bad_password_is_false_and_no_error(odoo: Odoo):
    assert odoo.rpc("common", "login", "odoo", ACCOUNT, "wrong")["result"] is False
    assert odoo.rpc("common", "authenticate", "odoo", ACCOUNT, "wrong", {})["result"] is False
    assert odoo.rpc("common", "authenticate", "odoo", ACCOUNT, TOKEN, {})["result"] == odoo.uid


def test_batches_are_refused(odoo: Odoo):
    assert odoo.post("/jsonrpc", [{"jsonrpc": "2.0", "id": 1}]).status_code == 400


def test_a_none_leaves_the_result_out(odoo: Odoo):
    odoo.version("17.0")
    assert odoo.execute("crm.lead", "action_set_lost", [50], lost_reason_id=1) == {"jsonrpc": "2.0", "id": 7}
    assert odoo.execute("crm.lead", "action_set_won", [50])["result"] is True


def test_create_answers_as_it_was_asked(odoo: Odoo):
    partner = odoo.execute("res.partner", "create", {"name": "One"})["result"]
    many = odoo.execute("res.partner", "create", [{"name": "Two"}, {"name": "Three"}])["result"]
    assert many == [partner + 1, partner + 2]


def test_context_and_named_arguments_are_taken(odoo: Odoo):
    domain = [["id", "=", 401]]
    assert odoo.execute("res.partner", "search", domain)["result"] == []
    found = odoo.execute("res.partner", "search_read", domain, fields=["name"], context={"active_test": False})
    assert found["result"] == [{"id": 401, "name": "Alpina Treuhand AG"}]


def test_requests_are_named_by_model_and_method_on_both_transports(odoo: Odoo):
    odoo.running.server.log.clear()
    odoo.ok("res.partner", "write", ids=[101], vals={"ref": "A"})
    odoo.execute("res.partner", "read", [101], ["ref"])
    named = [(entry["operation"], entry["writes"]) for entry in odoo.running.server.log]
    assert named == [("res.partner.write", True), ("common.login", False), ("res.partner.read", False)]


def test_positional_arguments_may_follow_the_method(odoo: Odoo):
    uid = odoo.uid
    document = odoo.rpc("object", "execute", "odoo", uid, TOKEN, "res.partner", "read", [101], ["city"])
    assert document["result"] == [{"id": 101, "city": "Winterthur"}]


@pytest.mark.parametrize(
    ("service", "method", "arguments"),
    [
        ("object", "execute_kw", ["odoo"]),
        ("object", "drop", ["odoo", 1, TOKEN, "res.partner", "read"]),
        ("common", "login", ["odoo"]),
        ("common", "about_time", []),
        ("report", "render", []),
    ],
)
def test_a_call_of_nothing_is_an_error_in_the_body(odoo: Odoo, service: str, method: str, arguments: list[object]):
    assert odoo.rpc(service, method, *arguments)["error"]["data"]["name"].startswith("builtins.")


def test_a_method_of_records_needs_ids(odoo: Odoo):
    assert odoo.execute("res.partner", "read")["error"]["data"]["name"] == "builtins.TypeError"
    assert odoo.execute("res.partner", "read", ids=[101], fields=["ref"])["result"] == [{"id": 101, "ref": False}]
