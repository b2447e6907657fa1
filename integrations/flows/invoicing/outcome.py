"""Outcome of a check of invoicing, and the JSON document of it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from integrations.core.billing import OurCompany, Part, Rate
from integrations.core.change import Action, Status
from integrations.core.errors import IntegrationError
from integrations.core.model import Money
from integrations.core.money import decimal_string, rounded
from integrations.core.outcome import Ending, Stamp, ending_of, envelope, error_document, exit_code, waits_for
from integrations.core.rows import Failed
from integrations.flows.invoicing.findings import Broken, Finding
from integrations.flows.invoicing.memory import TrackedFinding
from integrations.flows.invoicing.rule import SEVERITIES

AGES: Sequence[tuple[str, int | None]] = (
    ("not due yet", 0),
    ("1 to 30 days", 30),
    ("31 to 60 days", 60),
    ("61 to 90 days", 90),
    ("more than 90 days", None),
)
"""The buckets of what is owed, by days past due: up to and with this many."""


@dataclasses.dataclass(frozen=True)
class Total:
    """A sum.

    Attributes:
        amounts: By currency.
        converted: All of it in one currency; None where a rate is not known.
        rates: Those that were used.
    """

    amounts: Mapping[str, Decimal]
    converted: Money | None = None
    rates: tuple[Rate, ...] = ()


@dataclasses.dataclass(frozen=True)
class Exchange:
    """Converts into the report currency, where the ERP has dated rates.

    Attributes:
        into: The report currency; empty: none is known.
        rates: By currency, into one and the same.
    """

    into: str = ""
    rates: Mapping[str, Rate] = dataclasses.field(default_factory=dict)

    def total(self, amounts: Mapping[str, Decimal]) -> Total:
        """The sum of amounts in several currencies."""
        kept = {currency: amount for currency, amount in sorted(amounts.items()) if amount}
        if not self.into:
            return Total(kept)
        converted, used = Decimal(0), dict[str, Rate]()
        for currency, amount in kept.items():
            value = self._value(currency, used)
            if value is None:
                return Total(kept)
            converted += amount * value
        return Total(kept, Money(amount=rounded(converted, self.into), currency=self.into), tuple(used.values()))

    def _value(self, currency: str, used: dict[str, Rate]) -> Decimal | None:
        """Return what one unit is worth in the report currency."""
        if currency == self.into:
            return Decimal(1)
        rate, other = self.rates.get(currency), self.rates.get(self.into)
        if rate is not None and rate.into == self.into:
            used[currency] = rate
            return rate.value
        if other is not None and (other.into == currency or (rate is not None and rate.into == other.into)):
            used[self.into] = other
            if rate is not None and other.into != currency:
                used[currency] = rate
                return rate.value / other.value
            return 1 / other.value
        return None


def at_risk(findings: Iterable[Finding]) -> dict[str, Decimal]:
    """Return the amount at risk, by currency: an invoice that several rules find counts once, with the largest."""
    sums: dict[str, Decimal] = {}
    for finding in counted(findings):
        sums[finding.currency] = sums.get(finding.currency, Decimal(0)) + abs(finding.amount or Decimal(0))
    return sums


def counted(findings: Iterable[Finding]) -> list[Finding]:
    """Those whose amounts make up what is at risk: of an invoice's in one currency, the first with the largest."""
    found: dict[tuple[str, str, str], Finding] = {}
    for number, finding in enumerate(findings):
        if finding.amount is None:
            continue
        record = finding.subject.partition("/")[0]
        subject = record if record.startswith("invoice:") else f"{number}"
        place = (finding.account, subject, finding.currency)
        if place not in found or abs(finding.amount) > abs(found[place].amount or Decimal(0)):
            found[place] = finding
    return list(found.values())


def aging(items: Iterable[Sequence[str]], today: date) -> list[tuple[str, dict[str, Decimal]]]:
    """Return what is owed (due day, currency, amount), by how long it is past due and by currency."""
    buckets: list[dict[str, Decimal]] = [{} for _ in AGES]
    for due, currency, amount in items:
        days = (today - date.fromisoformat(due)).days
        place = next(number for number, (_, most) in enumerate(AGES) if most is None or days <= most)
        buckets[place][currency] = buckets[place].get(currency, Decimal(0)) + Decimal(amount)
    return [(name, bucket) for (name, _), bucket in zip(AGES, buckets, strict=True)]


