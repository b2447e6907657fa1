from __future__ import annotations

import concurrent.futures
from collections.abc import Iterator

import pytest

from tests.sandbox.erp.conftest import Odoo


@pytest.fixture
def slow(odoo: Odoo) -> Iterator[Odoo]:
    """Every request takes a moment, so that those sent together overlap."""
    odoo.running.server.latency = 0.4
    yield odoo
    odoo.running.server.latency = 0.0


def stamp(odoo: Odoo, partner: int) -> str:
    """The time of the last write, as precise as it is stored."""
    moment = odoo.running.server.world.state.table("erp", "res.partner")[str(partner)]["write_date"]
    assert isinstance(moment, str)
    return moment


def test_one_bad_record_keeps_the_good_ones_from_being_made(odoo: Odoo):
    before = odoo.ok("res.partner", "search_count", domain=[])
    name = odoo.refused("res.partner", "create", vals_list=[{"name": "A"}, {"name": "B"}, {"email": "nameless"}])[1]
    assert name == "odoo.exceptions.ValidationError"
    assert odoo.ok("res.partner", "search_count", domain=[]) == before


def test_times_are_answered_in_seconds_and_stored_in_microseconds(odoo: Odoo):
    (partner,) = odoo.ok("res.partner", "create", vals_list=[{"name": "A"}])
    before = odoo.ok("res.partner", "read", ids=[partner], fields=["write_date"])[0]["write_date"]
    assert len(before) == 19
    assert stamp(odoo, partner).startswith(f"{before}.")


def test_greater_than_a_told_time_misses_its_own_second_on_19(odoo: Odoo):
    before = odoo.ok("res.partner", "read", ids=[101], fields=["write_date"])[0]["write_date"]
    assert stamp(odoo, 101) > f"{before}.000000"
    assert odoo.ok("res.partner", "search", domain=[["id", "=", 101], ["write_date", ">", before]]) == []
    assert odoo.ok("res.partner", "search", domain=[["id", "=", 101], ["write_date", ">=", before]]) == [101]
    assert odoo.ok("res.partner", "search", domain=[["id", "=", 101], ["write_date", "=", before]]) == [101]


def test_equal_to_a_told_time_finds_nothing_on_17(odoo: Odoo):
    odoo.version("17.0")
    stamp = odoo.execute("res.partner", "read", [101], ["write_date"])["result"][0]["write_date"]
    for operator, expected in (("=", []), (">", [101]), (">=", [101])):
        domain = [["id", "=", 101], ["write_date", operator, stamp]]
        assert odoo.execute("res.partner", "search", domain)["result"] == expected


def test_writing_an_equal_value_counts_as_written(odoo: Odoo):
    before = stamp(odoo, 101)
    odoo.ok("res.partner", "write", ids=[101], vals={"city": "Winterthur"})
    assert stamp(odoo, 101) > before


def test_a_stamp_is_the_start_of_its_transaction(slow: Odoo):
    """What becomes visible later may be stamped earlier than what was read before it."""
    slow.ok("res.partner", "write", ids=[101], vals={"ref": "A"})
    written = slow.running.server.world.state.table("erp", "res.partner")["101"]["write_date"]
    slow.running.server.latency = 0.0
    slow.ok("res.partner", "write", ids=[102], vals={"ref": "B"})
    later = slow.running.server.world.state.table("erp", "res.partner")["102"]["write_date"]
    assert later[:10] == written[:10]
    assert (float(later[17:]) - float(written[17:])) % 60 >= 0.1


def test_writing_to_a_company_can_touch_its_contacts(odoo: Odoo):
    before, other = stamp(odoo, 202), stamp(odoo, 201)
    odoo.ok("res.partner", "write", ids=[102], vals={"vat": "CHE-1"})
    assert stamp(odoo, 202) > before
    assert odoo.ok("res.partner", "read", ids=[202], fields=["vat"])[0]["vat"] == "CHE-1"
    assert stamp(odoo, 201) == other


