"""`closedwon invoices check`: find invoicing exceptions."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from cli.base import Examples
from cli.contacts.options import Options, approved
from cli.days import MONTH
from cli.invoices.options import Asked

EXAMPLES = """\
closedwon invoices check                   what changed: read, judged, shown
closedwon invoices check 101 102           these customers
closedwon invoices check --by rule -v      by what is wrong, with the evidence
closedwon invoices check --flag            show tickets too, ask, make them
closedwon invoices check --flag --yes      do it without asking: for a crontab
closedwon invoices check --drafts          what may go out this month
closedwon invoices check --digest letters  what is new, by account manager"""


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("customers", nargs=-1, metavar="[CUSTOMER]...")
@click.option("--full", is_flag=True, help="Read and judge every customer.")
@click.option("--flag", is_flag=True, help="Keep one ticket for each exception.")
@click.option("--drafts", is_flag=True, help="Judge invoices that are not posted yet; exit 4 on a high finding.")
@click.option("--month", type=MONTH, help="The drafts' month, by a day in it or how long ago; this one by default.")
@click.option("--by", type=click.Choice(["customer", "rule"]), help="How the table is grouped; by default by customer.")
@click.option("--csv", "as_csv", is_flag=True, help="A table for a spreadsheet on stdout.")
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write a page to look at and print."
)
@click.option(
    "--digest",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write what is new, as text and HTML, for each account manager.",
)
@approved
def command(customers: tuple[str, ...], *, options: Options, **given: Any) -> int:
    """Find what will not be paid, was never invoiced, or is wrong.

    CUSTOMER is the company's number in the ERP, its link there, or a part of its
    name; without one, those that changed since the last run, or whose day has come.
    Nothing is ever written in the ERP. With
    --flag the tickets of all that is known are shown before they are made; -n,
    --yes, --plan and --limit are about them. With -v also the evidence, and what is
    acknowledged.
    """
    from cli.subjects import customers as customers_of

    may_ask = not (options.yes or options.quiet or options.as_json or given["as_csv"])
    asked = Asked(customers_of(options.config, customers, ask=may_ask), options, **given)
    options = dataclasses.replace(options, said=asked.said, as_json=asked.is_document)
    if asked.drafts:
        from cli.invoices.judging_drafts import judge_drafts

        return judge_drafts(asked, options)
    from cli.invoices.checking import carry_out

    return carry_out(asked, options)
