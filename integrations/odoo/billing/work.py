"""Time that was worked and services that were measured, and that no invoice has billed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from integrations.core.billing import Usage, Work
from integrations.core.model import Person
from integrations.odoo.billing.companies import belonging, by_account, companies, customer, referred
from integrations.odoo.billing.orders import ORDER_LINE, PROJECT, is_recurring, names, product
from integrations.odoo.billing.server import ZERO, Server
from integrations.odoo.connection import Row
from integrations.odoo.partners import name_of, reference

ITEM = "account.analytic.line"
SOLD = (
    *("order_partner_id", "price_unit", "discount", "currency_id", "product_uom_qty", "qty_delivered", "qty_invoiced"),
    "product_uom",  # until 18
    "product_uom_id",  # 19 on
    *("recurring_invoice", "temporal_type"),
)


@dataclasses.dataclass(frozen=True)
class Page:
    """A page of analytic items, with the order lines and customers that they lead to."""

    rows: Sequence[Row]
    sold: Mapping[int, Row]
    companies: Mapping[int, int]

    def line(self, row: Row) -> Row | None:
        """The order line of an item; None where it has none, or that may not be seen."""
        return self.sold.get(reference(row.get("so_line")) or 0)

    def account(self, row: Row) -> int:
        """The customer of an item: its own, else that of its order line; 0 where there is none."""
        line = self.line(row) or {}
        return customer(self.companies, row["partner_id"] or line.get("order_partner_id"))


def items(
    server: Server, ids: Collection[int], domain: Sequence[Any], fields: Collection[str], *, what: str
) -> Iterator[Page]:
    """The analytic items of these customers, page after page; none where there is no Invoicing app.

    Raises:
        AuthError: We may not read them.
    """
    asked = [*_owned(server, ids), *domain]
    for rows in server.pages(ITEM, asked, [*fields, "partner_id", "so_line"], what=what, times=2):
        if rows:
            sold = _sold(server, rows)
            partners = referred(rows, "partner_id") | referred(sold.values(), "order_partner_id")
            yield Page(rows, sold, companies(server, partners, ids))


def _owned(server: Server, ids: Collection[int]) -> list[Any]:
    """The domain of these customers' items, also of those without a customer that have an order line with one."""
    own = belonging(ids, "partner_id")
    if "so_line" not in server.fields(ITEM) or not server.has(ORDER_LINE, "order_partner_id"):
        return own
    return ["|", *own, "&", ["partner_id", "=", False], *belonging(ids, "so_line.order_partner_id")]


def _sold(server: Server, rows: Sequence[Row]) -> dict[int, Row]:
    wanted = referred(rows, "so_line")
    if not wanted or not server.fields(ORDER_LINE):
        return {}
    domain = [["id", "in", sorted(wanted)]]
    return {row["id"]: row for row in server.search(ORDER_LINE, domain, SOLD, what="read what the work was sold as")}


TAG = "account.analytic.tag"
USAGE_FIELDS = (
    *("date", "name", "product_id", "product_uom_id", "unit_amount"),
    "tag_ids",  # the community's account_analytic_tag
)


def usage(server: Server, ids: Collection[int], since: dt.date | None = None) -> dict[int, list[Usage]]:
    """The measured usage of each customer served since a day; not that of customers for whom it only pays.

    Quantities are in the item's own unit. Items that a posted invoice or bill made are left out: they have its journal
    item in `move_line_id`.

    Raises:
        AuthError: We may not read analytic items.
    """
    return by_account(ids, _usage(server, ids, since))


def _usage(server: Server, ids: Collection[int], since: dt.date | None) -> Iterator[tuple[tuple[int, ...], Usage]]:
    known = server.fields(ITEM)
    domain: list[Any] = [["product_id", "!=", False]]
    domain += [[field, "=", False] for field in ("project_id", "move_line_id") if field in known]
    if since:
        domain.append(["date", ">=", since.isoformat()])
    for page in items(server, ids, domain, USAGE_FIELDS, what="read what was measured of services"):
        tags = names(server, TAG, page.rows)
        for row in page.rows:
            if made := _item(server, row, page, tags):
                yield (page.account(row),), made


