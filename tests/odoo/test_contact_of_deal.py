"""The person that a deal was made with: a contact below the company, once, and never an address for invoices."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.core.errors import IntegrationError, Rejected
from integrations.core.resource import Live, Lookup
from tests.odoo.company import Company, existing, wanted

ANNA: dict[str, Any] = {
    "contact_name": "Anna Muster",
    "contact_email": "anna@mueller-soehne.example",
    "contact_function": "Head of IT",
}


def below(company: Company, number: int | str) -> list[dict[str, Any]]:
    """The contacts of a company, archived ones too, as people entered them first."""
    rows = [partner for partner in company.objects("res.partner") if partner.get("parent_id") == int(number)]
    return sorted(rows, key=lambda partner: int(partner["id"]))


def people(company: Company, number: int | str) -> list[tuple[str, Any, Any, Any]]:
    return [
        (partner["name"], partner["email"], partner["type"], partner.get("function", False))
        for partner in below(company, number)
    ]


ANNA_THERE = ("Anna Muster", "anna@mueller-soehne.example", "contact", "Head of IT")


def test_a_new_company_has_its_contact_and_its_address_for_invoices_at_once(company: Company) -> None:
    """In one transaction; the second run has nothing to do, by the company's own key too."""
    company.operations()
    want = wanted("43", **ANNA, invoice_email="anna@mueller-soehne.example")
    made = company.apply(want)["deal:43"]
    assert company.operations(writing=True) == ["res.partner.load"]
    address = ("Accounting", "anna@mueller-soehne.example", "invoice", False)
    assert people(company, made.id) == [ANNA_THERE, address]
    assert company.plan(want, company.find(want)) is None
    after = existing(made.id, ["43"], deal="43", **ANNA)
    assert company.plan(after, company.find(after)) is None
    assert company.duplicates() == []


@pytest.mark.parametrize("lost", ["drop_before", "drop_after"])
def test_a_lost_answer_never_makes_a_second_contact(newest: Company, lost: str) -> None:
    want = wanted("43", **ANNA)
    newest.fault(operation="res.partner.load", do=lost, times=9)
    assert isinstance(newest.apply(want, system=newest.system(patience=0))["deal:43"], IntegrationError)
    newest.reset_faults()
    made = newest.apply(want)["deal:43"]
    assert isinstance(made, Live)
    assert [partner["name"] for partner in below(newest, made.id)] == ["Anna Muster", "Accounting"]


def test_one_bad_company_fails_alone_though_the_others_have_several_lines(newest: Company) -> None:
    other = newest.opportunity("Other")
    answers = newest.apply(
        wanted("9999", name="Erste AG", contact_name="Ida Rot", contact_email="ida@erste.example"),
        wanted(other, name="Zweite AG", contact_name="Anna Muster", contact_email="anna@zweite.example"),
        wanted("43", name="Dritte AG"),
    )
    assert isinstance(answers["deal:9999"], IntegrationError)
    assert [partner["name"] for partner in below(newest, answers[f"deal:{other}"].id)] == ["Anna Muster", "Accounting"]
    assert [partner["name"] for partner in below(newest, answers["deal:43"].id)] == ["Accounting"]


def test_a_company_that_is_there_gets_the_contact_once(company: Company) -> None:
    want = existing("101", ["42"], deal="42", **ANNA)
    change = company.plan(want, company.find(want))
    assert change is not None
    assert {field.name: (field.old, field.new) for field in change.fields}["has_contact"] == (None, True)
    company.apply(want)
    assert people(company, 101).count(ANNA_THERE) == 1
    assert company.plan(want, company.find(want)) is None


THERE: list[dict[str, Any]] = [
    {"name": "A. Muster", "email": "other@x.example, Anna <ANNA@mueller-soehne.example>"},
    {"name": "anna muster", "email": False},
    {"name": "Anna Muster", "email": "am@elsewhere.example", "type": "invoice"},
    {"name": "A. Muster", "email": "anna@mueller-soehne.example", "active": False},
]


@pytest.mark.parametrize("person", THERE)
def test_whom_the_company_has_under_the_address_or_the_name_is_not_made_again(
    newest: Company, person: dict[str, Any]
) -> None:
    """Archived, too: people meant it."""
    newest.call("res.partner", "create", vals_list=[{"parent_id": 101, **person}])
    want = existing("101", deal="42", **ANNA)
    assert newest.find(want).state.has_contact is True


