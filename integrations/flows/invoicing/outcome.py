"""How a check of invoicing ended, and the JSON document that says so."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from integrations.core.billing import OurCompany, Part
from integrations.core.ending import Ending, ending_of, error_document, exit_code
from integrations.core.envelope import Stamp, envelope
from integrations.core.errors import IntegrationError
from integrations.core.money import decimal_string
from integrations.core.rows import Failed
from integrations.flows.invoicing.flagged import Flagged
from integrations.flows.invoicing.judging import Broken, Finding
from integrations.flows.invoicing.remembered import Known
from integrations.flows.invoicing.rule import SEVERITIES
from integrations.flows.invoicing.totals import Exchange, Total, at_risk


@dataclasses.dataclass(frozen=True)
class StaleRule:
    """A rule that could not judge some customers; `accounts`: how many."""

    rule: str
    why: str
    accounts: int


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a check ended.

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
    findings: tuple[Known, ...] = ()
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
        """How many findings there are, by state, and of those that are there, by severity."""
        states = Counter(known.state for known in self.findings)
        severities = Counter(known.finding.severity for known in self.findings if known.state in ("new", "open"))
        return {
            **{state: states[state] for state in ("new", "open", "acknowledged", "resolved")},
            **{severity: severities[severity] for severity in SEVERITIES},
        }

    @property
    def exit_code(self) -> int:
        """What the command ends with: findings alone are no failure."""
        others = {self.flagged.exit_code} if self.flagged is not None else set[int]()
        others |= {1} if self.broken or self.failed else set()
        return exit_code((), self.error, others=others | {4} if self.denied else others)

    def only(self, customers: Collection[str]) -> Outcome:
        """What concerns these customers, and what is at risk with them; without any, all of it."""
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
            "stale": [dataclasses.asdict(one) for one in self.stale],
            "broken": [dataclasses.asdict(one) for one in self.broken],
            "failed": [failed_document(one) for one in self.failed],
            "at_risk": total_document(self.total),
            "tickets": self.flagged.document() if self.flagged is not None else None,
            "since": self.since.isoformat() if self.since is not None else None,
            "not_looked_at": [*(f"{part}: {why}" for part, why in self.absent.items()), *self.unknown],
        }

    def row(self, known: Known) -> dict[str, Any]:
        """One finding of the document."""
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
            "evidence": [{"text": one.text, "url": one.url or None} for one in finding.evidence],
            "fingerprint": finding.fingerprint,
            "state": known.state,
            "first_seen": known.first_seen.isoformat(),
            "url": finding.url or None,
        }


def amount(finding: Finding) -> str | None:
    """What is at risk, as a decimal string; None where that can't be said."""
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


def rank(known: Known) -> tuple[int, int, Decimal, str, str]:
    """What comes first: what is there before what is gone, then by severity, then the largest amount."""
    finding = known.finding
    state = {"new": 0, "open": 0, "acknowledged": 1, "resolved": 2}[known.state]
    return (
        state,
        SEVERITIES.index(finding.severity),
        -abs(finding.amount or Decimal(0)),
        finding.account,
        finding.rule,
    )
