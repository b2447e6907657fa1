"""`closedwon invoices check`: find invoicing exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from cli.base import Examples
from cli.contacts.options import Options, approved
from cli.days import MONTH, Day
from cli.invoices.options import Asked, By

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
def command(
    customers: tuple[str, ...],
    *,
    full: bool,
    flag: bool,
    drafts: bool,
    month: Day | None,
    by: By | None,
    as_csv: bool,
    html: Path | None,
    digest: Path | None,
    dry_run: bool,
    yes: bool,
    plan: str | None,
    reason: str,
    limit: Mapping[str, float],
    quiet: bool,
    as_json: bool,
    config: Path | None,
    verbose: bool,
) -> int:
    """Find what will not be paid, was never invoiced, or is wrong.

    CUSTOMER is the company's number in the ERP, its link there, or a part of its
    name; without one, those that changed since the last run, or whose day has come.
    Nothing is ever written in the ERP. With
    --flag the tickets of all that is known are shown before they are made; -n,
    --yes, --plan and --limit are about them. With -v also the evidence, and what is
    acknowledged.
    """
    from cli.subjects import customers as customers_of

    asked = Asked(
        customers_of(config, customers, ask=not (yes or quiet or as_json or as_csv)),
        full=full,
        flag=flag,
        drafts=drafts,
        month=month,
        by=by,
        as_json=as_json,
        as_csv=as_csv,
        html=html,
        digest=digest,
        decides=dry_run or yes or plan is not None or bool(reason) or bool(limit.keys() - {"clock_hours"}),
        dry_run=dry_run,
        limit=limit,
        config=config,
    )
    options = Options(asked.said, dry_run, yes, plan, limit, asked.is_document, config, verbose, reason, quiet)
    if asked.drafts:
        from cli.invoices.judging_drafts import judge_drafts

        return judge_drafts(asked, options)
    from cli.invoices.checking import carry_out

    return carry_out(asked, options)
