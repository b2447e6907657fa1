"""Whole accounts out of the pretend Odoo, with what a colleague books there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from integrations.core.billing import Account, Invoice
from integrations.core.errors import AuthError, Unavailable
from integrations.core.system import Billing
from integrations.odoo.billing.accounts.account import delivery
from integrations.odoo.billing.server import Server
from integrations.odoo.billing.source import Billing as Source
from integrations.odoo.billing.visibility import ALL_DOCUMENTS, INVOICING, SALES
from integrations.odoo.connection import Connection
from integrations.odoo.partners import INFLIGHT
from integrations.sandbox.erp.billing_cases.reference import RECEIVABLE
from integrations.sandbox.pretend import Billing as World
from integrations.sandbox.thread import Running
from tests.odoo.company import Company, sound
from tests.odoo.sales import HELVETIA, OTHER, RESELLER, Sales

SINCE = dt.date(2026, 1, 1)
CHF = 4


@pytest.fixture
def sales(newest: Company) -> Sales:
    return Sales(newest)


def billing(company: Company, patience: float = 2, **settings: Any) -> Billing:
    found = company.system(patience=patience, billing=settings).billing
    assert found is not None
    return found


def server(company: Company) -> Server:
    found = company.system().billing
    assert isinstance(found, Source)
    return found._server


def account(company: Company, number: int, **settings: Any) -> Account:
    (found,) = sound(billing(company, **settings).accounts([str(number)], SINCE))
    return found


def customer(sales: Sales, name: str = "Testfall AG", /, **values: Any) -> int:
    return sales.make("res.partner", name=name, is_company=True, **{"customer_rank": 1, **values})


def bill(sales: Sales, payer: int, day: str = "2026-10-01", price: float = 100.0, **values: Any) -> int:
    """A posted invoice with one line, not paid."""
    given = {"move_type": "out_invoice", "state": "posted", "partner_id": payer, "currency_id": CHF, "company_id": 1}
    dated = {"invoice_date": day, "date": day, "invoice_date_due": day}
    number = sales.make("account.move", **{**given, **dated, **values})
    sales.make("account.move.line", move_id=number, name="Hosting", price_unit=price)
    return number


@pytest.fixture(params=["19.0", "17.0"])
def books(
    request: pytest.FixtureRequest, newest: Company, erp_sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> Sales:
    """An Odoo with a chart of accounts."""
    monkeypatch.setattr(erp_sandbox.server.world, "billing", World(seeded=True))
    newest.reset()
    newest.version(request.param)
    return Sales(newest)


def credit(sales: Sales, payer: int, amount: float, **values: Any) -> int:
    """An open receivable item of a payment; gives its entry."""
    entry = sales.make(
        "account.move",
        move_type="entry",
        state="posted",
        partner_id=payer,
        currency_id=CHF,
        date="2026-11-02",
        ref=values.pop("ref", False),
    )
    item = {"account_id": RECEIVABLE, "display_type": "payment_term", "balance": -amount, "partner_id": payer}
    left = {"amount_residual": -amount, "amount_residual_currency": -amount}
    sales.make("account.move.line", move_id=entry, **{**item, **left, **values})
    return entry


def ids(found: Account) -> list[str]:
    return [invoice.id for invoice in found.invoices]


def by_id(found: Account, number: int) -> Invoice:
    return next(invoice for invoice in found.invoices if invoice.id == str(number))


def test_an_invoice_is_with_who_is_served_and_with_who_pays(company: Company) -> None:
    sales = Sales(company)
    payer, served = customer(sales, "Payer AG"), customer(sales, "Served AG")
    accounting = sales.make("res.partner", name="Accounting", type="invoice", parent_id=payer, email="bills@p.example")
    number = bill(sales, accounting, partner_shipping_id=served)
    both = {account.id: account for account in sound(billing(company).accounts([str(payer), str(served)], SINCE))}
    ours, theirs = (by_id(both[str(customer)], number) for customer in (payer, served))
    assert ours == theirs
    assert (ours.served, ours.payer, ours.email) == (str(served), str(payer), "bills@p.example")
    assert ours.lines[0].amount == ours.untaxed == Decimal("100.00")
    assert ids(account(company, served)) == ids(account(company, payer)) == [str(number)]


def test_settled_invoices_of_long_ago_are_left_out_and_open_ones_drafts_and_registered_ones_are_not(
    sales: Sales,
) -> None:
    number = customer(sales)
    old = "2025-12-31"
    kept = [
        bill(sales, number, old),
        bill(sales, number, old, payment_state="partial"),
        bill(sales, number, old, payment_state="in_payment"),
        bill(sales, number, "2026-01-01", payment_state="paid"),
        bill(sales, number, old, state="draft"),
        sales.make("account.move", move_type="out_invoice", partner_id=number, currency_id=CHF, date=old),
    ]
    bill(sales, number, old, payment_state="paid")
    bill(sales, number, old, payment_state="reversed")
    bill(sales, number, state="cancel")
    bill(sales, number, move_type="in_invoice")
    found = account(sales.company, number)
    assert sorted(ids(found)) == sorted(map(str, kept))
    assert found.since == SINCE
    days = [invoice.day or invoice.made or SINCE for invoice in found.invoices]
    assert days == sorted(days)


def test_a_customer_without_any_invoice_is_an_account_too(sales: Sales) -> None:
    found = account(sales.company, customer(sales, "Nothing yet AG"))
    assert (found.name, found.invoices, found.contracts, found.orders) == ("Nothing yet AG", (), (), ())


@pytest.mark.parametrize("page", [1, 2])
def test_every_page_is_read_and_each_invoice_has_its_own_lines(
    sales: Sales, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """Groups of customers grow and shrink by what they hold: nobody is lost, and nobody comes twice."""
    numbers = [customer(sales, f"Firma {index}") for index in range(4)]
    wanted = {str(number): [bill(sales, number, price=10.0 + index) for index in range(6)] for number in numbers}
    wanted[str(numbers[0])] += [bill(sales, numbers[0], price=50.0 + index) for index in range(9)]
    monkeypatch.setattr(Connection, "page", page)
    source = billing(sales.company)
    found = list(sound(source.accounts([str(number) for number in numbers], SINCE)))
    assert {account.id: sorted(map(int, ids(account))) for account in found} == wanted
    assert len(found) == len(numbers)
    assert all(
        len(invoice.lines) == 1 and invoice.lines[0].amount == invoice.untaxed
        for account in found
        for invoice in account.invoices
    )


def test_many_customers_take_no_more_requests_than_one(sales: Sales) -> None:
    numbers = [customer(sales, f"Firma {index}") for index in range(8)]
    for number in numbers:
        bill(sales, number)
    source = billing(sales.company)
    list(source.accounts([str(numbers[0])], SINCE))  # what an Odoo has is asked once
    sales.company.operations()
    list(source.accounts([str(numbers[0])], SINCE))
    alone = len(sales.company.operations())
    assert len(list(source.accounts([str(number) for number in numbers], SINCE))) == len(numbers)
    assert len(sales.company.operations()) <= alone + 1
    assert sales.company.operations(writing=True) == []


def test_who_is_gone_hidden_a_contact_or_in_the_making_is_left_out(sales: Sales) -> None:
    company = customer(sales)
    contact = sales.make("res.partner", name="Anna", parent_id=company)
    unfinished = customer(sales, "Unfinished AG", **{INFLIGHT: True})
    asked = [str(company), str(contact), str(unfinished), "999999", "no number", str(company)]
    assert [account.id for account in billing(sales.company).accounts(asked, SINCE)] == [str(company)]
    assert billing(sales.company).names([str(company), "999999", "no number"]) == {str(company): "Testfall AG"}


def test_a_part_that_a_right_is_missing_for_is_named_and_the_others_are_read(sales: Sales) -> None:
    number = customer(sales)
    bill(sales, number)
    sales.company.lose_rights("sale.order:read", "account.analytic.line:read")
    found = account(sales.company, number)
    assert found.unread.keys() == {"orders", "work", "usage"}
    assert "may not read the orders" in found.unread["orders"]
    assert len(found.invoices) == 1
    assert "orders" in billing(sales.company).survey().absent


@pytest.mark.parametrize(
    ("groups", "unread"),
    [
        ([ALL_DOCUMENTS], {"orders", "deals"}),
        (INVOICING, {"payments"}),
        ([ALL_DOCUMENTS, *INVOICING], {"orders", "deals", "invoices", "payments"}),
        ([SALES, ALL_DOCUMENTS, *INVOICING], set()),
    ],
)
def test_what_odoo_shows_to_us_in_part_only_is_not_read_as_the_whole(
    sales: Sales, groups: Sequence[str], unread: set[str]
) -> None:
    """It leaves out other people's orders and invoices, and payments, without a word."""
    sales.company.lose_rights(*(f"group:{group}" for group in groups))
    assert account(sales.company, customer(sales)).unread.keys() == unread


