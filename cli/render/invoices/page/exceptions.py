"""Findings as a page shows them: grouped by customer, no more than a reader can use."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from cli.render.invoices.page.amounts import briefly
from cli.render.invoices.words import acknowledged, amount, message, title, who
from cli.render.words import safe
from integrations.core.calendar import day_of
from integrations.core.dates import dated
from integrations.core.text import one_line
from integrations.flows.invoicing.judging import Finding
from integrations.flows.invoicing.outcome import Outcome
from integrations.flows.invoicing.remembered import Known
from integrations.flows.invoicing.rule import SEVERITIES, Severity
from integrations.flows.invoicing.totals import at_risk

SHOWN = 600
"""Findings that a page shows: a browser on an old laptop scrolls them."""
IN_GROUP = 40
"""Findings of one customer that it shows."""
PROOFS = 8
"""Pieces of evidence of one finding that it shows."""
NAME = 200
MARKS: dict[Severity, str] = {"high": "▲", "medium": "◆", "low": "●"}
"""Shapes: a severity is never told by its colour alone."""


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
    """Whom findings are about; `name` is empty where the ERP does not tell it."""

    number: str
    name: str


@dataclasses.dataclass(frozen=True)
class Group:
    """One customer's findings: those that are shown, how many are not, and what all of them put at risk."""

    customer: Customer
    rows: tuple[Row, ...]
    left_off: int
    at_risk: str


@dataclasses.dataclass(frozen=True)
class Groups:
    """All customers that are shown, and how much is left off besides."""

    groups: tuple[Group, ...]
    customers_left_off: int = 0
    findings_left_off: int = 0


def grouped(found: Iterable[Known], outcome: Outcome) -> Groups:
    """Findings by customer, whoever has the worst first."""
    by_customer: dict[str, list[Known]] = {}
    for known in found:
        by_customer.setdefault(known.finding.account, []).append(known)
    groups: list[Group] = []
    room = SHOWN
    waiting = list(by_customer.values())
    while waiting and room > 0:
        one = waiting.pop(0)
        groups.append(_group(one, min(room, IN_GROUP), outcome))
        room -= len(groups[-1].rows)
    return Groups(tuple(groups), len(waiting), sum(len(one) for one in waiting))


def row(known: Known, outcome: Outcome) -> Row:
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
    """An address that a page may link to: of the web, and nothing that a browser would run; else empty."""
    address = one_line(url)
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.netloc and " " not in address else ""


def severities(found: Iterable[Known]) -> list[tuple[Severity, str, int]]:
    """Each severity with its mark, and how many there are."""
    counted = [known.finding.severity for known in found]
    return [(severity, MARKS[severity], counted.count(severity)) for severity in SEVERITIES]


def _group(found: Sequence[Known], most: int, outcome: Outcome) -> Group:
    there = [known.finding for known in found if known.state in ("new", "open")]
    rows = tuple(row(known, outcome) for known in found[:most])
    total = briefly(outcome.exchange.total(at_risk(there)))
    return Group(customer(found[0].finding.account, outcome), rows, len(found) - len(rows), total)


def _proofs(finding: Finding) -> tuple[Proof, ...]:
    """The evidence; where it links to nothing, the record that the finding itself names."""
    proofs = tuple(Proof(safe(one.text), link(one.url)) for one in finding.evidence)
    own = link(finding.url)
    return proofs if not own or any(one.url == own for one in proofs) else (*proofs, Proof("the record", own))


def _state(known: Known) -> str:
    """What is to be said of its state."""
    if known.state == "acknowledged":
        return acknowledged(known)
    if known.state == "resolved":
        return f"gone since {dated(day_of(known.resolved))}" if known.resolved is not None else "gone"
    return f"came back on {dated(day_of(known.returned))}" if known.returned is not None else ""
