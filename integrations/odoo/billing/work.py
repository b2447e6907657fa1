"""Time that somebody worked and that no invoice has billed: timesheets, where those can be billed at all."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from integrations.core.billing import Work
from integrations.core.model import Person
from integrations.odoo.billing.analytic import ITEM, Page, items
from integrations.odoo.billing.companies import by_account, referred
from integrations.odoo.billing.orders import PROJECT
from integrations.odoo.billing.server import ZERO, Server
from integrations.odoo.billing.units import Units
from integrations.odoo.connection import Row
from integrations.odoo.partners import name_of, reference

TASK = "project.task"
FIELDS = ("date", "unit_amount", "product_uom_id", "project_id", "task_id", "timesheet_invoice_type")
Kind = Literal["billable", "included", "fixed", "internal"]
KINDS: Mapping[str, Kind] = {
    "billable_time": "billable",
    "billable_fixed": "fixed",
    "billable_milestones": "fixed",
    "billable_manual": "fixed",
}
"""From `timesheet_invoice_type` of `sale_timesheet`; all others are internal."""
HUNDRED = Decimal(100)


def work(server: Server, ids: Collection[int], since: dt.date | None = None) -> dict[int, list[Work]]:
    """Each customer's time that no invoice has billed, with whom it was worked for alone, not with who pays.

    Billable time is read whatever its age, other time since a day. Hours are Odoo's quantity as it is: timesheets are
    kept in the company's unit of time, hours unless somebody changed that. The amount is what the order line's price
    makes of them, without tax, in the order's currency: `amount` in Odoo is what the work cost us. Nothing where
    `sale_timesheet` is not installed: no time is billed there.

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
    """Hours that were sold in advance, and how many more than those were worked."""

    line: int
    beyond: Decimal


@dataclasses.dataclass(frozen=True, slots=True)
class _Time:
    """An entry with what it is worth an hour; `account`: whom it was worked for."""

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
    """Time of one package of hours: the newest is what goes beyond it, and is not paid for yet."""
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
    """Of a line that was sold by the hour or the day at a fixed price: those are paid for, whether worked or not."""
    paid = max(server.number(line["product_uom_qty"]), server.number(line["qty_invoiced"]))
    return _Package(line["id"], max(ZERO, server.number(line["qty_delivered"]) - paid) * ratio)


def _unit(line: Row) -> Any:
    return line.get("product_uom_id") or line.get("product_uom")


def _managers(server: Server, rows: Sequence[Row]) -> dict[int, Person]:
    """Who leads the projects, as far as we may read them."""
    wanted = referred(rows, "project_id")
    if not server.has(PROJECT, "user_id"):
        return {}
    found = server.search(PROJECT, [["id", "in", sorted(wanted)]], ["user_id"], what="read who leads the projects")
    people = {row["id"]: server.facts.person(reference(row["user_id"])) for row in found}
    return {number: person for number, person in people.items() if person}