def test_without_the_right_to_read_invoices_customers_are_accounts_all_the_same(sales: Sales) -> None:
    number = customer(sales)
    sales.company.lose_rights("account.move:read")
    assert "may not read the invoices" in account(sales.company, number).unread["invoices"]


def test_an_app_that_is_not_installed_makes_nothing_unread(sales: Sales) -> None:
    """It has nothing to read: the survey says so once."""
    sales.company.lose_rights("app:account", "app:contract", "app:sale", "app:crm")
    found = account(sales.company, customer(sales))
    absent = billing(sales.company).survey().absent
    assert found.unread == {}
    assert {"invoices", "payments", "bank", "orders", "contracts"} <= absent.keys()
    assert "the app Invoicing is not installed" in absent["invoices"]


def test_a_refused_key_or_a_system_that_is_down_is_raised_and_never_an_empty_account(sales: Sales) -> None:
    number = str(customer(sales))
    for operation in ("account.move.search_read", "sale.order.search_read"):
        sales.company.fault(operation=operation, do="status", status=500)
        with pytest.raises(Unavailable):
            list(billing(sales.company, patience=0).accounts([number], SINCE))
    broken = billing(sales.company)
    (sales.company.folder / "key").write_text("wrong")
    with pytest.raises(AuthError, match="not accepted"):
        list(broken.accounts([number], SINCE))
    with pytest.raises(AuthError, match="not accepted"):
        broken.survey()


