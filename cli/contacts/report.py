"""`closedwon contacts report`: what changed, for each account manager."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.base import Examples, configured, tell_failed
from cli.contacts.running import opened
from cli.days import SINCE, Day
from integrations.core.calendar import company, day_of, local, today

if TYPE_CHECKING:
    from integrations.flows.contacts.report import Entry

EXAMPLES = """\
closedwon contacts report                      what changed in the last 7 days
closedwon contacts report --for Lena           only of Lena's customers
closedwon contacts report --since 2026-11-01   or --since 30d"""

DAYS = 7


@click.command(cls=Examples, examples=EXAMPLES)
@click.option("--for", "manager", default="", metavar="MANAGER", help="Only of customers of this account manager.")
@click.option("--since", type=SINCE, default=f"{DAYS}d", show_default=True, help="From this day on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@configured
def command(*, manager: str, since: Day, as_json: bool, config: Path | None, verbose: bool) -> int:
    """Tell what changed, for each account manager.

    Who of their customers' people is new where, changed or taken out, and who was
    left out and why. Reads our own memory, and the names from the ERP; writes nothing.
    """
    from integrations.core.ending import exit_code_of
    from integrations.flows.contacts.report import changed

    with opened(config, verbose=verbose) as (place, ledger):
        first = company().begin(since.of(today()))
        entries, failed = changed(ledger, place.contacts, place.systems, first, manager.strip())
    if as_json:
        document = {"since": local(first).isoformat(), "entries": [entry.document() for entry in entries]}
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        for line in _lines(entries, day_of(first), manager):
            click.echo(line)
    tell_failed("customer", failed)
    return exit_code_of(one.error.exit_code for one in failed)


def _lines(entries: Sequence[Entry], since: date, manager: str) -> Iterator[str]:
    from cli.render.contacts.words import NOBODY, customer, hanging
    from cli.render.words import safe, wrapped
    from integrations.core.dates import day

    if not entries:
        whose = f" for an account manager with “{safe(manager, 40)}” in the name" if manager else ""
        yield from hanging(f"Nothing has changed since {day(since)}{whose}.")
        return
    yield f"CONTACTS  since {day(since)}"
    before: tuple[str, str] = ("", "")
    for (who, number, _), group in _grouped(entries).items():
        if who != before[0] or not before[1]:
            yield safe(who, 60) or NOBODY
        if (who, number) != before:
            yield from wrapped("  ", customer(number, {number: group[0].company}), 2)
        before = (who, number)
        yield from _row(group)


def _grouped(entries: Sequence[Entry]) -> dict[tuple[str, str, tuple[str, ...]], list[Entry]]:
    """What happened to one person on one day in several systems, together; who came back stands below leaving."""
    found: dict[tuple[str, str, tuple[str, ...]], list[Entry]] = {}
    left: Counter[tuple[str, str, str]] = Counter()
    for entry in entries:
        person = entry.contact or entry.person or f"{entry.system} {entry.at}"
        times = left[entry.customer, person, entry.system]
        if entry.what == "archive":
            left[entry.customer, person, entry.system] += 1
        same = (person, entry.what, entry.why, str(day_of(entry.at)), str(times))
        found.setdefault((entry.manager, entry.customer, same), []).append(entry)
    return found


def _row(group: Sequence[Entry]) -> list[str]:
    from cli.render.plan import SIGNS
    from cli.render.words import safe, system_label, wrapped
    from integrations.core.dates import day

    one = group[0]
    words = {"create": "new in", "adopt": "taken over in", "update": "changed in", "archive": "taken out of"}
    signs = {str(action): sign for action, sign in SIGNS.items()}
    names = ", ".join(sorted({system_label(entry.system) for entry in group if entry.system}))
    said = f"left out{f' of {names}' if names else ''}: {safe(one.why)}" if one.what == "skip" else ""
    person = safe(one.person, 40) or "somebody whose name is not kept any more"
    contact = f" ({safe(one.contact)})" if one.contact else ""
    when = day(day_of(one.at))
    text = f"{person}{contact}: {said or f'{words.get(one.what, one.what)} {names}'}, {when}"
    return wrapped(f"    {signs.get(one.what, 'x')}", text, 6)