def test_an_address_for_invoices_with_the_persons_mail_is_not_the_person(newest: Company) -> None:
    address = {"parent_id": 101, "type": "invoice", "name": "Accounting", "email": ANNA["contact_email"]}
    newest.call("res.partner", "create", vals_list=[address])
    assert newest.find(existing("101", deal="42", **ANNA)).state.has_contact is None


def test_somebody_elses_contact_of_the_same_name_is_not_the_person(newest: Company) -> None:
    """Asked about together with that one's own deal, too."""
    newest.call("res.partner", "create", vals_list=[{"parent_id": 102, "name": "Anna Muster"}])
    wants = [existing("101", deal="42", **ANNA), existing("102", deal="44", **ANNA)]
    found: Any = newest.system().stores["customer"].find([Lookup(want) for want in wants])
    assert [found[want.key].state.has_contact for want in wants] == [None, True]


def test_a_contact_that_we_made_is_people_s_from_then_on(company: Company) -> None:
    """Renamed, given another address, moved to another company: it stays so, and no second one is made."""
    want = existing("101", ["42"], deal="42", **ANNA)
    company.apply(want)
    (number,) = [partner["id"] for partner in below(company, 101) if partner["name"] == "Anna Muster"]
    vals = {"name": "Anna Beispiel", "email": "anna@neu.example", "parent_id": 102}
    company.call("res.partner", "write", ids=[int(number)], vals=vals)
    assert company.plan(want, company.find(want)) is None
    assert company.partner(number)["name"] == "Anna Beispiel"


def test_a_chosen_company_gets_the_contact_with_its_deal(company: Company) -> None:
    live = company.apply(wanted("43", **ANNA), id="103", chosen=True)["deal:43"]
    assert isinstance(live, Live)
    assert ANNA_THERE in people(company, 103)
    assert company.call("crm.lead", "read", ids=[43], fields=["partner_id"])[0]["partner_id"][0] == 103


def test_a_contact_that_odoo_refuses_is_said_and_made_by_the_next_run(newest: Company) -> None:
    """Before the deal's link: what was adopted and not linked is adopted again."""
    newest.fault(operation="res.partner.load", do="status", status=422, times=1)
    refused = newest.apply(wanted("43", **ANNA), id="103", chosen=True)["deal:43"]
    assert isinstance(refused, Rejected)
    assert newest.call("crm.lead", "read", ids=[43], fields=["partner_id"])[0]["partner_id"] is False
    newest.apply(wanted("43", **ANNA), id="103", chosen=True)
    assert people(newest, 103).count(ANNA_THERE) == 1


def test_a_contact_that_the_erp_has_costs_no_request_and_is_not_made(newest: Company) -> None:
    want = existing("101", deal="42", contact="201", contact_name="Beat Müller", contact_email="beat@x.example")
    assert want.has_contact is None
    newest.operations()
    assert newest.find(want).state.has_contact is None
    assert "ir.model.data.check_object_reference" not in newest.operations()


def test_a_private_person_is_no_company_and_has_no_contact_below(company: Company) -> None:
    """The address for invoices bears the person's own name."""
    want = wanted("43", name="Anna Muster", is_company=False, **{**ANNA, "email": "anna@mail.example"})
    made = company.apply(want)["deal:43"]
    partner = company.partner(made.id)
    assert (partner["is_company"], partner["vat"], partner["email"]) == (False, False, "anna@mail.example")
    assert [(partner["name"], partner["type"]) for partner in below(company, made.id)] == [("Anna Muster", "invoice")]
    assert made.state.is_company is False
    assert company.plan(want, company.find(want)) is None


def test_the_account_manager_is_written_where_the_settings_say(company: Company) -> None:
    """When a company is made and when one is completed; Odoo's own field is left alone."""
    system = company.system(account_manager={"field": "x_account_manager"})
    made = company.apply(wanted("43", account_manager="reto.frei@acme.example"), system=system)["deal:43"]
    company.apply(existing("101", account_manager="reto.frei@acme.example"), system=system)
    assert isinstance(made, Live)
    for number in (made.id, 101):
        partner = company.partner(number)
        assert (partner["x_account_manager"][1], partner["user_id"]) == ("Reto Frei", False)
