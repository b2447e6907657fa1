"""Runs of the invoice check: opening the workspace, asking about tickets, reporting, and writing files."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cli.base import confirmed, ledger_of, open_workspace, tell_failed
from cli.contacts.session import Options
from cli.days import Day

if TYPE_CHECKING:
    from cli.render.invoices.findings import View
    from config.workspace import Workspace
    from integrations.core.ledger import Ledger
    from integrations.core.rows import Failed
    from integrations.flows.invoicing.check import InvoiceCheck
    from integrations.flows.invoicing.outcome import Outcome

Progress = Callable[[int, int | None], None]


def no_progress(done: int, total: int | None) -> None:
    """Show nothing."""
    del done, total


@contextlib.contextmanager
def opened(
    config: Path | None, *, verbose: bool, reason: str = "", plan: str | None = None
) -> Iterator[tuple[Workspace, Ledger]]:
    """Open the workspace and its ledger, for a run with this `reason` that may approve a `plan` by its id."""
    with open_workspace(config, verbose=verbose, playbooks=False) as workspace:
        ledger = ledger_of(workspace, reason=reason, plan=plan)
        try:
            yield workspace, ledger
        finally:
            ledger.close()


def invoice_check(
    workspace: Workspace, ledger: Ledger, *, limit: Mapping[str, float] | None = None, progress: Progress = no_progress
) -> InvoiceCheck:
    """Make the invoice check of a workspace.

    Raises:
        ConfigError: No system has invoices, or several have; the rules' settings make no sense.
    """
    from integrations.flows.invoicing.catalogue import catalogue
    from integrations.flows.invoicing.check import InvoiceCheck

    settings = workspace.settings.general.invoices
    return InvoiceCheck(
        workspace.systems,
        ledger,
        workspace.locks,
        workspace.billing,
        catalogue(settings.rules, where=str(workspace.settings.path)),
        settings,
        workspace.limits(limit),
        waiting=workspace.waiting,
        progress=progress,
    )


@contextlib.contextmanager
def misuse_told() -> Iterator[None]:
    """Turn refusals that only the caller can fix into usage errors (exit code 2): no system was contacted.

    Raises:
        UsageError: The call names something that does not exist, or a day that makes no sense.
    """
    from integrations.core.errors import Rejected
    from integrations.flows.invoicing.answers import CALLER

    try:
        yield
    except Rejected as error:
        if error.who != CALLER:
            raise
        raise click.UsageError(". ".join(part for part in (error.message, error.next) if part)) from None


@contextlib.contextmanager
def choices_told() -> Iterator[None]:
    """Print the candidates of an `Ambiguous` error on stderr, and raise it on."""
    from integrations.core.errors import Ambiguous

    try:
        yield
    except Ambiguous as error:
        from cli.render.words import safe, wrapped

        for candidate in error.candidates:
            text = " ".join(part for part in (safe(candidate.title), candidate.url) if part)
            for line in wrapped("  ", f"{safe(candidate.id)}: {text}", 4):
                click.echo(line, err=True)
        raise


def carry_out(asked: Asked, options: Options) -> int:
    """Check as requested, report the outcome, and return the exit code."""
    from cli.render.invoices.findings import View
    from cli.render.progress import Bar
    from integrations.core.outcome import exit_code_of
    from integrations.core.plan import Approval
    from integrations.flows.invoicing.check import Request

    found = opened(options.config, verbose=options.verbose, reason=options.reason, plan=options.plan)
    with found as (workspace, ledger), Bar("customers") as bar:
        check = invoice_check(workspace, ledger, limit=options.limit, progress=bar.tell)
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
        return exit_code_of([outcome.exit_code, *(failure.error.exit_code for failure in failed)])


def only_news(ledger: Ledger, outcome: Outcome) -> Outcome | None:
    """The part of an outcome that the last quiet check did not report; None if there is nothing new."""
    from integrations.core.quiet import Quiet

    quiet = Quiet(ledger, "invoices")
    document = outcome.document()
    items = {
        (finding.finding.account, f"{finding.finding.fingerprint} {finding.said_state()}"): finding
        for finding in outcome.findings
        if finding.state != "acknowledged"
    }
    fresh = quiet.fresh(items, {finding.finding.account for finding in outcome.findings})
    tickets, is_stopped = quiet.changes(document), quiet.is_new_error(document)
    is_news = fresh or tickets or is_stopped
    quiet.keep()
    if not is_news:
        return None
    return dataclasses.replace(outcome, findings=tuple(finding for item, finding in items.items() if item in fresh))


def wants_tickets(check: InvoiceCheck, outcome: Outcome) -> bool:
    """Return whether a finding should have a ticket and has none yet; False without a project for tickets."""
    tickets = check.settings.tickets
    if not tickets.project:
        return False
    ticketed = frozenset[str]().union(*(findings for _, findings in check.memory.tickets().values()))
    return any(
        known.state in ("new", "open")
        and known.finding.severity in tickets.severities
        and known.finding.fingerprint not in ticketed
        for known in outcome.findings
    )


class Asking:
    """Approval by a person, who is shown the findings and the tickets that they want, and asked.

    Attributes:
        has_shown: The plan was shown.
    """

    def __init__(self, view: View, pause: Callable[[], None]) -> None:
        self._view, self._pause = view, pause
        self.has_shown = False

    def __call__(self, shown: Outcome) -> bool:
        """Show the plan and return whether the person approves it."""
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
    """Print the outcome of a check; with a document on stdout only its end is printed in words, on stderr."""
    from cli.render.invoices.findings import check_lines, closing_lines, failed_lines
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

    from cli.render.invoices.words import table

    encode = getattr(sys.stdout, "reconfigure", None)
    if encode is not None:
        encode(encoding="utf-8")
    click.echo(table(outcome), nl=False)


def _tell_tickets(asked: Asked, options: Options, outcome: Outcome, *, shown_before: bool) -> None:
    from cli.contacts.session import how_lines
    from cli.render.invoices.tickets import as_shown, ended_lines, plan_lines
    from cli.render.invoices.words import names_of_people
    from cli.render.words import error_lines

    flagged = outcome.flagged
    if flagged is None:
        return
    if not asked.is_document and flagged.not_applied and not shown_before:
        for line in plan_lines(flagged, names_of_people(outcome), asked.customers):
            click.echo(line)
    for line in ended_lines(flagged, names_of_people(outcome), options.command, shown_before=shown_before):
        click.echo(line, err=asked.is_document)
    if flagged.error is not None:
        for line in error_lines(as_shown(flagged.error)):
            click.echo(line, err=True)
        return
    for line in how_lines(options.command, flagged, asks=flagged.asks):
        click.echo(line, err=True)


def _write(asked: Asked, check: InvoiceCheck, outcome: Outcome) -> list[Failed]:
    """Write the requested files and return the failures; none is written if the check did not come to its end."""
    failed: list[Failed] = []
    if asked.html is None and asked.digest is None:
        return failed
    if outcome.error is not None:
        click.echo("No file was written: it is not known how everything stands.", err=True)
        return failed
    lines: list[str] = []
    if asked.html is not None:
        from cli.invoices.digests import write, written_lines
        from cli.page.report import html

        write(asked.html, html(outcome.only(asked.customers), check))
        lines += written_lines("Wrote", asked.html)
    if asked.digest is not None:
        from cli.invoices.digests import write_digests

        letters, failed = write_digests(check, outcome, asked.digest)
        lines += letters
    for line in lines:
        click.echo(line, err=asked.is_document)
    tell_failed("digest of", failed)
    return failed


By = Literal["customer", "rule"]


@dataclasses.dataclass(frozen=True)
class Asked:
    """Request for a check: its customers, and the forms of its output.

    Attributes:
        month: A day in the month of the drafts; None for this month.
        by: Grouping of the table; None for customers.
        options: The approval of tickets, and the form of the output.
    """

    customers: tuple[str, ...]
    options: Options
    full: bool
    flag: bool
    drafts: bool
    month: Day | None
    by: By | None
    as_csv: bool
    html: Path | None
    digest: Path | None

    def __post_init__(self) -> None:
        for senseless, words in self._senseless():
            if senseless:
                raise click.UsageError(words)

    @property
    def as_json(self) -> bool:
        """Return whether stdout gets a single JSON document."""
        return self.options.as_json

    @property
    def decides(self) -> bool:
        """Return whether an option decides about the writing of tickets; `clock_hours` concerns the check itself."""
        how = self.options
        limited = bool(how.limit.keys() - {"clock_hours"})
        return how.dry_run or how.yes or how.plan is not None or bool(how.reason) or limited

    @property
    def is_document(self) -> bool:
        """Return whether stdout is for a program: words then go to stderr."""
        return self.as_json or self.as_csv

    @property
    def command(self) -> str:
        """The command to repeat in messages: with its subjects and limits, without its approval."""
        from integrations.core.plan import limit_option

        flags = [flag for flag, given in (("--full", self.full), ("--flag", self.flag)) if given]
        flags += [limit_option(name, number) for name, number in self.options.limit.items()]
        return " ".join(["closedwon invoices check", *self.customers, *flags]) + self.settings

    @property
    def settings(self) -> str:
        """The `--config` option by which a repeated command uses the same settings; empty for the default."""
        return f" --config {shlex.quote(str(self.options.config))}" if self.options.config is not None else ""

    def _senseless(self) -> list[tuple[bool, str]]:
        files = self.html is not None or self.digest is not None
        return [
            (
                self.decides and not self.flag,
                "-n, --yes, --plan and --limit (but for clock_hours) are about tickets: add --flag",
            ),
            (self.full and bool(self.customers), "--full reads all customers: leave out CUSTOMER"),
            (self.month is not None and not self.drafts, "--month is the month of drafts: add --drafts"),
            (self.drafts and self.flag, "--drafts looks only, no draft gets a ticket: leave out --flag"),
            (self.drafts and self.full, "--drafts always reads all drafts: leave out --full"),
            (
                self.drafts and (self.as_csv or files),
                "--drafts has a table and --json: leave out --csv, --html, --digest",
            ),
            (self.drafts and self.by is not None, "--drafts lists drafts, the largest first: leave out --by"),
            (self.as_json and self.as_csv, "stdout holds one document: choose --json or --csv"),
            (self.is_document and self.by is not None, "--by groups the table: leave it out with --json and --csv"),
            (
                self.digest is not None and bool(self.customers),
                "--digest tells each account manager of all their customers: leave out CUSTOMER",
            ),
            (
                self.digest is not None and self.options.dry_run,
                "-n writes nothing, and --digest remembers what it reported: leave out one of them",
            ),
            (
                self.html is not None and not self.html.absolute().parent.is_dir(),
                f"--html: there is no folder {self.html.parent if self.html is not None else ''}",
            ),
        ]
