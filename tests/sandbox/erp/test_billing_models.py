"""The pretend Odoo's accounting: what there is in which shape, what a write means, and how records are found."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from integrations.sandbox.erp import PRETEND
from integrations.sandbox.erp.candidates import candidates
from integrations.sandbox.erp.environment import Environment
from integrations.sandbox.erp.models import MODELS
from integrations.sandbox.pretend import COLLEAGUE_TOKEN
from integrations.sandbox.thread import running
from tests.sandbox.erp.conftest import TIMEOUT, Odoo


def by_a_colleague(odoo: Odoo, model: str, method: str, **arguments: Any) -> Any:
    answer = odoo.post(f"/json/2/{model}/{method}", arguments, Authorization=f"bearer {COLLEAGUE_TOKEN}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@contextlib.contextmanager
def shaped(contracts: str) -> Iterator[Odoo]:
    with running([PRETEND], contracts=contracts) as there:
        yield Odoo(there)


def invoice(odoo: Odoo, **more: Any) -> int:
    values = {"move_type": "out_invoice", "partner_id": 308, "date": "2026-11-01", "currency_id": 4, "company_id": 1}
    (made,) = by_a_colleague(odoo, "account.move", "create", vals_list=[{**values, **more}])
    assert isinstance(made, int)
    return made


def stored(odoo: Odoo, model: str, number: int) -> Any:
    return odoo.running.server.world.state.table("erp", model)[str(number)]


@pytest.mark.parametrize(
    ("contracts", "there", "absent"),
    [
        ("oca", {"contract.contract", "contract.line"}, {"sale.subscription.plan"}),
        ("enterprise", {"sale.subscription.plan"}, {"contract.contract", "contract.line"}),
        ("none", set(), {"contract.contract", "contract.line", "sale.subscription.plan"}),
    ],
)
def test_each_shape_of_contracts_has_its_own_models_and_fields(contracts: str, there: set[str], absent: set[str]):
    with shaped(contracts) as odoo:
        for model in there:
            assert odoo.ok(model, "search", domain=[]) == []
        for model in absent:
            assert odoo.refused(model, "search", domain=[])[0] == 404
        fields = odoo.ok("sale.order", "fields_get")
        assert ("is_subscription" in fields) is (contracts == "enterprise")
        lines = odoo.ok("account.move.line", "fields_get")
        assert ("contract_line_id" in lines) is (contracts == "oca")
        assert ("deferred_start_date" in lines) is (contracts == "enterprise")
        assert ("start_date" in lines) is (contracts != "enterprise")


def test_an_absent_shape_is_an_unknown_object_on_the_older_transport():
    with shaped("none") as odoo:
        odoo.version("17.0")
        fault = odoo.execute("contract.contract", "fields_get")["error"]["data"]
        assert fault["message"] == "Object contract.contract doesn't exist"


def test_taxes_are_mapped_by_the_position_until_18_and_by_the_tax_from_19_on(odoo: Odoo):
    assert odoo.refused("account.fiscal.position.tax", "search", domain=[])[0] == 404
    assert odoo.ok("account.fiscal.position", "fields_get")["tax_ids"]["relation"] == "account.tax"
    assert "original_tax_ids" in odoo.ok("account.tax", "fields_get")
    odoo.version("17.0")
    assert odoo.execute("account.fiscal.position.tax", "search", [])["result"] == []
    field = odoo.execute("account.fiscal.position", "fields_get")["result"]["tax_ids"]
    assert (field["type"], field["relation"]) == ("one2many", "account.fiscal.position.tax")
    assert "original_tax_ids" not in odoo.execute("account.tax", "fields_get")["result"]


@pytest.mark.parametrize("model", sorted(MODELS))
def test_every_relation_of_every_model_leads_to_a_model_and_a_field_that_exist(model: str):
    for name, field in MODELS[model].fields.items():
        if field.relation:
            assert field.relation in MODELS, name
        if field.inverse:
            assert field.inverse in MODELS[str(field.relation)].fields, name
    for name in MODELS[model].indexes:
        assert MODELS[model].fields[name].stored, name


def test_our_account_reads_invoices_and_may_not_write_them(odoo: Odoo):
    assert odoo.ok("account.move", "search_count", domain=[])
    assert odoo.refused("account.move", "write", ids=[602], vals={"x_held": "no"})[0] == 403
    assert odoo.refused("account.move.line", "create", vals_list=[{"move_id": 602}])[0] == 403


def test_an_invoice_belongs_to_the_company_above_its_contact(odoo: Odoo):
    assert odoo.ok("account.move", "search", domain=[["commercial_partner_id", "in", [110]]], order="id") == [
        601,
        602,
        603,
    ]


def test_a_draft_that_is_posted_gets_a_number_and_a_day(odoo: Odoo):
    number = invoice(odoo, invoice_date="2026-11-03")
    by_a_colleague(odoo, "account.move", "write", ids=[number], vals={"state": "posted"})
    (after,) = odoo.ok("account.move", "read", ids=[number], fields=["name", "invoice_date", "state"])
    assert after["name"].startswith("INV/2026/")
    assert (after["invoice_date"], after["state"]) == ("2026-11-03", "posted")


def test_amounts_and_the_move_follow_its_lines(odoo: Odoo):
    number = invoice(odoo)
    line = {"move_id": number, "name": "Hosting", "quantity": 3, "price_unit": 100, "discount": 10}
    (made,) = by_a_colleague(odoo, "account.move.line", "create", vals_list=[line])
    assert odoo.ok("account.move", "read", ids=[number], fields=["amount_untaxed", "amount_residual"]) == [
        {"id": number, "amount_untaxed": 270.0, "amount_residual": 270.0}
    ]
    assert odoo.ok("account.move", "read", ids=[number], fields=["invoice_line_ids"])[0]["invoice_line_ids"] == [made]
    before = stored(odoo, "account.move", number)["write_date"]
    by_a_colleague(odoo, "account.move.line", "write", ids=[made], vals={"name": "Managed hosting"})
    assert stored(odoo, "account.move", number)["write_date"] > before


@pytest.mark.parametrize(
    ("written", "state", "left"),
    [
        ({"payment_state": "paid"}, "paid", 0.0),
        ({"payment_state": "in_payment"}, "in_payment", 0.0),
        ({"amount_residual": 100.0}, "partial", 100.0),
        ({"amount_residual": 0.0}, "paid", 0.0),
    ],
)
def test_what_is_paid_and_what_is_left_agree(odoo: Odoo, written: dict[str, Any], state: str, left: float):
    by_a_colleague(odoo, "account.move", "write", ids=[602], vals=written)
    (after,) = odoo.ok("account.move", "read", ids=[602], fields=["payment_state", "amount_residual"])
    assert (after["payment_state"], after["amount_residual"]) == (state, left)


def test_a_tax_or_receivable_item_is_none_of_the_invoices_lines(odoo: Odoo):
    number = invoice(odoo)
    items = [
        {"move_id": number, "display_type": "payment_term", "balance": 10.0},
        {"move_id": number, "name": "Hosting"},
    ]
    owed, line = by_a_colleague(odoo, "account.move.line", "create", vals_list=items)
    (found,) = odoo.ok("account.move", "read", ids=[number], fields=["line_ids", "invoice_line_ids"])
    assert (found["line_ids"], found["invoice_line_ids"]) == ([owed, line], [line])


def test_a_deleted_draft_takes_its_lines_with_it(odoo: Odoo):
    number = invoice(odoo)
    by_a_colleague(odoo, "account.move.line", "create", vals_list=[{"move_id": number, "name": "Hosting"}])
    by_a_colleague(odoo, "account.move", "unlink", ids=[number])
    assert odoo.ok("account.move.line", "search", domain=[["move_id", "=", number]]) == []


def test_a_contract_counts_as_written_only_when_a_line_moves_its_next_day(odoo: Odoo):
    (contract,) = by_a_colleague(odoo, "contract.contract", "create", vals_list=[{"name": "C1", "partner_id": 108}])
    line = {"contract_id": contract, "name": "Hosting", "price_unit": 10, "recurring_next_date": "2026-12-01"}
    (made,) = by_a_colleague(odoo, "contract.line", "create", vals_list=[line])
    assert stored(odoo, "contract.contract", contract)["recurring_next_date"] == "2026-12-01"
    before = stored(odoo, "contract.contract", contract)["write_date"]
    by_a_colleague(odoo, "contract.line", "write", ids=[made], vals={"price_unit": 12})
    assert stored(odoo, "contract.contract", contract)["write_date"] == before
    by_a_colleague(odoo, "contract.line", "write", ids=[made], vals={"recurring_next_date": "2027-01-01"})
    assert stored(odoo, "contract.contract", contract)["recurring_next_date"] == "2027-01-01"


COMPANY = ["commercial_partner_id", "in", [110]]


@pytest.mark.parametrize(
    "domain",
    [
        [COMPANY],
        [COMPANY, "|", ["invoice_date", ">=", "2026-01-01"], ["state", "=", "draft"]],
        ["|", COMPANY, ["partner_shipping_id.commercial_partner_id", "in", [110]]],
        ["&", ["move_type", "=", "out_invoice"], "&", ["state", "!=", "cancel"], COMPANY],
        [["partner_id.commercial_partner_id", "in", [110]]],
        [["partner_id.parent_id", "=", 110], "!", ["state", "=", "cancel"]],
    ],
)
def test_a_customers_invoices_are_found_without_looking_at_the_others(odoo: Odoo, domain: list[Any]):
    model = MODELS["account.move"]
    environment = Environment(odoo.running.server.world, 1, 0.0)
    looked_at = {candidate["id"] for candidate in candidates(environment, model, domain, by_id=True)}
    assert looked_at == {601, 602, 603}
    assert set(odoo.ok("account.move", "search", domain=domain)) <= looked_at


def test_a_condition_that_no_look_up_tells_leaves_nothing_out(odoo: Odoo):
    either = ["|", COMPANY, ["state", "=", "draft"]]
    not_theirs = ["!", COMPANY]
    everything = set(odoo.ok("account.move", "search", domain=[]))
    assert set(odoo.ok("account.move", "search", domain=not_theirs)) == everything - {601, 602, 603}
    assert set(odoo.ok("account.move", "search", domain=either)) >= {601, 602, 603}


def test_an_app_that_is_switched_off_takes_its_fields_with_it(odoo: Odoo):
    odoo.lack("app:hr_timesheet", "app:sale_timesheet", "app:project")
    assert "project_id" not in odoo.ok("account.analytic.line", "fields_get")
    assert odoo.refused("project.milestone", "search", domain=[])[0] == 404
    assert requests.get(f"{odoo.running.url}/_sandbox/state", timeout=TIMEOUT).ok
