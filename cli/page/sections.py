"""The charts of the report: amounts at risk and their age, amounts owed, deals, and the course over time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cli.page.charts import NOTHING, Bars, Columns, Point, Series, Slice, added, bars, briefly, columns, money, series
from cli.render.invoices.words import acknowledged, amount, message, title, who
from cli.render.words import count, safe
from integrations.core.calendar import day_of
from integrations.core.dates import dated, dated_moment
from integrations.core.text import one_line
from integrations.flows.invoicing.chain import STAGES
from integrations.flows.invoicing.findings import Finding
from integrations.flows.invoicing.memory import TrackedFinding
from integrations.flows.invoicing.outcome import Exchange, Outcome, aging, at_risk, counted
from integrations.flows.invoicing.rule import SEVERITIES, Severity

if TYPE_CHECKING:
    from integrations.flows.invoicing.overview import Books

RULES = 12
"""Rules with a bar of their own at most; the others share one."""
RUNS = 30
SINCE: Sequence[tuple[str, int | None]] = (
    ("up to 7 days", 7),
    ("8 to 30 days", 30),
    ("31 to 90 days", 90),
    ("91 days to a year", 365),
    ("more than a year", None),
)
"""The buckets of how long something has been wrong: up to and with this many days."""


WAITS: Mapping[str, str] = {
    "won": "won, not ordered",
    "ordered": "ordered, not delivered",
    "delivered": "delivered, not invoiced",
    "invoiced": "invoiced, not paid",
}
"""What a deal waits for at each stage."""


@dataclasses.dataclass(frozen=True)
class Section:
    """Charts under one heading: bars, or columns over time; one for each currency that stands by itself."""

    name: str
    note: str
    bars: tuple[Bars, ...] = ()
    columns: tuple[Columns, ...] = ()


def sections(outcome: Outcome, books: Books) -> list[Section]:
    """All charts that have something to show."""
    there = [known for known in outcome.findings if known.state in ("new", "open")]
    found = [by_rule(there, outcome), by_age(there, outcome), owed(outcome, books), chain(outcome, books)]
    found += trend(outcome, books)
    return [section for section in found if section.bars or section.columns]


def by_rule(there: Sequence[TrackedFinding], outcome: Outcome) -> Section:
    """The amounts at risk by rule, the largest first."""
    into = outcome.exchange
    of_rule: dict[str, list[Finding]] = {}
    for finding in counted(known.finding for known in there):
        of_rule.setdefault(title(finding, outcome), []).append(finding)
    slices = [_slice(name, found) for name, found in of_rule.items() if at_risk(found)]
    slices.sort(key=lambda part: (-_weight(part, into), part.label))
    if len(slices) > RULES:
        others = slices[RULES - 1 :]
        kinds = f"{len(others)} other kinds of exception"
        slices = [*slices[: RULES - 1], Slice(kinds, added(part.amounts for part in others))]
    note = "An invoice that is found more than once counts once, with its largest amount."
    without = sum(known.finding.amount is None for known in there)
    if without:
        note += f" No amount can be said of {count(without, 'finding')}."
    return _section("At risk, by what is wrong", note, slices, into, empty=False)


def by_age(there: Sequence[TrackedFinding], outcome: Outcome) -> Section:
    """The amounts at risk by age, counted from the ERP's own day if there is one, else from the first finding."""
    seen = {known.finding.fingerprint: day_of(known.first_seen) for known in there}
    buckets: list[list[Finding]] = [[] for _ in SINCE]
    for finding in counted(known.finding for known in there):
        days = (outcome.today - (finding.since or seen[finding.fingerprint])).days
        workspace = next(number for number, (_, most) in enumerate(SINCE) if most is None or days <= most)
        buckets[workspace].append(finding)
    slices = [_slice(name, found) for (name, _), found in zip(SINCE, buckets, strict=True)]
    note = "What has been wrong for long is seldom fixed by waiting."
    return _section("At risk, by how long it has been wrong", note, slices, outcome.exchange)


def owed(outcome: Outcome, books: Books) -> Section:
    """The open amounts of customers by days past due, also those without a finding."""
    items = (item for _, _, owes, _ in books.memory.overview() for item in owes)
    slices = [Slice(name, amounts) for name, amounts in aging(items, outcome.today)]
    note = "Open invoices of all customers less their credit notes, by days past the due date (aging of receivables)."
    return _section("What customers owe", note, slices, outcome.exchange)


