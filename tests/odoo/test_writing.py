from __future__ import annotations

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from integrations.core.errors import Ambiguous, AuthError, Conflict, IntegrationError, Rejected, Uncertain
from integrations.core.resource import Live, Lookup
from tests.odoo.company import Company, existing, wanted

FULL: dict[str, Any] = {
    "is_customer": True,
    "account_manager": "Lena.Gerber@acme.example",
    "segment": "Managed services",
    "street": "Kirchgasse 3",
    "zip": "3550",
    "city": "Langnau i. E.",
    "country_code": "ch",
    "phone": "+41 34 555 00 00",
    "email": "Ueli@kaeserei-emmental.example",
    "language": "de_CH",
    "invoice_email": "buchhaltung@kaeserei-emmental.example",
}
COMPLETE: dict[str, Any] = {"is_customer": True, "account_manager": "reto.frei@acme.example", "segment": "Gold"}


def companies(company: Company) -> list[dict[str, Any]]:
    return [partner for partner in company.objects("res.partner") if partner.get("is_company")]


def test_a_new_customer_is_company_invoice_contact_and_link_at_once(company: Company) -> None:
    """One import makes them all; what comes back is what was wanted, so the next plan is empty."""
    company.operations()
    want = wanted("43", **FULL)
    made = company.apply(want)["deal:43"]
    assert company.operations(writing=True) == ["res.partner.category.load", "res.partner.load"]
    for name in FULL:
        assert getattr(made.state, name) == getattr(want, name), name
    assert made.state.invoice_contact == made.state.own_invoice_contact
    assert company.partner(made.state.invoice_contact)["parent_id"][0] == int(made.id)
    lead = company.call("crm.lead", "read", ids=[43], fields=["partner_id"])[0]
    assert lead["partner_id"][0] == int(made.id)
    assert company.plan(want, company.find(want)) is None
    after = existing(made.id, ["43"], **FULL)
    assert company.plan(after, company.find(after)) is None


def test_a_customer_of_a_deal_from_elsewhere_needs_no_opportunity(company: Company) -> None:
    want = wanted("deal 7/ß", lead=None, **FULL)
    made = company.apply(want)[want.key]
    assert company.find(want).id == made.id


def test_a_creation_done_twice_makes_one(company: Company) -> None:
    want = wanted("43", **FULL)
    change = company.plan(want, None)
    assert change is not None
    first = company.system().stores["customer"].put([change])["deal:43"]
    again = company.system().stores["customer"].put([change])["deal:43"]
    assert isinstance(first, Live)
    assert isinstance(again, Live)
    assert first.id == again.id
    assert company.duplicates() == []


@pytest.mark.parametrize("lost", ["drop_before", "drop_after"])
def test_a_lost_answer_never_makes_a_second_company(company: Company, lost: str) -> None:
    before = len(companies(company))
    company.fault(operation="res.partner.load", do=lost, times=9)
    assert isinstance(company.apply(wanted("43"), system=company.system(patience=0))["deal:43"], IntegrationError)
    company.reset_faults()
    made = company.apply(wanted("43"))["deal:43"]
    assert isinstance(made, Live)
    assert len(companies(company)) == before + 1
    assert company.duplicates() == []


