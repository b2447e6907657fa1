"""Partners that are merged: as measured on a real Odoo 19.0 and 17.0."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.sandbox.pretend import COLLEAGUE, COLLEAGUE_TOKEN
from tests.sandbox.erp.conftest import Odoo

EVERYTHING = {"active_test": False}
PARTNER, MESSAGE, WIZARD = "res.partner", "mail.message", "base.partner.merge.automatic.wizard"
LOSER, SURVIVOR = 101, 102


def by_colleague(odoo: Odoo, model: str, method: str, **arguments: Any) -> Any:
    """Call a method as an administrator does."""
    answer = odoo.post(f"/json/2/{model}/{method}", arguments, Authorization=f"bearer {COLLEAGUE_TOKEN}")
    return answer.json() if answer.ok else (answer.status_code, answer.json()["name"])


def by_rpc(odoo: Odoo, model: str, method: str, *arguments: Any, **named: Any) -> Any:
    """The same over the transport that all versions have."""
    uid = odoo.rpc("common", "login", "odoo", COLLEAGUE, COLLEAGUE_TOKEN)["result"]
    call = ("odoo", uid, COLLEAGUE_TOKEN, model, method, list(arguments), named)
    return odoo.rpc("object", "execute_kw", *call)["result"]


def merge(odoo: Odoo, *ids: int, into: int, lang: str = "en_US") -> Any:
    context = {"lang": lang}
    values = {"partner_ids": [[6, 0, [*ids, into]]], "dst_partner_id": into}
    (wizard,) = by_colleague(odoo, WIZARD, "create", vals_list=[values], context=context)
    return by_colleague(odoo, WIZARD, "action_merge", ids=[wizard], context=context)


def below(odoo: Odoo, company: int) -> set[int]:
    return set(odoo.ok(PARTNER, "search", domain=[["commercial_partner_id", "=", company]], context=EVERYTHING))


def bodies(odoo: Odoo, partner: int) -> list[str]:
    domain = [["model", "=", PARTNER], ["res_id", "=", partner], ["message_type", "=", "notification"]]
    found = odoo.ok(MESSAGE, "search_read", domain=domain, fields=["body"], order="id")
    return [message["body"] for message in found]


def test_all_that_pointed_to_the_source_points_to_the_destination_and_the_source_is_gone(odoo: Odoo):
    rows = [["closedwon.customer_deal_91", "Ours AG", "True"]]
    (ours,) = odoo.ok(PARTNER, "load", fields=["id", "name", "is_company"], data=rows)["ids"]
    people, own = below(odoo, LOSER) - {LOSER}, below(odoo, SURVIVOR)
    orders = set(odoo.ok("sale.order", "search", domain=[["partner_id", "=", LOSER]]))
    deals = set(odoo.ok("crm.lead", "search", domain=[["partner_id", "=", LOSER]]))
    assert people
    assert orders
    assert deals
    assert merge(odoo, LOSER, ours, into=SURVIVOR)["res_model"] == WIZARD
    assert odoo.ok(PARTNER, "read", ids=[LOSER, ours], fields=["name"]) == []
    assert below(odoo, SURVIVOR) == own | people
    assert orders < set(odoo.ok("sale.order", "search", domain=[["partner_id", "=", SURVIVOR]]))
    assert deals < set(odoo.ok("crm.lead", "search", domain=[["partner_id", "=", SURVIVOR]]))
    named = odoo.ok("ir.model.data", "check_object_reference", module="closedwon", xml_id="customer_deal_91")
    assert named == [PARTNER, SURVIVOR]
    (body,) = bodies(odoo, SURVIVOR)
    assert f"(ID {LOSER})" in body
    assert f"Ours AG &lt;n/a&gt; (ID {ours})" in body
    assert odoo.state()["duplicates"] == []


def test_two_contacts_for_invoices_that_a_merge_brings_together_are_no_duplicates_and_one_made_after_it_is(odoo: Odoo):
    fields = [".id", "child_ids/id", "child_ids/name", "child_ids/type"]

    def give(company: int, name: str) -> None:
        rows = [[str(company), f"closedwon.{name}", name, "invoice"]]
        assert odoo.ok(PARTNER, "load", fields=fields, data=rows)["ids"]

    made = [{"name": name, "is_company": True} for name in ("Loser AG", "Survivor AG")]
    loser, survivor = by_colleague(odoo, PARTNER, "create", vals_list=made)
    give(loser, "one")
    give(survivor, "two")
    merge(odoo, loser, into=survivor)
    assert odoo.state()["duplicates"] == []
    give(survivor, "three")
    (sentence,) = odoo.state()["duplicates"]
    assert "three" in sentence


def test_a_value_that_the_destination_lacks_is_a_sources_and_ranks_are_summed(odoo: Odoo):
    made = [
        {"name": "Long gone AG", "is_company": True, "ref": "K-1", "email": "a@x.example", "customer_rank": 2},
        {"name": "Stays AG", "is_company": True, "active": False, "email": "b@x.example", "customer_rank": 3},
    ]
    loser, survivor = by_colleague(odoo, PARTNER, "create", vals_list=made)
    merge(odoo, loser, into=survivor)
    fields = ["name", "ref", "email", "active", "customer_rank"]
    assert odoo.ok(PARTNER, "read", ids=[survivor], fields=fields) == [
        {"id": survivor, "name": "Stays AG", "ref": "K-1", "email": "b@x.example", "active": True, "customer_rank": 5}
    ]


@pytest.mark.parametrize(("version", "stamped"), [("19.0", False), ("17.0", True)])
def test_all_below_the_destination_count_as_written_a_daughter_that_is_a_company_before_19(
    odoo: Odoo, version: str, *, stamped: bool
):
    made = [{"name": "Daughter AG", "is_company": True, "parent_id": LOSER}]
    (daughter,) = by_colleague(odoo, PARTNER, "create", vals_list=made)
    values = {"partner_ids": [[6, 0, [LOSER, SURVIVOR]]], "dst_partner_id": SURVIVOR}
    (wizard,) = by_colleague(odoo, WIZARD, "create", vals_list=[values])
    table = odoo.running.server.world.state.table("erp", PARTNER)
    before = {number: partner["write_date"] for number, partner in table.items()}
    odoo.version(version)
    by_rpc(odoo, WIZARD, "action_merge", [wizard])
    written = {int(number) for number, partner in table.items() if partner["write_date"] != before[number]}
    odoo.version("19.0")
    assert written == below(odoo, SURVIVOR) | ({daughter} if stamped else set())
    assert below(odoo, daughter) == {daughter}


@pytest.mark.parametrize(
    ("lang", "version", "entry"),
    [("de_DE", "19.0", " (ID {})"), ("zh_CN", "19.0", "（识别码 {}）"), ("zh_CN", "17.0", " (ID {})")],
)
def test_the_message_is_in_the_language_of_who_merges_but_for_the_ids(odoo: Odoo, lang: str, version: str, entry: str):
    (a, b) = by_colleague(odoo, PARTNER, "create", vals_list=[{"name": "A <&> Co"}, {"name": "B"}])
    (wizard,) = by_colleague(odoo, WIZARD, "create", vals_list=[{"partner_ids": [[6, 0, [a, b]]], "dst_partner_id": b}])
    odoo.version(version)
    assert by_rpc(odoo, WIZARD, "action_merge", [wizard], context={"lang": lang})["res_model"] == WIZARD
    odoo.version("19.0")
    (body,) = bodies(odoo, b)
    assert f"A &lt;&amp;&gt; Co &lt;n/a&gt;{entry.format(a)}" in body
    assert "Merged" not in body


def test_messages_of_a_chain_of_merges_end_on_the_last_and_go_with_it(odoo: Odoo):
    (third,) = by_colleague(odoo, PARTNER, "create", vals_list=[{"name": "Third AG", "is_company": True}])
    merge(odoo, LOSER, into=SURVIVOR)
    merge(odoo, SURVIVOR, into=third)
    first, second = bodies(odoo, third)
    assert f"(ID {LOSER})" in first
    assert f"(ID {SURVIVOR})" in second
    odoo.lack(f"see:{PARTNER}:{third}")
    assert bodies(odoo, third) == []


def test_what_may_not_be_merged_is_left_as_it_was(odoo: Odoo):
    many = [{"name": f"N {number}", "email": f"{number}@x.example"} for number in range(4)]
    ids = by_colleague(odoo, PARTNER, "create", vals_list=many)
    below_it = below(odoo, LOSER) - {LOSER}
    for wrong in (ids, [LOSER, min(below_it)], [7_777_777]):
        values = {
            "partner_ids": [[6, 0, [number for number in wrong if number != 7_777_777]]],
            "dst_partner_id": ids[0],
        }
        (wizard,) = by_colleague(odoo, WIZARD, "create", vals_list=[values])
        answer = by_colleague(odoo, WIZARD, "action_merge", ids=[wizard])
        assert answer == (422, "odoo.exceptions.UserError") or wrong == [7_777_777]
    (wizard,) = odoo.ok(WIZARD, "create", vals_list=[{"partner_ids": [[6, 0, ids[:2]]]}])
    assert odoo.refused(WIZARD, "action_merge", ids=[wizard])[:2] == (422, "odoo.exceptions.UserError")
    assert len(odoo.ok(PARTNER, "read", ids=[*ids, LOSER], fields=["name"])) == 5
