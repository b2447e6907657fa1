"""The tickets that findings want: one for each, for each customer, or for one cause over many customers."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from integrations.core import calendar
from integrations.core.dates import dated
from integrations.core.document import Bullets, Document, Line, Paragraph, Span
from integrations.core.errors import ConfigError, Fault
from integrations.core.money import spelled
from integrations.core.resource import Resource, Want
from integrations.core.system import System
from integrations.flows.invoicing.memory import TrackedFinding
from integrations.flows.invoicing.rule import SEVERITIES, Severity
from integrations.flows.invoicing.settings import InvoiceSettings

KIND = "exception"
LONGEST = 50
"""Findings that one ticket lists; of more it tells how many there are."""


@dataclasses.dataclass(frozen=True)
class Group:
    """The findings that share a ticket, the worst first; none, or all of them gone: the ticket has to close.

    Attributes:
        is_elsewhere: What it was about is still there, and another ticket tells of it now.
    """

    key: str
    findings: tuple[TrackedFinding, ...] = ()
    is_elsewhere: bool = False

    @property
    def open(self) -> tuple[TrackedFinding, ...]:
        """Those that somebody has to do something about."""
        return tuple(known for known in self.findings if known.state in ("new", "open"))

    @property
    def account(self) -> str:
        """The customer whom all of them are about; empty: several."""
        accounts = {known.finding.account for known in self.findings}
        return accounts.pop() if len(accounts) == 1 else ""

    @property
    def is_gone(self) -> bool:
        """Return whether all of them are."""
        return all(known.state == "resolved" for known in self.findings)

    @property
    def severity(self) -> Severity:
        """The worst of those that are open, or of all."""
        among = self.open or self.findings
        return min((known.finding.severity for known in among), key=SEVERITIES.index, default="low")

    @property
    def state(self) -> str:
        """Return what the ticket says of them: a change of it is what people are told."""
        if self.is_gone:
            return "resolved"
        if self.key.startswith("finding:"):
            return self.findings[0].said_state()
        states = sorted(f"{known.finding.fingerprint} {known.said_state()}" for known in self.findings)
        which = hashlib.sha256("\n".join(states).encode()).hexdigest()[:6]
        return f"{len(self.open)} open of {len(self.findings)} ({which})"


def groups(
    findings: Iterable[TrackedFinding], settings: InvoiceSettings, known_keys: Iterable[str], apart: Container[str] = ()
) -> list[Group]:
    """Return which findings share a ticket. `known_keys`: tickets that may be open; one without findings has to close.

    A cause that has a ticket keeps it until the last of its findings is gone: people fix one customer after the other.
    `apart`: findings, by their fingerprints, that have a ticket of their own whatever they share.
    """
    wanted = [known for known in findings if known.finding.severity in settings.tickets.severities]
    there = [known for known in wanted if known.state != "resolved"]
    kept = set(known_keys)
    customers = Counter(cause for cause, _ in {(k.finding.cause, k.finding.account) for k in there if k.finding.cause})
    shared = {
        cause for cause, number in customers.items() if number > settings.cause_customers or _of_cause(cause) in kept
    }
    found: dict[str, list[TrackedFinding]] = {}
    for known in wanted:
        alone = known.finding.fingerprint in apart
        found.setdefault(_alone(known) if alone else _key(known, shared, settings), []).append(known)
    # What is gone is known only in the run that finds it so: a ticket that tells of others does not tell of it.
    found = {
        key: [known for known in several if known.state != "resolved"] or several for key, several in found.items()
    }
    elsewhere = {key for known in there for key in _possible(known)}
    closing = (Group(key, is_elsewhere=key in elsewhere) for key in sorted(kept - found.keys()))
    return [*(Group(key, tuple(several)) for key, several in found.items()), *closing]


def _key(known: TrackedFinding, shared: set[str], settings: InvoiceSettings) -> str:
    finding = known.finding
    if finding.cause in shared and known.state != "resolved":
        return _of_cause(finding.cause)
    if settings.tickets.per == "customer":
        return f"customer:{finding.account}/invoicing"
    return _alone(known)


def _alone(known: TrackedFinding) -> str:
    return f"finding:{known.finding.fingerprint}"


def _of_cause(cause: str) -> str:
    return f"cause:{hashlib.sha256(cause.encode()).hexdigest()[:10]}"


def _possible(known: TrackedFinding) -> Iterator[str]:
    """The keys of every ticket that may tell of a finding, by whatever settings and numbers."""
    finding = known.finding
    yield f"finding:{finding.fingerprint}"
    yield f"customer:{finding.account}/invoicing"
    if finding.cause:
        yield _of_cause(finding.cause)


@dataclasses.dataclass(frozen=True)
class Wording:
    """Makes wants of groups.

    Attributes:
        resource: The system's resource for such tickets.
        people: Who acts on each finding, by its fingerprint: an e-mail address, or a role.
        names: Of customers, by id.
        titles: Of rules, by id.
    """

    settings: InvoiceSettings
    resource: type[Resource]
    project: str
    people: Mapping[str, str]
    names: Mapping[str, str]
    titles: Mapping[str, str]

    def want(self, group: Group, today: date) -> Want[Any]:
        """Return what is wanted of a group's ticket."""
        tickets = self.settings.tickets
        fields: dict[str, Any] = {"project": self.project, "summary": self.summary(group), "state": group.state}
        if group.findings:
            assignee = self.who(group)
            fields |= {
                "description": self._description(group),
                "labels": (*tickets.labels, *sorted({known.finding.rule for known in group.findings})[:5]),
                "due_date": _due(group, tickets.due(group.severity), today),
                **({"assignee": assignee} if "@" in assignee else {}),
                **({"issue_type": tickets.issue_type} if tickets.issue_type else {}),
            }
        note = self._note(group, today)
        made = self.resource.model_validate({"key": group.key, "active": not group.is_gone, "note": note, **fields})
        return Want(group.key, tickets.system, made)

    def who(self, group: Group) -> str:
        """Return who has most to do in it: an e-mail address, or a role."""
        among = group.open or group.findings
        return self.people[among[0].finding.fingerprint] if among else ""

    def summary(self, group: Group) -> str:
        """The ticket's title."""
        if not group.findings:
            return f"Invoicing exception {group.key.partition(':')[2]}"
        first = group.findings[0].finding
        title = self.titles.get(first.rule, first.rule)
        if group.key.startswith("cause:"):
            return f"{title}: {len({known.finding.account for known in group.findings})} customers"
        name = self.names.get(first.account, f"customer {first.account}")
        return f"Invoicing: {name}" if group.key.startswith("customer:") else f"{title}: {name}"

    def _description(self, group: Group) -> Document:
        listed = [known.finding for known in (group.open or group.findings)]
        first = listed[0]
        blocks: list[Any] = []
        if len(listed) == 1:
            blocks.append(_paragraph(f"Severity: {group.severity}. {first.message}. {_at_risk(first)}"))
            blocks.append(_paragraph(f"What to do: {first.action}"))
            blocks.append(Bullets(items=tuple(_evidence(evidence.text, evidence.url) for evidence in first.evidence)))
        else:
            items = [
                _evidence(f"{self._name(finding.account)}: {finding.message}. {_at_risk(finding)}", finding.url)
                for finding in listed
            ]
            worst = f"Severity of the worst: {group.severity}. {len(listed)} findings"
            blocks.append(_paragraph(f"{worst}. What to do about the first: {first.action}"))
            blocks.append(Bullets(items=tuple(items[:LONGEST])))
            if len(items) > LONGEST:
                blocks.append(_paragraph(f"And {len(items) - LONGEST} more: closedwon invoices check"))
        known = "If it is meant to be so: closedwon invoices ack"
        blocks.append(_paragraph(f"{known} {first.fingerprint} --reason … --until …"))
        blocks.append(_paragraph("This ticket closes by itself when the exception is gone."))
        kept = [block for block in blocks if not isinstance(block, Bullets) or block.items]
        return Document(blocks=tuple(kept))

    def _name(self, account: str) -> str:
        return self.names.get(account, f"customer {account}")

    @staticmethod
    def _note(group: Group, today: date) -> Document:
        """Return what a comment says when the state changes."""
        day = dated(today)
        if group.is_gone:
            why = (
                "Another ticket tells of this exception now"
                if group.is_elsewhere
                else "This is gone: it is not found any more"
            )
            return Document(blocks=(_paragraph(f"{why} ({day}). This ticket is closed."),))
        if group.key.startswith("finding:"):
            lines = [_paragraph(f"{day}: {_standing(group.findings[0])}")]
        else:
            lines = [_paragraph(f"{day}: {len(group.open)} open of {len(group.findings)}.")]
            left = [known for known in group.findings if known.state == "acknowledged"]
            lines += [_paragraph(f"{known.finding.message}: {_standing(known)}") for known in left[:LONGEST]]
        lines += [_paragraph(f"{known.finding.message}.") for known in group.open[:LONGEST]]
        return Document(blocks=tuple(lines))


