"""`closedwon contacts problems`: whom the sync cannot take along, why, and who fixes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.base import Examples, configured, tell_failed
from cli.contacts.running import opened
from cli.days import SINCE, Day
from integrations.core.calendar import day_of, today

if TYPE_CHECKING:
    from integrations.flows.contacts.remembered import Problem
    from integrations.flows.contacts.report import Entry

EXAMPLES = """\
closedwon contacts problems              everything that somebody has to fix
closedwon contacts problems --for Lena   only of Lena's customers
closedwon contacts problems --since 2w   only what is new since then"""

LONG = 1000
"""Characters of why somebody waits: what speaks for each heir of a customer, and the command, are to be read."""


@click.command(cls=Examples, examples=EXAMPLES)
@click.option("--for", "manager", default="", metavar="MANAGER", help="Only of customers of this account manager.")
@click.option("--since", type=SINCE, help="Only what began on or after this day.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@configured
def command(*, manager: str, since: Day | None, as_json: bool, config: Path | None, verbose: bool) -> int:
    """List the contacts that cannot be synced, and who fixes them.

    A row goes by itself when it was fixed: the next sync that reads it tries again.
    Reads our own memory, and the names from the ERP. Writes nothing.
    """
    from integrations.core.ending import exit_code_of
    from integrations.flows.contacts.report import problems

    with opened(config, verbose=verbose) as (place, ledger):
        found, failed = problems(ledger, place.contacts, manager.strip())
    if since is not None:
        first = since.of(today())
        found = [(problem, entry) for problem, entry in found if day_of(entry.at) >= first]
    if as_json:
        click.echo(json.dumps({"problems": [_document(*pair) for pair in found]}, ensure_ascii=False))
    else:
        for line in _lines(found, manager):
            click.echo(line)
    tell_failed("customer", failed)
    return exit_code_of(one.error.exit_code for one in failed)


def _document(problem: Problem, entry: Entry) -> dict[str, Any]:
    return {
        "customer": entry.customer,
        "company": entry.company,
        "contact": entry.contact or None,
        "person": entry.person or None,
        "system": entry.system or None,
        "since": entry.at.isoformat(),
        "code": problem.code,
        "reason": entry.why,
        "manager": entry.manager or None,
    }


def _lines(found: Sequence[tuple[Problem, Entry]], manager: str) -> list[str]:
    from cli.render.contacts.words import NOBODY, hanging
    from cli.render.words import count, safe, system_label, table, whole, wrapped
    from integrations.core.dates import day

    if not found:
        whose = f" for an account manager with “{safe(manager, 40)}” in the name" if manager else ""
        return hanging(f"Nothing to fix{whose}.")
    header = ("Customer", "Contact", "Person", "System", "Since", "Who fixes it")
    rows = [
        (
            entry.company or f"customer {entry.customer}",
            entry.contact or "-",
            entry.person or "-",
            system_label(entry.system) if entry.system else "all",
            day(day_of(entry.at)),
            entry.manager or NOBODY.lower(),
        )
        for _, entry in found
    ]
    head, *below = table(header, rows, shortened=frozenset({0, 2, 5}))
    lines = [head]
    for line, (_, entry) in zip(below, found, strict=True):
        lines += [line, *wrapped("  ", safe(entry.why, LONG), 2)]
    fixed = f"Fix it in the ERP; the next sync sees it. Fixed elsewhere: {whole('closedwon contacts sync --retry')}"
    return [*lines, *hanging(f"{count(len(found), 'row')} to fix. {fixed}")]
