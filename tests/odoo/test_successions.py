"""The end of a customer: by the ERP's own word, and hints at an heir without it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from integrations.core.errors import AuthError, Unavailable
from integrations.core.model import Customer
from integrations.core.succession import Succession, Traces
from integrations.odoo.successions import _named
from integrations.sandbox.pretend import COLLEAGUE, COLLEAGUE_TOKEN
from tests.odoo.company import Company

PARTNER, MESSAGE, WIZARD = "res.partner", "mail.message", "base.partner.merge.automatic.wizard"


def by_colleague(company: Company, model: str, method: str, *arguments: Any, **named: Any) -> Any:
    """Call a method as an administrator does."""
    uid = company._rpc("common", "login", ["odoo", COLLEAGUE, COLLEAGUE_TOKEN])
    return company._rpc("object", "execute_kw", ["odoo", uid, COLLEAGUE_TOKEN, model, method, [*arguments], named])


def merge(company: Company, *losers: int, into: int, lang: str = "en_US") -> None:
    context = {"lang": lang}
    chosen = {"partner_ids": [[6, 0, [*losers, into]]], "dst_partner_id": into}
    (wizard,) = by_colleague(company, WIZARD, "create", [chosen], context=context)
    by_colleague(company, WIZARD, "action_merge", [wizard], context=context)


def make(company: Company, name: str, **values: Any) -> int:
    (made,) = by_colleague(company, PARTNER, "create", [{"name": name, "is_company": True, **values}])
    return int(made)


def fates(company: Company, *customers: int, **traces: Any) -> dict[str, Any]:
    asked = company.system().successions
    assert asked is not None
    return dict(asked({str(customer): Traces(**traces) for customer in customers}))


def fate(company: Company, customer: int, **traces: Any) -> Any:
    return fates(company, customer, **traces)[str(customer)]


@pytest.mark.parametrize("lang", ["en_US", "de_DE", "zh_CN", "ar_001"])
def test_a_customer_that_was_merged_has_the_survivor_as_its_heir_whatever_the_language(company: Company, lang: str):
    merge(company, 101, into=102, lang=lang)
    found = fate(company, 101)
    assert (found.heir, found.heir_name, found.is_deleted, found.hints) == ("102", "Rhône Logistique SA", True, ())
    assert found.proof.startswith("merged into it in Odoo on ")


def test_a_chain_of_merges_is_followed_to_who_lives_and_all_are_asked_for_together(company: Company):
    last = make(company, "Last AG")
    merge(company, 101, into=102)
    merge(company, 102, into=103)
    by_colleague(company, PARTNER, "write", [103], {"parent_id": last, "is_company": False})
    found = fates(company, 101, 102, 103, 104)
    assert {key: succession and (succession.heir, succession.is_deleted) for key, succession in found.items()} == {
        "101": (str(last), True),
        "102": (str(last), True),
        "103": (str(last), False),
        "104": None,
    }


def test_who_is_archived_is_there_and_who_may_not_be_seen_is_not_gone(company: Company):
    by_colleague(company, PARTNER, "write", [104], {"active": False})
    company.lose_rights(f"see:{PARTNER}:103")
    found = fates(company, 103, 104)
    assert isinstance(found["103"], AuthError)
    assert found["104"] is None


def test_nothing_is_gone_while_the_erp_can_not_be_asked(company: Company):
    merge(company, 101, into=102)
    company.fault(operation="mail.message.search_read", do="status", status=500)
    asked = company.system(patience=0).successions
    assert asked is not None
    assert isinstance(asked({"101": Traces()})["101"], Unavailable)


def test_a_daughter_that_is_a_company_is_a_customer_still_and_one_that_is_a_person_below_it_is_not(company: Company):
    by_colleague(company, PARTNER, "write", [104], {"parent_id": 103})
    assert fate(company, 104) is None
    by_colleague(company, PARTNER, "write", [104], {"is_company": False})
    found = fate(company, 104)
    assert (found.heir, found.heir_name, found.is_deleted) == ("103", "Alpina Treuhand AG", False)


def test_what_moved_is_shown_and_proves_nothing(company: Company):
    gone = make(company, "Gone AG", vat="CHE-123.456.788")
    person = make(company, "Anna", parent_id=gone, is_company=False)
    (deal,) = by_colleague(company, "crm.lead", "create", [{"name": "A deal", "partner_id": gone}])
    twin = make(company, "Twin AG", vat="CHE-123.456.788")
    by_colleague(company, PARTNER, "write", [person], {"parent_id": 103})
    by_colleague(company, "crm.lead", "write", [deal], {"partner_id": 103})
    by_colleague(company, PARTNER, "unlink", [gone])
    found = fate(company, gone, deals=(str(deal), "no-lead"), contacts=(str(person), "7"), vat="CHE-123.456.788")
    assert (found.heir, found.proof, found.is_deleted) == ("", "", True)
    assert {hint.customer: hint.reason for hint in found.hints} == {
        "103": f"the deal {deal} is its now; 1 of its contacts is there now",
        str(twin): "it has the VAT number CHE-123.456.788 too",
    }
    assert {hint.name for hint in found.hints} == {"Alpina Treuhand AG", "Twin AG"}


def test_who_stands_alone_since_a_deletion_and_ourselves_are_no_heirs(company: Company):
    gone, other = make(company, "Gone AG"), make(company, "Other AG")
    person = make(company, "Anna", parent_id=gone, is_company=False)
    by_colleague(company, PARTNER, "unlink", [gone])
    ourselves = int(by_colleague(company, "res.company", "read", [1], ["partner_id"])[0]["partner_id"][0])
    merge(company, other, into=ourselves)
    assert fates(company, gone, other, contacts=(str(person),)) == {
        str(gone): Succession(str(gone)),
        str(other): Succession(str(other)),
    }


@pytest.mark.parametrize(
    ("mark", "way", "other"),
    [
        ("customer_of_deal_91", "made_by", "made_first_by"),
        ("customer_deal_91", "made_first_by", "made_by"),
    ],
)
def test_our_mark_proves_only_of_the_deal_that_is_known_to_have_made_the_customer(
    company: Company, mark: str, way: str, other: str
):
    """Of the first release's mark, that the deal made the customer then: it may have made another one since."""
    rows = [[f"closedwon.{mark}", "Made by us AG", "True"]]
    made = company.call(PARTNER, "load", fields=["id", "name", "is_company"], data=rows)["ids"][0]
    merge(company, made, into=103)
    company.lose_rights(f"{MESSAGE}:read")
    assert fate(company, made, deals=("91",)) == Succession(str(made))
    assert fate(company, made, **{other: ("91",)}) == Succession(str(made))
    found = fate(company, made, **{way: ("90", "91")})
    assert (found.heir, found.proof) == ("103", "our mark of the deal 91 is on it now")


