from __future__ import annotations

import pytest

from integrations.core.errors import Ambiguous, AuthError, Rejected, Unavailable
from integrations.core.resource import Live, Lookup
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
    found = company.find(wanted("60", lead=None, aliases=("deal:43",)))
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
        ({"name": "alpina treuhand ag"}, {"103", "104"}),
        ({"name": "Alpina", "email": "Office@Alpina-ZH.example"}, {"103"}),
    ],
)
def test_a_like_name_or_e_mail_is_for_a_person_to_judge(
    company: Company, values: dict[str, str], alike: set[str]
) -> None:
    """All that are alike are offered, and no other."""
    error = company.find(wanted("43", **values))
    assert isinstance(error, Ambiguous)
    assert {one.id for one in error.candidates} == alike
    assert all(one.url and one.note for one in error.candidates)


def test_a_name_with_signs_of_a_pattern_means_only_itself(company: Company) -> None:
    assert company.find(wanted("43", name="%")) is None
    assert company.find(wanted("43", name="Alpina_Treuhand_AG")) is None


def test_a_person_who_said_new_is_not_asked_again(company: Company) -> None:
    assert company.find(wanted("43", name="Alpina Treuhand AG"), new=True) is None


def test_an_equal_vat_number_is_proof_enough(company: Company) -> None:
    """However it is spelt; the company is adopted, for the deal has yet to be linked to it."""
    found = company.find(wanted("43", name="Mueller", vat="CHE-101.202.303 MWST"))
    assert (found.id, found.ours) == ("101", False)


@pytest.mark.parametrize("vat", ["CHE-999.999.996 MWST", "CHE-101.202.304", "DE101202303", "101202303"])
def test_two_different_vat_numbers_are_never_one_company(company: Company, vat: str) -> None:
    """A namesake with another number is for a person to judge, and one of another name is nobody."""
    error = company.find(wanted("43", name="Müller & Söhne AG", vat=vat))
    assert isinstance(error, Ambiguous)
    assert [(one.id, one.note) for one in error.candidates] == [("101", "has the same name")]
    assert company.find(wanted("43", name="Nobody's", vat=vat)) is None


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


def test_a_choice_that_was_made_for_another_customer_is_refused(company: Company) -> None:
    made = company.apply(wanted("43"))["deal:43"]
    other = company.opportunity("Another")
    error = company.find(wanted(other, name="Other AG"), id=made.id, chosen=True)
    assert isinstance(error, Rejected)
    assert "customer_deal_43" in error.message


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
    assert all(isinstance(one, Live) for one in found.values())
    assert company.operations() == ["res.partner.search_read"]


def test_one_hidden_company_fails_alone(company: Company) -> None:
    company.lose_rights("see:res.partner:103")
    found = company.system().stores["customer"].find([Lookup(existing(str(one))) for one in (102, 103, 104)])
    assert [type(found[f"customer:{one}"]).__name__ for one in (102, 103, 104)] == ["Live", "AuthError", "Live"]


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
