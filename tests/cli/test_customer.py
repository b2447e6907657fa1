"""Who a won deal's customer is, as people see it: asked for, a private person, who looks after it, who pays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.place import Place

SUBJECT = "Re: WG: Anfrage Hosting"
MAIL = {"name": SUBJECT, "email_from": '"Anna Muster" <Anna.Muster@firma.example>', "tag_ids": [1], "stage_id": 4}


@pytest.fixture
def mail(place: Place) -> str:
    """A won deal that came as a mail."""
    place.without_people()
    deal = str(place.erp("crm.lead", "create", vals_list=[{**MAIL, "user_id": False}])[0])
    place.requests()
    return deal


def answer(place: Place, deal: str, **vals: Any) -> None:
    """As the salesperson enters it in Odoo."""
    place.erp("crm.lead", "write", ids=[int(deal)], vals=vals)
    place.requests()


def partner(place: Place, name: str) -> dict[str, Any]:
    """The one company or person of this name."""
    rows = [
        partner
        for partner in place.state()["erp"]["res.partner"]
        if partner["name"] == name and not partner.get("parent_id")
    ]
    (found,) = rows
    return dict(found)


def test_a_mail_waits_for_the_customers_name_and_makes_nothing(place: Place, mail: str) -> None:
    """Not in one system, nor in our memory; the same the second time."""
    for _ in range(2):
        ended = place.setup(mail, "--yes")
        assert ended.code == 4
        assert "does not say who the customer is; it could be “Anna Muster” or “firma.example”" in ended.said
        assert "Company Name" in ended.said
        assert place.nothing_was_written()
    assert place.run("link", mail, "customer=new").code == 4
    assert "not named yet" in place.run("deals").out
    error = place.set_up(mail, "-n")["error"]
    assert (error["type"], "Contact Name" in error["next"]) == ("Rejected", True)


def test_one_that_waits_does_not_hold_the_others(place: Place, mail: str) -> None:
    place.edit("deals_since = 2026-01-01", "deals_since = 2026-11-11")
    ended = place.setup("--won", "--yes")
    assert ended.code == 4
    assert "2 deals: 1 done, 1 waiting." in ended.said
    assert f"Deal {mail}\n" in ended.err


def test_a_company_that_is_entered_then_is_set_up_once(place: Place, mail: str) -> None:
    """With the sender as its contact, and an address for invoices beside."""
    answer(place, mail, partner_name="Firma AG", function="Inhaberin")
    assert place.setup(mail, "--yes").code == 0
    company = partner(place, "Firma AG")
    below = [partner for partner in place.state()["erp"]["res.partner"] if partner.get("parent_id") == company["id"]]
    found = [(partner["name"], partner["email"], partner["type"], partner["function"]) for partner in below]
    assert sorted(found, key=str) == [
        ("Accounting", "anna.muster@firma.example", "invoice", False),
        ("Anna Muster", "anna.muster@firma.example", "contact", "Inhaberin"),
    ]
    assert company["is_company"]
    assert "Firma AG: nothing to do" in place.setup(mail, "--yes").out
    assert place.state()["duplicates"] == []


def test_a_private_person_is_a_person_and_lacks_no_vat_number(place: Place, mail: str) -> None:
    answer(place, mail, contact_name="Anna Muster")
    shown = place.setup(mail, "-n")
    assert f"Deal {mail}  Anna Muster, private person  (service" in shown.out
    assert "VAT" not in shown.said
    document = place.set_up(mail, "--yes")
    assert document["outcome"] == "done"
    assert "vat-number" not in {warning["rule"] for warning in document["warnings"]}
    assert partner(place, "Anna Muster")["is_company"] is False
    assert place.set_up(mail, "--yes")["plan"] == place.set_up(mail, "-n")["plan"]
    assert {step["result"] for step in place.set_up(mail, "--yes")["steps"]} == {"kept"}
    assert f"Deal {mail}  a private person: done" in place.run("status", mail).out
    ledger = b"".join(path.read_bytes() for path in place.folder.rglob("ledger.sqlite*"))
    assert b"Muster" not in ledger


def test_a_company_still_lacks_its_vat_number(place: Place, mail: str) -> None:
    answer(place, mail, partner_name="Firma AG")
    assert "vat-number" in {warning["rule"] for warning in place.set_up(mail, "-n")["warnings"]}


def test_the_contact_is_let_into_the_service_desk_under_its_own_name(place: Place) -> None:
    """The address for invoices is nobody: it has the same mail here, and another one of the person's own there."""
    lead = {**MAIL, "partner_name": "Firma AG"}
    deal = str(place.erp("crm.lead", "create", vals_list=[lead])[0])
    assert place.setup(deal, "--yes").code == 0
    address = {"name": "Accounting", "type": "invoice", "email": "zoe.beispiel@firma.example"}
    place.erp("res.partner", "create", vals_list=[{**address, "parent_id": partner(place, "Firma AG")["id"]}])
    assert place.run("contacts", "sync", "--full", "--yes").code == 0
    named = {user["email"]: user["displayName"] for user in place.state()["jira"]["user"]}
    assert named["anna.muster@firma.example"] == "Anna Muster"
    assert "zoe.beispiel@firma.example" not in named


