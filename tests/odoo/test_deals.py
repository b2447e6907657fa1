from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from integrations.core.errors import AuthError, Rejected, Unavailable
from integrations.core.model import Deal, Money, Person
from tests.odoo.company import Company, sound


def read(company: Company, deal: str, **settings: object) -> Deal:
    source = company.system(**settings).deals
    assert source is not None
    found = source.get([deal])[deal]
    assert isinstance(found, Deal), found
    return found


def test_a_won_deal_tells_what_was_sold_to_whom(company: Company) -> None:
    """Amounts are decimals in the company's currency, the day of winning is the closing's."""
    deal = read(company, "42")
    assert (deal.title, deal.stage, deal.won_on) == ("Managed hosting", "won", date(2026, 11, 7))
    assert deal.one_time == Money(amount=Decimal("6000.00"), currency="CHF")
    assert deal.monthly == Money(amount=Decimal("2400.00"), currency="CHF")
    assert deal.engagements == ("service",)
    assert deal.segment == "Managed services"
    assert deal.salesperson == Person(name="Reto Frei", email="reto.frei@acme.example")
    customer = deal.customer
    assert (customer.id, customer.name, customer.city) == ("101", "Müller & Söhne AG", "Winterthur")
    assert (customer.country, customer.country_code) == ("Switzerland", "CH")
    assert not customer.is_customer
    assert [deal.id for deal in customer.deals] == ["42", "53"]


def test_a_yearly_revenue_is_told_by_the_month(company: Company) -> None:
    assert read(company, "49").monthly == Money(amount=Decimal("1200.00"), currency="CHF")


def test_open_and_lost_deals_are_told_apart_from_won_ones(company: Company) -> None:
    """A lost opportunity is archived, and found all the same."""
    assert (read(company, "50").stage, read(company, "51").stage) == ("open", "lost")
    assert read(company, "50").won_on is None


def test_an_archived_deal_that_is_not_lost_is_still_open(company: Company) -> None:
    company.call("crm.lead", "write", ids=[50], vals={"active": False})
    assert read(company, "50").stage == "open"


def test_a_deal_without_a_company_takes_what_the_salesperson_typed(company: Company) -> None:
    customer = read(company, "43").customer
    assert (customer.id, customer.name) == (None, "Käserei Emmental AG")
    assert (customer.city, customer.country_code) == ("Langnau i. E.", "CH")
    assert customer.contact == Person(name="Ueli Zürcher", email="ueli@kaeserei-emmental.example")
    assert [reference.id for reference in customer.deals] == ["43"]


def test_addresses_are_clean_from_the_moment_they_are_read(company: Company) -> None:
    """With a name, several, blanks that nobody sees: of a lead, a company, its invoice contact, its person."""
    typed = '\u00a0"Anna Muster" <Anna.Muster@Mailweg.example>;\u200bbeat@mailweg.example,'
    both = "anna.muster@mailweg.example, beat@mailweg.example"
    lead = company.opportunity("Offer", partner_name="Mailweg AG", contact_name="Anna Muster", email_from=typed)
    fresh = read(company, lead).customer
    assert (fresh.email, fresh.contact) == (both, Person(name="Anna Muster", email="anna.muster@mailweg.example"))
    for partner in (102, 201, 302):
        company.call("res.partner", "write", ids=[partner], vals={"email": typed})
    known = read(company, company.opportunity("Review", partner_id=102)).customer
    person = read(company, company.opportunity("Review", partner_id=201)).customer.contact
    assert (known.email, known.invoice_email) == (both, both)
    assert person == Person(id="201", name="Beat Müller", email=both)


@pytest.mark.parametrize("typed", ["x@@firma.example", "firma..example", "n/a"])
def test_an_address_that_nobody_can_read_is_no_address_of_anybody(company: Company, typed: str) -> None:
    """A new customer's is kept apart, to be corrected; one of a company that is there is none."""
    lead = company.opportunity("Offer", partner_name="Mailweg AG", contact_name="Anna Muster", email_from=typed)
    customer = read(company, lead).customer
    assert (customer.email, customer.unread_email) == (None, typed)
    assert customer.contact == Person(name="Anna Muster", email=None)
    company.call("res.partner", "write", ids=[101], vals={"email": typed})
    known = read(company, "42").customer
    assert (known.email, known.unread_email) == (None, None)


def test_a_deal_with_a_person_belongs_to_the_persons_company(company: Company) -> None:
    lead = company.opportunity("Review", partner_id=201)
    deal = read(company, lead)
    assert deal.customer.id == "101"
    assert deal.customer.contact == Person(id="201", name="Beat Müller", email="beat@mueller-soehne.example")


def test_a_reseller_who_is_invoiced_is_payer_and_channel(company: Company) -> None:
    deal = read(company, "49")
    assert deal.bill_to is not None
    assert deal.channel == deal.bill_to
    assert (deal.bill_to.id, deal.bill_to.invoice_contact) == ("108", "308")
    assert deal.bill_to.invoice_email == "kreditoren@wolkenhandel.example"


def test_a_parent_who_is_invoiced_is_payer_but_no_channel(company: Company) -> None:
    order = next(row["id"] for row in company.objects("sale.order") if row["opportunity_id"] == 47)
    company.call("sale.order", "write", ids=[int(order)], vals={"partner_invoice_id": 305})
    deal = read(company, "47")
    assert deal.bill_to is not None
    assert (deal.bill_to.id, deal.channel) == ("105", None)
    assert deal.customer.parent is not None
    assert deal.customer.parent.id == "105"


def test_without_the_sales_app_the_customer_pays_itself(company: Company) -> None:
    company.lose_rights("app:sale")
    deal = read(company, "49")
    assert (deal.bill_to, deal.channel) == (None, None)


