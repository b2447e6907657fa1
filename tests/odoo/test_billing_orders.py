from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from integrations.core.billing import Order, Usage, Work
from integrations.core.errors import AuthError
from integrations.core.model import Person
from integrations.odoo.billing.orders import orders
from integrations.odoo.billing.work import Units, usage, work
from integrations.sandbox.thread import Running
from tests.odoo.company import Company
from tests.odoo.sales import HELVETIA, OTHER, RESELLER, Sales

SINCE = dt.date(2026, 1, 1)


@pytest.fixture
def sales(newest: Company) -> Sales:
    return Sales(newest)


def order(sales: Sales, number: int, account: int = HELVETIA, **billing: object) -> Order:
    (found,) = [order for order in orders(sales.server(**billing), [account])[account] if order.id == str(number)]
    return found


def test_an_order_is_with_who_is_served_and_with_who_pays_as_one(company: Company) -> None:
    """A contact stands for its company; of whom nobody asked there is nothing."""
    sales = Sales(company)
    accounting = sales.make("res.partner", name="Accounting", type="invoice", parent_id=RESELLER)
    number = str(sales.order(HELVETIA, accounting))
    found = orders(sales.server(), [HELVETIA, RESELLER, OTHER])
    ((served,), (payer,)) = (
        [order for order in found[account] if order.id == number] for account in (HELVETIA, RESELLER)
    )
    assert served is payer
    assert (served.served, served.payer) == (str(HELVETIA), str(RESELLER))
    assert number not in {order.id for order in found[OTHER]}
    alone = orders(sales.server(), [RESELLER])
    assert alone.keys() == {RESELLER}
    assert [order.served for order in alone[RESELLER] if order.id == number] == [str(HELVETIA)]


def test_an_order_says_what_was_sold_delivered_and_invoiced(sales: Sales) -> None:
    """Amounts are of the whole line; headings and notes are no lines."""
    lead = int(sales.company.opportunity("Move to the cloud", partner_id=HELVETIA))
    number = sales.order(client_order_ref=" PO-7 ", opportunity_id=lead, tag_ids=[1], x_go_live="2026-04-01", user_id=6)
    product = sales.product()
    quantities = {"product_uom_qty": 3.0, "qty_delivered": 2.0, "qty_invoiced": 1.0, "discount": 10.0}
    line = sales.line(number, product_id=product, name="Set-up\nwith care", price_unit=33.3, **quantities)
    sales.line(number, display_type="line_section", name="Once", price_unit=0.0)
    found = order(sales, number, fields={"go_live": "x_go_live"})
    assert (found.reference, found.deal, found.state) == ("PO-7", str(lead), "confirmed")
    assert (found.day, found.live) == (dt.date(2026, 3, 2), dt.date(2026, 4, 1))
    assert (found.currency, found.untaxed, sorted(found.tags)) == ("CHF", Decimal("89.91"), ["Service"])
    (only,) = found.lines
    assert (only.id, only.product, only.name) == (f"order-line:{line}", str(product), "Set-up")
    assert (only.quantity, only.delivered, only.invoiced) == (Decimal(3), Decimal(2), Decimal(1))
    assert (only.price, only.discount, only.amount) == (Decimal("33.3"), Decimal(10), Decimal("89.91"))
    assert only.milestone is None


@pytest.mark.parametrize(("method", "to_bill"), [("timesheet", Decimal(0)), ("manual", None)])
def test_what_odoo_measures_itself_is_to_be_billed_as_it_says(
    sales: Sales, method: str, to_bill: Decimal | None
) -> None:
    """Where somebody enters what was delivered, nothing delivered may also be something forgotten."""
    number = sales.order()
    sales.line(number, product_id=sales.product(invoice_policy="delivery"), qty_delivered_method=method)
    (only,) = order(sales, number).lines
    assert only.to_bill == to_bill


def test_a_quotation_is_no_order_until_it_is_confirmed(sales: Sales) -> None:
    """What was cancelled is neither."""
    states = {"draft": "quotation", "sent": "quotation", "sale": "confirmed", "cancel": "cancelled"}
    numbers = {str(sales.order(state=state)): state for state in states}
    found = orders(sales.server(), [HELVETIA])[HELVETIA]
    assert {numbers[order.id]: order.state for order in found if order.id in numbers} == states


def test_the_order_that_another_renews_is_told_by_the_field_that_the_settings_name(sales: Sales) -> None:
    """Without the setting, or with a field that Odoo does not have, nothing is known."""
    number = sales.order(x_renews="S00053", x_go_live="2026-04-01")
    assert order(sales, number, fields={"renews": "x_renews"}).renews == "S00053"
    assert order(sales, number, fields={"renews": "x_nothing"}).renews == ""
    assert order(sales, number).live is None


