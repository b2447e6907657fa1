from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from integrations.core.billing import Contract, ContractLine, Price
from integrations.core.errors import AuthError
from integrations.odoo.billing.contracts import contracts, shapes
from integrations.odoo.billing.orders import orders
from integrations.sandbox.pretend import Billing, Contracts
from integrations.sandbox.thread import Running
from tests.odoo.company import Company
from tests.odoo.sales import HELVETIA, OTHER, RESELLER, Sales

Shape = Callable[[Contracts], None]


@pytest.fixture
def sales(newest: Company) -> Sales:
    return Sales(newest)


@pytest.fixture
def subscriptions(newest: Company, erp_sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> Sales:
    """An Odoo with the Enterprise app."""
    monkeypatch.setattr(erp_sandbox.server.world, "billing", Billing(Contracts.ENTERPRISE))
    return Sales(newest)


def contract(sales: Sales, number: str, account: int = HELVETIA, **billing: Any) -> Contract:
    (found,) = [
        contract for contract in contracts(sales.server(**billing), [account])[account] if contract.id == number
    ]
    return found


def only(found: Contract) -> ContractLine:
    (line,) = found.lines
    return line


def test_a_contract_is_with_who_is_served_and_with_who_pays_as_one(company: Company) -> None:
    """A contact stands for its company; contracts with suppliers are none."""
    sales = Sales(company)
    accounting = sales.make("res.partner", name="Accounting", type="invoice", parent_id=RESELLER)
    number = sales.contract(HELVETIA, accounting)
    sales.contract(HELVETIA, contract_type="purchase")
    found = contracts(sales.server(), [HELVETIA, RESELLER, OTHER])
    ((served,), (payer,)) = (found[number] for number in (HELVETIA, RESELLER))
    assert served is payer
    assert (served.id, served.served, served.payer) == (f"contract:{number}", str(HELVETIA), str(RESELLER))
    assert found[OTHER] == []


def test_a_contract_says_what_is_billed_how_often_and_until_when(sales: Sales) -> None:
    """Headings and notes are no lines; facts that Odoo has no field for come from the fields that the settings name."""
    tag = sales.make("contract.tag", name="Pilot")
    values: dict[str, Any] = {
        "x_notice": "2026-09-30",
        "x_indexed": "2027-01-01",
        "x_index": "CPI",
        "tag_ids": [tag],
        "user_id": 7,
    }
    number = sales.contract(name="Hosting", code="PO-7", date_end="2027-01-30", **values)
    product = sales.product()
    given = {"recurring_rule_type": "quarterly", "recurring_interval": 2, "recurring_invoicing_type": "post-paid"}
    days = {"date_end": "2027-01-30", "last_date_invoiced": "2026-07-30", "recurring_next_date": "2027-01-31"}
    line = sales.contract_line(number, product_id=product, quantity=2.5, discount=5.0, **given, **days)
    sales.contract_line(number, display_type="line_note", name="Thank you")
    fields = {name: f"x_{name}" for name in ("notice", "indexed", "index")}
    found = contract(sales, f"contract:{number}", fields=fields)
    assert (found.number, found.reference, found.currency, found.state) == ("Hosting", "PO-7", "CHF", "running")
    assert (found.start, found.end) == (dt.date(2026, 1, 31), dt.date(2027, 1, 30))
    assert (found.notice, found.indexed, found.index) == (dt.date(2026, 9, 30), dt.date(2027, 1, 1), "CPI")
    assert (sorted(found.tags), found.manager and found.manager.name) == (["Pilot"], "Lena Gerber")
    assert only(found) == ContractLine(
        id=f"contract-line:{line}",
        name="Hosting",
        product=str(product),
        quantity=Decimal("2.5"),
        prices=(Price(None, Decimal(80)),),
        discount=Decimal(5),
        start=dt.date(2026, 1, 31),
        end=dt.date(2027, 1, 30),
        every=2,
        unit="quarter",
        ahead=False,
        next=dt.date(2027, 1, 31),
        billed_to=dt.date(2026, 7, 30),
        changed=only(found).changed,
    )
    assert only(found).changed is not None


@pytest.mark.parametrize(
    ("typed", "called"),
    [
        ("Hosting 2026 – hans muster", "Hosting 2026"),
        ("Hans Muster", ""),
        ("Hans Muster: Hosting (Hans Muster)", "Hosting"),
        ("Hosting Hans Musterlin", "Hosting Hans Musterlin"),
        ("C-2026/7", "C-2026/7"),
    ],
)
def test_a_contract_is_not_called_by_its_customers_name(sales: Sales, typed: str, called: str) -> None:
    """What it is called stands in findings, which the ledger keeps."""
    person = sales.make("res.partner", name="Hans Muster", is_company=False)
    number = sales.contract(person, name=typed)
    assert contract(sales, f"contract:{number}", person).number == called


def test_every_rhythm_of_the_community_app_is_known(sales: Sales) -> None:
    """A line that says nothing else is billed ahead, every one of its units."""
    rhythms = {
        "daily": "day",
        "weekly": "week",
        "monthly": "month",
        "monthlylastday": "month end",
        "semesterly": "half year",
        "yearly": "year",
    }
    number = sales.contract()
    lines = {f"contract-line:{sales.contract_line(number, recurring_rule_type=rule)}": rule for rule in rhythms}
    found = contract(sales, f"contract:{number}").lines
    assert {lines[line.id]: line.unit for line in found} == rhythms
    assert {(line.every, line.ahead, line.start) for line in found} == {(1, True, dt.date(2026, 1, 31))}


def test_a_new_price_is_a_line_of_its_own(sales: Sales) -> None:
    """A successor has its price, the line before it ends; what was cancelled is ended whatever its dates say."""
    number = sales.contract()
    new = sales.contract_line(number, price_unit=90.0, date_start="2026-07-01", recurring_next_date="2026-12-01")
    old = sales.contract_line(number, date_end="2026-06-30", recurring_next_date=False, successor_contract_line_id=new)
    gone = sales.contract_line(number, is_canceled=True)
    lines = {line.id: line for line in contract(sales, f"contract:{number}").lines}
    assert {name: line.prices[0].amount for name, line in lines.items()} == {
        f"contract-line:{old}": Decimal(80),
        f"contract-line:{new}": Decimal(90),
        f"contract-line:{gone}": Decimal(80),
    }
    assert (lines[f"contract-line:{old}"].end, lines[f"contract-line:{new}"].end) == (dt.date(2026, 6, 30), None)
    assert [line.ended for line in lines.values()].count(True) == 1
    assert lines[f"contract-line:{gone}"].ended


def test_notice_is_due_for_the_first_line_that_renews_itself(sales: Sales) -> None:
    """Not for one that is billed to its end, is followed by another or just runs out."""
    number = sales.contract()
    renewing = {"is_auto_renew": True, "date_end": "2026-12-31"}
    sales.contract_line(number, termination_notice_date="2026-11-30", **renewing)
    sales.contract_line(number, termination_notice_date="2026-10-31", **renewing)
    sales.contract_line(number, termination_notice_date="2026-05-31", date_end="2026-08-31")
    sales.contract_line(number, termination_notice_date="2025-11-30", recurring_next_date=False, **renewing)
    found = contract(sales, f"contract:{number}")
    assert (found.notice, found.renews) == (dt.date(2026, 10, 31), True)


def test_whether_a_contract_renews_is_unknown_where_no_end_is_agreed(sales: Sales) -> None:
    """One that ends and does not renew itself does not."""
    endless, ending = sales.contract(), sales.contract()
    sales.contract_line(endless)
    sales.contract_line(ending, date_end="2026-12-31")
    assert contract(sales, f"contract:{endless}").renews is None
    assert contract(sales, f"contract:{ending}").renews is False


def test_a_terminated_contract_runs_until_the_day_of_its_termination(sales: Sales) -> None:
    """Without a day, or archived, it is ended: facts depend on no clock."""
    cases: tuple[tuple[dict[str, Any], str, str], ...] = (
        ({"is_terminated": True, "terminate_date": "2026-12-31", "date_end": "2028-01-30"}, "running", "2026-12-31"),
        ({"is_terminated": True, "date_end": "2028-01-30"}, "ended", "2028-01-30"),
        ({"active": False, "date_end": "2028-01-30"}, "ended", "2028-01-30"),
    )
    for values, state, end in cases:
        found = contract(sales, f"contract:{sales.contract(**values)}")
        assert (found.state, found.end) == (state, dt.date.fromisoformat(end))


def subscription(sales: Sales, plan: dict[str, Any] | None = None, payer: int = HELVETIA, **values: Any) -> int:
    """A subscription since 31 January without lines."""
    billing = {"billing_period_value": 1, "billing_period_unit": "month", "name": "Monthly"}
    number = sales.make("sale.subscription.plan", **{**billing, **(plan or {})})
    days = {"start_date": "2026-01-31", "next_invoice_date": "2026-11-30", "subscription_state": "3_progress"}
    return sales.order(HELVETIA, payer, **{"is_subscription": True, "plan_id": number, **days, **values})


def test_a_subscription_bills_its_recurring_lines_and_is_an_order_for_the_others(subscriptions: Sales) -> None:
    """Nothing is in both; what the order amounts to is what it bills once."""
    lead = int(subscriptions.company.opportunity("Seats", partner_id=HELVETIA))
    number = subscription(
        subscriptions, payer=RESELLER, client_order_ref="PO-7", opportunity_id=lead, end_date="2027-01-30"
    )
    seats = subscriptions.product("Seats", recurring_invoice=True)
    recurring = subscriptions.line(number, product_id=seats, product_uom_qty=5.0, price_unit=12.5, discount=20.0)
    once = subscriptions.line(number, product_id=subscriptions.product("Set-up"), price_unit=300.0)
    found = contract(subscriptions, f"subscription:{number}", RESELLER)
    assert only(found) == ContractLine(
        id=f"order-line:{recurring}",
        name="Set-up",
        product=str(seats),
        quantity=Decimal(5),
        prices=(Price(None, Decimal("12.5")),),
        discount=Decimal(20),
        start=dt.date(2026, 1, 31),
        end=dt.date(2027, 1, 30),
        next=dt.date(2026, 11, 30),
        prorated=True,
    )
    assert (found.served, found.payer, found.reference, found.renews) == (str(HELVETIA), str(RESELLER), "PO-7", False)
    assert found.deal == str(lead)
    (order,) = [order for order in orders(subscriptions.server(), [HELVETIA])[HELVETIA] if order.id == str(number)]
    assert [line.id for line in order.lines] == [f"order-line:{once}"]
    assert order.untaxed == Decimal("300.00")


@pytest.mark.parametrize(("setting", "name"), [({}, "Lena Gerber"), ({"otherwise": ["deal.user_id"]}, None)])
def test_who_sold_a_subscription_looks_after_it_only_where_the_settings_say_so(
    subscriptions: Sales, setting: dict[str, Any], name: str | None
) -> None:
    number = subscription(subscriptions, user_id=7)
    subscriptions.line(number, product_id=subscriptions.product("Seats", recurring_invoice=True))
    found = contract(subscriptions, f"subscription:{number}", account_manager=setting)
    assert (found.manager.name if found.manager else None) == name


def test_a_product_that_is_billed_as_delivered_is_billed_at_the_end_of_the_period(subscriptions: Sales) -> None:
    """Each line has its order's rhythm; by one that we do not know no period can be told."""
    product = subscriptions.product("Storage", recurring_invoice=True, invoice_policy="delivery")
    number = subscription(subscriptions, {"billing_period_value": 2, "billing_period_unit": "year"})
    subscriptions.line(number, product_id=product)
    line = only(contract(subscriptions, f"subscription:{number}"))
    assert (line.ahead, line.every, line.unit) == (False, 2, "year")
    odd = subscription(subscriptions, plan_id=False)
    subscriptions.line(odd, product_id=product)
    assert only(contract(subscriptions, f"subscription:{odd}")).start is None


def test_a_subscription_runs_while_it_is_in_progress(subscriptions: Sales) -> None:
    """Of a paused one no period can be told: Odoo does not say since when it bills nothing."""
    states = {
        ("draft", "1_draft"): "draft",
        ("draft", "2_renewal"): "draft",
        ("sale", "3_progress"): "running",
        ("sale", "4_paused"): "running",
        ("sale", "5_renewed"): "ended",
        ("sale", "6_churn"): "ended",
        ("cancel", "3_progress"): "ended",
    }
    seats = subscriptions.product(recurring_invoice=True)
    numbers = {}
    for order, stage in states:
        number = subscription(subscriptions, state=order, subscription_state=stage)
        subscriptions.line(number, product_id=seats)
        numbers[f"subscription:{number}"] = order, stage
    found = {numbers[contract.id]: contract for contract in contracts(subscriptions.server(), [HELVETIA])[HELVETIA]}
    assert {stage: contract.state for stage, contract in found.items()} == states
    assert all(only(contract).ended is (contract.state == "ended") for contract in found.values())
    assert [stage for (_, stage), contract in found.items() if only(contract).start is None] == ["4_paused"]


def test_contracts_take_as_many_requests_for_many_as_for_one(sales: Sales, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to a page of them; and every page is read."""
    server = sales.server()
    counts = []
    for _ in range(2):
        for _ in range(3):
            sales.contract_line(sales.contract(HELVETIA, RESELLER))
        contracts(server, [HELVETIA, RESELLER])
        sales.company.operations()
        whole = contracts(server, [HELVETIA, RESELLER])
        counts.append(len(sales.company.operations()))
    assert counts[0] == counts[1] <= 3
    assert len(whole[HELVETIA]) == 6
    monkeypatch.setattr("integrations.odoo.connection.Connection.page", 2)
    assert contracts(server, [HELVETIA, RESELLER]) == whole


def test_each_odoo_is_asked_for_its_shapes(sales: Sales, erp_sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A community edition without the app has none; what we may not read is not nothing."""
    assert shapes(sales.server()) == ("contract.contract",)
    sales.company.lose_rights("contract.contract:read")
    with pytest.raises(AuthError, match="read the contracts"):
        contracts(sales.server(), [HELVETIA])
    sales.company.lose_rights()
    monkeypatch.setattr(erp_sandbox.server.world, "billing", Billing(Contracts.ENTERPRISE))
    assert shapes(sales.server()) == ("sale.order",)
    sales.company.lose_rights("sale.order:read")
    with pytest.raises(AuthError, match="read the subscriptions"):
        contracts(sales.server(), [HELVETIA])
    monkeypatch.setattr(erp_sandbox.server.world, "billing", Billing(Contracts.NONE))
    assert shapes(sales.server()) == ()
    assert contracts(sales.server(), [HELVETIA]) == {HELVETIA: []}
