"""The report: a page for everybody about invoicing exceptions and the amounts at risk."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from cli.page.charts import briefly, money
from cli.page.sections import Row, customer, grouped, row, sections, severities
from cli.render.invoices.words import rate
from cli.render.words import error_lines, safe
from integrations.core.dates import dated, dated_moment
from integrations.core.money import thousands
from integrations.flows.invoicing.digest import Digest
from integrations.flows.invoicing.memory import TrackedFinding
from integrations.flows.invoicing.outcome import Outcome, at_risk, rank

if TYPE_CHECKING:
    from integrations.flows.invoicing.overview import Books


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = thousands
    return environment


def rendered(name: str, values: dict[str, Any]) -> str:
    """A page made from its template."""
    return _environment().get_template(name).render(values)


GONE = 50
"""Lines at most for findings that ended since the last run."""


@dataclasses.dataclass(frozen=True)
class Figure:
    """A number that matters, with what it counts and what is to be known of it."""

    value: str
    name: str
    below: tuple[str, ...] = ()


def html(outcome: Outcome, books: Books) -> str:
    """The page; it loads nothing, runs nothing, and holds customers' names, for every reader of the file.

    What it shows of all customers together (what they owe, how it went over time, how far deals came) is read from
    the ledger; everything else is the outcome's.
    """
    there = _of(outcome, "new", "open")
    acknowledged = _of(outcome, "acknowledged")
    gone = _of(outcome, "resolved")
    values = {
        "day": dated(outcome.today),
        "freshness": list(_freshness(outcome, books)),
        "summary": list(_summary(outcome, there)),
        "figures": list(_figures(outcome, there, len(acknowledged), len(gone))),
        "severities": [(name, mark, books.settings.tickets.due(name)) for name, mark, _ in severities(there)],
        "sections": sections(outcome, books),
        "there": grouped(there, outcome),
        "acknowledged": grouped(acknowledged, outcome),
        "gone": [row(known, outcome) for known in gone[:GONE]],
        "gone_left_off": max(0, len(gone) - GONE),
        "stale": _stale(outcome),
        "broken": _broken(outcome),
        "notes": [safe(note) for note in outcome.notes if not any(stale.why in note for stale in outcome.stale)],
        "not_looked_at": _not_looked_at(outcome),
        "error": " ".join(error_lines(outcome.error)) if outcome.error is not None else "",
    }
    return rendered("report.html.j2", values)


def _of(outcome: Outcome, *states: str) -> list[TrackedFinding]:
    return [known for known in outcome.findings if known.state in states]


def _freshness(outcome: Outcome, books: Books) -> Iterator[str]:
    """The words about the age of the data."""
    if outcome.full:
        yield f"ERP read: all {thousands(outcome.read)} customers"
    elif outcome.since is not None:
        changed = f"{_number(outcome.read, 'customer')} changed since {dated_moment(outcome.since)}"
        yield f"ERP read: {changed}; the others stand as they were read before"
    elif outcome.read:
        yield f"ERP read: {_number(outcome.read, 'customer')}, as named; the others stand as they were read before"
    for company in outcome.companies:
        if company.bank is None:
            yield f"Bank statements of {safe(company.name, 80)}: none was ever imported"
            continue
        too_old = ", too old" if (outcome.today - company.bank).days > books.settings.bank_days else ""
        yield f"Newest bank statement of {safe(company.name, 80)}: {dated(company.bank)}{too_old}"


def _summary(outcome: Outcome, there: list[TrackedFinding]) -> Iterator[str]:
    """The introduction for a newcomer: the report, the meaning of “at risk”, and the present state."""
    yield "This page lists invoicing exceptions: places where what was agreed with a customer, what was delivered,"
    yield "what was invoiced and what was paid do not fit together. They were found by reading the ERP; nothing was"
    yield "changed there. “At risk” is money that may not come in, or that nobody has asked for yet, unless somebody"
    yield "acts. It is not lost. What somebody has acknowledged is listed apart, and does not count."
    if not there:
        may_be_more = outcome.stale or outcome.broken or outcome.error is not None
        yield "Today nothing was found by the rules that could judge." if may_be_more else "Today nothing is wrong."
        return
    customers = _number(len({known.finding.account for known in there}), "customer")
    worst = sum(known.finding.severity == "high" for known in there)
    yield f"Found: {_number(len(there), 'finding')} about {customers}, {thousands(worst)} of high severity."
    if outcome.total.amounts:
        yield f"At risk: {briefly(outcome.total)}."


def _number(number: int, noun: str) -> str:
    return f"{thousands(number)} {noun if number == 1 else noun + 's'}"


def _figures(outcome: Outcome, there: list[TrackedFinding], acknowledged: int, gone: int) -> Iterator[Figure]:
    total = outcome.total
    rates = [rate(dated) for dated in total.rates]
    sums = [money(amount, currency) for currency, amount in total.amounts.items()]
    if total.converted is None and len(sums) > 1:
        yield Figure(" + ".join(sums), "at risk", ("no dated rate is known for all of them: not added up",))
    else:
        yield Figure(briefly(total) or "nothing", "at risk", (*(sums if rates else ()), *rates))
    counted = tuple(f"{mark} {thousands(number)} {name}" for name, mark, number in severities(there))
    yield Figure(thousands(len(there)), "findings", counted)
    new = sum(known.state == "new" for known in there)
    yield Figure(thousands(new), "new since the last check", (f"{thousands(gone)} gone since then",))
    yield Figure(thousands(acknowledged), "acknowledged", ("known, and left alone for now",))


def _stale(outcome: Outcome) -> dict[str, list[str]]:
    """The rules that could not judge, by reason, with the number of customers."""
    found: dict[str, list[str]] = {}
    for stale in outcome.stale:
        rule = safe(outcome.titles.get(stale.rule, stale.rule), 60)
        found.setdefault(safe(stale.why), []).append(f"{rule} ({_number(stale.accounts, 'customer')})")
    return found


def _broken(outcome: Outcome) -> list[dict[str, Any]]:
    return [
        {
            "rule": safe(broken.rule, 60),
            "title": safe(outcome.titles.get(broken.rule, broken.rule), 60),
            "error": safe(broken.error, 60),
            "customer": customer(broken.account, outcome),
        }
        for broken in outcome.broken
    ]


def _not_looked_at(outcome: Outcome) -> list[str]:
    return [safe(text) for text in (*(f"{part}: {why}" for part, why in outcome.absent.items()), *outcome.unknown)]


SHOWN = 200
"""Findings at most in each part of the letter."""


def digest_html(digest: Digest, outcome: Outcome) -> str:
    """The whole letter; `outcome` tells names, titles and who acts: a customer that it does not name is a number."""
    total = outcome.exchange.total(at_risk(known.finding for known in digest.new))
    values = {
        "manager": safe(digest.manager.name, 80),
        "day": dated(outcome.today),
        "at_risk": briefly(total),
        "new": _rows(digest.new, outcome),
        "changed": _rows(digest.changed, outcome),
        "gone": _rows(digest.gone, outcome),
        "counts": {"new": len(digest.new), "changed": len(digest.changed), "gone": len(digest.gone)},
        "example": next((safe(known.finding.fingerprint, 20) for known in (*digest.new, *digest.changed)), ""),
    }
    return rendered("letter.html.j2", values)


def _rows(found: Iterable[TrackedFinding], outcome: Outcome) -> list[Row]:
    """The findings, the worst first."""
    return [row(known, outcome) for known in sorted(found, key=rank)[:SHOWN]]
