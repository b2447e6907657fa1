"""Findings, grouped by customer or by rule, as an account manager reads them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import click

from cli.render.contacts import customer, hanging
from cli.render.invoices.words import acknowledged, amount, message, named, severity, title, total, who
from cli.render.words import cells, count, safe, seconds, what_next, whole, width, wrapped
from integrations.core.dates import day, moment
from integrations.core.money import thousands
from integrations.core.rows import Failed
from integrations.flows.invoicing.memory import TrackedFinding
from integrations.flows.invoicing.outcome import Outcome, StaleRule
from integrations.flows.invoicing.rule import SEVERITIES


def heading(outcome: Outcome, view: View) -> list[str]:
    """The line with the day of the check and the customers that were read."""
    return hanging(f"INVOICES  {day(outcome.today)}: {_read(outcome, view)}")


def _read(outcome: Outcome, view: View) -> str:
    read = f"{thousands(outcome.read)} {'customer' if outcome.read == 1 else 'customers'}"
    if outcome.error is not None:
        return "not everything could be read; this is what is known"
    if view.customers:
        return f"{read} read, as named"
    if outcome.since is not None and not outcome.read:
        return f"nothing has changed since {moment(outcome.since)}"
    if outcome.since is not None:
        return f"{read} read, changed since {moment(outcome.since)}"
    return f"{'the first look, ' if view.is_first else ''}{read} read, all there are"


def closing_lines(outcome: Outcome, view: View) -> list[str]:
    """The closing lines: the sum in one sentence, then what to do next."""
    lines = hanging(_sentence(outcome))
    if outcome.total.amounts:
        lines += hanging(f"At risk: {total(outcome.total)}")
    for text in _next(outcome, view):
        lines += wrapped("  next  ", text, 8)
    return lines


def _sentence(outcome: Outcome) -> str:
    counts = outcome.counts
    there = counts["new"] + counts["open"]
    besides = [f"{thousands(counts[state])} {words}" for state, words in _STATES.items() if counts[state]]
    worked = f" ({seconds(outcome.seconds)})" if outcome.read else ""
    if there:
        severities = ", ".join(f"{thousands(counts[name])} {name}" for name in SEVERITIES if counts[name])
        parts = ", ".join([f"{thousands(there)} {'finding' if there == 1 else 'findings'} ({severities})", *besides])
        return f"Invoices: {parts}.{worked}"
    return f"Invoices: {_nothing(outcome)}{''.join(f'; {text}' for text in besides)}.{worked}"


_STATES = {"new": "new", "acknowledged": "acknowledged", "resolved": "gone since the last run"}


def _nothing(outcome: Outcome) -> str:
    if outcome.error is not None:
        return "nothing can be said: not everything could be read"
    if outcome.full and not outcome.read:
        return "the ERP has no customer with anything to bill"
    if outcome.stale or outcome.broken or outcome.failed:
        return "nothing found by the rules that could judge"
    if outcome.since is not None and not outcome.read:
        return f"nothing has changed since {moment(outcome.since)}, and nothing is wrong"
    return f"nothing is wrong; {count(outcome.read, 'customer')} read"


def _next(outcome: Outcome, view: View) -> Iterator[str]:
    there = [known for known in outcome.findings if known.state in ("new", "open")]
    if not there or outcome.flagged is not None:
        return
    if view.is_first and outcome.error is None:
        command = whole(f"closedwon invoices baseline {outcome.today}{view.settings}")
        yield f"set aside what was there before anybody looked: {command}"
    first = safe(there[0].finding.fingerprint, 20)
    acknowledge = whole(f"closedwon invoices ack {first} --reason … --until DATE{view.settings}")
    yield f"if it is meant to be so: {acknowledge}"
    if view.can_flag:
        yield f"bring it to people as tickets: {whole(f'closedwon invoices check --flag{view.settings}')}"


GONE = 10
"""Findings that ended since the last run, listed at most."""
NAMED = 6
"""Rules that could not judge for the same reason, named by their titles at most."""


def gone_lines(outcome: Outcome) -> Iterator[str]:
    """The findings of the last run that are gone now."""
    gone = [known.finding for known in outcome.findings if known.state == "resolved"]
    if gone:
        yield "Gone since the last run"
    for finding in gone[:GONE]:
        yield from wrapped("  - ", f"{named(finding.account, outcome)}: {safe(finding.message)}", 4)
    if len(gone) > GONE:
        yield f"  and {len(gone) - GONE} more"


def besides_lines(outcome: Outcome, *, verbose: bool) -> Iterator[str]:
    """The lines about what was not judged, so that a reader does not take it to be in order."""
    by_reason: dict[str, list[StaleRule]] = {}
    for stale in outcome.stale:
        by_reason.setdefault(stale.why, []).append(stale)
    for why, rules in by_reason.items():
        yield from hanging(f"data stale: {safe(why)}. Left as it was: {_left(rules, outcome, verbose=verbose)}.")
    if outcome.denied:
        yield from hanging("Somebody has to grant these rights; who that is, tells: closedwon check")
    for note in outcome.notes:
        if not any(why in note for why in by_reason):
            yield from wrapped("note  ", safe(note), 6)
    for broken in outcome.broken:
        rule = safe(outcome.titles.get(broken.rule, broken.rule), 60)
        text = f"the rule {safe(broken.rule, 60)} ({rule}) failed with {safe(broken.error, 60)}, first at "
        text += f"{named(broken.account, outcome)}; the others went on. Tell its author"
        yield from hanging(f"{text}.")
    yield from failed_lines(outcome.failed, outcome.names)
    yield from _unseen(outcome, verbose=verbose)


def failed_lines(failed: Sequence[Failed], names: Mapping[str, str]) -> Iterator[str]:
    """Return the failures of reading or judging with their errors; of very many with the same error the number."""
    by_error: dict[tuple[str, str], list[Failed]] = {}
    for failure in failed:
        by_error.setdefault((failure.error.message, failure.error.next), []).append(failure)
    for (sentence, following), several in by_error.items():
        whose = [
            customer(failure.id, names) if failure.id.isdigit() else safe(failure.id, 60) for failure in several[:NAMED]
        ]
        more = f" and {len(several) - NAMED} more" if len(several) > NAMED else ""
        text = f"not read or judged, left as it was: {', '.join(whose)}{more}: {safe(sentence, 300)}."
        yield from hanging(f"{text} {what_next('', following)}".strip())


def _unseen(outcome: Outcome, *, verbose: bool) -> Iterator[str]:
    """The facts that the ERP does not have, or does not show us."""
    if verbose and (outcome.absent or outcome.unknown):
        yield "Not looked at"
        for text in (*(f"{part}: {why}" for part, why in outcome.absent.items()), *outcome.unknown):
            yield from wrapped("  - ", safe(text), 4)
    if verbose:
        return
    if outcome.absent:
        yield from hanging(f"not looked at: {safe(', '.join(outcome.absent))} (-v says why)")
    if outcome.unknown:
        things = count(len(outcome.unknown), "thing")
        yield from hanging(f"The ERP does not tell {things} that some rules would look at (-v says what)")


def _left(rules: Sequence[StaleRule], outcome: Outcome, *, verbose: bool) -> str:
    """The rules that could not judge; of very many how many there are."""
    if len(rules) > NAMED and not verbose:
        return f"{len(rules)} rules, at up to {count(max(rule.accounts for rule in rules), 'customer')} (-v names them)"
    titled = ((safe(outcome.titles.get(rule.rule, rule.rule), 60), count(rule.accounts, "customer")) for rule in rules)
    return ", ".join(f"{title} ({customers})" for title, customers in titled)


GROUPS = 50
"""Customers, or rules, that a terminal shows."""
IN_GROUP = 20
"""Findings that are shown of one of them."""
INDENT = 10


@dataclasses.dataclass(frozen=True)
class View:
    """The requested form of the table.

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


