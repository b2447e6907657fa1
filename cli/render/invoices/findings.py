"""What was found, grouped by customer or by rule, as an account manager reads it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Literal

import click

from cli.render.contacts.words import hanging
from cli.render.invoices.besides import besides_lines, gone_lines
from cli.render.invoices.closing import closing_lines, heading
from cli.render.invoices.words import acknowledged, amount, message, named, severity, title, who
from cli.render.words import cells, count, safe, width, wrapped
from integrations.flows.invoicing.outcome import Outcome
from integrations.flows.invoicing.remembered import Known

GROUPS = 50
"""Customers, or rules, that a terminal shows."""
IN_GROUP = 20
"""Findings that are shown of one of them."""
INDENT = 10


@dataclasses.dataclass(frozen=True)
class View:
    """How somebody wants to see it.

    Attributes:
        verbose: Also the evidence with its links, and what is acknowledged.
        customers: Only these, by their ids; empty: all.
        is_first: Nobody ever looked before.
        can_flag: The command that makes tickets may be named.
        settings: What a command that is named has behind it: ` --config FILE`, or nothing.
    """

    by: Literal["customer", "rule"] = "customer"
    verbose: bool = False
    customers: tuple[str, ...] = ()
    is_first: bool = False
    can_flag: bool = False
    settings: str = ""


def check_lines(whole: Outcome, view: View) -> list[str]:
    """All that is shown of a check."""
    outcome = whole.only(view.customers)
    states = ("new", "open", "acknowledged") if view.verbose else ("new", "open")
    shown = [known for known in outcome.findings if known.state in states]
    lines = [*heading(outcome, view)] if shown or view.is_first else []
    lines += _groups(shown, outcome, view)
    lines += gone_lines(outcome)
    lines += besides_lines(outcome, verbose=view.verbose)
    return [*lines, *closing_lines(outcome, view)]


def _groups(shown: Sequence[Known], outcome: Outcome, view: View) -> Iterator[str]:
    grouped: dict[str, list[Known]] = {}
    for known in shown:
        grouped.setdefault(known.finding.rule if view.by == "rule" else known.finding.account, []).append(known)
    for _, group in list(grouped.items())[:GROUPS]:
        yield from _heading(group, outcome, view)
        for known in group[:IN_GROUP]:
            yield from _finding(known, outcome, view)
        if len(group) > IN_GROUP:
            yield f"  and {len(group) - IN_GROUP} more here: --csv, --html"
    if len(grouped) > GROUPS:
        left = count(len(grouped) - GROUPS, view.by)
        findings = sum(len(group) for group in list(grouped.values())[GROUPS:])
        yield f"and {left} more with {count(findings, 'finding')}: --csv, --html"


def _heading(group: Sequence[Known], outcome: Outcome, view: View) -> Iterator[str]:
    finding = group[0].finding
    text = named(finding.account, outcome)
    if view.by == "rule":
        text = f"{title(finding, outcome)}: {count(len(group), 'finding')}"
    for line in hanging(text):
        yield click.style(line, bold=True)


def _finding(known: Known, outcome: Outcome, view: View) -> Iterator[str]:
    finding = known.finding
    text = named(finding.account, outcome) if view.by == "rule" else title(finding, outcome)
    yield from _first(known, text)
    yield from wrapped(" " * INDENT, message(finding, outcome), INDENT)
    yield from wrapped(" " * INDENT, f"{who(finding, outcome)}: {safe(finding.action)}  {finding.fingerprint}", INDENT)
    if not view.verbose:
        return
    if known.state == "acknowledged":
        yield from wrapped(" " * INDENT, acknowledged(known), INDENT)
    for one in finding.evidence:
        yield from wrapped(f"{' ' * INDENT}- ", f"{safe(one.text)} {one.url}".rstrip(), INDENT + 2)


def _first(known: Known, text: str) -> Iterator[str]:
    """Severity, what it is about, whether it is new, and the amount at the right."""
    finding, at_risk = known.finding, amount(known.finding)
    right = "  ".join(part for part in ("new" if known.state == "new" else "", at_risk) if part)
    lines = wrapped("", text, 0, width() - INDENT - cells(right) - 2)
    blanks = " " * max(2, width() - INDENT - cells(lines[0]) - cells(right))
    marked = right.replace("new", click.style("new", fg="green", bold=True), 1) if known.state == "new" else right
    yield f"  {severity(finding, INDENT - 2)}{lines[0]}{blanks}{marked}".rstrip()
    for line in lines[1:]:
        yield " " * INDENT + line
