from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from integrations.core.errors import Ambiguous, AuthError, Rejected, Unavailable
from integrations.core.resource import PLACEHOLDER, Live, Lookup
from integrations.odoo.customer import Customer
from tests.odoo.company import Company, existing, wanted


def test_the_deals_own_company_is_the_customer(company: Company) -> None:
    """The ERP is the system of record: its id is the key, nothing has to be marked."""
    found = company.find(existing("102", ["44"], segment="Managed services", is_customer=True))
    assert (found.id, found.ours) == ("102", True)
    assert found.state.key == "customer:102"
    assert found.state.name == "Rhône Logistique SA"
    assert found.state.account_manager == "lena.gerber@acme.example"
    assert (found.state.is_customer, found.state.segment) == (False, None)
    assert (found.state.has_invoice_contact, found.state.invoice_contact) == (True, "302")


def test_the_payers_invoice_contact_counts_and_the_customers_own_is_told_apart(company: Company) -> None:
    found = company.find(existing("102", payer="108"))
    assert (found.state.invoice_contact, found.state.own_invoice_contact) == ("308", "302")


def test_a_new_customer_is_absent(company: Company) -> None:
    assert company.find(wanted("43")) is None
    assert company.find(Customer(key="customer:9999", name="Unknown AG")) is None


def test_a_company_that_a_deal_names_and_that_is_gone_is_reported(company: Company) -> None:
    error = company.find(existing("9999"))
    assert isinstance(error, Rejected)
    assert "9999" in error.message


def test_what_may_not_be_seen_is_unknown(company: Company) -> None:
    """Neither by its id nor by our mark does a hidden company look absent."""
    made = company.apply(wanted("43"))["deal:43"]
    company.lose_rights("see:res.partner:102", f"see:res.partner:{made.id}")
    assert isinstance(company.find(existing("102")), AuthError)
    assert isinstance(company.find(wanted("43")), AuthError)


def test_any_of_a_customers_deals_finds_the_company_that_one_of_them_made(company: Company) -> None:
    made = company.apply(wanted("43"))["deal:43"]
    found = company.find(wanted("60", lead=None, former=("deal:43",)))
    assert found.id == made.id
    assert found.state.key == "deal:60"


def test_an_archived_company_of_a_deal_is_reported_and_never_made_again(company: Company) -> None:
    company.call("res.partner", "write", ids=[102], vals={"active": False})
    error = company.find(existing("102", account_manager="lena.gerber@acme.example"))
    assert isinstance(error, Rejected)
    assert "archived" in error.message
    assert error.who == "lena.gerber@acme.example"


def test_a_company_that_is_to_go_is_found_archived(company: Company) -> None:
    company.call("res.partner", "write", ids=[102], vals={"active": False})
    found = company.find(existing("102", active=False))
    assert isinstance(found, Live)
    assert not found.state.active


def test_a_company_in_the_making_is_waited_for(company: Company) -> None:
    company.call("res.partner", "write", ids=[102], vals={"vshn_control_api_inflight": "be-1"})
    assert isinstance(company.find(existing("102")), Unavailable)


@pytest.mark.parametrize(
    ("values", "alike"),
    [
        ({"name": "alpina treuhand ag"}, {"103", "104", "401"}),
        ({"name": "ALPINA\u00a0 TREUHAND"}, {"103", "104", "401"}),
        ({"name": "Nobody's", "email": "Office@Alpina-ZH.example"}, {"103"}),
        ({"name": "Alpina", "email": "Somebody <else@alpina-zh.example>"}, {"103"}),
    ],
)
def test_a_like_name_or_e_mail_is_for_a_person_to_judge(
    company: Company, values: dict[str, str], alike: set[str]
) -> None:
    """All that are alike are offered, and no other."""
    error = company.find(wanted("43", **values))
    assert isinstance(error, Ambiguous)
    assert {candidate.id for candidate in error.candidates} == alike
    assert all(candidate.url and candidate.note for candidate in error.candidates)


def test_a_name_with_signs_of_a_pattern_means_only_itself(company: Company) -> None:
    assert company.find(wanted("43", name="%")) is None
    assert company.find(wanted("43", name="Alpina%")) is None
    assert company.find(wanted("43", name="A_pina Treuhand AG")) is None


def test_a_person_who_said_new_is_not_asked_again(company: Company) -> None:
    assert company.find(wanted("43", name="Alpina Treuhand AG"), new=True) is None