def test_neither_number_nor_reference_is_unique(odoo: Odoo):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        values = [{"name": "A", "ref": "same", "vat": "same"}]
        made = list(pool.map(lambda _: odoo.ok("res.partner", "create", vals_list=values), range(8)))
    assert len({number for (number,) in made}) == 8


def test_there_is_no_compare_and_set(odoo: Odoo):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda number: odoo.ok("res.partner", "write", ids=[101], vals={"ref": str(number)}), range(8))
        )
    assert answers == [True] * 8


def test_unset_values_are_false(odoo: Odoo):
    (partner,) = odoo.ok("res.partner", "read", ids=[403], fields=["vat", "parent_id", "user_id", "category_id"])
    assert partner == {"id": 403, "vat": False, "parent_id": False, "user_id": False, "category_id": []}


def test_archived_records_show_only_when_asked_for(odoo: Odoo):
    domain = [["name", "=", "Alpina Treuhand AG"]]
    assert odoo.ok("res.partner", "search", domain=domain, order="id") == [103, 104]
    everything = {"active_test": False}
    assert odoo.ok("res.partner", "search", domain=domain, order="id", context=everything) == [103, 104, 401]
    assert odoo.ok("res.partner", "search", domain=[*domain, ["active", "=", False]]) == [401]
    assert odoo.ok("res.partner", "read", ids=[401], fields=["active"]) == [{"id": 401, "active": False}]


def test_archived_contacts_are_found_by_their_company_never_among_its_ends(odoo: Odoo):
    everything = {"active_test": False}
    children = odoo.ok("res.partner", "read", ids=[101], fields=["child_ids"], context=everything)[0]["child_ids"]
    assert 201 in children
    assert 402 not in children
    assert 402 in odoo.ok("res.partner", "search", domain=[["parent_id", "=", 101]], context=everything)


def test_a_read_leaves_out_what_does_not_exist(odoo: Odoo):
    assert odoo.ok("res.partner", "read", ids=[999_999, 101], fields=["city"]) == [{"id": 101, "city": "Winterthur"}]


def test_a_company_stands_for_itself_and_its_contacts(odoo: Odoo):
    partners = odoo.ok("res.partner", "read", ids=[105, 106, 206, 305], fields=["commercial_partner_id"])
    assert [partner["commercial_partner_id"][0] for partner in partners] == [105, 106, 106, 105]
    odoo.ok("res.partner", "write", ids=[106], vals={"is_company": False})
    partners = odoo.ok("res.partner", "read", ids=[106, 206], fields=["commercial_partner_id"])
    assert [partner["commercial_partner_id"][0] for partner in partners] == [105, 105]


def test_a_company_cannot_be_its_own_parent(odoo: Odoo):
    assert odoo.refused("res.partner", "write", ids=[105], vals={"parent_id": 106})[0] == 422


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"type": "home"}, "builtins.ValueError"),
        ({"customer_rank": "many"}, "builtins.ValueError"),
        ({"country_id": "CH"}, "builtins.ValueError"),
        ({"country_id": 99_999}, "odoo.exceptions.ValidationError"),
        ({"category_id": [[6, 0, [99_999]]]}, "odoo.exceptions.ValidationError"),
        ({"name": {"a": 1}}, "builtins.TypeError"),
    ],
)
def test_values_of_a_wrong_type_are_refused(odoo: Odoo, values: dict[str, object], name: str):
    assert odoo.refused("res.partner", "write", ids=[101], vals=values)[1] == name


