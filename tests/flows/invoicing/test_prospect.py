"""What a deal lacks before its first invoice, by what the deal itself tells."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integrations.core.errors import ConfigError
from integrations.core.model import Customer, Deal, Party, Person
from integrations.flows.invoicing.prospect import account_of, prospects

TODAY = date(2026, 11, 22)
LENA = Person(name="Lena Gerber", email="lena.gerber@acme.example")
WHOLE: dict[str, Any] = {
    "id": "101", "name": "Müller & Söhne AG", "street": "Hauptstrasse 1", "zip": "8400", "city": "Winterthur",
    "country_code": "CH", "email": "info@mueller-soehne.example", "vat": "CHE-116.281.710 MWST",
}  # fmt: skip
PAYER = Party(id="7", name="Holding AG", invoice_contact="8", invoice_email="ap@holding.example")


def deal(customer: dict[str, Any] | None = None, **changed: Any) -> Deal:
    """A won deal whose customer lacks nothing, but for what is given."""
    made = Customer(**{**WHOLE, **(customer or {})})
    return Deal(
        **{"id": "42", "title": "Hosting", "stage": "won", "customer": made, "account_manager": LENA, **changed}
    )


def lacks(found: Deal, **rules: Any) -> dict[str, str]:
    """What is said of a deal, by rule."""
    lacks = prospects(rules).lacks(found, TODAY)
    assert len({lack.rule for lack in lacks}) == len(lacks), "each rule is said once"
    return {lack.rule: lack.message for lack in lacks}


def test_a_deal_that_tells_everything_lacks_nothing() -> None:
    assert lacks(deal()) == {}


@pytest.mark.parametrize(
    ("customer", "rule", "text"),
    [
        ({"email": None}, "no-invoice-email", "Neither the company nor a contact for invoices has an e-mail address"),
        ({"invoice_contact": "9"}, "no-invoice-email", "The contact for invoices has no e-mail address"),
        ({"zip": None, "city": None}, "address-incomplete", "The invoice address lacks postal code and town"),
        ({"vat": None}, "vat-number", "The company has no VAT number"),
        ({"vat": "CHE-1"}, "vat-number", "The VAT number can't be right"),
    ],
)
def test_what_a_deal_lacks_is_said_once_for_each_rule(customer: dict[str, Any], rule: str, text: str) -> None:
    found = lacks(deal(customer))
    assert list(found) == [rule]
    assert found[rule].startswith(text)


@pytest.mark.parametrize(
    ("customer", "changed"),
    [
        ({"vat": None, "is_company": False}, {}),
        ({"vat": None, "street": None, "email": None}, {"bill_to": PAYER}),
        ({"vat": None, "street": None, "email": None}, {"channel": PAYER}),
        ({"email": None}, {"bill_to": Party(id="7", name="Holding AG")}),
        ({"invoice_contact": "9", "invoice_email": "ap@mueller-soehne.example", "email": None}, {}),
    ],
    ids=[
        "a private person",
        "a payer",
        "a reseller",
        "a payer of whom the deal tells nothing",
        "a contact for invoices",
    ],
)
def test_what_a_deal_does_not_tell_is_not_said_to_be_lacking(customer: dict[str, Any], changed: dict[str, Any]) -> None:
    assert lacks(deal(customer, **changed)) == {}


def test_a_payers_contact_without_an_address_is_said() -> None:
    contact = Party(id="7", name="Holding AG", invoice_contact="8")
    assert lacks(deal(bill_to=contact)) == {"no-invoice-email": "The contact for invoices has no e-mail address"}


def test_a_rule_that_is_off_says_nothing_and_settings_that_make_no_sense_are_refused() -> None:
    assert lacks(deal({"vat": None}), **{"vat-number": {"on": False}}) == {}
    with pytest.raises(ConfigError, match="vat-number"):
        prospects({"vat-number": {"grace_days": -1}}, where="closedwon.toml")


def test_whoever_looks_after_the_customer_acts_else_the_role_and_never_whoever_sold_the_deal() -> None:
    assert [lack.who for lack in prospects({}).lacks(deal({"vat": None}), TODAY)] == ["Lena Gerber"]
    nobody = deal({"vat": None}, account_manager=None, salesperson=Person(name="Reto Frei"))
    assert [lack.who for lack in prospects({}).lacks(nobody, TODAY)] == ["account manager"]


def test_an_account_is_what_the_deal_tells() -> None:
    account = account_of(deal(bill_to=PAYER, payment_term="30 days"))
    assert (account.id, account.name, account.term) == ("101", "Müller & Söhne AG", "30 days")
    assert account.bill_to is not None
    assert (account.bill_to.id, account.invoice_address.email, account.invoice_address.own) == (
        "7", "ap@holding.example", True,
    )  # fmt: skip