@pytest.mark.parametrize("vat", ["CHE-101.202.303 MWST", "che101202303", "101.202.303", "CHE-101.202.303\u00a0TVA "])
def test_an_equal_vat_number_and_an_equal_name_are_proof_enough(company: Company, vat: str) -> None:
    """However they are spelt; the company is adopted, for the deal has yet to be linked to it."""
    found = company.find(wanted("43", name="Mueller und Soehne", vat=vat))
    assert (found.id, found.ours) == ("101", False)


def test_an_equal_vat_number_under_another_name_is_for_a_person_to_judge(company: Company) -> None:
    error = company.find(wanted("43", name="Mueller", vat="CHE-101.202.303 MWST"))
    assert isinstance(error, Ambiguous)
    assert [(candidate.id, candidate.note) for candidate in error.candidates] == [("101", "has the same VAT number")]


def test_of_several_companies_with_one_vat_number_the_only_one_with_the_name_is_it(company: Company) -> None:
    """Two with the name as well are for a person to judge, and so is one that is archived."""
    vat = "CHE-101.202.303 MWST"
    branch, *_ = company.call(
        "res.partner", "create", vals_list=[{"name": "Müller Filiale Chur", "is_company": True, "vat": vat}]
    )
    want = wanted("43", name="Müller & Söhne AG", vat=vat)
    assert company.find(want).id == "101"
    company.call("res.partner", "write", ids=[branch], vals={"name": "MÜLLER & SÖHNE"})
    error = company.find(want)
    assert isinstance(error, Ambiguous)
    assert [candidate.id for candidate in error.candidates] == ["101", str(branch)]
    company.call("res.partner", "write", ids=[branch], vals={"name": "Other"})
    company.call("res.partner", "write", ids=[101], vals={"active": False})
    error = company.find(want)
    assert isinstance(error, Ambiguous)
    assert [(candidate.id, candidate.note) for candidate in error.candidates] == [
        ("101", "has the same VAT number; has the same name; is archived"),
        (str(branch), "has the same VAT number"),
    ]


def test_a_contacts_address_leads_to_its_company(company: Company) -> None:
    """And so does the domain of a contact, beside a like name; nobody is named."""
    values = {"name": "Urs Wyss", "parent_id": 104, "email": '"Wyss, Urs" <Urs@wyss-treuhand.example>'}
    company.call("res.partner", "create", vals_list=[values])
    error = company.find(wanted("43", name="Nobody's", email="urs@wyss-treuhand.example"))
    assert isinstance(error, Ambiguous)
    assert [(candidate.id, candidate.note) for candidate in error.candidates] == [
        ("104", "one of its contacts has the same e-mail address")
    ]
    error = company.find(wanted("43", name="Alpina Chur", email="anna@wyss-treuhand.example"))
    assert isinstance(error, Ambiguous)
    assert [(candidate.id, candidate.note) for candidate in error.candidates] == [
        ("104", "has the same e-mail domain wyss-treuhand.example; has a like name")
    ]


def test_each_customer_is_offered_only_what_is_alike_to_itself(company: Company) -> None:
    """Of one look-up for several."""
    wants = [
        wanted("43", name="Alpina Treuhand"),
        wanted("60", name="Rhone Logistique", lead=None),
        wanted("61", name="Nobody's", lead=None),
        wanted("62", name="Mueller", vat="CHE-101.202.303", lead=None),
    ]
    found = company.system().stores["customer"].find([Lookup(want) for want in wants])
    offered = [
        {candidate.id for candidate in answer.candidates} if isinstance(answer, Ambiguous) else answer
        for answer in found.values()
    ]
    assert offered == [{"103", "104", "401"}, {"102"}, None, {"101"}]


ALIKE, DIFFERENT = (
    tomllib.loads((Path(__file__).parents[1] / f"core/cases/likeness_{kind}.toml").read_text())["case"]
    for kind in ("alike", "different")
)


def _enter(company: Company, name: str, country: str = "", **values: str) -> str:
    """Enter a company as a person does; its id."""
    countries = {country["code"]: country["id"] for country in company.objects("res.country")}
    values |= {"country_id": countries[country]} if country else {}
    made = company.call("res.partner", "create", vals_list=[{"name": name or "-", "is_company": True, **values}])
    return str(made[0])


def _wanted(case: dict[str, str]) -> Customer:
    values = {("country_code" if name == "country" else name): value for name, value in case.items()}
    return wanted("43", **{**values, "name": values["name"] or "Nobody's"})