@dataclasses.dataclass(frozen=True)
class TicketLine:
    """A ticket, in words for people.

    Attributes:
        key: Ours: `finding:…`, `customer:…/invoicing`, `cause:…`.
        label: Its summary.
        who: Who it is for: an e-mail address, or a role.
        state: What it is to say of the exception: `open`, `acknowledged until …`, `resolved`.
        id: The vendor's, where it exists.
    """

    key: str
    label: str
    who: str
    state: str
    action: Action
    status: Status
    id: str = ""
    url: str = ""
    error: IntegrationError | None = None
    unapproved: bool = False

    def document(self) -> dict[str, Any]:
        """The line as JSON."""
        return {
            "key": self.key,
            "summary": self.label,
            "who": self.who,
            "state": self.state,
            "action": self.action,
            "result": self.status,
            "id": self.id or None,
            "url": self.url or None,
            "error": error_document(self.error),
        }


@dataclasses.dataclass(frozen=True)
class Flagged:
    """Outcome of the tickets.

    Attributes:
        system: The section of the system that they are made in; `title`: what people call it.
        lines: Those that were not simply as wanted.
        kept: How many were.
        closed_by_people: Tickets that somebody closed although the exception is still there.
        plan: The plan's id; empty where there is nothing to write or to show.
        is_read_only: The system is in mode `read`: nobody can approve the plan.
        not_applied: Nothing was to be written, or nobody said yes.
        asks: The system is written only after a person approved the very plan.
        error: What stopped all of them.
    """

    system: str
    title: str
    lines: tuple[TicketLine, ...] = ()
    kept: int = 0
    closed_by_people: tuple[TicketLine, ...] = ()
    plan: str = ""
    is_read_only: bool = False
    not_applied: bool = False
    asks: bool = False
    interrupted: bool = False
    error: IntegrationError | None = None

    @property
    def exit_code(self) -> int:
        """Return what the command may end with because of them."""
        is_shown = (self.not_applied and bool(self.plan)) or self.is_read_only
        return exit_code(self.lines, self.error, is_shown=is_shown, interrupted=self.interrupted)

    @property
    def ending(self) -> Ending:
        """Return how it ended, in one word."""
        return ending_of(
            self.lines,
            self.error,
            is_shown=self.not_applied and bool(self.plan),
            is_read_only=self.is_read_only,
            interrupted=self.interrupted,
        )

    def changes(self) -> list[dict[str, Any]]:
        """The changes, as the envelope of every run has them."""
        return [
            {
                **line.document(),
                "subject": line.key.partition("/")[0],
                "step": line.key,
                "system": self.system,
                "kind": "exception",
                "name": line.label,
                "fields": [],
                "theirs": [],
                "waits_for": waits_for(line.status, line.error, self.system, line.who),
            }
            for line in self.lines
        ]

    def document(self) -> dict[str, Any]:
        """The JSON document."""
        return {
            "system": self.system,
            "plan": self.plan or None,
            "changes": [line.document() for line in self.lines],
            "kept": self.kept,
            "closed_by_people": [line.document() for line in self.closed_by_people],
            "error": error_document(self.error),
        }


