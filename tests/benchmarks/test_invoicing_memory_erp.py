"""The ERP in memory that invoicing is measured on: many customers made of few that were recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.invoicing.memory_erp import SPAN, MemoryErp
from benchmarks.invoicing.recording import CUSTOMERS, Recording, keep, shape
from integrations.odoo import Settings
from integrations.sandbox.erp.billing_cases.names import vat_of
from integrations.sandbox.generated_invoices import FIRST_CONTACT, FIRST_CUSTOMER, FIRST_RECORD, NAMES_FROM
from integrations.sandbox.made_up import country_of

SETTINGS = Settings.model_validate(
    {"adapter": "odoo", "url": "http://127.0.0.1:1/erp", "account": "closedwon@acme.example", "key": {"env": "NONE"}}
)
FIELDS: dict[str, list[str]] = {
    "account.move": ["commercial_partner_id", "partner_id"],
    "account.move.line": ["move_id"],
    "res.partner": ["name", "vat", "commercial_partner_id"],
}


def recording() -> Recording:
    """Two customers: the first has two invoices, the second one with two lines."""
    moves = [(0, 0), (1, 0), (2, 1)]
    rows: dict[str, list[dict[str, Any]]] = {
        "account.move": [
            {
                "id": FIRST_RECORD + number,
                "commercial_partner_id": [FIRST_CUSTOMER + whose, ""],
                "partner_id": [FIRST_CONTACT + whose, ""],
            }
            for number, whose in moves
        ],
        "account.move.line": [
            {"id": FIRST_RECORD + number, "move_id": [FIRST_RECORD + move, ""]}
            for number, move in enumerate((0, 1, 2, 2))
        ],
        "res.partner": [
            {
                "id": first + number,
                "name": name,
                "vat": first == FIRST_CUSTOMER and vat_of(first + number, country_of(NAMES_FROM + number).code),
                "commercial_partner_id": [FIRST_CUSTOMER + number, name],
            }
            for first in (FIRST_CUSTOMER, FIRST_CONTACT)
            for number, name in enumerate(("Alpha AG", "Beta AG"))
        ],
    }
    named = {shape(model, {"fields": FIELDS[model]}): found for model, found in rows.items()}
    return Recording(19, {}, {name: [keep(name, row) for row in found] for name, found in named.items()})


def asked(erp: MemoryErp, model: str, *domain: Any, limit: int = 1000) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = erp.call(
        model, "search_read", what="look", domain=list(domain), fields=FIELDS[model], order="id", limit=limit
    )
    return found


@pytest.mark.parametrize("number", [1, 30, 39])
def test_each_copy_of_a_customer_has_its_own_invoices_and_those_their_own_lines(number: int) -> None:
    erp = MemoryErp(SETTINGS, recording(), 20_000)
    copy, span = FIRST_CUSTOMER + number * CUSTOMERS, number * SPAN
    first, second = (
        asked(erp, "account.move", ["commercial_partner_id", "in", [company]]) for company in (FIRST_CUSTOMER, copy)
    )
    assert [row["id"] for row in first] == [FIRST_RECORD, FIRST_RECORD + 1]
    assert [row["id"] for row in second] == [FIRST_RECORD + span, FIRST_RECORD + 1 + span]
    assert {row["commercial_partner_id"][0] for row in second} == {copy}
    assert {row["partner_id"][0] for row in second} == {FIRST_CONTACT + number * CUSTOMERS}
    lines = asked(erp, "account.move.line", ["move_id", "in", [row["id"] for row in second]])
    assert [row["move_id"][0] for row in lines] == [row["id"] for row in second]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_every_row_is_on_one_page_whatever_its_size(size: int) -> None:
    erp = MemoryErp(SETTINGS, recording(), 1000)
    ids = [FIRST_CUSTOMER, FIRST_CUSTOMER + 1, FIRST_CUSTOMER + CUSTOMERS]
    whole = asked(erp, "account.move", ["commercial_partner_id", "in", ids])
    found: list[dict[str, Any]] = []
    while page := asked(
        erp,
        "account.move",
        ["id", ">", found[-1]["id"] if found else 0],
        ["commercial_partner_id", "in", ids],
        limit=size,
    ):
        assert len(page) <= size
        found += page
    assert found == whole
    assert [row["id"] for row in whole] == sorted(row["id"] for row in whole)
    assert len(whole) == 5


def test_customers_that_are_folded_into_one_leave_it_all_their_invoices() -> None:
    erp = MemoryErp(SETTINGS, recording(), 1, fold=2)
    moves = asked(erp, "account.move", ["commercial_partner_id", "in", [FIRST_CUSTOMER]])
    assert [row["id"] - FIRST_RECORD for row in moves] == [0, 1, 2]
    assert {row["commercial_partner_id"][0] for row in moves} == {FIRST_CUSTOMER}


def test_a_copy_has_a_name_and_a_vat_number_of_its_own_and_the_first_is_as_it_was_recorded() -> None:
    erp = MemoryErp(SETTINGS, recording(), 20_000)
    ids = [FIRST_CUSTOMER + copy * CUSTOMERS for copy in range(40)]
    rows = [row for row in asked(erp, "res.partner", ["id", "in", ids]) if row["id"] < FIRST_CONTACT]
    assert len({row["name"] for row in rows}) == len({row["vat"] for row in rows}) == len(ids)
    assert rows[0]["vat"] == vat_of(FIRST_CUSTOMER, country_of(NAMES_FROM).code)


def test_a_copy_is_found_by_its_name_alone() -> None:
    erp = MemoryErp(SETTINGS, recording(), 1000)
    (copy,) = (
        row
        for row in asked(erp, "res.partner", ["id", "in", [FIRST_CUSTOMER + CUSTOMERS]])
        if row["id"] < FIRST_CONTACT
    )
    assert asked(erp, "res.partner", ["name", "=ilike", copy["name"]]) == [copy]
    assert copy["id"] == FIRST_CUSTOMER + CUSTOMERS


def test_all_customers_are_listed_page_after_page() -> None:
    erp = MemoryErp(SETTINGS, recording(), CUSTOMERS + 2)
    wanted = [FIRST_CUSTOMER, FIRST_CUSTOMER + 1, FIRST_CUSTOMER + CUSTOMERS, FIRST_CUSTOMER + CUSTOMERS + 1]
    rows = [row["id"] for row in asked(erp, "res.partner") if row["id"] < FIRST_CONTACT]
    assert rows == wanted
    later = asked(erp, "res.partner", ["id", ">", wanted[1]])
    assert [row["id"] for row in later if row["id"] < FIRST_CONTACT] == wanted[2:]


def test_what_was_not_recorded_is_empty_and_takes_no_time_of_ours() -> None:
    erp = MemoryErp(SETTINGS, recording(), 1000)
    assert erp.call("sale.order", "search_read", what="look", domain=[], fields=["name"]) == []
    assert erp.seconds > 0


def test_a_recording_is_read_as_it_was_written(tmp_path: Any) -> None:
    record = recording()
    record.write(tmp_path / "recording.json")
    assert Recording.read(tmp_path / "recording.json") == record
    assert json.loads(next(iter(record.rows.values()))[0].text)["id"] == FIRST_RECORD