def test_relations_are_written_by_commands(odoo: Odoo):
    odoo.ok("res.partner", "write", ids=[101], vals={"category_id": [[4, 1], [4, 2]]})
    odoo.ok("res.partner", "write", ids=[101], vals={"category_id": [[3, 1], [0, 0, {"name": "New"}]]})
    tags = odoo.ok("res.partner", "read", ids=[101], fields=["category_id"])[0]["category_id"]
    names = odoo.ok("res.partner.category", "read", ids=tags, fields=["name"])
    assert [tag["name"] for tag in names] == ["Consulting", "New"]
    odoo.ok("res.partner", "write", ids=[101], vals={"child_ids": [[0, 0, {"name": "Accounting", "type": "invoice"}]]})
    (contact,) = odoo.ok("res.partner", "search", domain=[["parent_id", "=", 101], ["type", "=", "invoice"]])
    assert odoo.ok("res.partner", "read", ids=[contact], fields=["parent_id"])[0]["parent_id"][0] == 101


def test_a_name_of_any_script_survives(odoo: Odoo):
    name = "Ünï <script>\"'\n" + "שלום 🚀" + "x" * 300
    (partner,) = odoo.ok("res.partner", "create", vals_list=[{"name": name}])
    assert odoo.ok("res.partner", "read", ids=[partner], fields=["name"])[0]["name"] == name


def test_a_tag_name_is_taken_once(odoo: Odoo):
    assert odoo.refused("crm.tag", "create", vals_list=[{"name": "Service"}])[1] == "odoo.exceptions.ValidationError"


def test_the_far_ends_of_a_relation_are_linked_written_and_unlinked(odoo: Odoo):
    (company,) = odoo.ok("res.partner", "create", vals_list=[{"name": "New", "is_company": True}])

    def children() -> list[int]:
        found = odoo.ok("res.partner", "read", ids=[company], fields=["child_ids"])[0]["child_ids"]
        assert isinstance(found, list)
        return found

    def order(*commands: list[object]) -> None:
        odoo.ok("res.partner", "write", ids=[company], vals={"child_ids": list(commands)})

    order([4, 201], [4, 202], [1, 202, {"function": "CFO"}])
    assert children() == [201, 202]
    assert odoo.ok("res.partner", "read", ids=[202], fields=["function"])[0]["function"] == "CFO"
    order([3, 201])
    assert children() == [202]
    order([6, 0, [206]])
    assert children() == [206]
    order([5])
    assert children() == []
    refused = odoo.refused("res.partner", "write", ids=[102], vals={"child_ids": [[2, 302]]})
    assert refused[:2] == (403, "odoo.exceptions.AccessError")


def test_dates_are_kept_as_dates(odoo: Odoo):
    odoo.ok("crm.lead", "write", ids=[50], vals={"date_deadline": "2026-12-24", "probability": 100})
    (lead,) = odoo.ok("crm.lead", "read", ids=[50], fields=["date_deadline", "date_closed"])
    assert lead["date_deadline"] == "2026-12-24"
    assert len(lead["date_closed"]) == 19
    assert odoo.refused("crm.lead", "write", ids=[50], vals={"date_deadline": "tomorrow"})[1] == "builtins.ValueError"


def test_an_opportunity_without_a_name_is_called_after_its_partner(odoo: Odoo):
    (lead,) = odoo.ok("crm.lead", "create", vals_list=[{"partner_id": 103}])
    assert odoo.ok("crm.lead", "read", ids=[lead], fields=["name"])[0]["name"] == "Alpina Treuhand AG's opportunity"
    assert odoo.refused("crm.lead", "create", vals_list=[{}])[1] == "odoo.exceptions.ValidationError"


def test_metadata_names_every_external_id_of_a_record(odoo: Odoo) -> None:
    """`get_metadata` is open to whoever may read the record, though the model of external ids is closed."""
    answer = odoo.ok(
        "res.partner", "load", fields=["id", "name"], data=[["closedwon.first", "Erste AG"]], context={"noupdate": True}
    )
    (metadata,) = odoo.ok("res.partner", "get_metadata", ids=answer["ids"])
    assert metadata["xmlids"] == [{"xmlid": "closedwon.first", "noupdate": True}]
    assert metadata["xmlid"] == "closedwon.first"
    assert odoo.ok("res.partner", "get_metadata", ids=[101])[0]["xmlids"] == []
