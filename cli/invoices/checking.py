"""Carrying out a check: read and judged, shown, asked about tickets, told, written to files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from cli.base import confirmed, tell_failed
from cli.invoices.running import invoice_check, opened

if TYPE_CHECKING:
    from cli.contacts.options import Options
    from cli.invoices.options import Asked
    from cli.render.invoices.findings import View
    from integrations.core.ledger import Ledger
    from integrations.core.rows import Failed
    from integrations.flows.invoicing.check import InvoiceCheck
    from integrations.flows.invoicing.outcome import Outcome


def carry_out(asked: Asked, options: Options) -> int:
    """Check as asked, tell what came of it, and give the exit code."""
    from cli.render.invoices.findings import View
    from cli.render.progress import Bar
    from integrations.core.ending import exit_code_of
    from integrations.core.plan import Approval
    from integrations.flows.invoicing.check import Request

    found = opened(options.config, verbose=options.verbose, reason=options.reason, plan=options.plan)
    with found as (place, ledger), Bar("customers") as bar:
        check = invoice_check(place, ledger, limit=options.limit, progress=bar.tell)
        is_first = check.memory.moment("full") is None
        view = View(
            asked.by or "customer", options.verbose, asked.customers, is_first=is_first, settings=asked.settings
        )
        asking = Asking(view, bar.pause) if options.asks else None
        allowed = Approval(dry=options.dry_run, yes=options.yes, plan=options.plan, ask=asking)
        outcome = check.run(Request(asked.customers, asked.full, asked.flag), allowed)
        bar.pause()
        view = dataclasses.replace(
            view, can_flag=not asked.flag and wants_tickets(check, outcome.only(asked.customers))
        )
        fresh = only_news(ledger, outcome) if options.quiet else outcome
        if fresh is not None:
            tell(asked, options, fresh, view, shown_before=asking is not None and asking.has_shown)
        failed = _write(asked, check, outcome)
        if outcome.flagged is not None and outcome.flagged.interrupted:
            raise click.Abort
        return exit_code_of([outcome.exit_code, *(one.error.exit_code for one in failed)])


def only_news(ledger: Ledger, outcome: Outcome) -> Outcome | None:
    """Return what of an outcome the last quiet check did not report; None: nothing."""
    from integrations.core.quiet import Quiet

    quiet = Quiet(ledger, "invoices")
    document = outcome.document()
    items = {
        (one.finding.account, f"{one.finding.fingerprint} {one.said_state()}"): one
        for one in outcome.findings
        if one.state != "acknowledged"
    }
    fresh = quiet.fresh(items, {one.finding.account for one in outcome.findings})
    tickets, is_stopped = quiet.changes(document), quiet.is_new_error(document)
    is_news = fresh or tickets or is_stopped
    quiet.keep()
    if not is_news:
        return None
    return dataclasses.replace(outcome, findings=tuple(one for item, one in items.items() if item in fresh))


def wants_tickets(check: InvoiceCheck, outcome: Outcome) -> bool:
    """Whether something was found that gets a ticket and has none yet, where it is said where they go."""
    tickets = check.settings.tickets
    if not tickets.project:
        return False
    told = frozenset[str]().union(*(findings for _, findings in check.memory.tickets().values()))
    return any(
        known.state in ("new", "open")
        and known.finding.severity in tickets.severities
        and known.finding.fingerprint not in told
        for known in outcome.findings
    )


class Asking:
    """Shows what was found and the tickets that it wants, and asks.

    Attributes:
        has_shown: Whether it came to that.
    """

    def __init__(self, view: View, pause: Callable[[], None]) -> None:
        self._view, self._pause = view, pause
        self.has_shown = False

    def __call__(self, shown: Outcome) -> bool:
        """Whether the person says yes."""
        from cli.render.invoices.findings import check_lines
        from cli.render.invoices.tickets import plan_lines, planned
        from cli.render.invoices.words import names_of_people
        from cli.render.words import whole

        if shown.flagged is None:
            raise AssertionError
        self._pause()
        self.has_shown = True
        tickets = plan_lines(shown.flagged, names_of_people(shown), self._view.customers)
        for line in [*check_lines(shown, self._view), *tickets]:
            click.echo(line)
        return confirmed(f"{planned(shown.flagged)}.  Plan {shown.flagged.plan}.  {whole('Do it?')}")


def tell(asked: Asked, options: Options, outcome: Outcome, view: View, *, shown_before: bool) -> None:
    """Print what came of a check; with a document on stdout, words are on stderr, and only how it ended."""
    from cli.render.invoices.besides import failed_lines
    from cli.render.invoices.closing import closing_lines
    from cli.render.invoices.findings import check_lines
    from cli.render.words import error_lines

    if asked.as_json:
        click.echo(json.dumps(outcome.only(asked.customers).document(), ensure_ascii=False))
    elif asked.as_csv:
        _print_csv(outcome.only(asked.customers))
    elif not shown_before:
        for line in check_lines(outcome, view):
            click.echo(line)
    if asked.is_document:
        for line in closing_lines(outcome.only(asked.customers), view)[:1]:
            click.echo(line, err=True)
        for line in failed_lines(outcome.failed, outcome.names):
            click.echo(line, err=True)
    _tell_tickets(asked, options, outcome, shown_before=shown_before)
    if outcome.error is not None:
        for line in error_lines(outcome.error):
            click.echo(line, err=True)


def _print_csv(outcome: Outcome) -> None:
    import sys

    from cli.render.invoices.spreadsheet import table

    encode = getattr(sys.stdout, "reconfigure", None)
    if encode is not None:
        encode(encoding="utf-8")
    click.echo(table(outcome), nl=False)


def _tell_tickets(asked: Asked, options: Options, outcome: Outcome, *, shown_before: bool) -> None:
    from cli.contacts.running import how_lines
    from cli.render.invoices.tickets import as_shown, ended_lines, plan_lines
    from cli.render.invoices.words import names_of_people
    from cli.render.words import error_lines

    flagged = outcome.flagged
    if flagged is None:
        return
    if not asked.is_document and flagged.shown_only and not shown_before:
        for line in plan_lines(flagged, names_of_people(outcome), asked.customers):
            click.echo(line)
    for line in ended_lines(flagged, names_of_people(outcome), options.said, shown_before=shown_before):
        click.echo(line, err=asked.is_document)
    if flagged.error is not None:
        for line in error_lines(as_shown(flagged.error)):
            click.echo(line, err=True)
        return
    for line in how_lines(options.said, flagged, asks=flagged.asks):
        click.echo(line, err=True)


def _write(asked: Asked, check: InvoiceCheck, outcome: Outcome) -> list[Failed]:
    """Write the files that were asked for, none where it is not known how things stand; gives what failed."""
    failed: list[Failed] = []
    if asked.html is None and asked.digest is None:
        return failed
    if outcome.error is not None:
        click.echo("No file was written: it is not known how everything stands.", err=True)
        return failed
    said: list[str] = []
    if asked.html is not None:
        from cli.invoices.files import write, written_lines
        from cli.render.invoices.page import html

        write(asked.html, html(outcome.only(asked.customers), check))
        said += written_lines("Wrote", asked.html)
    if asked.digest is not None:
        from cli.invoices.digests import write_digests

        letters, failed = write_digests(check, outcome, asked.digest)
        said += letters
    for line in said:
        click.echo(line, err=asked.is_document)
    tell_failed("digest of", failed)
    return failed