@dataclasses.dataclass(frozen=True)
class StaleRule:
    """A rule that could not judge some customers; `accounts`: how many."""

    rule: str
    why: str
    accounts: int


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Outcome of a check.

    Attributes:
        today: The day as of which was judged.
        since: From when on changes were read; None for a full pass or named customers.
        full: It was a full pass over all customers.
        read: How many customers were read.
        findings: What is there, the worst first; then what went since the last run.
        people: Who acts on each finding, by its fingerprint: an e-mail address or a role.
        names: Of the customers in it.
        titles: Of the rules in it.
        failed: Customers, and records of nobody knows whom, that could not be read or judged: what was found of them
            stays, and the next run reads them again.
        total: What is at risk; what is acknowledged does not count.
        exchange: Into the currency in which totals are told, at the rates that the ERP has.
        absent: Parts that the ERP does not have, or that we may not read.
        denied: Parts that somebody has to let us read.
        unknown: Facts that it does not have.
        flagged: What became of the tickets; None where none were asked for.
        error: What stopped it; what was read before is kept.
        notes: What a person should know besides.
    """

    today: date
    since: datetime | None = None
    full: bool = False
    read: int = 0
    findings: tuple[TrackedFinding, ...] = ()
    people: Mapping[str, str] = dataclasses.field(default_factory=dict)
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    titles: Mapping[str, str] = dataclasses.field(default_factory=dict)
    stale: tuple[StaleRule, ...] = ()
    broken: tuple[Broken, ...] = ()
    failed: tuple[Failed, ...] = ()
    absent: Mapping[Part, str] = dataclasses.field(default_factory=dict)
    denied: frozenset[Part] = frozenset()
    unknown: tuple[str, ...] = ()
    companies: tuple[OurCompany, ...] = ()
    total: Total = dataclasses.field(default_factory=lambda: Total({}))
    exchange: Exchange = dataclasses.field(default_factory=Exchange)
    flagged: Flagged | None = None
    error: IntegrationError | None = None
    notes: tuple[str, ...] = ()
    stamp: Stamp = dataclasses.field(default_factory=Stamp)
    requests: Mapping[str, int] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0

    @property
    def ending(self) -> Ending:
        """The run's end in one word."""
        own = ending_of((), self.error, is_failed=bool(self.broken or self.failed), is_waiting=bool(self.denied))
        return self.flagged.ending if own == "done" and self.flagged is not None else own

    @property
    def counts(self) -> dict[str, int]:
        """Return how many findings there are, by state, and of those that are there, by severity."""
        states = Counter(known.state for known in self.findings)
        severities = Counter(known.finding.severity for known in self.findings if known.state in ("new", "open"))
        return {
            **{state: states[state] for state in ("new", "open", "acknowledged", "resolved")},
            **{severity: severities[severity] for severity in SEVERITIES},
        }

    @property
    def exit_code(self) -> int:
        """Return what the command ends with: findings alone are no failure."""
        others = {self.flagged.exit_code} if self.flagged is not None else set[int]()
        others |= {1} if self.broken or self.failed else set()
        return exit_code((), self.error, others=others | {4} if self.denied else others)

    def only(self, customers: Collection[str]) -> Outcome:
        """Return what concerns these customers, and what is at risk with them; without any, all of it."""
        if not customers:
            return self
        findings = tuple(known for known in self.findings if known.finding.account in customers)
        there = [known.finding for known in findings if known.state in ("new", "open")]
        return dataclasses.replace(self, findings=findings, total=self.exchange.total(at_risk(there)))

    def document(self) -> dict[str, Any]:
        """The JSON document; amounts are decimal strings."""
        flagged = self.flagged
        return {
            **envelope(
                self.stamp,
                outcome=self.ending,
                plan=flagged.plan if flagged is not None else "",
                changes=flagged.changes() if flagged is not None else [],
                counts=self.counts,
                requests=self.requests,
                seconds=self.seconds,
                error=self.error,
            ),
            "findings": [self.row(known) for known in self.findings],
            "stale": [dataclasses.asdict(stale) for stale in self.stale],
            "broken": [dataclasses.asdict(broken) for broken in self.broken],
            "failed": [failed_document(failure) for failure in self.failed],
            "at_risk": total_document(self.total),
            "tickets": self.flagged.document() if self.flagged is not None else None,
            "since": self.since.isoformat() if self.since is not None else None,
            "not_looked_at": [*(f"{part}: {why}" for part, why in self.absent.items()), *self.unknown],
        }

    def row(self, known: TrackedFinding) -> dict[str, Any]:
        """Return a finding of the document."""
        finding = known.finding
        return {
            "rule": finding.rule,
            "severity": finding.severity,
            "customer": self.names.get(finding.account) or finding.account,
            "payer": self.names.get(finding.payer) or finding.payer or None,
            "subject": finding.subject,
            "amount": amount(finding),
            "currency": finding.currency or None,
            "who": self.people.get(finding.fingerprint, finding.role),
            "message": finding.message,
            "action": finding.action,
            "evidence": [{"text": evidence.text, "url": evidence.url or None} for evidence in finding.evidence],
            "fingerprint": finding.fingerprint,
            "state": known.state,
            "first_seen": known.first_seen.isoformat(),
            "url": finding.url or None,
        }


def amount(finding: Finding) -> str | None:
    """Return what is at risk, as a decimal string; None where that can't be said."""
    return None if finding.amount is None else decimal_string(finding.amount, finding.currency)


def failed_document(failed: Failed) -> dict[str, Any]:
    """A row that could not be read or worked on, as the document has it."""
    return {"id": failed.id, "error": error_document(failed.error)}


def total_document(total: Total) -> dict[str, Any]:
    """A sum as the document has it."""
    converted = total.converted
    return {
        "amounts": {currency: decimal_string(value, currency) for currency, value in total.amounts.items()},
        "converted": {"amount": decimal_string(converted.amount, converted.currency), "currency": converted.currency}
        if converted
        else None,
        "rates": [
            {"currency": rate.currency, "into": rate.into, "value": f"{rate.value:f}", "day": rate.day.isoformat()}
            for rate in total.rates
        ],
    }


def rank(known: TrackedFinding) -> tuple[int, int, Decimal, str, str]:
    """Return what comes first: what is there before what is gone, then by severity, then the largest amount."""
    finding = known.finding
    state = {"new": 0, "open": 0, "acknowledged": 1, "resolved": 2}[known.state]
    return (
        state,
        SEVERITIES.index(finding.severity),
        -abs(finding.amount or Decimal(0)),
        finding.account,
        finding.rule,
    )