@pytest.mark.parametrize("case", ALIKE, ids=[case["law"] for case in ALIKE])
def test_a_company_that_is_alike_is_never_made_a_second_time(newest: Company, case: dict[str, Any]) -> None:
    """It is a choice, with the reasons; adopted by itself only where VAT number and name are equal."""
    number = _enter(newest, **case["other"])
    want = _wanted(case["one"])
    found = newest.find(want)
    if case.get("certain"):
        assert (found.id, found.ours) == (number, False)
    else:
        assert isinstance(found, Ambiguous)
        assert {candidate.id: candidate.note for candidate in found.candidates}[number] == "; ".join(case["reasons"])
    assert newest.find(want, new=True) is None
    assert newest.find(want, id=number, chosen=True).id == number


def test_what_is_different_on_purpose_is_made_without_a_question(newest: Company) -> None:
    asked = []
    for case in DIFFERENT:
        newest.reset()
        number = _enter(newest, **case["other"])
        found = newest.find(_wanted(case["one"]))
        if isinstance(found, Live) or (isinstance(found, Ambiguous) and number in {c.id for c in found.candidates}):
            asked.append(case["law"])
    assert len(DIFFERENT) > 10
    assert asked == []


def test_the_companies_are_listed_once_a_run_and_then_only_what_changed(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks a while later still sees what was entered or renamed since."""
    system = company.system()
    company.find(wanted("43"), system)
    company.operations()
    assert company.find(wanted("43", name="Bergbahnen Neu AG"), system) is None
    assert company.operations() == ["ir.model.data.check_object_reference"] * 2
    made = company.call("res.partner", "create", vals_list=[{"name": "Bergbahnen Neu", "is_company": True}])
    company.call("res.partner", "write", ids=[102], vals={"name": "Bergbahnen Neu SA"})
    monkeypatch.setattr("integrations.odoo.customer.companies.RECENT", 0.0)
    error = company.find(wanted("43", name="Bergbahnen Neu AG"), system)
    assert isinstance(error, Ambiguous)
    assert {candidate.id for candidate in error.candidates} == {"102", str(made[0])}


def test_of_two_deals_of_one_company_that_were_typed_anew_the_second_asks(company: Company) -> None:
    """In one look-up, in two of one run, and once the first one's company is there; never twice in silence."""
    again = company.opportunity("Typed anew")
    first, second = wanted("43"), wanted(again, name="Kaeserei Emmental")
    system = company.system()
    found = system.stores["customer"].find([Lookup(first), Lookup(second)])
    assert found["deal:43"] is None
    error = found[second.key]
    assert isinstance(error, Ambiguous)
    assert "deal 43" in error.message
    assert "Käserei Emmental AG" in error.message
    assert isinstance(company.find(second, system), Ambiguous)
    assert company.find(first, system) is None
    assert company.find(second, system, new=True) is None
    made = company.apply(first, system=system)["deal:43"]
    for connected in (system, company.system()):
        error = company.find(second, connected)
        assert isinstance(error, Ambiguous)
        assert [(candidate.id, candidate.note) for candidate in error.candidates] == [(made.id, "has the same name")]


def test_what_another_step_decides_makes_nobody_alike(company: Company) -> None:
    system = company.system()
    for key in ("60", "61"):
        assert company.find(wanted(key, name=PLACEHOLDER, email=PLACEHOLDER, lead=None), system) is None


def test_a_deal_that_only_looks_stands_in_nobodys_way(company: Company) -> None:
    system = company.system()
    assert company.find(wanted("43"), system, look=True) is None
    assert company.find(wanted("60", lead=None, active=False), system) is None
    assert company.find(wanted("61", lead=None), system) is None


@pytest.mark.parametrize("vat", ["CHE-999.999.996 MWST", "CHE-101.202.304", "DE101202303"])
def test_two_different_vat_numbers_are_never_one_company(company: Company, vat: str) -> None:
    """A namesake with another number is for a person to judge, and one of another name is nobody."""
    error = company.find(wanted("43", name="Müller & Söhne AG", vat=vat))
    assert isinstance(error, Ambiguous)
    assert [(candidate.id, candidate.note) for candidate in error.candidates] == [
        ("101", "has the same name; has another VAT number")
    ]
    assert company.find(wanted("43", name="Nobody's", vat=vat)) is None


def test_a_namesake_with_another_valid_vat_number_of_the_same_country_is_another_company(company: Company) -> None:
    company.call("res.partner", "write", ids=[101], vals={"vat": "CHE-107.787.577 MWST"})
    assert company.find(wanted("43", name="Müller & Söhne AG", vat="CHE-116.281.710 MWST")) is None


def test_a_company_without_a_vat_number_is_not_one_that_lacks_it_too(company: Company) -> None:
    company.call("res.partner", "write", ids=[101], vals={"vat": False})
    assert company.find(wanted("43", name="Nobody's", vat="CHE-101.202.303 MWST")) is None
    assert isinstance(company.find(wanted("43", name="Müller & Söhne AG")), Ambiguous)


def test_a_company_that_a_person_chose_is_adopted(company: Company) -> None:
    found = company.find(wanted("43"), id="103", chosen=True)
    assert (found.id, found.ours) == ("103", False)


@pytest.mark.parametrize("chosen", ["9999", "nobody", "99999999999"])
def test_a_choice_that_is_not_there_is_refused(company: Company, chosen: str) -> None:
    assert isinstance(company.find(wanted("43"), id=chosen, chosen=True), Rejected)


def test_a_company_that_another_deal_made_may_be_chosen(company: Company) -> None:
    """Two deals of one company, each typed anew: a person puts them together, and is not asked again."""
    made = company.apply(wanted("43"))["deal:43"]
    again = company.opportunity("Typed anew")
    answers = company.apply(wanted(again), id=made.id, chosen=True)
    assert answers[f"deal:{again}"].id == made.id
    lead = company.call("crm.lead", "read", ids=[int(again)], fields=["partner_id"])[0]
    assert lead["partner_id"][0] == int(made.id)
    assert company.find(existing(made.id, ["43", again])).id == made.id
    assert len([partner for partner in company.objects("res.partner") if partner["name"] == "Käserei Emmental AG"]) == 2


def test_a_contact_is_no_customer(company: Company) -> None:
    error = company.find(wanted("43"), id="201", chosen=True)
    assert isinstance(error, Rejected)
    assert "101" in error.next


def test_a_choice_against_the_deals_own_company_is_refused(company: Company) -> None:
    error = company.find(existing("102"), id="103", chosen=True)
    assert isinstance(error, Rejected)
    assert "102" in error.message


def test_where_the_ledger_saw_it_last_is_only_a_hint(company: Company) -> None:
    assert company.find(wanted("43"), id="103") is None


def test_finding_many_takes_few_requests_and_no_writing_ones(company: Company) -> None:
    system = company.system()
    company.find(existing("102"), system)
    company.operations()
    store = system.stores["customer"]
    found = store.find([Lookup(existing(str(number))) for number in range(101, 111)])
    assert all(isinstance(live, Live) for live in found.values())
    assert company.operations() == ["res.partner.search_read"]


def test_one_hidden_company_fails_alone(company: Company) -> None:
    company.lose_rights("see:res.partner:103")
    found = company.system().stores["customer"].find([Lookup(existing(str(customer))) for customer in (102, 103, 104)])
    assert [type(found[f"customer:{customer}"]).__name__ for customer in (102, 103, 104)] == [
        "Live",
        "AuthError",
        "Live",
    ]


def test_what_the_deal_s_reading_told_is_used_once_for_finding_its_customer(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same run reads a deal and then its customer; whoever looks again sees what is there by then."""
    monkeypatch.setattr("integrations.odoo.partners.FRESH", 60.0)
    system = company.system()
    assert system.deals is not None
    system.deals.get(["44"])
    company.operations()
    company.call("res.partner", "write", ids=[102], vals={"city": "Lausanne"})
    assert company.find(existing("102"), system).state.city == "Genève"
    assert "res.partner.search_read" not in company.operations()
    assert company.find(existing("102"), system).state.city == "Lausanne"


def test_the_segment_s_tag_is_looked_for_once_and_not_at_all_where_there_are_no_tags(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is absent is asked for by name once in a run, not at every look at the customer."""
    monkeypatch.setattr("integrations.odoo.segments.LEAST_AGE", 60.0)
    system = company.system()
    company.operations()
    company.apply(existing("102", ["44"], segment="Managed services"), system=system)
    asked = [name for name in company.operations() if "category" in name or "check_object_reference" in name]
    assert asked == ["res.partner.category.search_read", "res.partner.category.load"]


def test_what_was_told_a_while_ago_is_read_anew(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between a deal's reading and its plan somebody may have waited for a lock."""
    monkeypatch.setattr("integrations.odoo.partners.FRESH", 0.0)
    system = company.system()
    assert system.deals is not None
    system.deals.get(["44"])
    company.call("res.partner", "write", ids=[102], vals={"city": "Lausanne"})
    assert company.find(existing("102"), system).state.city == "Lausanne"
