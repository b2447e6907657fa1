"""`closedwon contacts sync`: bring the customers' people in step."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cli.base import Examples
from cli.contacts.options import Options, approved
from cli.contacts.running import carry_out

EXAMPLES = """\
closedwon contacts sync                   what changed: show it, ask, do it
closedwon contacts sync -n                show it and write nothing
closedwon contacts sync --yes             do it without asking: for a crontab
closedwon contacts sync 101 102           all people of these customers
closedwon contacts sync --full            everybody, whatever changed
closedwon contacts sync --limit creates=80  once more than a safety limit"""


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("customers", nargs=-1, metavar="[CUSTOMER]...")
@click.option("--full", is_flag=True, help="Read and compare everybody.")
@click.option("--retry", is_flag=True, help="Also rows that were refused before and have not changed.")
@approved
def command(
    customers: Sequence[str],
    *,
    full: bool,
    retry: bool,
    options: Options,
) -> int:
    """Bring the customers' people in step with the ERP.

    CUSTOMER is the company's number in the ERP, its link there, or a part of its
    name; without one, those that changed since the last run. Shows the plan first;
    without a terminal it writes only with --yes or --plan. Nobody is taken out
    before the days of grace are over.
    """
    from cli.subjects import customers as customers_of

    named = customers_of(options.config, customers, ask=not (options.yes or options.quiet or options.as_json))
    flags = [flag for flag, given in (("--full", full), ("--retry", retry)) if given]
    said = " ".join(["closedwon contacts sync", *named, *flags])
    from integrations.flows.contacts.request import Request

    return carry_out(
        options.called(said), lambda sync, approval: sync.run(Request(named, full, retry), approval), is_choosing=True
    )