def test_an_account_is_what_the_erp_says_of_the_company(company: Company) -> None:
    sales = Sales(company)
    position = sales.make("account.fiscal.position", name="Private Person", company_id=1)
    number = customer(
        sales,
        vat="CHE-107.787.577 MWST",
        property_account_position_id=position,
        use_partner_credit_limit=True,
        credit_limit=5000.0,
        x_order_number_required=True,
        category_id=[[6, 0, [sales.make("res.partner.category", name="Dispute")]]],
    )
    open_one = bill(sales, number)
    found = account(
        company,
        number,
        fields={"order_number_required": "x_order_number_required"},
        vat_exempt=["private person"],
        dispute_tags=["dispute"],
    )
    assert (found.vat, found.vat_exempt, found.order_number_required) == ("CHE-107.787.577 MWST", True, True)
    assert (found.credit_limit, found.credit_currency, found.tags) == (Decimal(5000), "CHF", frozenset({"Dispute"}))
    dispute = by_id(found, open_one).dispute
    assert dispute is not None
    assert dispute.reason == "the customer is tagged Dispute"
    plain = account(company, number)
    assert (plain.vat_exempt, plain.order_number_required) == (False, None)
    assert by_id(plain, open_one).dispute is None


def test_a_limit_that_is_not_the_customers_own_is_none(sales: Sales) -> None:
    number = customer(sales, use_partner_credit_limit=False, credit_limit=5000.0)
    assert account(sales.company, number).credit_limit is None


def test_invoices_go_to_the_contact_for_invoices_with_the_companys_address_where_it_has_none(sales: Sales) -> None:
    number = customer(sales, street="Gasse 1", zip="8001", city="Zürich", email="info@t.example")
    own = account(sales.company, number).invoice_address
    assert (own.own, own.email, own.street) == (False, "info@t.example", "Gasse 1")
    sales.make("res.partner", name="Old", type="invoice", parent_id=number, email="old@t.example", active=False)
    sales.make("res.partner", name="Bills", type="invoice", parent_id=number, email="bills@t.example")
    sales.make("res.partner", name="Later", type="invoice", parent_id=number, email="later@t.example")
    found = account(sales.company, number).invoice_address
    assert (found.own, found.name, found.email) == (True, "Bills", "bills@t.example")
    assert (found.street, found.zip, found.city) == ("Gasse 1", "8001", "Zürich")