def chain(outcome: Outcome, books: Books) -> Section:
    """The won deals by stage between the win and the payment, and the amounts that are stuck there."""
    standing: dict[str, list[dict[str, Any]]] = {stage: [] for stage in STAGES}
    for _, _, _, deals in books.memory.overview():
        for deal in deals:
            standing[deal["stage"]].append(deal)
    number = sum(len(deals) for deals in standing.values())
    if not number:
        return Section("Won deals on their way to the money", "")
    slices = [_stopped(stage, deals) for stage, deals in standing.items() if stage != "paid"]
    note = f"All customers: {count(number, 'deal')} won in the last {books.settings.history_months} months, "
    note += f"{len(standing['paid'])} of them paid. The others, by how far all of each deal came, with what stands "
    note += "there: what is paid once and, of what is paid regularly, one month, without tax."
    return _section("Won deals on their way to the money", note, slices, outcome.exchange, always=True)


def trend(outcome: Outcome, books: Books) -> list[Section]:
    """The number of findings and the amount at risk at the end of each of the last checks."""
    runs = books.memory.runs(RUNS)
    if len(runs) < 2:
        return []
    points = [Point(_moment(run), Decimal(_open(run)), count(_open(run), "finding")) for run in runs]
    note = f"All customers, the last {len(runs)} checks."
    findings = Section("Findings over time", note, columns=(columns("Findings", points),))
    return [findings, _amounts_over_time(runs, outcome.exchange)]


def _amounts_over_time(runs: Sequence[dict[str, Any]], into: Exchange) -> Section:
    amounts = [{currency: Decimal(value) for currency, value in run["amounts"].items()} for run in runs]
    currencies = sorted({currency for sums in amounts for currency in sums})
    totals = [into.total(sums).converted for sums in amounts]
    made = []
    if currencies and all(total is not None for total in totals):
        points = [(total.amount, total.currency) for total in totals if total is not None]
        made.append(_money_columns(runs, points))
    else:
        made += [_money_columns(runs, [(sums.get(name, NOTHING), name) for sums in amounts]) for name in currencies]
    note = "All customers, as of each check." + (" At today's rates." if len(currencies) > len(made) else "")
    return Section("At risk over time", note, columns=tuple(made))


def _money_columns(runs: Sequence[dict[str, Any]], amounts: Sequence[tuple[Decimal, str]]) -> Columns:
    pairs = zip(runs, amounts, strict=True)
    points = [Point(_moment(run), amount, money(amount, currency)) for run, (amount, currency) in pairs]
    return columns(f"At risk in {amounts[0][1]}", points)


def _section(
    name: str, note: str, slices: Sequence[Slice], into: Exchange, *, empty: bool = True, always: bool = False
) -> Section:
    """The slices as bars, currency by currency where they can't be added up.

    `empty`: also slices with nothing in them; `always`: also where there is nothing in any.
    """
    found = series(slices, into) or [Series(into.into, (NOTHING,) * len(slices))]
    charts = []
    for line in found:
        if not (any(line.values) or always):
            continue
        pairs = [(part, value) for part, value in zip(slices, line.values, strict=True) if empty or value]
        shown = Series(line.currency, tuple(value for _, value in pairs))
        charts.append(bars(name, [part for part, _ in pairs], shown))
    return Section(name, note, tuple(charts))


def _stopped(stage: str, deals: Sequence[dict[str, Any]]) -> Slice:
    """The deals that stand at a stage."""
    amounts = added({currency: Decimal(amount)} for deal in deals for currency, amount in deal["amounts"])
    return Slice(f"{WAITS[stage]}: {count(len(deals), 'deal')}", amounts)


def _slice(name: str, found: Sequence[Finding]) -> Slice:
    return Slice(name, at_risk(found), count(len(found), "finding"))


def _weight(part: Slice, into: Exchange) -> Decimal:
    """The sort key of a slice; in several currencies without rates its plain numbers."""
    converted = into.total(part.amounts).converted
    return converted.amount if converted is not None else sum(part.amounts.values(), Decimal(0))


def _open(run: dict[str, Any]) -> int:
    return int(run["counts"].get("new", 0)) + int(run["counts"].get("open", 0))


def _moment(run: dict[str, Any]) -> str:
    return dated_moment(datetime.fromisoformat(run["at"]))


SHOWN = 600
"""Findings on a page at most, so that a browser on an old laptop still scrolls it."""
IN_GROUP = 40
"""Findings of one customer on a page at most."""
PROOFS = 8
"""Pieces of evidence of one finding on a page at most."""
NAME = 200
MARKS: dict[Severity, str] = {"high": "▲", "medium": "◆", "low": "●"}
"""Shapes: a severity never rests on its colour alone."""