def _standing(known: TrackedFinding) -> str:
    """Return a finding's state in words: `open again.`, `acknowledged until 31 Dec 2026, by lena: as agreed`."""
    acknowledgement = known.acknowledged
    if known.state == "acknowledged" and acknowledgement is not None:
        until = f" until {dated(acknowledgement.until)}" if acknowledgement.until is not None else ""
        return f"acknowledged{until}, by {acknowledgement.by}: {acknowledgement.reason}"
    return "open again." if known.returned is not None else "open."


def _due(group: Group, days: int, today: date) -> date:
    """So many working days after the first of them was seen; from today on where that is past.

    What was known for long before it got a ticket, as one that was acknowledged, would be late on its first day.
    """
    first = min(calendar.day_of(known.first_seen) for known in group.findings)
    due = calendar.company().working_days_after(first, days)
    return due if due >= today else calendar.company().working_days_after(today, days)


def _at_risk(finding: Any) -> str:
    if finding.amount is None:
        return ""
    return f"At risk: {spelled(abs(finding.amount), finding.currency)}."


def _paragraph(text: str) -> Paragraph:
    return Paragraph(spans=(Span(text=text.strip()),))


def _evidence(text: str, url: str) -> Line:
    return (Span(text=text, href=url or None),)


def ticket_system(systems: Mapping[str, System], settings: InvoiceSettings) -> System:
    """The system that tickets are made in.

    Raises:
        ConfigError: There is none of that name, it makes no such tickets, or no project is named.
    """
    tickets = settings.tickets
    system = systems.get(tickets.system)
    if system is None:
        raise ConfigError(Fault("", "invoices.tickets.system", f"there is no system [{tickets.system}]"))
    if system.unusable is not None:
        raise system.unusable
    if KIND not in system.stores:
        raise ConfigError(Fault("", "invoices.tickets.system", f"{system.title} keeps no tickets of exceptions"))
    if not tickets.project:
        raise ConfigError(
            Fault("", "invoices.tickets.project", "is missing: the project in which --flag makes tickets"),
            next="Name it in [invoices.tickets]; config/example.toml shows how.",
        )
    return system


def project_of(system: System, settings: InvoiceSettings) -> str:
    """The ticket project's key: as its system calls it by name, else the name itself."""
    named = settings.tickets.project or ""
    projects = system.settings.public().get("projects")
    return str(projects.get(named, named)) if isinstance(projects, Mapping) else named
