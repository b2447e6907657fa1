from __future__ import annotations

import pytest

from tests.sandbox.erp.conftest import Odoo

ACCESS = (403, "odoo.exceptions.AccessError")


@pytest.mark.parametrize("right", ["read", "write", "create"])
def test_a_missing_right_is_403_and_names_the_model(odoo: Odoo, right: str):
    odoo.lack(f"res.partner:{right}")
    calls = {
        "read": lambda: odoo.refused("res.partner", "search_read", domain=[]),
        "write": lambda: odoo.refused("res.partner", "write", ids=[101], vals={"ref": "x"}),
        "create": lambda: odoo.refused("res.partner", "create", vals_list=[{"name": "x"}]),
    }
    status, name, message = calls[right]()
    assert (status, name) == ACCESS
    assert "'Contact' (res.partner)" in message
    odoo.lack()
    assert odoo.json2("res.partner", "write", ids=[101], vals={"ref": "x"}).ok


def test_a_hidden_record_is_missing_from_lists_and_refused_by_id(odoo: Odoo):
    odoo.lack("see:res.partner:201")
    assert 201 not in odoo.ok("res.partner", "search", domain=[["parent_id", "=", 101]])
    assert 201 not in odoo.ok("res.partner", "read", ids=[101], fields=["child_ids"])[0]["child_ids"]
    assert odoo.refused("res.partner", "read", ids=[201], fields=["name"])[:2] == ACCESS
    assert odoo.refused("res.partner", "write", ids=[201], vals={"ref": "x"})[:2] == ACCESS
    assert odoo.ok("res.partner", "has_access", ids=[201], operation="read") is False
    answer = odoo.ok("res.partner", "load", fields=[".id", "name"], data=[["201", "x"]])
    assert (answer["ids"], answer["messages"][0]["field"]) == (False, ".id")


@pytest.mark.parametrize("model", ["res.users", "res.country", "res.company", "crm.stage", "account.payment.term"])
def test_an_ordinary_user_reads_the_settings_and_writes_none(odoo: Odoo, model: str):
    (record, *_) = odoo.ok(model, "search", domain=[])
    assert odoo.refused(model, "write", ids=[record], vals={"name": "x"})[:2] == ACCESS


def test_an_ordinary_user_deletes_nothing(odoo: Odoo):
    assert odoo.refused("res.partner", "unlink", ids=[101])[:2] == ACCESS


def test_checking_a_record_refuses_what_writing_would_refuse(odoo: Odoo):
    odoo.lack("see:res.partner:201")
    for method in ("check_access", "check_access_rule"):
        assert odoo.refused("res.partner", method, ids=[201], operation="write")[:2] == ACCESS
        assert odoo.ok("res.partner", method, ids=[202], operation="write") is None
    assert odoo.ok("res.partner", "check_access_rights", operation="write") is True
    assert odoo.refused("res.partner", "check_access", operation="fly")[1] == "builtins.ValueError"
