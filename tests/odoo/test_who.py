"""Who the customer of an opportunity is: named, a private person, a company with a contact, or not said yet."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integrations.core.errors import Rejected
from integrations.core.model import Deal, Person
from tests.odoo.company import Company, sound

SUBJECT = "Re: WG: Anfrage Hosting"
WON = {"stage_id": 4}
FIRST = date(2026, 1, 1)


def get(company: Company, deal: str, **settings: Any) -> Deal | Rejected:
    source = company.system(**settings).deals
    assert source is not None
    found = source.get([deal])[deal]
    assert isinstance(found, (Deal, Rejected)), found
    return found


def read(company: Company, deal: str, **settings: Any) -> Deal:
    found = get(company, deal, **settings)
    assert isinstance(found, Deal), found
    return found


ASKED = [
    ({}, ()),
    ({"email_from": '"Anna Muster" <Anna.Muster@Firma.example>'}, ("Anna Muster", "firma.example")),
    ({"email_from": "anna@firma.example"}, ("firma.example",)),
    ({"email_from": "Anna Muster <anna.muster@bluewin.ch>"}, ("Anna Muster",)),
    ({"email_from": "anna@gmail.com, info@firma.example"}, ("firma.example",)),
    ({"email_from": "anna@@firma.example"}, ()),
    ({"email_from": '"Reto Frei" <reto.frei@acme.example>'}, ()),
    ({"partner_name": " - ", "contact_name": "?"}, ()),
    ({"contact_name": "anna@firma.example", "email_from": "anna@firma.example"}, ("firma.example",)),
]


@pytest.mark.parametrize(("typed", "proposed"), ASKED)
def test_a_won_deal_that_names_nobody_is_asked_about_and_never_called_by_its_subject(
    newest: Company, typed: dict[str, str], proposed: tuple[str, ...]
) -> None:
    """Our own people forward mails: they are no customers."""
    lead = newest.opportunity(SUBJECT, **typed, **WON)
    asked = get(newest, lead)
    assert isinstance(asked, Rejected)
    assert asked.exit_code == 4
    could = f"; it could be {' or '.join(f'“{person}”' for person in proposed)}" if proposed else ""
    assert asked.message == f"deal {lead} ({SUBJECT}) does not say who the customer is{could}"
    assert "Company Name" in asked.next
    assert "Contact Name" in asked.next
    source = newest.system().deals
    assert source is not None
    listed = next(deal for deal in sound(source.scan(None)) if deal.id == lead)
    assert (listed.customer.name, listed.customer.id) == ("", None)


def test_only_a_won_deal_is_asked_about(newest: Company) -> None:
    deal = read(newest, newest.opportunity(SUBJECT, email_from="anna@firma.example"))
    assert (deal.stage, deal.customer.name) == ("open", "")


def test_a_contact_without_a_company_is_a_private_person(company: Company) -> None:
    typed = {
        "contact_name": " Anna\u00a0Muster ",
        "email_from": "Anna Muster <anna@mail.example>",
        "function": "Chefin",
    }
    customer = read(company, company.opportunity(SUBJECT, **typed, **WON)).customer
    assert (customer.name, customer.is_company, customer.email) == ("Anna Muster", False, "anna@mail.example")
    assert customer.contact is None


def test_a_person_whom_odoo_has_without_a_company_is_a_private_person(company: Company) -> None:
    (anna,) = company.call("res.partner", "create", vals_list=[{"name": "Anna Muster", "email": "anna@mail.example"}])
    lead = company.opportunity(SUBJECT, partner_id=anna, contact_name="Ida Rot", **WON)
    customer = read(company, lead).customer
    assert (customer.id, customer.name, customer.is_company) == (str(anna), "Anna Muster", False)
    assert customer.contact is None


@pytest.mark.parametrize(
    ("company_name", "asked"), [("Firma AG", True), ("anna muster", False), ("", False), ("-", False)]
)
def test_a_private_person_of_a_company_is_asked_about(newest: Company, company_name: str, asked: bool) -> None:
    """As Odoo makes a sender a contact, and somebody types the company into the opportunity only."""
    (anna,) = newest.call("res.partner", "create", vals_list=[{"name": "Anna Muster", "email": "anna@firma.example"}])
    lead = newest.opportunity(SUBJECT, partner_id=anna, partner_name=company_name, **WON)
    found = get(newest, lead)
    assert isinstance(found, Rejected) == asked
    if isinstance(found, Rejected):
        assert f"names the company Firma AG, and its customer in Odoo, Anna Muster ({anna})" in found.message
        assert found.exit_code == 4
        newest.call("res.partner", "write", ids=[anna], vals={"parent_id": 101})
        assert read(newest, lead).customer.id == "101"


ANNA = {"name": "Anna Muster", "email": "anna@firma.example"}
CONTACTS = [
    ({"contact_name": "Anna Muster", "function": " Head of\tIT "}, Person(**ANNA, function="Head of IT")),
    ({"contact_name": "Anna M."}, Person(name="Anna M.", email="anna@firma.example")),
    ({"email_from": '"Anna Muster" <Anna@firma.example>, other@firma.example'}, Person(**ANNA)),
    ({}, None),
    ({"contact_name": "FIRMA AG"}, None),
    ({"email_from": '"Reto Frei" <reto.frei@acme.example>'}, None),
    ({"contact_name": "Anna Muster", "email_from": "reto.frei@acme.example"}, Person(name="Anna Muster")),
]


@pytest.mark.parametrize(("typed", "contact"), CONTACTS)
def test_the_person_that_a_deal_was_made_with_is_named_by_the_deal_or_its_mail(
    newest: Company, typed: dict[str, str], contact: Person | None
) -> None:
    """Not the company itself, nor one of ours who forwarded the mail."""
    lead = newest.opportunity(SUBJECT, **{"partner_name": "Firma AG", "email_from": "anna@firma.example", **typed})
    customer = read(newest, lead).customer
    assert (customer.name, customer.is_company, customer.contact) == ("Firma AG", None, contact)


def test_a_companys_own_address_is_no_persons(newest: Company) -> None:
    lead = newest.opportunity(
        "Review", partner_id=101, contact_name="Ida Rot", email_from="Info@mueller-soehne.example"
    )
    assert read(newest, lead).customer.contact == Person(name="Ida Rot")


def test_a_person_keeps_the_address_that_the_company_was_made_with(newest: Company) -> None:
    """A company that is made of a deal bears the deal's address: whose it is says the person's own row."""
    lead = newest.opportunity(
        "Review", partner_id=101, contact_name="Ida Rot", email_from="info@mueller-soehne.example"
    )
    for name, kind in (("Ida Rot", "invoice"), ("IDA ROT", "contact"), ("Ida Rot-Weiss", "contact")):
        address = f"{name.casefold().replace(' ', '.')}.{kind}@mueller-soehne.example"
        newest.call(
            "res.partner", "create", vals_list=[{"name": name, "type": kind, "parent_id": 101, "email": address}]
        )
    assert read(newest, lead).customer.contact == Person(name="Ida Rot", email="ida.rot.contact@mueller-soehne.example")


LENA, RETO, SANDRO = "lena.gerber@acme.example", "reto.frei@acme.example", "sandro.bianchi@acme.example"
MANAGERS: list[tuple[Any, str | None, str]] = [
    (None, RETO, "the deal's salesperson"),
    (LENA, RETO, "the deal's salesperson"),
    ({"otherwise": [LENA, "salesperson"]}, LENA, "by the settings"),
    ({"otherwise": []}, None, ""),
    ({"field": "x_account_manager"}, SANDRO, "the customer's own"),
    ({"otherwise": ["deal.x_account_manager", "salesperson"]}, LENA, "the deal's x_account_manager"),
    ({"otherwise": ["deal.city", LENA]}, LENA, "by the settings"),
    ({"otherwise": [{"field": "tag", "map": {"Service": SANDRO}}]}, SANDRO, "by the deal's tag_ids"),
    ({"otherwise": [{"field": "team_id", "map": {"Elsewhere": LENA}}, "salesperson"]}, RETO, "the deal's salesperson"),
    ({"otherwise": ["nobody@acme.example"]}, "nobody@acme.example", "by the settings"),
]


def users(company: Company) -> dict[str, int]:
    return {row["login"]: int(row["id"]) for row in company.objects("res.users")}


@pytest.mark.parametrize(("setting", "manager", "why"), MANAGERS)
def test_the_settings_say_who_looks_after_a_customer_and_the_deal_says_why(
    newest: Company, setting: Any, manager: str | None, why: str
) -> None:
    """The salesperson only where it says so."""
    known = users(newest)
    newest.call("crm.lead", "write", ids=[42], vals={"x_account_manager": known[LENA]})
    newest.call("res.partner", "write", ids=[101], vals={"x_account_manager": known[SANDRO]})
    deal = read(newest, "42", **({"account_manager": setting} if setting is not None else {}))
    assert (deal.account_manager and deal.account_manager.email, deal.managed_by) == (manager, why)
    assert deal.salesperson is not None
    assert deal.salesperson.email == RETO


WRONG = [
    ({"field": "x_missing"}, "a customer has no field x_missing that names a user"),
    ({"field": "city"}, "a customer has no field city that names a user"),
    ({"otherwise": ["deal.x_missing"]}, "an opportunity has no field x_missing"),
    ({"otherwise": [{"field": "x_missing", "map": {"a": LENA}}]}, "an opportunity has no field x_missing"),
]


@pytest.mark.parametrize(("setting", "fault"), WRONG)
def test_a_field_that_names_nobody_is_a_fault_of_the_settings(newest: Company, setting: Any, fault: str) -> None:
    system = newest.system(account_manager=setting)
    assert fault in [fault.text for fault in system.check(frozenset({"customer", "deals"})).faults]
    assert system.deals is not None
    with pytest.raises(Rejected, match=fault):
        raise get(newest, "42", account_manager=setting)  # type: ignore[misc]


def test_who_looks_after_a_customer_is_the_same_for_every_flow(newest: Company) -> None:
    """Contact sync and billing read the field that the settings name."""
    newest.call("res.partner", "write", ids=[102], vals={"x_account_manager": users(newest)[SANDRO]})
    system = newest.system(account_manager={"field": "x_account_manager"})
    assert system.contacts is not None
    assert system.billing is not None
    (roster,) = sound(system.contacts.rosters(["102"]))
    (account,) = sound(system.billing.accounts(["102"], since=FIRST))
    managers = (roster.account_manager, account.account_manager)
    assert [manager and manager.email for manager in managers] == [SANDRO, SANDRO]
