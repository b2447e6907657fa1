"""What is, or was, to happen to whom: by account manager, then customer, then person."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import click

from cli.render.contacts.closing import is_of_system
from cli.render.contacts.rows import Block, Row, rows
from cli.render.contacts.strangers import stranger_blocks
from cli.render.contacts.words import NOBODY, WIDEST_NAME, company, customer, manager, people
from cli.render.plan import COLOURS, SIGNS
from cli.render.words import cells, padded, safe, system_label, what_next, wrapped
from integrations.flows.contacts.outcome import FailedRow, Line, Outcome

PEOPLE = 20
"""Rows that are shown of one customer."""
LONGEST = 200
"""Lines that are shown in all."""


def plan_lines(outcome: Outcome, lines: Sequence[Line] | None = None) -> list[str]:
    """All people of a run, or those of these lines; the rest of a very long one is only counted."""
    shown: list[str] = []
    hidden = 0
    told = outcome.lines if lines is None else lines
    blocks = itertools.chain(_blocks([line for line in told if not is_of_system(line)]), _troubles(told))
    for block in itertools.chain(blocks, stranger_blocks(outcome, PEOPLE) if lines is None else ()):
        hidden += _append(shown, block)
    if hidden:
        shown.append(f"and {hidden} more (--json shows all)")
    shown += failed_lines(outcome)
    return shown if lines is not None else [*shown, *_besides(outcome)]


def failed_lines(outcome: Outcome) -> Iterator[str]:
    """Customers and contacts that could not be worked on, and what it said."""
    by_error: dict[tuple[str, str], list[FailedRow]] = {}
    for one in outcome.failed:
        by_error.setdefault((one.error.message, one.error.next), []).append(one)
    sign = click.style(SIGNS["blocked"], fg=COLOURS.get("blocked"), bold="blocked" in COLOURS)
    for (message, following), several in by_error.items():
        whose = ", ".join(dict.fromkeys(_whose(one, outcome) for one in several[:PEOPLE]))
        more = f" and {len(several) - PEOPLE} more (--json shows all)" if len(several) > PEOPLE else ""
        first, *below = wrapped("  ", f"{whose}{more}: {safe(message, 300)}; left as it was", 4)
        yield f"{sign} {first[2:]}"
        yield from below
        if following:
            yield from wrapped("    ", what_next("", following), 4)


def _whose(one: FailedRow, outcome: Outcome) -> str:
    contact = f"contact {safe(one.contact)}" if one.contact else ""
    if not one.customer:
        return contact or "a row"
    whose = customer(one.customer, outcome.names)
    return f"{contact} of {whose}" if contact else whose


def _troubles(lines: Sequence[Line]) -> Iterator[Block]:
    """What keeps all people of a system waiting, once for each system."""
    found: dict[tuple[str, type], list[Line]] = {}
    for line in lines:
        if is_of_system(line):
            found.setdefault((line.system, type(line.error)), []).append(line)
    for (system, _), waiting in found.items():
        error = waiting[0].error
        if error is None:
            continue
        sign = click.style(SIGNS["blocked"], fg=COLOURS.get("blocked"), bold="blocked" in COLOURS)
        said = f"{system_label(system)}, {people(len(waiting))} cannot be brought in step: {safe(error.message)}"
        first, *below = wrapped("  ", said, 4)
        who = f"Who: {safe(error.who)}. " if error.who else ""
        advice = wrapped("    ", f"{who}{safe(error.next)}", 4) if who or error.next else []
        yield Block([], [[f"{sign} {first[2:]}", *below, *advice]], 0)


def _besides(outcome: Outcome) -> Iterator[str]:
    """What is to be known besides, and where somebody still appears."""
    for note in outcome.notes:
        yield from wrapped("note  ", safe(note), 6)
    if outcome.clock is not None:
        yield from wrapped("note  ", f"{safe(outcome.clock.message, 400)}. {what_next('', outcome.clock.next)}", 6)
    if outcome.mentions:
        yield "The person still appears here:"
    for one in outcome.mentions:
        yield from wrapped("  ", f"{safe(one.where)}: {safe(one.why)} {one.url or ''}".rstrip(), 2)


def _append(shown: list[str], block: Block) -> int:
    """Put a customer's rows behind what is shown, as far as they fit; gives how many were not shown."""
    for number, row in enumerate(block.rows):
        head = block.head if number == 0 else []
        if len(shown) + len(head) + len(row) > LONGEST:
            return len(block.rows) - number + block.left
        shown.extend([*head, *row])
    if block.left:
        shown.append(f"    and {block.left} more of this customer{' (--json shows all)' if block.in_json else ''}")
    return 0


def _blocks(lines: Sequence[Line]) -> Iterator[Block]:
    """By account manager, those without one at the end, then by customer."""
    before = ""
    grouped: dict[tuple[str, str], list[Line]] = {}
    for line in sorted(lines, key=lambda line: (manager(line) == NOBODY, manager(line).casefold(), _order(line))):
        grouped.setdefault((manager(line), line.customer), []).append(line)
    for (who, _), group in grouped.items():
        found = rows(group)
        head = [*([who] if who != before else []), *wrapped("  ", company(group[0]), 2)]
        before = who
        yield Block(head, _rendered(found[:PEOPLE]), max(0, len(found) - PEOPLE))


def _order(line: Line) -> tuple[str, str]:
    return line.company.casefold(), line.customer


def _rendered(found: Sequence[Row]) -> list[list[str]]:
    names = min(WIDEST_NAME, max((cells(row.person) for row in found), default=0))
    return [_row(row, names) for row in found]


def _row(row: Row, names: int) -> list[str]:
    sign = click.style(SIGNS[row.action], fg=COLOURS.get(row.action), bold=row.action in COLOURS)
    indent = 6 + names + 2
    first = padded(row.person, names) + "  "
    where = ", ".join(row.systems)
    text = f"{where}: {row.text}" if row.text else where
    top, *below = wrapped(" " * 6 + first, text, indent)
    more = [line for text in row.more for line in wrapped("", text, indent)]
    return [f"    {sign} {top[6:]}", *below, *more]
