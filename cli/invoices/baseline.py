"""`closedwon invoices baseline`: what existed on the first day is known."""

from __future__ import annotations

from pathlib import Path

import click

from cli.base import REASON, Examples, configured
from cli.days import SINCE, Day
from cli.invoices.running import invoice_check, opened

EXAMPLES = "closedwon invoices baseline 2026-11-22   what was found up to this day"


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("first", type=SINCE, metavar="DATE")
@click.option("--reason", type=REASON, default="", help="Why, for those who ask later.")
@configured
def command(first: Day, *, reason: str, config: Path | None, verbose: bool) -> int:
    """Acknowledge everything that was found up to and with DATE.

    For the first day: from then on only what is new is told. What was set aside
    comes back when its amount grows. Nothing is written but our own memory.
    """
    from cli.render.contacts.words import hanging
    from cli.render.words import count
    from integrations.core.dates import dated
    from integrations.flows.invoicing.deciding import baseline

    with opened(config, verbose=verbose, reason=reason) as (place, ledger):
        check = invoice_check(place, ledger)
        day = first.of(check.today())
        if day > check.today():
            raise click.UsageError(f"{dated(day)} is still to come: name the first day, or today")
        found = baseline(check, day, reason.strip())
    said = f"Nothing that was found up to {dated(day)} is open."
    if found:
        are = "is" if len(found) == 1 else "are"
        has_amounts = any(known.finding.amount is not None for known in found)
        said = f"{count(len(found), 'finding')} up to {dated(day)} {are} acknowledged"
        said += ", each until its amount grows." if has_amounts else "."
    for line in [*hanging(said), "Next: closedwon invoices check"]:
        click.echo(line)
    return 0
