"""The tickets of findings: planned, and written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import click

from cli.render.contacts import hanging
from cli.render.invoices.words import person
from cli.render.words import COLOURS, SIGNS, safe, what_next, whole, wrapped
from integrations.core.change import Action
from integrations.core.dates import dated
from integrations.core.errors import AuthError, IntegrationError, Unavailable, Unsafe
from integrations.flows.invoicing.outcome import Flagged, TicketLine

LONGEST = 100
"""Tickets that are shown; of more the number is given."""
SAID = "closedwon invoices check --flag"
"""How tickets are asked for."""
LOOK = "Look at the plan with -n; if it is right,"
"""A safety limit's words where no plan has been shown."""
PLANNED: Mapping[Action, str] = {
    "create": "new",
    "update": "changed",
    "adopt": "taken over",
    "archive": "to be closed",
    "choose": "for you to choose",
    "blocked": "held up",
}
DONE: Mapping[Action, str] = {"create": "made", "update": "changed", "adopt": "taken over", "archive": "closed"}


def plan_lines(flagged: Flagged, names: Mapping[str, str], customers: Sequence[str] = ()) -> list[str]:
    """The tickets that would be written: those of all customers, also where findings of some alone are shown."""
    lines: list[str] = []
    if flagged.lines or flagged.closed_by_people:
        apart = f", of all customers, not only of {safe(', '.join(customers))}" if customers else ""
        lines = hanging(f"Tickets in {safe(flagged.title, 40)}{apart}")
    return [*lines, *_tickets(flagged, names), *_closed_by_people(flagged)]


def planned(flagged: Flagged) -> str:
    """The sum of the plan: `Tickets: 3 new, 1 changed, 2 to be closed`."""
    counts = Counter("blocked" if line.error is not None and line.action != "choose" else line.action
                     for line in flagged.lines)  # fmt: skip
    parts = [f"{number} {words}" for number, words in _counted(counts, PLANNED)]
    return f"Tickets: {', '.join(parts) or 'nothing to write'}"


def ended_lines(flagged: Flagged, names: Mapping[str, str], command: str = SAID, *, shown_before: bool) -> list[str]:
    """Return the outcome of the tickets; of a plan only shown, its sum. `command`: the command, as called."""
    if flagged.not_applied and flagged.plan:
        return [] if shown_before else hanging(f"{planned(flagged)}.  Plan {flagged.plan}.")
    lines = [*_tickets(flagged, names)]
    if not flagged.not_applied:
        lines += [] if shown_before else _closed_by_people(flagged)
    return [*lines, *hanging(_sentence(flagged)), *_next(flagged, command)]


def _sentence(flagged: Flagged) -> str:
    counts = Counter(line.action for line in flagged.lines if line.status == "done")
    done = [f"{number} {words}" for number, words in _counted(counts, DONE)]
    waiting = sum(line.status != "done" for line in flagged.lines)
    kept = [f"{flagged.kept} as {'it was' if flagged.kept == 1 else 'they were'}"] if flagged.kept else []
    left = [f"{waiting} not written"] if waiting else []
    stopped = " Stopped before the end." if flagged.interrupted else ""
    return f"Tickets: {', '.join([*done, *kept, *left]) or 'nothing to do'}.{stopped}"


def as_shown(error: IntegrationError) -> IntegrationError:
    """An error over a plan of tickets that stands above it: nobody has to ask for it with -n."""
    if not isinstance(error, Unsafe):
        return error
    return Unsafe(error.message, system=error.system, next=error.next.replace(LOOK, "If it is to be so,"))


def _next(flagged: Flagged, called: str) -> Iterator[str]:
    if any(line.unapproved for line in flagged.lines):
        command = whole(f"{called} --plan {flagged.plan}")
        yield from wrapped("  next  ", f"approve this plan: {command}", 8)


def _counted(counts: Mapping[Action, int], words: Mapping[Action, str]) -> list[tuple[int, str]]:
    return [(counts[action], phrase) for action, phrase in words.items() if counts.get(action)]


def _tickets(flagged: Flagged, names: Mapping[str, str]) -> Iterator[str]:
    """The lines of each ticket; those that wait for one trouble of the whole system are reported together."""
    waiting: dict[tuple[type, str], list[TicketLine]] = {}
    single: list[TicketLine] = []
    for line in flagged.lines:
        if isinstance(line.error, (AuthError, Unavailable)):
            waiting.setdefault((type(line.error), line.error.message), []).append(line)
        else:
            single.append(line)
    single += [line for several in waiting.values() if len(several) == 1 for line in several]
    for line in single[:LONGEST]:
        yield from _ticket(line, names)
    if len(single) > LONGEST:
        yield f"  and {len(single) - LONGEST} more (--json shows all)"
    for several in waiting.values():
        if len(several) > 1:
            yield from _trouble(several)


def _trouble(several: Sequence[TicketLine]) -> Iterator[str]:
    error = several[0].error
    if error is None:
        raise AssertionError
    sign = click.style(SIGNS["blocked"], fg=COLOURS.get("blocked"), bold="blocked" in COLOURS)
    first, *below = wrapped("    ", f"{len(several)} tickets wait: {safe(error.message)}", 4)
    yield f"  {sign} {first[4:]}"
    yield from below
    yield from _advice(error)


def _advice(error: IntegrationError) -> list[str]:
    advice = what_next(safe(error.who), error.next)
    return wrapped("    ", advice, 4) if advice else []


def _ticket(line: TicketLine, names: Mapping[str, str]) -> Iterator[str]:
    action: Action = "blocked" if line.error is not None and line.action != "choose" else line.action
    sign = click.style(SIGNS[action], fg=COLOURS.get(action), bold=action in COLOURS)
    text = ", ".join(part for part in (f"{safe(line.id)} {safe(line.label, 120)}".strip(), _what(line, names)) if part)
    first, *below = wrapped("    ", f"{text}  {line.url if line.status == 'done' else ''}".rstrip(), 4)
    yield f"  {sign} {first[4:]}"
    yield from below
    if line.error is not None:
        yield from _advice(line.error)


def _what(line: TicketLine, names: Mapping[str, str]) -> str:
    """For whom a new one is; what changes in one that is there; why it is held up."""
    if line.error is not None:
        return safe(line.error.message)
    if line.unapproved:
        return "waits for a person's yes"
    if line.action == "archive":
        return "the exception is gone"
    if line.action == "create":
        return f"for {person(line.who, names)}" if line.who else ""
    return _standing(line.state)


def _standing(state: str) -> str:
    """The state that a ticket shows, without the part that makes states distinct: `open again`, `2 open of 3`."""
    text = re.sub(r" \([0-9a-f]+\)$|(?<=^open again) \S+$", "", safe(state))
    return re.sub(r"\d{4}-\d\d-\d\d", lambda day: dated(date.fromisoformat(day[0])), text)


def _closed_by_people(flagged: Flagged) -> Iterator[str]:
    if flagged.closed_by_people:
        yield "Closed by somebody although the exception is still there; left alone:"
    for line in flagged.closed_by_people[:LONGEST]:
        yield from wrapped("  = ", f"{safe(line.id)} {safe(line.label, 120)}  {line.url}".rstrip(), 4)
