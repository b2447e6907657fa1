"""What a check comes to: in one line, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.render.contacts.words import hanging
from cli.render.invoices.words import total
from cli.render.words import count, safe, seconds, whole, wrapped
from integrations.core.dates import day, moment
from integrations.core.money import thousands
from integrations.flows.invoicing.outcome import Outcome
from integrations.flows.invoicing.rule import SEVERITIES

if TYPE_CHECKING:
    from cli.render.invoices.findings import View


def heading(outcome: Outcome, view: View) -> list[str]:
    """Of when it is, and what was read for it."""
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
    """The line to be read out, then what to do."""
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
