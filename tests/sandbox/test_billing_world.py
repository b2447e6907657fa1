"""The customers with invoicing exceptions: each rule's once, each trap once, the same on whatever day it is."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox.app import build
from integrations.sandbox.erp.billing_cases import EXPECTED, TRAPS, expected
from integrations.sandbox.erp.billing_cases.case import CASES
from integrations.sandbox.pretend import Billing, Contracts
from integrations.sandbox.server import Server

DAY = dt.date(2026, 11, 22)
DAYS = (DAY, dt.date(2027, 1, 1), dt.date(2027, 1, 31), dt.date(2028, 2, 29), dt.date(2027, 3, 31))
FIRST = 5000
SUBSIDIARIES = {TRAPS["customer-twice", "a legal group"], EXPECTED["customer-twice"]}
"""Who has another company's VAT number."""


@pytest.fixture(scope="module")
def world() -> Server:
    """The whole sandbox with its billing, as of one day."""
    return build(billing=Billing(seeded=True, today=DAY))


def rows(server: Server, model: str) -> list[dict[str, Any]]:
    return list(server.world.state.table("erp", model).values())


def test_every_case_has_customers_of_its_own() -> None:
    assert max(Counter(case.customer for case in CASES).values()) == 1
    assert max(Counter((case.rule, case.trap) for case in CASES).values()) == 1


@pytest.mark.parametrize("contracts", [shape.value for shape in Contracts])
def test_the_same_customers_have_the_same_exceptions_on_whatever_day_it_is(contracts: str) -> None:
    first, *others = [{(rule, who) for rule, who, _ in expected(day, contracts).findings} for day in DAYS]
    assert first
    assert all(other == first for other in others)


def test_without_contracts_only_what_needs_none_is_expected() -> None:
    everywhere = {case.rule for case in CASES if case.kind == "exception" and Contracts.NONE in case.shapes}
    assert {rule for rule, *_ in expected(DAY, "none").findings} == everywhere


def test_names_and_vat_numbers_are_the_customers_own(world: Server) -> None:
    companies = [row for row in rows(world, "res.partner") if row["id"] >= FIRST and row["type"] == "contact"]
    assert max(Counter(row["name"] for row in companies).values()) == 1
    numbers = [row["vat"] for row in companies if row["vat"] and row["id"] not in SUBSIDIARIES]
    assert max(Counter(numbers).values()) == 1


def test_an_invoice_is_the_sum_of_its_lines_and_owes_what_its_receivable_item_does(world: Server) -> None:
    sums, owed = Counter[int](), Counter[int]()
    for line in rows(world, "account.move.line"):
        if line["display_type"] == "product":
            sums[line["move_id"]] += round(line["price_subtotal"] * 100)
        else:
            owed[line["move_id"]] += round(abs(line.get("amount_residual") or 0.0) * 100)
    for move in rows(world, "account.move"):
        if move["id"] >= FIRST and move["move_type"] != "entry":
            assert round(move["amount_untaxed"] * 100) == sums[move["id"]]
            assert move["state"] == "draft" or round(move["amount_residual"] * 100) == owed[move["id"]]


def test_nothing_points_to_a_record_that_is_not_there(world: Server) -> None:
    broken = list(_dangling(world))
    assert not broken, broken[:5]


def _dangling(server: Server) -> Iterator[tuple[str, int, str]]:
    from integrations.sandbox.erp.models import MODELS  # noqa: PLC0415  (only this law looks at every field)

    for model in MODELS.values():
        for row in rows(server, model.name):
            for name, field in model.fields.items():
                if field.relation and field.stored and row.get(name):
                    ends = row[name] if isinstance(row[name], list) else [row[name]]
                    there = server.world.state.table("erp", field.relation)
                    yield from ((model.name, row["id"], name) for end in ends if str(end) not in there)


def test_a_world_without_billing_has_none_of_it() -> None:
    plain = build()
    assert not [row for row in rows(plain, "res.partner") if row["id"] >= FIRST]
    assert rows(plain, "account.move.line") == rows(plain, "contract.contract") == []


def test_a_reset_brings_the_same_world_back(world: Server) -> None:
    before = rows(world, "account.move")
    world.world.state.clear()
    world.seed()
    assert rows(world, "account.move") == before


def test_what_is_made_over_the_wire_takes_no_seeded_number() -> None:
    """Numbers are given from 1001 on: some day they reach those of the seeded customers."""
    from integrations.sandbox.erp.environment import Environment  # noqa: PLC0415  (needed by one test)
    from integrations.sandbox.erp.models import MODELS  # noqa: PLC0415  (needed by one test)
    from integrations.sandbox.erp.records import create  # noqa: PLC0415  (needed by one test)

    server = build(billing=Billing(seeded=True, today=DAY))
    environment = Environment(server.world, 1, 0.0)
    taken = server.world.state.table("erp", "crm.tag")
    taken["1001"] = {**taken["11"], "id": 1001, "name": "taken"}
    assert create(environment, MODELS["crm.tag"], {"name": "new"}) == 1002
    assert taken["1001"]["name"] == "taken"


def test_a_kept_world_is_not_shown_with_contracts_of_another_shape(tmp_path: Path) -> None:
    build(tmp_path, billing=Billing(Contracts.ENTERPRISE)).world.state.close()
    with pytest.raises(ValueError, match="--contracts enterprise, or --fresh"):
        build(tmp_path, billing=Billing(Contracts.OCA))
    again = build(tmp_path, billing=Billing(Contracts.ENTERPRISE))
    assert rows(again, "res.company")
    again.world.state.close()
