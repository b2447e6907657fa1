"""Who pays, if not the customer: told by the deal, used where the ERP has it, made where the deal only names it."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.core.errors import IntegrationError, Rejected
from integrations.core.resource import Live
from tests.odoo.company import Company, existing, wanted

NAMED: dict[str, Any] = {"payer_name": "Obersee Holding AG", "payer_email": "kreditoren@obersee.example"}


def called(company: Company, name: str) -> list[dict[str, Any]]:
    return [partner for partner in company.objects("res.partner") if partner["name"] == name]


def invoiced(company: Company, number: int | str) -> list[Any]:
    """The e-mail addresses of a company's contacts for invoices."""
    rows = company.objects("res.partner")
    return [row["email"] for row in rows if row.get("parent_id") == int(number) and row["type"] == "invoice"]


def test_a_payer_that_the_deal_only_names_is_made_with_its_address_for_invoices(company: Company) -> None:
    """The customer has none then; the second run finds both, and does nothing."""
    want = wanted("43", **NAMED, invoice_email="ueli@kaeserei-emmental.example")
    made = company.apply(want)["deal:43"]
    (payer,) = called(company, "Obersee Holding AG")
    assert payer["is_company"]
    assert invoiced(company, payer["id"]) == ["kreditoren@obersee.example"]
    assert invoiced(company, made.id) == []
    assert company.partner(made.state.invoice_contact)["parent_id"][0] == payer["id"]
    assert company.plan(want, company.find(want)) is None
    after = existing(made.id, ["43"], deal="43", **NAMED)
    found = company.find(after)
    assert company.plan(after, found) is None
    assert found.state.invoice_contact == made.state.invoice_contact
    assert company.duplicates() == []


def test_a_customer_that_is_there_gets_the_payer_that_its_new_deal_names(company: Company) -> None:
    """Its own address for invoices is not taken for the payer's, before or after."""
    want = existing("102", ["44"], deal="44", **NAMED)
    found = company.find(want)
    assert (found.state.has_payer, found.state.invoice_contact, found.state.own_invoice_contact) == (None, None, "302")
    change = company.plan(want, found)
    assert change is not None
    assert {"has_payer", "has_invoice_contact"} <= change.names
    live = company.apply(want)["customer:102"]
    (payer,) = called(company, "Obersee Holding AG")
    assert company.partner(live.state.invoice_contact)["parent_id"][0] == payer["id"]
    assert company.plan(want, company.find(want)) is None


@pytest.mark.parametrize("lost", ["drop_before", "drop_after"])
@pytest.mark.parametrize("skip", [0, 1])
def test_a_lost_answer_never_makes_a_second_payer(newest: Company, lost: str, skip: int) -> None:
    """Of the payer's making, and of the customer's behind it."""
    want = wanted("43", **NAMED)
    newest.fault(operation="res.partner.load", do=lost, skip=skip, times=9)
    assert isinstance(newest.apply(want, system=newest.system(patience=0))["deal:43"], IntegrationError)
    newest.reset_faults()
    assert isinstance(newest.apply(want)["deal:43"], Live)
    assert len(called(newest, "Obersee Holding AG")) == len(called(newest, "Käserei Emmental AG")) - 1 == 1
    assert newest.duplicates() == []


def test_a_payer_that_somebody_could_be_is_asked_about_and_nothing_is_made(newest: Company) -> None:
    newest.operations()
    want = wanted("43", payer_name="Wolkenhandel GmbH")
    asked = newest.find(want)
    assert isinstance(asked, Rejected)
    assert "who is to pay, Wolkenhandel GmbH, could be 108: Wolkenhandel GmbH" in asked.message
    assert "id" in asked.next
    assert newest.operations(writing=True) == []


def test_a_payer_that_is_named_by_its_id_is_never_looked_for_nor_made(newest: Company) -> None:
    want = existing("102", payer="108", payer_name="Wolkenhandel GmbH")
    assert want.has_payer is None
    newest.operations()
    assert newest.find(want).state.invoice_contact == "308"
    assert "ir.model.data.check_object_reference" not in newest.operations()


def test_a_payers_address_for_invoices_gets_the_mail_that_the_deal_knows(newest: Company) -> None:
    want = existing("102", payer="103", payer_email="ap@alpina-zh.example")
    newest.apply(want)
    assert invoiced(newest, 103) == ["ap@alpina-zh.example"]


@pytest.mark.parametrize(("kind", "active", "counts"), [("invoice", True, True), ("invoice", False, False)])
def test_the_order_says_which_of_a_payers_addresses_is_invoiced(
    company: Company, kind: str, active: bool, counts: bool
) -> None:
    """One that is no address for invoices any more is not used."""
    values = {"name": "Office", "type": kind, "parent_id": 108, "email": "office@wolkenhandel.example"}
    (address,) = company.call("res.partner", "create", vals_list=[values])
    (order,) = [int(order["id"]) for order in company.objects("sale.order") if order["opportunity_id"] == 49]
    company.call("sale.order", "write", ids=[order], vals={"partner_invoice_id": address})
    company.call("res.partner", "write", ids=[address], vals={"active": active})
    source = company.system().deals
    assert source is not None
    deal: Any = source.get(["49"])["49"]
    expected = (str(address), "office@wolkenhandel.example") if counts else ("308", "kreditoren@wolkenhandel.example")
    assert (deal.bill_to.invoice_contact, deal.bill_to.invoice_email) == expected
    assert deal.channel == deal.bill_to
    want = existing("109", ["49"], payer="108", payer_address=str(address))
    assert company.find(want).state.invoice_contact == expected[0]