def test_a_company_without_an_address_of_its_own_has_its_parents_contact_for_invoices(sales: Sales) -> None:
    parent = customer(sales, "Holding AG")
    child = customer(sales, "Tochter AG", parent_id=parent)
    sales.make("res.partner", name="Bills", type="invoice", parent_id=parent, email="bills@h.example")
    found = account(sales.company, child)
    assert (found.invoice_address.email, found.invoice_address.own) == ("bills@h.example", True)
    assert (found.group, account(sales.company, parent).group) == (str(parent), str(parent))


@pytest.mark.parametrize(
    ("row", "field", "how"),
    [
        ({"invoice_sending_method": "snailmail"}, None, "post"),
        ({"invoice_sending_method": "peppol"}, None, "electronic"),
        ({"invoice_sending_method": "manual", "x_delivery": "E-Mail"}, "x_delivery", "email"),
        ({"invoice_sending_method": "manual", "x_delivery": "pigeon"}, "x_delivery", "hand"),
        ({"x_delivery": False}, "x_delivery", ""),
        ({"x_delivery": "post"}, None, ""),
    ],
)
def test_how_invoices_go_is_said_by_the_configured_field_else_by_odoos(
    row: dict[str, Any], field: str | None, how: str
) -> None:
    assert delivery(row, field) == how


def test_who_pays_for_most_contracts_is_who_bills_go_to(sales: Sales) -> None:
    """Orders count where there are no contracts; what the customer pays for others does not."""
    number = customer(sales)
    assert account(sales.company, number).bill_to is None
    sales.order(number, RESELLER)
    found = account(sales.company, number)
    assert found.bill_to is not None
    names = billing(sales.company).names([str(RESELLER)])
    assert (found.bill_to.id, found.bill_to.name) == (str(RESELLER), names[str(RESELLER)])
    sales.contract_line(sales.contract(number, number))
    sales.contract_line(sales.contract(OTHER, number))
    assert account(sales.company, number).bill_to is None


def test_twins_are_whoever_is_alike(sales: Sales) -> None:
    """Neither contacts nor archived companies are, and a sign that means something in a pattern means itself."""
    number = customer(sales, "100% Käse_AG", vat="CHE-107.787.577 MWST", phone="044 123 45 67", email="a@kaese.example")
    sales.make("res.partner", name="Anna", parent_id=number, vat="CHE-107.787.577 MWST")
    same = customer(sales, "100% KÄSE_AG", customer_rank=0)
    vat = customer(sales, "Another", vat="CHE107787577", parent_id=HELVETIA)
    customer(sales, "100% Käse_AG", active=False)
    customer(sales, "1000 Käse-AG")
    customer(sales, "100% KÄSE_AG", vat="CHE-116.281.710 MWST")
    spelled = customer(sales, "100%\u00a0Kaese GmbH")
    by_phone = customer(sales, "Käse Huber", phone="+41 44 123 45 67")
    by_domain = customer(sales, "Käse & Wein", email='"Anna" <Anna@kaese.example>')
    customer(sales, "Elsewhere", email="b@kaese.example", phone="044 123 45 67")
    found = account(sales.company, number).twins
    assert {(account.id, account.group) for account in found} == {
        (str(same), str(same)),
        (str(vat), str(HELVETIA)),
        *((str(spelling), str(spelling)) for spelling in (spelled, by_phone, by_domain)),
    }


def test_a_company_of_ours_and_a_colleague_are_nobodys_twin(sales: Sales) -> None:
    """Though they read the same: a company of ours that buys from us, a colleague who is a customer besides."""
    number = customer(sales, "Acme Suisse AG")
    ours, other = customer(sales, "Acme Suisse SA"), customer(sales, "Acme Suisse GmbH")
    customer(sales, "Acme Suisse", employee=True)
    sales.make("res.company", name="Acme Suisse SA", partner_id=ours, currency_id=CHF)
    assert [twin.id for twin in account(sales.company, number).twins] == [str(other)]