@dataclasses.dataclass(frozen=True)
class Proof:
    """A piece of evidence; `url` is empty where there is no page that a browser may open."""

    text: str
    url: str


@dataclasses.dataclass(frozen=True)
class Row:
    """A finding; `state` is empty where it is simply open."""

    fingerprint: str
    severity: Severity
    mark: str
    title: str
    message: str
    amount: str
    who: str
    action: str
    proofs: tuple[Proof, ...]
    more: int
    first_seen: str
    state: str
    is_new: bool
    customer: Customer


@dataclasses.dataclass(frozen=True)
class Customer:
    """A customer with findings; `name` is empty where the ERP has none."""

    number: str
    name: str


@dataclasses.dataclass(frozen=True)
class Group:
    """A customer's findings: those that are shown, how many are not, and what all of them put at risk."""

    customer: Customer
    rows: tuple[Row, ...]
    left_off: int
    at_risk: str


@dataclasses.dataclass(frozen=True)
class Groups:
    """All customers that are shown, and the numbers of those left out."""

    groups: tuple[Group, ...]
    customers_left_off: int = 0
    findings_left_off: int = 0


def grouped(found: Iterable[TrackedFinding], outcome: Outcome) -> Groups:
    """Findings by customer, customers with the worst ones first."""
    by_customer: dict[str, list[TrackedFinding]] = {}
    for known in found:
        by_customer.setdefault(known.finding.account, []).append(known)
    groups: list[Group] = []
    room = SHOWN
    waiting = list(by_customer.values())
    while waiting and room > 0:
        group = waiting.pop(0)
        groups.append(_group(group, min(room, IN_GROUP), outcome))
        room -= len(groups[-1].rows)
    return Groups(tuple(groups), len(waiting), sum(len(findings) for findings in waiting))


def row(known: TrackedFinding, outcome: Outcome) -> Row:
    """A finding in words."""
    finding = known.finding
    proofs = _proofs(finding)
    return Row(
        fingerprint=finding.fingerprint,
        severity=finding.severity,
        mark=MARKS[finding.severity],
        title=title(finding, outcome),
        message=message(finding, outcome),
        amount=amount(finding),
        who=who(finding, outcome),
        action=safe(finding.action, 300),
        proofs=proofs[:PROOFS],
        more=max(0, len(proofs) - PROOFS),
        first_seen=dated(day_of(known.first_seen)),
        state=_state(known),
        is_new=known.state == "new",
        customer=customer(finding.account, outcome),
    )


def customer(number: str, outcome: Outcome) -> Customer:
    """A customer as a page names it."""
    return Customer(safe(number, 60), safe(outcome.names.get(number, ""), NAME))


def link(url: str) -> str:
    """The address if it is of the web, else empty: `javascript:` and the like would be run by a browser."""
    address = one_line(url)
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.netloc and " " not in address else ""


def severities(found: Iterable[TrackedFinding]) -> list[tuple[Severity, str, int]]:
    """Each severity with its mark, and how many there are."""
    counted = [known.finding.severity for known in found]
    return [(severity, MARKS[severity], counted.count(severity)) for severity in SEVERITIES]


def _group(found: Sequence[TrackedFinding], most: int, outcome: Outcome) -> Group:
    there = [known.finding for known in found if known.state in ("new", "open")]
    rows = tuple(row(known, outcome) for known in found[:most])
    total = briefly(outcome.exchange.total(at_risk(there)))
    return Group(customer(found[0].finding.account, outcome), rows, len(found) - len(rows), total)


def _proofs(finding: Finding) -> tuple[Proof, ...]:
    """The evidence; where it links to nothing, the record that the finding itself names."""
    proofs = tuple(Proof(safe(evidence.text), link(evidence.url)) for evidence in finding.evidence)
    own = link(finding.url)
    return proofs if not own or any(proof.url == own for proof in proofs) else (*proofs, Proof("the record", own))


def _state(known: TrackedFinding) -> str:
    """The words about a finding's state; empty where it is simply open."""
    if known.state == "acknowledged":
        return acknowledged(known)
    if known.state == "resolved":
        return f"gone since {dated(day_of(known.resolved))}" if known.resolved is not None else "gone"
    return f"came back on {dated(day_of(known.returned))}" if known.returned is not None else ""
