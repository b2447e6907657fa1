"""Carrying out a check of drafts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from cli.days import Day
from cli.invoices.running import invoice_check, opened

if TYPE_CHECKING:
    from cli.contacts.options import Options
    from cli.invoices.options import Asked


def judge_drafts(asked: Asked, options: Options) -> int:
    """Judge the drafts of a month, tell which may go out, and give the exit code."""
    from cli.render.invoices.drafts import draft_lines
    from cli.render.progress import Bar
    from cli.render.words import error_lines
    from integrations.flows.invoicing.drafts import check_drafts

    with opened(options.config, verbose=options.verbose) as (place, ledger), Bar("customers") as bar:
        check = invoice_check(place, ledger, progress=bar.tell)
        month = (asked.month or Day()).of(check.today()).replace(day=1)
        outcome = check_drafts(check, month, asked.customers)
        bar.pause()
        if asked.as_json:
            click.echo(json.dumps(outcome.document(), ensure_ascii=False))
        elif outcome.error is None:
            for line in draft_lines(outcome, verbose=options.verbose):
                click.echo(line)
        if outcome.error is not None:
            for line in error_lines(outcome.error):
                click.echo(line, err=True)
        return outcome.exit_code
