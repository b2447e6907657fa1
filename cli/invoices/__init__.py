"""`closedwon invoices`: what will not be paid, was never invoiced, or is wrong."""

from __future__ import annotations

import click

from cli.base import Group, help_unless_called

COMMANDS = ("check", "ack", "baseline", "dispute")
"""In the order in which a newcomer needs them; each is a function of `cli.invoices.commands`."""

EXAMPLES = """\
closedwon invoices check                  what is wrong, who acts, what to do
closedwon invoices check --flag           bring it to people as tickets
closedwon invoices check --drafts         which drafts may go out
closedwon invoices baseline 2026-11-22    what was there before is known
closedwon invoices ack 4f2a --reason "pays in parts" --until 2026-12-31"""


@click.command(cls=Group, module="cli.invoices.commands", names=COMMANDS, examples=EXAMPLES)
@click.pass_context
def command(context: click.Context) -> None:
    """Find invoicing exceptions, and bring them to who fixes them.

    Reads contracts, orders, invoices and payments from the ERP, and never writes
    there. What is found is remembered, so that each run tells what is new and what
    is gone.
    """
    help_unless_called(context)
