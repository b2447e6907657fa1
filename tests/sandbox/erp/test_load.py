from __future__ import annotations

import concurrent.futures
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.erp.conftest import Odoo

ONCE = {"mode": "update", "noupdate": True}
COLUMNS = [
    "id",
    "name",
    "is_company",
    "customer_rank",
    "child_ids/id",
    "child_ids/name",
    "child_ids/type",
    "opportunity_ids/.id",
]
ROW = [
    "closedwon.customer_deal_43",
    "Atomic AG",
    "True",
    "1",
    "closedwon.customer_deal_43_invoice",
    "Accounting",
    "invoice",
    "43",
]


@pytest.fixture
def slow(odoo: Odoo) -> Iterator[Odoo]:
    """Every request takes a moment, so that those sent together overlap."""
    odoo.running.server.latency = 0.4
    yield odoo
    odoo.running.server.latency = 0.0


def load(odoo: Odoo, columns: list[str], rows: list[list[str]], **context: Any) -> Any:
    return odoo.ok("res.partner", "load", fields=columns, data=rows, context=context)


def test_company_invoice_contact_and_link_are_made_in_one_call(odoo: Odoo):
    made = load(odoo, COLUMNS, [ROW], **ONCE)
    assert made["messages"] == []
    fields = ["name", "is_company", "customer_rank", "child_ids", "opportunity_ids"]
    (company,) = odoo.ok("res.partner", "read", ids=made["ids"], fields=fields)
    assert (company["name"], company["is_company"], company["customer_rank"]) == ("Atomic AG", True, 1)
    assert company["opportunity_ids"] == [43]
    (contact,) = odoo.ok("res.partner", "read", ids=company["child_ids"], fields=["type", "commercial_partner_id"])
    assert (contact["type"], contact["commercial_partner_id"]) == ("invoice", [made["ids"][0], "Atomic AG"])
    found = odoo.ok("ir.model.data", "check_object_reference", module="closedwon", xml_id="customer_deal_43_invoice")
    assert found == ["res.partner", contact["id"]]


def test_get_or_create_touches_no_value(odoo: Odoo):
    first = load(odoo, COLUMNS, [ROW], **ONCE)
    again = load(odoo, COLUMNS, [[ROW[0], "Another name", *ROW[2:]]], **ONCE)
    assert again == first
    assert odoo.ok("res.partner", "read", ids=first["ids"], fields=["name"])[0]["name"] == "Atomic AG"
    assert odoo.state()["duplicates"] == []


def test_without_that_context_a_load_overwrites(odoo: Odoo):
    first = load(odoo, ["id", "name"], [["closedwon.a", "Before"]])
    assert load(odoo, ["id", "name"], [["closedwon.a", "After"]])["ids"] == first["ids"]
    assert odoo.ok("res.partner", "read", ids=first["ids"], fields=["name"])[0]["name"] == "After"


def test_overlapping_loads_make_one_and_refuse_the_others_with_http_200(slow: Odoo):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: load(slow, COLUMNS, [ROW], **ONCE), range(8)))
    made = [answer["ids"] for answer in answers if answer["ids"]]
    lost = [answer for answer in answers if answer["ids"] is False]
    assert (len(made), len(lost)) == (1, 7)
    for answer in lost:
        (message,) = answer["messages"]
        assert "could not serialize access" in message["message"]
        assert "field" not in message
    assert load(slow, COLUMNS, [ROW], **ONCE)["ids"] == made[0]
    assert slow.state()["duplicates"] == []


def test_a_bad_row_keeps_nothing_of_any(odoo: Odoo):
    before = odoo.ok("res.partner", "search_count", domain=[])
    columns = ["id", "name", "customer_rank"]
    answer = load(odoo, columns, [["closedwon.a", "Good", "1"], ["closedwon.b", "Bad", "many"]])
    assert answer["ids"] is False
    (message,) = answer["messages"]
    assert (message["type"], message["record"], message["field"]) == ("error", 1, "customer_rank")
    assert "many" in message["message"]
    assert odoo.ok("res.partner", "search_count", domain=[]) == before
    missing = odoo.refused("ir.model.data", "check_object_reference", module="closedwon", xml_id="a")
    assert missing[:2] == (500, "builtins.ValueError")


def test_an_existing_partner_cannot_be_given_an_external_id(odoo: Odoo):
    made = load(odoo, ["id", ".id", "name"], [["closedwon.partner_101", "101", "Müller & Söhne AG"]])
    assert made["ids"] != [101]
    namesakes = odoo.ok("res.partner", "search", domain=[["name", "=", "Müller & Söhne AG"]])
    assert namesakes == [made["ids"][0], 101]


def test_an_invoice_contact_of_an_existing_company_is_made_once_and_overwritten_later(odoo: Odoo):
    columns = [".id", "child_ids/id", "child_ids/name", "child_ids/type"]
    row = ["103", "closedwon.partner_103_invoice", "Accounting", "invoice"]
    assert load(odoo, columns, [row])["ids"] == [103]
    addresses = [["parent_id", "=", 103], ["type", "=", "invoice"]]
    (contact,) = odoo.ok("res.partner", "search", domain=addresses)
    odoo.ok("res.partner", "write", ids=[contact], vals={"name": "Typed by a person"})
    load(odoo, columns, [row])
    assert odoo.ok("res.partner", "search", domain=addresses) == [contact]
    assert odoo.ok("res.partner", "read", ids=[contact], fields=["name"])[0]["name"] == "Accounting"
    assert odoo.state()["duplicates"] == []