def _item(server: Server, row: Row, page: Page, tags: Mapping[int, str]) -> Usage | None:
    day, line = server.day(row["date"]), page.line(row)
    if day is None:
        return None
    number = reference(row.get("so_line"))
    order_line = f"order-line:{number}" if number else ""
    return Usage(
        id=str(row["id"]),
        day=day,
        product=product(row),
        name=name_of(row["product_id"]) or "",
        quantity=server.number(row["unit_amount"]),
        unit=name_of(row["product_uom_id"]) or "",
        subject=str(row["name"] or "").strip(),
        order_line=order_line,
        contract_line=order_line if line is not None and is_recurring(line) else "",
        tags=frozenset(tags[tag] for tag in row.get("tag_ids") or () if tag in tags),
        url=server.link(ITEM, row["id"]),
    )


UNIT = "uom.uom"
UNIT_FIELDS = ("factor", "category_id", "relative_uom_id")
ONE = Decimal(1)


class Units:
    """The units of measure of one Odoo, some dozens; all read when two are compared for the first time."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._rows: Mapping[int, Row] | None = None

    def ratio(self, unit: Any, other: Any) -> Decimal | None:
        """The number of `other` in one `unit`, each given as `[id, name]`: 8 for a day in hours.

        None where they measure different things. Until version 18 a unit's factor is how many of it make the
        category's reference unit (17: hours 8, days 1); from 19 on it is how many reference units it is (hours 1,
        days 8). Measured on both.
        """
        first_unit, second_unit = reference(unit) or 0, reference(other) or 0
        if first_unit == second_unit:
            return ONE
        rows = self._known()
        first, second = rows.get(first_unit), rows.get(second_unit)
        if first is None or second is None or not self._are_alike(first, second):
            return None
        factors = Decimal(repr(first["factor"])), Decimal(repr(second["factor"]))
        if not all(factors):
            return None
        return factors[0] / factors[1] if self._is_absolute() else factors[1] / factors[0]

    def _known(self) -> Mapping[int, Row]:
        if self._rows is None:
            found = self._server.search(UNIT, [], UNIT_FIELDS, what="read the units of measure")
            self._rows = {row["id"]: row for row in found}
        return self._rows

    def _is_absolute(self) -> bool:
        return "relative_uom_id" in self._server.fields(UNIT)

    def _are_alike(self, row: Row, other: Row) -> bool:
        kind = self._kind(row)
        return bool(kind) and kind == self._kind(other)

    def _kind(self, row: Row) -> int:
        """The quantity that a unit measures: its category, from 19 on the root unit of its definition; 0 if unknown."""
        if not self._is_absolute():
            return reference(row.get("category_id")) or 0
        seen: set[int] = set()
        while (above := reference(row["relative_uom_id"])) and above not in seen:
            seen.add(above)
            row = self._known().get(above) or {"id": above, "relative_uom_id": False}
        return int(row["id"])


TASK = "project.task"
FIELDS = ("date", "unit_amount", "product_uom_id", "project_id", "task_id", "timesheet_invoice_type")
Kind = Literal["billable", "included", "fixed", "internal"]
KINDS: Mapping[str, Kind] = {
    "billable_time": "billable",
    "billable_fixed": "fixed",
    "billable_milestones": "fixed",
    "billable_manual": "fixed",
}
"""Kinds by `timesheet_invoice_type` of `sale_timesheet`; all other values are internal."""
HUNDRED = Decimal(100)


def work(server: Server, ids: Collection[int], since: dt.date | None = None) -> dict[int, list[Work]]:
    """The time worked for each customer that no invoice has billed; not time for which it only pays.

    Billable time is read whatever its age, other time since a day. Hours are Odoo's quantity: timesheets are kept in
    the company's unit of time, which is hours unless it was changed. The amount is hours by the order line's price,
    without tax, in the order's currency; Odoo's own `amount` is what the work cost us. None without `sale_timesheet`,
    for no time is billed there.

    Raises:
        AuthError: We may not read timesheets.
    """
    return by_account(ids, _work(server, ids, since))


def _work(server: Server, ids: Collection[int], since: dt.date | None) -> Iterator[tuple[tuple[int, ...], Work]]:
    if server.lacks(ITEM) == "" and not server.has(ITEM, "project_id", "timesheet_invoice_type"):
        return
    domain: list[Any] = [["project_id", "!=", False], ["timesheet_invoice_id", "=", False]]
    if since:
        domain += ["|", ["timesheet_invoice_type", "=", "billable_time"], ["date", ">=", since.isoformat()]]
    units = Units(server)
    packages: dict[int, list[_Time]] = {}
    for page in items(server, ids, domain, FIELDS, what="read the time that is not billed"):
        managers = _managers(server, page.rows)
        for row in page.rows:
            time = _time(server, row, page, units, managers)
            if time.package is None:
                yield time.whole()
            else:
                packages.setdefault(time.package.line, []).append(time)
    for times in packages.values():
        yield from _divided(times)


@dataclasses.dataclass(frozen=True, slots=True)
class _Package:
    """A package of hours that was sold in advance, with the hours worked beyond it."""

    line: int
    beyond: Decimal


@dataclasses.dataclass(frozen=True, slots=True)
class _Time:
    """A timesheet entry with its price per hour; `account` is the customer it was worked for."""

    account: int
    work: Work
    price: Decimal | None
    digits: Decimal
    package: _Package | None

    def whole(self) -> tuple[tuple[int, ...], Work]:
        return (self.account,), self.as_kind(self.work.kind, self.work.hours)

    def as_kind(self, kind: Kind, hours: Decimal) -> Work:
        amount = None if self.price is None else (self.price * hours).quantize(self.digits)
        return dataclasses.replace(self.work, kind=kind, hours=hours, amount=amount)


def _divided(times: Sequence[_Time]) -> Iterator[tuple[tuple[int, ...], Work]]:
    """Divide the time of one package of hours: the newest hours are those beyond it, which are not paid for yet."""
    left = max((time.package.beyond for time in times if time.package), default=ZERO)
    for time in sorted(times, key=lambda time: (time.work.day, int(time.work.id)), reverse=True):
        hours = min(left, time.work.hours)
        if hours > 0:
            left -= hours
            yield (time.account,), time.as_kind("billable", hours)
        else:
            yield (time.account,), time.as_kind("included", time.work.hours)


def _time(server: Server, row: Row, page: Page, units: Units, managers: Mapping[int, Person]) -> _Time:
    line = page.line(row) or {}
    ratio = units.ratio(_unit(line), row["product_uom_id"]) if line else None
    code, digits = server.facts.currency(line.get("currency_id"))
    project, task = reference(row["project_id"]), reference(row.get("task_id"))
    found = Work(
        id=str(row["id"]),
        day=server.day(row["date"]) or dt.date.min,
        hours=server.number(row["unit_amount"]),
        kind=KINDS.get(row["timesheet_invoice_type"] or "", "internal"),
        currency=code,
        project=name_of(row["project_id"]) or "",
        manager=managers.get(project or 0),
        url=server.link(TASK, task) if task else server.link(PROJECT, project or 0),
    )
    price = None
    if ratio:
        price = server.number(line["price_unit"]) * (1 - server.number(line["discount"]) / HUNDRED) / ratio
    package = _package(server, line, ratio) if ratio and row["timesheet_invoice_type"] == "billable_fixed" else None
    return _Time(page.account(row), found, price, Decimal(1).scaleb(-digits), package)


def _package(server: Server, line: Row, ratio: Decimal) -> _Package:
    """The package of a line that was sold at a fixed price: its hours are paid for, worked or not."""
    paid = max(server.number(line["product_uom_qty"]), server.number(line["qty_invoiced"]))
    return _Package(line["id"], max(ZERO, server.number(line["qty_delivered"]) - paid) * ratio)


def _unit(line: Row) -> Any:
    return line.get("product_uom_id") or line.get("product_uom")


def _managers(server: Server, rows: Sequence[Row]) -> dict[int, Person]:
    """By project its manager, as far as we may read projects."""
    wanted = referred(rows, "project_id")
    if not server.has(PROJECT, "user_id"):
        return {}
    found = server.search(PROJECT, [["id", "in", sorted(wanted)]], ["user_id"], what="read who leads the projects")
    people = {row["id"]: server.facts.person(reference(row["user_id"])) for row in found}
    return {number: person for number, person in people.items() if person}