def test_the_plan_says_who_looks_after_the_customer_and_why(place: Place) -> None:
    assert "  manager  Reto Frei, the deal's salesperson\n" in place.setup("42", "-n").out
    assert "  manager  Lena Gerber, the customer's own\n" in place.setup("44", "-n").out
    place.edit('otherwise = ["salesperson", ', "otherwise = [")
    shown = place.setup("42", "-n")
    assert "  manager  Lena Gerber, by the settings\n" in shown.out
    assert "account manager -> Lena Gerber" in shown.said
    place.edit('account_manager = { otherwise = ["lena.gerber@acme.example"] }', "account_manager = { otherwise = [] }")
    nobody = place.setup("42", "-n")
    assert "manager  " not in nobody.out
    assert "account manager ->" not in nobody.said


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ('"Lena"', "is none of"),
        ('{ otherwise = ["customer"] }', "is none of"),
        ('{ otherwise = [{ field = "tag", map = { a = "Lena" } }] }', "is no e-mail address"),
        ('{ fields = "user_id" }', "fields"),
    ],
)
def test_what_names_no_account_manager_is_a_fault_of_the_settings(place: Place, setting: str, fault: str) -> None:
    place.system("erp", f"account_manager = {setting}")
    ended = place.setup("42", "-n")
    assert ended.code == 2
    assert "erp" in ended.err
    assert "account_manager" in ended.err
    assert fault in ended.said
    assert place.requests() == []


FILE = """\
id = "offer-7"
title = "Managed hosting"
engagement = "service"
currency = "CHF"
monthly = "100.00"
salesperson = "reto.frei@acme.example"
[customer]
name = "Seehof AG"
email = "info@seehof.example"
[{part}]
name = "{payer}"
invoice_email = "kreditoren@obersee.example"
"""


@pytest.mark.parametrize("part", ["bill_to", "channel"])
def test_a_payer_that_a_file_only_names_is_shown_made_and_billed_once(place: Place, part: str) -> None:
    """The panel bills the payer's contact, the customer has none."""
    place.without_people()
    path = str(place.write("deal.toml", FILE.format(part=part, payer="Obersee Holding AG")))
    shown = place.setup(path, "-n")
    assert "  bill to  Obersee Holding AG, kreditoren@obersee.example\n" in shown.out
    assert "  manager  Reto Frei, the deal's salesperson\n" in shown.out
    place.requests()
    assert place.set_up(path, "--yes")["outcome"] == "done"
    payer = partner(place, "Obersee Holding AG")
    partners = {int(partner["id"]): partner for partner in place.state()["erp"]["res.partner"]}
    (contact,) = [number for number, partner in partners.items() if partner.get("parent_id") == payer["id"]]
    assert partners[contact]["email"] == "kreditoren@obersee.example"
    billed = {organization["spec"].get("billingEntityRef") for organization in place.state()["panel"]["organization"]}
    assert f"be-{contact}" in billed
    again = place.set_up(path, "--yes")
    assert {step["result"] for step in again["steps"]} == {"kept"}
    assert place.state()["duplicates"] == []


def test_a_payer_that_the_erp_seems_to_have_is_asked_about_and_nothing_is_made(place: Place) -> None:
    path = place.write("deal.toml", FILE.format(part="bill_to", payer="Wolkenhandel GmbH"))
    ended = place.setup(str(path), "--yes")
    assert ended.code == 4
    assert "who is to pay, Wolkenhandel GmbH, could be 108" in ended.said
    assert [partner for partner in place.state()["erp"]["res.partner"] if partner["name"] == "Seehof AG"] == []
    path.write_text(path.read_text(encoding="utf-8").replace("[bill_to]", "[bill_to]\nid = 108"), encoding="utf-8")
    assert place.setup(str(path), "--yes").code == 0


def test_a_reseller_who_is_invoiced_is_shown_as_the_payer(place: Place) -> None:
    shown = place.setup("49", "-n")
    assert "  bill to  Wolkenhandel GmbH, kreditoren@wolkenhandel.example, 30 Days\n" in shown.out