def test_rows_linked_by_parent_id_are_refused_without_accounting_rights(odoo: Odoo):
    columns = ["id", "name", "parent_id/id"]
    answer = load(odoo, columns, [["closedwon.a", "Company", ""], ["closedwon.a_invoice", "Contact", "closedwon.a"]])
    assert answer["ids"] is False
    assert "property_account_payable_id" in answer["messages"][0]["message"]


def test_several_children_stand_in_rows_below_their_company(odoo: Odoo):
    columns = ["id", "name", "child_ids/name", "child_ids/country_id/id", "category_id"]
    rows = [["closedwon.a", "Company", "One", "base.ch", "Service,Project"], ["", "", "Two", "base.uk", ""]]
    made = load(odoo, columns, rows)
    (company,) = odoo.ok("res.partner", "read", ids=made["ids"], fields=["child_ids", "category_id"])
    children = odoo.ok("res.partner", "read", ids=company["child_ids"], fields=["name", "country_id"])
    assert [(child["name"], child["country_id"][1]) for child in children] == [
        ("One", "Switzerland"),
        ("Two", "United Kingdom"),
    ]
    assert company["category_id"] == [1, 3]


def test_a_reference_to_nothing_names_its_field(odoo: Odoo):
    answer = load(odoo, ["name", "country_id/id"], [["Company", "base.atlantis"]])
    assert (answer["ids"], answer["messages"][0]["field"]) == (False, "country_id")


def test_an_external_id_with_a_space_is_refused(odoo: Odoo):
    assert load(odoo, ["id", "name"], [["closedwon.a b", "Company"]])["ids"] is False


def test_a_missing_right_is_told_inside_the_answer(odoo: Odoo):
    odoo.lack("res.partner:create")
    answer = load(odoo, COLUMNS, [ROW], **ONCE)
    assert answer["ids"] is False
    assert "not allowed to create" in answer["messages"][0]["message"]


def test_create_with_an_import_module_makes_one_each_time(odoo: Odoo):
    values = [{"id": "closedwon.customer_deal_43", "name": "Atomic AG", "is_company": True}]
    context = {"_import_current_module": "closedwon"}
    ids = [odoo.ok("res.partner", "create", vals_list=values, context=context)[0] for _ in range(2)]
    assert ids[0] != ids[1]
    assert any("customer_deal_43" in sentence for sentence in odoo.state()["duplicates"])


def test_a_name_points_to_nothing_that_a_search_would_not_find(odoo: Odoo):
    (partner,) = load(odoo, ["id", "name"], [["closedwon.a", "Company"]])["ids"]
    odoo.ok("res.partner", "write", ids=[partner], vals={"active": False})
    arguments = {"module": "closedwon", "xml_id": "a"}
    assert odoo.ok("ir.model.data", "check_object_reference", **arguments) == ["res.partner", False]
    everything = {"active_test": False}
    found = odoo.ok("ir.model.data", "check_object_reference", **arguments, context=everything)
    assert found == ["res.partner", partner]
    assert odoo.refused("ir.model.data", "search_read", domain=[])[:2] == (403, "odoo.exceptions.AccessError")


def test_get_or_create_overwrites_what_was_not_made_as_non_updatable(odoo: Odoo):
    """What counts is how the name was written first: Odoo keeps the flag with it."""
    (partner,) = load(odoo, ["id", "name"], [["closedwon.a", "Before"]])["ids"]
    load(odoo, ["id", "name"], [["closedwon.a", "After"]], **ONCE)
    assert odoo.ok("res.partner", "read", ids=[partner], fields=["name"])[0]["name"] == "After"


@pytest.mark.parametrize(
    ("column", "cell", "field"),
    [
        ("is_company", "perhaps", "is_company"),
        ("type", "Home", "type"),
        ("country_id", "Atlantis", "country_id"),
        ("country_id/.id", "99999", "country_id"),
        ("country_id/id", "base.main_company", "country_id"),
        (".id", "99999", ".id"),
        ("customer_rank", "1.5", "customer_rank"),
    ],
)
def test_a_cell_that_cannot_be_understood_names_its_field(odoo: Odoo, column: str, cell: str, field: str):
    answer = load(odoo, ["name", column], [["Company", cell]])
    assert (answer["ids"], answer["messages"][0]["field"]) == (False, field)


def test_cells_are_understood_by_name_label_and_id(odoo: Odoo):
    columns = ["name", "country_id", "type", "user_id/.id", "is_company", "email"]
    (partner,) = load(odoo, columns, [["A", "Switzerland", "Invoice Address", str(odoo.uid), "0", ""]])["ids"]
    (row,) = odoo.ok("res.partner", "read", ids=[partner], fields=["country_id", "type", "user_id", "email"])
    assert (row["country_id"], row["type"]) == ([44, "Switzerland"], "invoice")
    assert (row["user_id"][0], row["email"]) == (odoo.uid, False)


def test_an_external_id_of_another_model_is_refused(odoo: Odoo):
    assert load(odoo, ["id", "name"], [["base.ch", "Company"]])["ids"] is False


def test_an_unknown_column_is_an_error_of_the_call(odoo: Odoo):
    assert odoo.refused("res.partner", "load", fields=["nam"], data=[["x"]])[:2] == (500, "builtins.KeyError")
    assert odoo.refused("res.partner", "load", fields=["name"], data=["x"])[:2] == (500, "builtins.TypeError")