def test_a_run_lists_all_companies_once_although_it_asks_for_customers_some_at_a_time(
    sales: Sales, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is alike is then read by its id; the next run lists them anew."""
    asked: list[str] = []
    pages = Server.pages

    def counted(server: Server, *arguments: Any, what: str, **more: Any) -> Any:
        asked.append(what)
        return pages(server, *arguments, what=what, **more)

    monkeypatch.setattr(Server, "pages", counted)
    source = billing(sales.company)

    def alike(number: int) -> tuple[list[str], int]:
        """A customer's twins, and how often some were looked for."""
        asked.clear()
        (found,) = sound(source.accounts([str(number)], SINCE))
        return [twin.id for twin in found.twins], asked.count("read which customers are alike")

    source.survey()
    first, second, third, fourth, fifth = (
        customer(sales, name) for name in ("Erste AG", "Zweite AG", "Dritte AG", "Vierte AG", "VIERTE AG")
    )
    found = [alike(number) for number in (first, second, third, fourth, fifth)]
    assert found == [([], 1), ([], 0), ([], 0), ([str(fifth)], 1), ([str(fourth)], 1)]
    source.survey()
    late = customer(sales, "Erste AG")
    assert alike(first) == ([str(late)], 2)


@pytest.mark.parametrize("vat", ["/", False, "", "CHE"])
def test_companies_without_a_vat_number_are_not_alike(sales: Sales, vat: object) -> None:
    first, _ = customer(sales, "Erste AG", vat=vat), customer(sales, "Zweite AG", vat=vat)
    assert account(sales.company, first).twins == ()


def test_money_that_is_not_allocated_is_told_and_its_memo_says_whether_it_is_for_later(books: Sales) -> None:
    number = customer(books)
    plain = credit(books, number, 55.5)
    early = credit(books, number, 10.0, ref="Akonto 2027")
    credit(books, number, 70.0, reconciled=True)
    credit(books, number, -30.0)
    found = account(books.company, number).payments
    assert [(payment.open, payment.prepayment, payment.kind, payment.currency) for payment in found] == [
        (Decimal("55.50"), False, "payment", "CHF"),
        (Decimal("10.00"), True, "payment", "CHF"),
    ]
    link = server(books.company).link
    assert [payment.url for payment in found] == [link("account.move", plain), link("account.move", early)]


def test_an_invoice_that_is_kept_from_follow_up_is_not_dunned(books: Sales) -> None:
    number = customer(books)
    plain, kept = bill(books, number), bill(books, number)
    field = "no_followup" if server(books.company).connection.version >= 18 else "blocked"
    item = {"account_id": RECEIVABLE, "display_type": "payment_term", "amount_residual": 100.0, field: True}
    books.make("account.move.line", move_id=kept, **item)
    found = account(books.company, number)
    assert (by_id(found, plain).dunning_blocked, by_id(found, kept).dunning_blocked) == (False, True)


def test_a_deal_that_is_won_with_one_of_its_people_is_the_companys(sales: Sales) -> None:
    number = customer(sales)
    anna = sales.make("res.partner", name="Anna", parent_id=number)
    lead = sales.company.opportunity("Cloud", partner_id=anna, expected_revenue=1200.55, stage_id=4)
    sales.company.opportunity("Open", partner_id=anna)
    (found,) = account(sales.company, number).deals
    assert (found.id, found.title, found.once, found.currency) == (lead, "Cloud", Decimal("1200.55"), "CHF")


def test_a_deal_that_a_reseller_ordered_is_ordered(sales: Sales) -> None:
    number = customer(sales)
    resold, quoted = (
        int(sales.company.opportunity(title, partner_id=number, stage_id=4)) for title in ("Cloud", "More")
    )
    sales.order(RESELLER, opportunity_id=resold)
    sales.order(RESELLER, opportunity_id=quoted, state="draft")
    assert {deal.id: deal.ordered for deal in account(sales.company, number).deals} == {
        str(resold): True,
        str(quoted): False,
    }


def test_an_invoice_is_found_by_its_number_or_its_id(sales: Sales) -> None:
    number = customer(sales)
    old = bill(sales, number, "2020-01-01", payment_state="paid")
    bill(sales, number)
    source = billing(sales.company)
    (found,) = source.numbered(str(old))
    assert (found.id, found.payer, found.day, found.lines) == (str(old), str(number), dt.date(2020, 1, 1), ())
    assert source.numbered(found.number) == [found]
    assert source.numbered(found.number[:-1]) == []