def _groups(shown: Sequence[TrackedFinding], outcome: Outcome, view: View) -> Iterator[str]:
    grouped: dict[str, list[TrackedFinding]] = {}
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


def _heading(group: Sequence[TrackedFinding], outcome: Outcome, view: View) -> Iterator[str]:
    finding = group[0].finding
    text = named(finding.account, outcome)
    if view.by == "rule":
        text = f"{title(finding, outcome)}: {count(len(group), 'finding')}"
    for line in hanging(text):
        yield click.style(line, bold=True)


def _finding(known: TrackedFinding, outcome: Outcome, view: View) -> Iterator[str]:
    finding = known.finding
    text = named(finding.account, outcome) if view.by == "rule" else title(finding, outcome)
    yield from _first(known, text)
    yield from wrapped(" " * INDENT, message(finding, outcome), INDENT)
    yield from wrapped(" " * INDENT, f"{who(finding, outcome)}: {safe(finding.action)}  {finding.fingerprint}", INDENT)
    if not view.verbose:
        return
    if known.state == "acknowledged":
        yield from wrapped(" " * INDENT, acknowledged(known), INDENT)
    for evidence in finding.evidence:
        yield from wrapped(f"{' ' * INDENT}- ", f"{safe(evidence.text)} {evidence.url}".rstrip(), INDENT + 2)


def _first(known: TrackedFinding, text: str) -> Iterator[str]:
    """Severity, what it is about, whether it is new, and the amount at the right."""
    finding, at_risk = known.finding, amount(known.finding)
    right = "  ".join(part for part in ("new" if known.state == "new" else "", at_risk) if part)
    lines = wrapped("", text, 0, width() - INDENT - cells(right) - 2)
    blanks = " " * max(2, width() - INDENT - cells(lines[0]) - cells(right))
    marked = right.replace("new", click.style("new", fg="green", bold=True), 1) if known.state == "new" else right
    yield f"  {severity(finding, INDENT - 2)}{lines[0]}{blanks}{marked}".rstrip()
    for line in lines[1:]:
        yield " " * INDENT + line
