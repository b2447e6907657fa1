"""What becomes of contacts that are written, moved, archived and deleted: as measured on a real Odoo 19."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.sandbox.erp.environment import user_id
from integrations.sandbox.pretend import COLLEAGUE, COLLEAGUE_TOKEN
from integrations.sandbox.seeded_contacts import CONTACTS, TAGS
from tests.sandbox.erp.conftest import Odoo

EVERYTHING = {"active_test": False}
PARTNER = "res.partner"
WEBSHOP, BELOW_IT, PERSON = 413, 414, 411


def colleague(odoo: Odoo, method: str, model: str = PARTNER, **arguments: Any) -> Any:
    """What somebody else of our company does."""
    answer = odoo.post(f"/json/2/{model}/{method}", arguments, Authorization=f"bearer {COLLEAGUE_TOKEN}")
    return answer.json() if answer.ok else (answer.status_code, answer.json()["name"])


def stored(odoo: Odoo, partner: int) -> dict[str, Any]:
    """A record as it is kept, with microseconds."""
    return dict(odoo.running.server.world.state.table("erp", PARTNER)[str(partner)])


def touched(odoo: Odoo, before: str) -> set[int]:
    """Who was written to since."""
    domain = [["write_date", ">=", before[:19]]]
    found = odoo.ok(PARTNER, "search", domain=domain, order="id", context=EVERYTHING)
    return {person for person in found if stored(odoo, person)["write_date"] > before}


def latest(odoo: Odoo) -> str:
    return max(str(partner["write_date"]) for partner in odoo.running.server.world.state.table("erp", PARTNER).values())


def test_a_contact_belongs_to_the_company_that_it_is_made_below_and_to_the_one_it_moves_to(odoo: Odoo):
    (child,) = colleague(odoo, "create", vals_list=[{"name": "A", "email": "a@x.example", "parent_id": WEBSHOP}])
    assert stored(odoo, child)["commercial_partner_id"] == 101
    before = latest(odoo)
    assert colleague(odoo, "write", ids=[child], vals={"parent_id": 102}) is True
    assert stored(odoo, child)["commercial_partner_id"] == 102
    assert touched(odoo, before) == {child}
    by_company = [["commercial_partner_id", "=", 101]]
    assert child not in odoo.ok(PARTNER, "search", domain=by_company, context=EVERYTHING)
    assert child in odoo.ok(PARTNER, "search", domain=[["commercial_partner_id", "in", [102]]], order="id")


def test_who_moves_takes_over_what_is_the_whole_new_companys(odoo: Odoo):
    colleague(odoo, "write", ids=[PERSON], vals={"parent_id": 107})
    moved = stored(odoo, PERSON)
    assert (moved["vat"], moved["city"]) == ("PL5260001246", "Kraków")
    assert moved["phone"] == "052 555 01 02"


def test_all_below_a_part_that_moves_move_with_it_and_count_as_written(odoo: Odoo):
    before = latest(odoo)
    colleague(odoo, "write", ids=[WEBSHOP], vals={"parent_id": 102})
    assert stored(odoo, BELOW_IT)["commercial_partner_id"] == 102
    assert touched(odoo, before) == {WEBSHOP, BELOW_IT}


@pytest.mark.parametrize("values", [{"name": "Müller AG"}, {"active": False}])
def test_everybody_below_a_company_that_is_renamed_or_archived_counts_as_written(odoo: Odoo, values: dict[str, Any]):
    before = latest(odoo)
    people = set(odoo.ok(PARTNER, "search", domain=[["id", "child_of", 101]], context=EVERYTHING))
    colleague(odoo, "write", ids=[101], vals=values)
    assert touched(odoo, before) == people
    assert all(stored(odoo, person)["active"] for person in people - {101, 402})


def test_an_archived_contact_stays_with_its_company_and_is_written(odoo: Odoo):
    before = latest(odoo)
    colleague(odoo, "write", ids=[PERSON], vals={"active": False})
    assert touched(odoo, before) == {PERSON}
    domain = [["commercial_partner_id", "=", 101], ["id", "=", PERSON]]
    assert odoo.ok(PARTNER, "search", domain=domain) == []
    assert odoo.ok(PARTNER, "search", domain=domain, context=EVERYTHING) == [PERSON]


def test_what_is_deleted_is_gone_and_who_was_below_it_stands_alone(odoo: Odoo):
    before = latest(odoo)
    assert colleague(odoo, "unlink", ids=[WEBSHOP]) is True
    assert odoo.ok(PARTNER, "read", ids=[WEBSHOP], fields=["name"]) == []
    assert odoo.ok(PARTNER, "search", domain=[["name", "=", "Webshop"]], context=EVERYTHING) == []
    alone = stored(odoo, BELOW_IT)
    assert (alone["parent_id"], alone["commercial_partner_id"]) == (False, BELOW_IT)
    assert touched(odoo, before) == {BELOW_IT}
    assert colleague(odoo, "unlink", ids=[WEBSHOP]) == (404, "odoo.exceptions.MissingError")


def test_nobody_is_deleted_whom_an_invoice_names_and_then_nobody_else_of_the_same_call(odoo: Odoo):
    assert colleague(odoo, "unlink", ids=[PERSON, 416]) == (422, "odoo.exceptions.ValidationError")
    assert {contact["id"] for contact in odoo.ok(PARTNER, "read", ids=[PERSON, 416], fields=["name"])} == {PERSON, 416}
    assert odoo.ok(PARTNER, "search", domain=[["email", "=", "nadja.brunner@mueller-soehne.example"]]) == [PERSON]


def test_a_deleted_contacts_external_ids_are_gone_with_it(odoo: Odoo):
    (made,) = odoo.ok(PARTNER, "load", fields=["id", "name"], data=[["closedwon.a", "A"]])["ids"]
    colleague(odoo, "unlink", ids=[made])
    assert odoo.refused("ir.model.data", "check_object_reference", module="closedwon", xml_id="a")[1] == (
        "builtins.ValueError"
    )


def test_what_a_colleague_writes_bears_their_name_and_our_own_lack_of_rights_is_not_theirs(odoo: Odoo):
    odoo.lack("res.partner:write", f"see:res.partner:{PERSON}")
    assert colleague(odoo, "write", ids=[PERSON], vals={"function": "CTO"}) is True
    assert stored(odoo, PERSON)["write_uid"] == user_id(odoo.running.server.world, COLLEAGUE)
    assert odoo.refused(PARTNER, "write", ids=[201], vals={"function": "x"})[0] == 403


def test_a_colleagues_key_works_on_the_older_transport_too(odoo: Odoo):
    uid = odoo.rpc("common", "login", "odoo", COLLEAGUE, COLLEAGUE_TOKEN)["result"]
    arguments = ("odoo", uid, COLLEAGUE_TOKEN, PARTNER, "unlink", [[PERSON]])
    assert odoo.rpc("object", "execute_kw", *arguments)["result"] is True
    refused = odoo.rpc("object", "execute_kw", "odoo", odoo.uid, *arguments[2:])
    assert refused["error"]["data"]["name"] == "odoo.exceptions.AccessDenied"


def test_a_write_that_is_taken_back_is_found_no_more_by_any_look_up(odoo: Odoo):
    """The second of two writes in one call fails: the first was stored, and looked up by, for a moment."""
    domains: list[list[list[str]]] = [
        [["email", "=", "new@x.example"]],
        [["write_date", ">=", "2026-11-13 00:00:00"]],
    ]
    for domain in domains:
        odoo.ok(PARTNER, "search", domain=domain, order="id")
    values = [{"name": "A", "email": "new@x.example", "parent_id": 101}, {"email": "nameless"}]
    assert odoo.refused(PARTNER, "create", vals_list=values)[0] == 422
    for domain in domains:
        assert odoo.ok(PARTNER, "search", domain=domain, order="id", context=EVERYTHING) == []
    assert odoo.ok(PARTNER, "search", domain=[["parent_id", "=", 101], ["name", "=", "A"]]) == []


def test_pages_by_change_give_every_record_once_whatever_the_page_size(odoo: Odoo):
    odoo.ok(PARTNER, "write", ids=[414, 101, 429], vals={"comment": "x"})
    for since in ("2026-11-13 00:00:00", "2026-01-01 00:00:00"):
        domain = [["write_date", ">=", since]]
        everybody = sorted(odoo.ok(PARTNER, "search", domain=domain, context=EVERYTHING))
        pages: list[int] = []
        while page := odoo.ok(
            PARTNER,
            "search",
            domain=[*domain, ["id", ">", pages[-1] if pages else 0]],
            order="id",
            limit=2,
            context=EVERYTHING,
        ):
            pages += page
        assert pages == everybody
    assert odoo.ok(PARTNER, "search", domain=[["id", ">", 401]], order="id", offset=2, limit=2) == [411, 412]


def test_seeded_people_have_what_somebody_typed(odoo: Odoo):
    fields = ["name", "email", "phone", "function", "category_id", "type", "parent_id", "active"]
    rows = {row["id"]: row for row in odoo.ok(PARTNER, "read", ids=[contact.id for contact in CONTACTS], fields=fields)}
    for contact in CONTACTS:
        row = rows[contact.id]
        assert (row["name"], row["email"], row["phone"]) == (
            contact.name,
            contact.email or False,
            contact.phone or False,
        )
        assert row["category_id"] == [TAGS[tag] for tag in contact.tags]
        assert (row["type"], row["parent_id"][0], row["active"]) == (contact.type, contact.parent, contact.active)
    names = odoo.ok("res.partner.category", "read", ids=list(TAGS.values()), fields=["name"])
    assert {tag["name"]: tag["id"] for tag in names} == TAGS


def test_posted_invoices_tell_whom_they_went_to_and_are_only_read(odoo: Odoo):
    domain = [["partner_id", "in", [310, 416, 423]], ["state", "=", "posted"]]
    fields = ["name", "partner_id", "commercial_partner_id", "payment_state", "amount_total", "amount_residual"]
    rows = odoo.ok("account.move", "search_read", domain=domain, fields=fields, order="id")
    assert [(row["name"], row["partner_id"][0], row["commercial_partner_id"][0]) for row in rows] == [
        ("INV/2025/00017", 310, 110),
        ("INV/2026/00011", 310, 110),
        ("INV/2026/00010", 423, 108),
        ("INV/2024/00005", 416, 102),
    ]
    assert (rows[1]["payment_state"], rows[1]["amount_residual"]) == ("not_paid", 486.45)
    assert odoo.refused("account.move", "write", ids=[601], vals={"ref": "x"})[0] == 403
    (draft,) = odoo.ok("account.move", "search_read", domain=[["state", "=", "draft"]], fields=["name"])
    assert draft["name"] is False
    odoo.version("17.0")
    assert odoo.execute("account.move", "read", [draft["id"]], ["name"])["result"][0]["name"] == "/"


def test_without_the_invoicing_app_there_are_no_invoices(odoo: Odoo):
    odoo.lack("app:account")
    assert odoo.refused("account.move", "search", domain=[])[0] == 404
    assert colleague(odoo, "unlink", ids=[416]) is True