def test_amounts_that_may_not_be_read_are_unknown_and_not_nothing(company: Company) -> None:
    company.lose_rights("group:crm.group_use_recurring_revenues")
    deal = read(company, "42")
    assert deal.monthly is None
    assert deal.one_time is not None


def test_the_account_manager_is_the_customers_own_then_the_salesperson_then_the_settings(company: Company) -> None:
    company.call("crm.lead", "write", ids=[45], vals={"user_id": False})
    settings = {"account_manager": "sandro.bianchi@acme.example"}
    managers = [read(company, deal, **settings).account_manager for deal in ("44", "42", "45")]
    assert [manager.email for manager in managers if manager] == [
        "lena.gerber@acme.example",
        "reto.frei@acme.example",
        "sandro.bianchi@acme.example",
    ]


def test_two_engagements_are_both_told_and_no_segment_follows(company: Company) -> None:
    tags = {row["name"]: row["id"] for row in company.objects("crm.tag")}
    company.call("crm.lead", "write", ids=[42], vals={"tag_ids": [[6, 0, [tags["Service"], tags["Project"]]]]})
    deal = read(company, "42")
    assert set(deal.engagements) == {"service", "project"}
    assert deal.segment is None


def test_an_engagement_may_be_told_by_a_field_of_the_deal(company: Company) -> None:
    """A reference goes by its name, a plain field by its value; what is not in the map tells nothing."""
    by_team = {"engagement": {"field": "team_id", "map": {"Sales": "service"}}}
    by_title = {"engagement": {"field": "name", "map": {"Managed hosting": "project"}}}
    assert read(company, "42", **by_team).engagements == ("service",)
    assert read(company, "42", **by_title).engagements == ("project",)
    assert read(company, "44", **by_title).engagements == ()


def test_a_field_that_no_deal_has_is_named(company: Company) -> None:
    source = company.system(engagement={"field": "x_missing", "map": {"a": "service"}}).deals
    assert source is not None
    error = source.get(["42"])["42"]
    assert isinstance(error, Rejected)
    assert "x_missing" in error.message
    assert error.system == "erp"


def test_an_unknown_deal_is_absent_and_a_hidden_one_is_not(company: Company) -> None:
    """What a rule hides looks like what is gone, until it is asked for by its id."""
    company.lose_rights("see:crm.lead:44")
    source = company.system().deals
    assert source is not None
    found = source.get(["44", "9999", "x9", "042", "99999999999", "42"])
    assert isinstance(found["44"], AuthError)
    assert [found[key] for key in ("9999", "x9", "042", "99999999999")] == [None] * 4
    assert isinstance(found["42"], Deal)


def test_a_deal_whose_company_is_hidden_is_an_error_and_leaves_the_others_alone(company: Company) -> None:
    company.lose_rights("see:res.partner:102")
    source = company.system().deals
    assert source is not None
    found = source.get(["44", "42"])
    assert isinstance(found["44"], AuthError)
    assert isinstance(found["42"], Deal)
    scanned = {deal.id: deal for deal in sound(source.scan(None))}
    assert scanned["44"].customer.name == "Rhône Logistique SA"


def test_a_company_that_the_control_panel_is_still_making_is_not_real_yet(company: Company) -> None:
    company.call("res.partner", "write", ids=[101], vals={"vshn_control_api_inflight": "be-1"})
    source = company.system().deals
    assert source is not None
    assert isinstance(source.get(["42"])["42"], Unavailable)


def test_a_scan_gives_every_won_deal_since_a_day_the_oldest_first(company: Company) -> None:
    source = company.system().deals
    assert source is not None
    everything = list(source.scan(None, won_only=True))
    assert [deal.id for deal in everything] == ["42", "43", "44", "45", "46", "47", "48", "49", "52", "53"]
    assert [deal.id for deal in source.scan(date(2026, 11, 10), won_only=True)] == ["49", "52", "53"]


def test_a_scan_of_all_stages_gives_open_deals_whatever_the_day_and_lost_ones_by_their_closing(
    company: Company,
) -> None:
    source = company.system().deals
    assert source is not None
    since = date(2026, 11, 10)
    assert [(deal.id, deal.stage) for deal in sound(source.scan(since))][-3:] == [
        ("52", "won"),
        ("53", "won"),
        ("50", "open"),
    ]
    everything = [(deal.id, deal.stage) for deal in sound(source.scan(None))]
    assert everything[0] == ("51", "lost")
    assert everything[-1] == ("50", "open")
    assert len(everything) == 12


def test_an_opportunity_that_is_archived_and_not_lost_is_not_listed(company: Company) -> None:
    company.call("crm.lead", "write", ids=[50], vals={"active": False})
    source = company.system().deals
    assert source is not None
    assert "50" not in {deal.id for deal in source.scan(None)}


def test_every_page_of_a_listing_is_read(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.odoo.connection.Connection.page", 2)
    source = company.system().deals
    assert source is not None
    assert len(list(source.scan(None))) == 12
    assert [deal.id for deal in read(company, "42").customer.deals] == ["42", "53"]


def test_the_number_of_requests_does_not_grow_with_the_number_of_deals(company: Company) -> None:
    """Listings that hardly change are read once a connection; payers take two more rounds, however many."""
    source = company.system().deals
    assert source is not None
    source.get(["42"])
    company.operations()
    source.get(["42"])
    requests = company.operations(writing=False)
    source.get([str(number) for number in range(42, 54)])
    many = company.operations(writing=False)
    assert len(requests) == 4
    assert len(many) == len(requests) + 2


def test_reading_deals_writes_nothing(company: Company) -> None:
    company.operations()
    read(company, "42")
    assert company.operations(writing=True) == []