def test_several_at_once_make_one_company(newest: Company, erp_sandbox: Any) -> None:
    """All but one lose the race inside an answer that says 200, and find the winner's."""
    change = newest.plan(wanted("43", **FULL), None)
    assert change is not None
    answers: list[Any] = []

    def put() -> None:
        answers.append(newest.system().stores["customer"].put([change])["deal:43"])

    erp_sandbox.server.latency = 0.05
    try:
        threads = [threading.Thread(target=put) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        erp_sandbox.server.latency = 0.0
    assert all(isinstance(answer, (Live, Conflict)) for answer in answers), answers
    assert len({answer.id for answer in answers if isinstance(answer, Live)}) == 1
    assert newest.duplicates() == []


def test_two_namesakes_stay_two_where_a_person_says_so(company: Company) -> None:
    other = company.opportunity("Namesake")
    first = company.apply(wanted("43"))["deal:43"]
    assert isinstance(company.apply(wanted(other))[f"deal:{other}"], Ambiguous)
    second = company.apply(wanted(other), new=True)[f"deal:{other}"]
    assert isinstance(first, Live)
    assert isinstance(second, Live)
    assert first.id != second.id
    assert company.find(wanted("43")).id == first.id
    assert company.find(wanted(other)).id == second.id


def test_of_two_deals_of_one_company_planned_at_the_same_time_one_makes_it(company: Company) -> None:
    """Two processes found nothing; the second looks again before it writes, and a person has to say."""
    again = company.opportunity("Typed anew")
    before = len(companies(company))
    wants = (wanted("43"), wanted(again, name="KÄSEREI EMMENTAL"))
    changes = {want.key: change for want in wants if (change := company.plan(want, None))}
    first, second = company.system(), company.system()
    for system in (first, second):
        system.stores["customer"].find([Lookup(wanted("60", name="Elsewhere AG", lead=None))])
    made = first.stores["customer"].put([changes["deal:43"]])["deal:43"]
    assert isinstance(made, Live)
    error = second.stores["customer"].put([changes[f"deal:{again}"]])[f"deal:{again}"]
    assert isinstance(error, Ambiguous)
    assert [candidate.id for candidate in error.candidates] == [made.id]
    assert len(companies(company)) == before + 1


def test_a_company_that_somebody_enters_after_the_plan_is_not_made_again(company: Company) -> None:
    """Nor one that is renamed meanwhile; whoever said `new` meant it."""
    system, want = company.system(), wanted("43", name="Bergbahnen Neu AG")
    assert company.find(want, system) is None
    company.call("res.partner", "write", ids=[102], vals={"name": "Bergbahnen Neu"})
    change = company.plan(want, None)
    assert change is not None
    error = system.stores["customer"].put([change])["deal:43"]
    assert isinstance(error, Ambiguous)
    assert [candidate.id for candidate in error.candidates] == ["102"]
    assert company.operations(writing=True) == ["res.partner.write"]
    made = system.stores["customer"].put([dataclasses.replace(change, new=True)])["deal:43"]
    assert isinstance(made, Live)
    assert made.id != "102"


def test_of_several_deals_of_one_company_at_once_one_makes_it(newest: Company) -> None:
    """All have been planned; they go in turn, and all but one ask."""
    before = len(companies(newest))
    deals = [newest.opportunity("Typed anew") for _ in range(4)]
    changes = [change for deal in deals if (change := newest.plan(wanted(deal), None))]
    with ThreadPoolExecutor(len(deals)) as pool:
        answers = list(pool.map(lambda change: newest.system().stores["customer"].put([change])[change.key], changes))
    assert sorted(type(answer).__name__ for answer in answers) == ["Ambiguous", "Ambiguous", "Ambiguous", "Live"]
    assert len(companies(newest)) == before + 1


def test_one_bad_row_fails_alone(company: Company) -> None:
    """A country that does not exist, a user that does not, a good one: only the good one is made."""
    first, second = company.opportunity("First"), company.opportunity("Second")
    answers = company.apply(
        wanted(first, name="Erste AG", country_code="XX"),
        wanted(second, name="Zweite AG", account_manager="nobody@acme.example"),
        wanted("43"),
    )
    bad, unknown = answers[f"deal:{first}"], answers[f"deal:{second}"]
    assert isinstance(bad, Rejected)
    assert bad.field == "country_code"
    assert isinstance(unknown, Rejected)
    assert unknown.field == "account_manager"
    assert isinstance(answers["deal:43"], Live)


def test_what_odoo_refuses_in_an_import_names_the_field(company: Company) -> None:
    """Here an opportunity that is gone when the import is sent."""
    answers = company.apply(wanted("9999", name="Erste AG"), wanted("43"))
    refused = answers["deal:9999"]
    assert isinstance(refused, Rejected)
    assert refused.field == "lead"
    assert isinstance(answers["deal:43"], Live)


def test_a_deal_that_was_given_a_customer_since_keeps_it(company: Company) -> None:
    want = wanted("43")
    change = company.plan(want, company.find(want))
    assert change is not None
    company.call("crm.lead", "write", ids=[43], vals={"partner_id": 103})
    answer = company.system().stores["customer"].put([change])["deal:43"]
    assert isinstance(answer, Conflict)
    assert company.call("crm.lead", "read", ids=[43], fields=["partner_id"])[0]["partner_id"][0] == 103


def test_an_update_writes_what_differs_and_nothing_else(company: Company) -> None:
    """The company gets rank, account manager and tag; its name, address and other tags stay."""
    (other,) = company.call("res.partner.category", "create", vals_list=[{"name": "Partner"}])
    company.call("res.partner", "write", ids=[101], vals={"category_id": [[4, other]]})
    before = company.partner(101)
    want = existing("101", ["42", "53"], name="Something else", street="Elsewhere 1", **COMPLETE)
    live = company.apply(want)["customer:101"]
    after = company.partner(101)
    assert (live.state.is_customer, live.state.segment) == (True, "Gold")
    changed = {name for name in after if after[name] != before[name]} - {"write_date", "write_uid"}
    assert changed == {"customer_rank", "user_id", "category_id", "child_ids"}
    assert other in after["category_id"]
    assert company.plan(want, company.find(want)) is None


@pytest.mark.parametrize("partner", [103, False])
def test_an_update_never_touches_the_opportunitys_customer(company: Company, partner: int | bool) -> None:
    """Unlike an adoption: somebody may have given the deal another customer since, or none."""
    made = company.apply(wanted("43"))["deal:43"]
    want = wanted("43", account_manager="reto.frei@acme.example")
    change = company.plan(want, company.find(want))
    company.call("crm.lead", "write", ids=[43], vals={"partner_id": partner})
    assert change is not None
    assert change.found is not None
    assert (change.action, change.found.id) == ("update", made.id)
    answer = company.system().stores["customer"].put([change])["deal:43"]
    assert isinstance(answer, Live)
    assert answer.state.account_manager == "reto.frei@acme.example"
    (lead,) = company.call("crm.lead", "read", ids=[43], fields=["partner_id"])
    assert (lead["partner_id"] and lead["partner_id"][0]) == partner


def test_a_company_that_its_deal_does_not_name_any_more_is_adopted_and_named_again(company: Company) -> None:
    """Otherwise the customer's other deals would know nothing of this one."""
    made = company.apply(wanted("43"))["deal:43"]
    company.call("crm.lead", "write", ids=[43], vals={"partner_id": False})
    change = company.plan(wanted("43"), company.find(wanted("43")))
    assert change is not None
    assert change.found is not None
    assert (change.action, change.found.id) == ("adopt", made.id)
    company.system().stores["customer"].put([change])
    (lead,) = company.call("crm.lead", "read", ids=[43], fields=["partner_id"])
    assert str(lead["partner_id"][0]) == made.id
    assert company.plan(wanted("43"), company.find(wanted("43"))) is None


@pytest.mark.parametrize("refusals", [1, 2, 3])
def test_of_a_refused_lot_each_row_is_written_alone(company: Company, refusals: int) -> None:
    """Equal values go to all their companies at once; refused as a lot, only those fail that are refused alone."""
    wants = [existing(number, account_manager="sandro.bianchi@acme.example") for number in ("101", "103")]
    company.fault(operation="res.partner.write", do="status", status=422, times=refusals)
    answers = list(company.apply(*wants).values())
    assert [isinstance(answer, Rejected) for answer in answers] == [refusals > 1, refusals > 2]
    managers = [company.partner(number)["user_id"] for number in (101, 103)]
    assert [bool(manager) and manager[1] == "Sandro Bianchi" for manager in managers] == [refusals <= 1, refusals <= 2]


def test_a_company_without_invoice_contact_gets_one(company: Company) -> None:
    want = existing("101", invoice_email="rechnung@mueller-soehne.example")
    live = company.apply(want)["customer:101"]
    contact = company.partner(live.state.invoice_contact)
    assert (contact["type"], contact["email"]) == ("invoice", "rechnung@mueller-soehne.example")
    again = company.apply(want)["customer:101"]
    assert again.state.invoice_contact == live.state.invoice_contact
    assert company.duplicates() == []


def test_an_invoice_contact_goes_to_whoever_pays_and_never_with_the_customers_e_mail(company: Company) -> None:
    want = existing("102", payer="103", invoice_email="compta@rhone-logistique.example")
    live = company.apply(want)["customer:102"]
    contact = company.partner(live.state.invoice_contact)
    assert (contact["parent_id"][0], contact["email"]) == (103, False)
    assert live.state.own_invoice_contact == "302"


def test_an_invoice_contact_that_people_archived_does_not_come_back(company: Company) -> None:
    want = existing("101")
    live = company.apply(want)["customer:101"]
    company.call("res.partner", "write", ids=[int(live.state.invoice_contact)], vals={"active": False})
    error = company.apply(want)["customer:101"]
    assert isinstance(error, Rejected)
    assert error.field == "has_invoice_contact"


def test_of_several_invoice_contacts_ours_counts_then_the_lowest_id(company: Company) -> None:
    (older,) = company.call("res.partner", "create", vals_list=[{"name": "A", "type": "invoice", "parent_id": 103}])
    company.call("res.partner", "create", vals_list=[{"name": "B", "type": "invoice", "parent_id": 103}])
    assert company.find(existing("103")).state.invoice_contact == str(older)
    live = company.apply(existing("101"))["customer:101"]
    company.call("res.partner", "create", vals_list=[{"name": "B", "type": "invoice", "parent_id": 101}])
    assert company.find(existing("101")).state.invoice_contact == live.state.invoice_contact


def test_what_was_changed_since_it_was_read_is_not_overwritten(company: Company) -> None:
    """Odoo has no compare-and-set: it is read again just before."""
    want = existing("101", **COMPLETE)
    change = company.plan(want, company.find(want))
    assert change is not None
    lena = next(row["id"] for row in company.objects("res.users") if row["login"] == "lena.gerber@acme.example")
    company.call("res.partner", "write", ids=[101], vals={"user_id": lena})
    answer = company.system().stores["customer"].put([change])["customer:101"]
    assert isinstance(answer, Conflict)
    assert company.partner(101)["customer_rank"] == 0


def test_an_account_manager_who_is_no_user_is_named(company: Company) -> None:
    error = company.apply(existing("103", account_manager="nobody@acme.example"))["customer:103"]
    assert isinstance(error, Rejected)
    assert "nobody@acme.example" in error.message


def test_a_chosen_company_is_linked_to_the_deal_and_found_by_it(company: Company) -> None:
    live = company.apply(wanted("43"), id="103", chosen=True)["deal:43"]
    assert live.id == "103"
    assert company.call("crm.lead", "read", ids=[43], fields=["partner_id"])[0]["partner_id"][0] == 103
    again = company.find(existing("103", ["43"]), id="103", chosen=True)
    assert again.ours


def test_a_lost_answer_to_an_update_is_uncertain_and_the_next_run_sees(company: Company) -> None:
    want = existing("102", is_customer=True)
    company.fault(operation="res.partner.write", do="drop_after")
    assert isinstance(company.apply(want)["customer:102"], Uncertain)
    assert company.plan(want, company.find(want)) is None


def test_a_tag_is_made_once_and_found_after_people_renamed_it(company: Company) -> None:
    company.apply(existing("102", segment="Gold"), existing("103", segment="Gold"))
    made = [row for row in company.objects("res.partner.category") if row["name"] == "Gold"]
    assert len(made) == 1
    company.call("res.partner.category", "write", ids=[int(made[0]["id"])], vals={"name": "Gold customers"})
    want = existing("102", segment="Gold")
    assert company.plan(want, company.find(want)) is None


def test_only_what_we_made_is_archived(company: Company) -> None:
    made = company.apply(wanted("43"))["deal:43"]
    store = company.system().stores["customer"]
    ours, theirs = wanted("43", active=False), existing("102", active=False)
    changes = [company.archiving(ours, company.find(ours)), company.archiving(theirs, company.find(theirs))]
    answers = store.put(changes)
    assert isinstance(answers["deal:43"], Live)
    assert not answers["deal:43"].state.active
    assert company.partner(made.id)["active"] is False
    assert isinstance(answers["customer:102"], Rejected)
    assert company.partner(102)["active"] is True


def test_a_missing_right_is_named_though_the_import_says_200(company: Company) -> None:
    company.lose_rights("res.partner:create")
    error = company.apply(wanted("43"))["deal:43"]
    assert isinstance(error, AuthError)
    assert error.who == "an Odoo administrator"


NAMES = [
    "Żółta Łódź Sp. z o.o. 🚤",
    "<script>alert('x')</script> \"AG\"",
    "شركة الاختبار",
    "Ä" * 200,
    "Erste\nZeile\tAG",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_survives(company: Company, name: str) -> None:
    want = wanted("43", name=name)
    made = company.apply(want, new=True)["deal:43"]
    assert made.state.name == want.name
    assert company.find(want).state.name == want.name


def test_a_company_without_a_name_is_refused(company: Company) -> None:
    error = company.apply(wanted("43", name=" \n "))["deal:43"]
    assert isinstance(error, Rejected)
    assert error.field == "name"


def test_a_company_of_which_no_language_is_known_has_the_erps_own(company: Company):
    """Nor does one of which it is known take it from another of the same import."""
    other = wanted("92", lead=None, name="Autre SA", language="fr_CH")
    made = company.apply(wanted("91", lead=None), other)
    ids = [int(made[key].id) for key in ("deal:91", "deal:92")]
    rows = company.call("res.partner", "read", ids=ids, fields=["lang"])
    assert [row["lang"] for row in rows] == ["en_US", "fr_CH"]