def test_a_name_that_is_written_like_an_entry_proves_nothing(company: Company):
    make(company, "Nobody AG")
    gone = make(company, "Gone AG")
    by_colleague(company, PARTNER, "unlink", [gone])
    forged = make(company, f"Forged AG <a@b.example> (ID {gone}), Y")
    merge(company, forged, into=103)
    found = fates(company, gone, forged)
    assert (found[str(gone)].heir, [hint.customer for hint in found[str(gone)].hints]) == ("", ["103"])
    assert found[str(forged)].heir == ""
    a, b = make(company, "A AG"), make(company, "B AG")
    person = make(company, "Anna", parent_id=a, is_company=False)
    merge(company, a, b, into=104)
    found = {**fates(company, a, contacts=(str(person),)), **fates(company, b)}
    assert (found[str(a)].heir, found[str(b)].heir) == ("104", "")


def test_the_invoice_contact_of_who_survives_stays_its_own(newest: Company):
    older, survivor = make(newest, "Older AG"), make(newest, "Survivor AG")
    fields = [".id", "child_ids/id", "child_ids/name", "child_ids/type"]
    for owner in (older, survivor):
        rows = [[str(owner), f"closedwon.partner_{owner}_invoice", f"Of {owner}", "invoice"]]
        newest.call(PARTNER, "load", fields=fields, data=rows)
    merge(newest, older, into=survivor)
    found = newest.system().customers
    assert found is not None
    customer = found(str(survivor))
    assert isinstance(customer, Customer)
    assert customer.invoice_contact
    (row,) = newest.call(PARTNER, "read", ids=[int(customer.invoice_contact)], fields=["name"])
    assert row["name"] == f"Of {survivor}"


def test_two_heirs_by_the_erps_word_are_none_and_people_s_own_words_count_for_nothing(company: Company):
    gone = make(company, "Gone AG")
    merge(company, gone, into=103)
    body = f"<p>Merged with: Gone AG &lt;n/a&gt; (ID {gone})</p>"
    note = {"model": PARTNER, "res_id": 104, "body": body, "message_type": "comment"}
    company.call(MESSAGE, "create", vals_list=[note])
    assert fate(company, gone).heir == "103"
    company.call(MESSAGE, "create", vals_list=[{**note, "message_type": "notification", "date": "2026-11-30 13:30:00"}])
    found = fate(company, gone)
    assert (found.heir, {hint.customer for hint in found.hints}) == ("", {"103", "104"})
    assert [hint.reason for hint in found.hints if hint.customer == "104"] == ["merged into it in Odoo on 30 Nov 2026"]


def test_it_takes_one_request_where_nobody_is_gone_and_five_where_somebody_is(newest: Company):
    system = newest.system()
    assert system.successions is not None
    system.successions({"101": Traces()})  # asks for the version and the like
    merge(newest, 101, into=102)

    def requests_of(*customers: str) -> int:
        requests.delete(f"{newest.url}/_sandbox/requests", timeout=5)
        assert system.successions is not None
        system.successions({customer: Traces(deals=("42",), contacts=("201",)) for customer in customers})
        return len(requests.get(f"{newest.url}/_sandbox/requests", timeout=5).json()["requests"])

    assert requests_of("102", "103") == 1
    requests_of("101")  # asks also who we are ourselves
    assert requests_of("101", "103") == 5


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ("<p>Merged with the following partners: Loser &lt;AG&gt; &amp; Co &lt;info@l.example&gt; (ID 43)</p>", (43,)),
        ("<p>合并：A &lt;n/a&gt;（识别码 43）和B &lt;b@x.example&gt;（识别码 44）</p>", (43, 44)),
        ("<p>دمج: A &lt;n/a&gt; (المعرّف 43)</p>", (43,)),
        ("<p>Fusionnés avec A (ID 43) &lt;n/a&gt; (ID 44)</p>", (44,)),
        ("<p>A &lt;n/a&gt; (ID 43) and more</p>", ()),
        ("<p>A <b>&lt;n/a&gt;</b> (ID 43)</p>", ()),
        ("<p>Order (ID 43)</p>", ()),
        ("", ()),
    ],
)
def test_a_message_names_ids_only_where_the_wizard_puts_them(body: str, ids: tuple[int, ...]):
    assert _named(body) == ids
