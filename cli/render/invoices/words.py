"""Words for invoicing exceptions, for people who have never seen the tool."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import click

from cli.render.contacts import customer
from cli.render.words import safe, whole
from integrations.core.billing import Rate
from integrations.core.dates import dated
from integrations.core.money import spelled
from integrations.core.text import one_line
from integrations.flows.invoicing.findings import Finding
from integrations.flows.invoicing.memory import TrackedFinding
from integrations.flows.invoicing.outcome import Outcome, Total
from integrations.flows.invoicing.rule import Severity

COLOURS: Mapping[Severity, str] = {"high": "red", "medium": "yellow"}


def named(account: str, outcome: Outcome) -> str:
    """A customer by name and number: `Müller & Söhne AG (101)`."""
    return customer(account, outcome.names)


def title(finding: Finding, outcome: Outcome) -> str:
    """The title of a rule: `Invoice not paid`; for a rule that no longer exists, its name."""
    return safe(outcome.titles.get(finding.rule, finding.rule), 60)


def amount(finding: Finding) -> str:
    """The amount at risk: `CHF 1'850.00`; empty where there is none."""
    return "" if finding.amount is None else spelled(finding.amount, finding.currency)


def message(finding: Finding, outcome: Outcome) -> str:
    """The finding's message, with the payer where that is another customer."""
    return message_of(finding, outcome.names)


def message_of(finding: Finding, names: Mapping[str, str]) -> str:
    """The same, where only the customers' names are known."""
    message = safe(finding.message, 400)
    return f"{message}; {customer(finding.payer, names)} pays" if finding.payer else message


def who(finding: Finding, outcome: Outcome) -> str:
    """The person who acts, by name if it is known, else as `Finance (finance@acme.example)`."""
    acts = outcome.people.get(finding.fingerprint, finding.role)
    name = _names(finding).get(acts)
    if name is not None or acts == finding.role:
        return person(name or acts, {})
    return f"{finding.role.capitalize()} ({safe(acts, 60)})"


def person(acts: str, names: Mapping[str, str]) -> str:
    """A person by name; by address or role where no name is known: `Finance`."""
    name = safe(names.get(acts, acts), 60)
    return name if "@" in name else f"{name[:1].upper()}{name[1:]}"


def _names(finding: Finding) -> dict[str, str]:
    found = finding.person
    return {found.email: found.name} if found is not None and found.email and found.name else {}


def names_of_people(outcome: Outcome) -> dict[str, str]:
    """Our people's names by their addresses, as far as the findings tell."""
    found: dict[str, str] = {}
    for known in outcome.findings:
        found |= _names(known.finding)
    return found


def severity(finding: Finding, columns: int) -> str:
    """`high  `, in its colour, as wide as that."""
    colour = COLOURS.get(finding.severity)
    padded = finding.severity.ljust(columns)
    return click.style(padded, fg=colour, bold=True) if colour is not None else padded


def acknowledged(known: TrackedFinding) -> str:
    """The words about an acknowledgement: the person, the reason, and the last day."""
    answer = known.acknowledged
    if answer is None:
        return ""
    until = f" until {dated(answer.until)}" if answer.until is not None else ""
    return f"acknowledged by {safe(answer.by, 60)}{until}: {safe(answer.reason)}"


def comes_back(found: Sequence[TrackedFinding], until: date | None, share: float) -> str:
    """Return when what is left alone is reported again; what has no amount does not grow. `share`: by so much of it."""
    after = [f"after {dated(until)}"] if until is not None else []
    has_amounts = any(known.finding.amount is not None for known in found)
    grown = [f"when its amount has grown by more than {share:.0%}"] if has_amounts else []
    if after or grown:
        return f"It comes back {', or '.join([*after, *grown])}."
    return f"It comes back only when you say so: {whole('closedwon invoices ack FINGERPRINT --undo')}"


def total(sum_: Total) -> str:
    """A sum: `CHF 1'850.00`; of several currencies in one only with the dated rates, else each by itself."""
    sums = [spelled(value, currency) for currency, value in sum_.amounts.items()]
    together = sum_.converted
    if together is None or not sum_.rates:
        return " and ".join(sums)
    return f"{spelled(together.amount, together.currency)} ({', '.join(sums)}; {', '.join(map(rate, sum_.rates))})"


def rate(known: Rate) -> str:
    """`1 EUR = 0.938967 CHF of 20 Nov 2026`, to six digits after the point."""
    value = f"{known.value:.6f}".rstrip("0").rstrip(".")
    return f"1 {known.currency} = {value} {known.into} of {dated(known.day)}"


COLUMNS = (
    "customer", "title", "severity", "state", "amount", "currency", "message", "action", "who", "payer", "first_seen",
    "rule", "subject", "fingerprint", "url", "evidence",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First signs with which a spreadsheet calculates or runs a cell (OWASP, CSV injection)."""
NUMBERS = frozenset({"amount"})


def table(outcome: Outcome) -> str:
    """Return a table, a row for each finding; text that a spreadsheet would run begins with an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for known in outcome.findings:
        row = outcome.row(known)
        evidence = "; ".join(
            " ".join(part for part in (evidence["text"], evidence["url"]) if part) for evidence in row["evidence"]
        )
        values = {**row, "title": outcome.titles.get(row["rule"], row["rule"]), "evidence": evidence}
        writer.writerow([_cell(column, values[column]) for column in COLUMNS])
    return file.getvalue()


def _cell(column: str, value: Any) -> str:
    text = one_line(str(value)) if value is not None else ""
    return text if column in NUMBERS or not text.startswith(FORMULA) else f"'{text}"