def test_a_line_is_ready_once_all_its_milestones_are_reached(sales: Sales) -> None:
    """And who leads the order's project is who manages it."""
    number = sales.order()
    first, second = sales.line(number), sales.line(number)
    project = sales.make("project.project", name="Move", sale_line_id=first, user_id=7)
    for line, reached in ((first, True), (first, False), (second, True)):
        sales.make("project.milestone", name="Go", project_id=project, sale_line_id=line, is_reached=reached)
    found = order(sales, number)
    assert {line.id: line.milestone for line in found.lines} == {
        f"order-line:{first}": False,
        f"order-line:{second}": True,
    }
    assert isinstance(found.manager, Person)
    assert found.manager.email == "lena.gerber@acme.example"


def test_orders_take_as_many_requests_for_many_as_for_one(sales: Sales, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to a page of them; and every page is read."""
    sales.line(sales.order())
    server = sales.server()
    counts = []
    for _ in range(2):
        orders(server, [HELVETIA, RESELLER])
        sales.company.operations()
        orders(server, [HELVETIA, RESELLER])
        counts.append(len(sales.company.operations()))
        for _ in range(5):
            sales.line(sales.order(HELVETIA, RESELLER))
    assert counts[0] == counts[1] <= 5
    whole = orders(server, [HELVETIA, RESELLER])
    monkeypatch.setattr("integrations.odoo.connection.Connection.page", 2)
    assert orders(server, [HELVETIA, RESELLER]) == whole


def test_where_there_is_no_sales_app_there_are_no_orders(sales: Sales) -> None:
    """A right that we lack is something else: then nothing is known."""
    sales.company.lose_rights("app:sale")
    assert orders(sales.server(), [HELVETIA]) == {HELVETIA: []}
    sales.company.lose_rights("sale.order:read")
    with pytest.raises(AuthError, match="read the orders"):
        orders(sales.server(), [HELVETIA])


@pytest.fixture
def timesheets(sales: Sales, erp_sandbox: Running) -> Sales:
    """With hours, and days that are eight of them."""
    units = erp_sandbox.server.world.state.table("erp", "uom.uom")
    for number, name, factor in ((1, "Hours", 1.0), (2, "Days", 8.0)):
        units[str(number)] = {"id": number, "name": name, "active": True, "factor": factor}
    return sales


def worked(sales: Sales, line: int | None, day: str, hours: float, how: str = "billable_time", **values: Any) -> str:
    """An entry's id."""
    given = {"date": day, "unit_amount": hours, "timesheet_invoice_type": how, "product_uom_id": 1, **values}
    defaults = {"name": "Work", "amount": -50.0 * hours, "project_id": values.get("project_id", 1)}
    return str(sales.make("account.analytic.line", **{**defaults, "so_line": line or False, **given}))


def of_helvetia(sales: Sales, since: dt.date | None = SINCE) -> dict[str, Work]:
    found = work(sales.server(), [HELVETIA, RESELLER], since)
    assert found[RESELLER] == []
    return {work.id: work for work in found[HELVETIA]}


def test_time_is_worth_its_order_lines_price_not_what_it_cost(timesheets: Sales) -> None:
    """It is with whom it was worked for, though the reseller pays; the order line tells where the entry does not."""
    project = timesheets.make("project.project", name="Move", user_id=7)
    order = timesheets.order(HELVETIA, RESELLER)
    line = timesheets.line(order, price_unit=180.0, discount=10.0, product_uom_id=1)
    own = worked(timesheets, line, "2026-05-04", 2.5, partner_id=HELVETIA, project_id=project)
    by_line = worked(timesheets, line, "2026-05-05", 1.0, project_id=project)
    found = of_helvetia(timesheets)
    assert found.keys() == {own, by_line}
    assert (found[own].kind, found[own].hours, found[own].amount) == ("billable", Decimal("2.5"), Decimal("405.00"))
    assert (found[own].currency, found[own].project, found[own].day) == ("CHF", "Move", dt.date(2026, 5, 4))
    assert found[own].manager == Person(name="Lena Gerber", email="lena.gerber@acme.example")


def test_what_is_billed_or_was_never_to_be_billed_is_not_billable(timesheets: Sales) -> None:
    """Old time is read only where it is to be billed by the hour."""
    project = timesheets.make("project.project", name="Move")
    line = timesheets.line(timesheets.order(), product_uom_id=1)
    own: dict[str, Any] = {"partner_id": HELVETIA, "project_id": project}
    old = worked(timesheets, line, "2025-03-01", 1, **own)
    fixed = worked(timesheets, None, "2026-03-01", 1, "billable_milestones", **own)
    internal = worked(timesheets, None, "2026-03-01", 1, "non_billable", **own)
    worked(timesheets, None, "2025-03-01", 1, "non_billable", **own)
    worked(timesheets, line, "2026-03-01", 1, timesheet_invoice_id=601, **own)
    found = of_helvetia(timesheets)
    assert {number: work.kind for number, work in found.items()} == {
        old: "billable",
        fixed: "fixed",
        internal: "internal",
    }
    assert found[internal].amount is None


def test_of_a_package_of_hours_only_what_goes_beyond_it_is_billable(timesheets: Sales) -> None:
    """The newest goes beyond it; an entry that crosses the edge counts with the part beyond."""
    project = timesheets.make("project.project", name="Support")
    own: dict[str, Any] = {"partner_id": HELVETIA, "project_id": project}
    sold = {"product_uom_qty": 10.0, "qty_invoiced": 10.0, "price_unit": 100.0, "product_uom_id": 1}
    line = timesheets.line(timesheets.order(), qty_delivered=13.0, **sold)
    first, second, third = (
        worked(timesheets, line, day, hours, "billable_fixed", **own)
        for day, hours in (("2026-02-01", 9.0), ("2026-03-01", 2.0), ("2026-04-01", 2.0))
    )
    found = of_helvetia(timesheets)
    assert [(found[work].kind, found[work].hours) for work in (first, second, third)] == [
        ("included", Decimal(9)),
        ("billable", Decimal(1)),
        ("billable", Decimal(2)),
    ]
    assert found[second].amount == Decimal("100.00")
    timesheets.change("sale.order.line", line, qty_delivered=10.0)
    assert {work.kind for work in of_helvetia(timesheets).values()} == {"included"}


def test_where_time_can_not_be_billed_there_is_none(timesheets: Sales) -> None:
    """Without the app that bills it; without the right, nothing is known."""
    timesheets.company.lose_rights("app:sale_timesheet")
    assert work(timesheets.server(), [HELVETIA]) == {HELVETIA: []}
    timesheets.company.lose_rights("account.analytic.line:read")
    for read in (work, usage):
        with pytest.raises(AuthError):
            read(timesheets.server(), [HELVETIA])


@pytest.mark.parametrize(
    ("fields", "hour", "day"),
    [
        ({"factor", "category_id"}, {"factor": 8.0, "category_id": [3, ""]}, {"factor": 1.0, "category_id": [3, ""]}),
        (
            {"factor", "relative_uom_id"},
            {"factor": 1.0, "relative_uom_id": False},
            {"factor": 8.0, "relative_uom_id": [1, ""]},
        ),
    ],
    ids=["17", "19"],
)
def test_a_day_is_eight_hours_in_every_version(fields: set[str], hour: dict[str, Any], day: dict[str, Any]) -> None:
    """Versions say it the other way round; what measures something else has no ratio."""

    class Dozen:
        def search(self, *_: object, **__: object) -> list[dict[str, Any]]:
            piece = {"id": 3, "factor": 1.0, "category_id": [9, ""], "relative_uom_id": False}
            return [{"id": 1, **hour}, {"id": 2, **day}, piece]

        def fields(self, _: str) -> set[str]:
            return fields

    units = Units(Dozen())  # type: ignore[arg-type]  # two methods of a server
    assert units.ratio([2, "Days"], [1, "Hours"]) == 8
    assert units.ratio([1, "Hours"], [2, "Days"]) == Decimal("0.125")
    assert units.ratio([3, "Units"], [1, "Hours"]) is None
    assert units.ratio([7, "Gone"], [7, "Gone"]) == 1


def test_units_of_no_known_kind_have_no_ratio(timesheets: Sales) -> None:
    """Work at a fixed price for one piece is no package of one hour."""
    units = Units(timesheets.server())
    assert units.ratio([2, "Days"], [1, "Hours"]) is None
    project = timesheets.make("project.project", name="Move")
    line = timesheets.line(timesheets.order(), product_uom_id=2, price_unit=1500.0)
    entry = worked(timesheets, line, "2026-03-01", 16, "billable_fixed", partner_id=HELVETIA, project_id=project)
    found = of_helvetia(timesheets)[entry]
    assert (found.kind, found.amount) == ("fixed", None)


def measured(sales: Sales, **values: object) -> dict[str, Usage]:
    defaults = {"name": "tenant-1", "date": "2026-06-30", "unit_amount": 12.5, "partner_id": HELVETIA, "amount": -1.0}
    sales.make("account.analytic.line", **{**defaults, **values})
    return {reading.subject: reading for reading in usage(sales.server(), [HELVETIA, RESELLER], SINCE)[HELVETIA]}


def test_usage_is_measured_on_a_subject_of_a_product(timesheets: Sales) -> None:
    """Time of a project is none, nor what has no product, nor what is older."""
    product = timesheets.product("Storage")
    line = timesheets.line(timesheets.order(), product_id=product)
    project = timesheets.make("project.project", name="Move")
    measured(timesheets, product_id=product, project_id=project, name="time")
    measured(timesheets, name="no product")
    measured(timesheets, product_id=product, date="2025-12-31", name="old")
    found = measured(timesheets, product_id=product, product_uom_id=2, so_line=line, partner_id=False)
    assert found.keys() == {"tenant-1"}
    (reading,) = found.values()
    assert (reading.product, reading.name, reading.quantity, reading.unit) == (
        str(product),
        "Storage",
        Decimal("12.5"),
        "Days",
    )
    assert (reading.order_line, reading.contract_line, reading.day) == (f"order-line:{line}", "", dt.date(2026, 6, 30))
