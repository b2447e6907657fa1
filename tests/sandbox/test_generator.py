"""More won deals than the seeded world has."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from integrations.sandbox.app import build
from integrations.sandbox.generated_invoices import EXCEPTIONS, FIRST_RECORD, exception_of
from integrations.sandbox.generator import FIRST
from integrations.sandbox.growth import Growth
from integrations.sandbox.pretend import Billing
from integrations.sandbox.server import Server


def generated(server: Server, model: str) -> list[dict[str, Any]]:
    return [row for row in server.world.state.table("erp", model).values() if row["id"] >= FIRST]


def test_as_many_won_deals_are_added_as_asked_for_the_same_every_time() -> None:
    first, again = build(growth=Growth(deals=200)), build(growth=Growth(deals=200))
    leads = generated(first, "crm.lead")
    assert len(leads) == 200
    assert all(lead["probability"] == 100 for lead in leads)
    assert [lead["id"] for lead in leads] == [lead["id"] for lead in generated(again, "crm.lead")]
    assert [row["name"] for row in generated(first, "res.partner")] == [
        row["name"] for row in generated(again, "res.partner")
    ]


def test_no_two_customers_share_a_name_and_some_have_two_deals_and_some_no_company_yet() -> None:
    server = build(growth=Growth(deals=5000))
    leads = generated(server, "crm.lead")
    companies = [row["name"] for row in generated(server, "res.partner") if row.get("is_company")]
    names = companies + [lead["partner_name"] for lead in leads if lead["partner_name"]]
    assert len(set(names)) == len(names)
    linked = [lead["partner_id"] for lead in leads if lead["partner_id"]]
    assert len(set(linked)) < len(linked) < len(leads)
    assert len(set(linked)) == len(companies)


def test_what_is_there_already_is_left_as_it_is(tmp_path: Path) -> None:
    server = build(tmp_path, growth=Growth(deals=10))
    table = server.world.state.table("erp", "crm.lead")
    table[str(FIRST)] = {**table[str(FIRST)], "name": "renamed"}
    server.world.state.close()
    again = build(tmp_path, growth=Growth(deals=12))
    assert len(generated(again, "crm.lead")) == 12
    assert again.world.state.table("erp", "crm.lead")[str(FIRST)]["name"] == "renamed"
    again.world.state.close()


def test_nothing_generated_counts_as_there_twice() -> None:
    server = build(growth=Growth(deals=200))
    assert [line for system in server.systems.values() for line in system.duplicates(server.world)] == []


def test_as_many_invoices_as_asked_for_fifty_a_customer_the_same_every_time() -> None:
    first, again = build(growth=Growth(invoices=120)), build(growth=Growth(invoices=120))
    moves = invoices(first)
    assert len(moves) == 120
    assert len({move["commercial_partner_id"] for move in moves}) == 3
    assert moves == invoices(again)


def invoices(server: Server) -> list[dict[str, Any]]:
    return [row for row in server.world.state.table("erp", "account.move").values() if row["id"] >= FIRST_RECORD]


def test_a_generated_invoice_is_the_sum_of_its_lines_and_each_bills_a_contracts_line() -> None:
    server = build(growth=Growth(invoices=200))
    contracts = server.world.state.table("erp", "contract.line")
    sums: dict[int, float] = defaultdict(float)
    for line in server.world.state.table("erp", "account.move.line").values():
        if line["display_type"] == "product":
            sums[line["move_id"]] += line["price_subtotal"]
            assert str(line["contract_line_id"]) in contracts
    assert {move["id"]: move["amount_untaxed"] for move in invoices(server)} == sums


def test_one_customer_in_a_hundred_has_an_exception_each_kind_in_turn() -> None:
    exceptions = [exception_of(index) for index in range(500)]
    assert [exception for exception in exceptions if exception] == list(EXCEPTIONS)


def test_generated_and_seeded_billing_leave_each_other_alone() -> None:
    both = build(growth=Growth(invoices=60), billing=Billing(seeded=True))
    alone = build(billing=Billing(seeded=True))
    for model in ("account.move", "contract.contract", "contract.line", "res.partner"):
        table = both.world.state.table("erp", model)
        for key, document in alone.world.state.table("erp", model).items():
            assert table[key] == document, (model, key)
