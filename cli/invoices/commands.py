"""The commands of `closedwon invoices`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.base import REASON, Examples, configured
from cli.contacts.session import Options, approved
from cli.days import MONTH, SINCE, UNTIL, Day
from cli.invoices.session import Asked, choices_told, invoice_check, misuse_told, opened

if TYPE_CHECKING:
    from integrations.flows.invoicing.check import InvoiceCheck
    from integrations.flows.invoicing.memory import TrackedFinding

CHECK_EXAMPLES = """\
closedwon invoices check                   what changed: read, judged, shown
closedwon invoices check 101 102           these customers
closedwon invoices check --by rule -v      by what is wrong, with the evidence
closedwon invoices check --flag            show tickets too, ask, make them
closedwon invoices check --flag --yes      do it without asking: for a crontab
closedwon invoices check --drafts          what may go out this month
closedwon invoices check --digest letters  what is new, by account manager"""


@click.command(cls=Examples, examples=CHECK_EXAMPLES)
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
def check_command(customers: tuple[str, ...], *, options: Options, **given: Any) -> int:
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
    options = dataclasses.replace(options, command=asked.command, as_json=asked.is_document)
    if asked.drafts:
        return judge_drafts(asked, options)
    from cli.invoices.session import carry_out

    return carry_out(asked, options)


def judge_drafts(asked: Asked, options: Options) -> int:
    """Judge the drafts of a month, report which may go out, and return the exit code."""
    from cli.render.invoices.drafts import draft_lines
    from cli.render.progress import Bar
    from cli.render.words import error_lines
    from integrations.flows.invoicing.drafts import check_drafts

    with opened(options.config, verbose=options.verbose) as (workspace, ledger), Bar("customers") as bar:
        check = invoice_check(workspace, ledger, progress=bar.tell)
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


ACK_EXAMPLES = """\
closedwon invoices ack 4f2a91c03d --reason "pays in parts" --until 2026-12-31
closedwon invoices ack 4f2a 9b01 --reason "as agreed"    several, cut short
closedwon invoices ack 4f2a --reason "holidays" --until 2w
closedwon invoices ack 4f2a --undo                       tell of it again"""


@click.command(cls=Examples, examples=ACK_EXAMPLES)
@click.argument("fingerprints", nargs=-1, required=True, metavar="FINGERPRINT...")
@click.option("--reason", type=REASON, default="", help="Why it is left alone, for those who ask later.")
@click.option("--until", type=UNTIL, help="The last day on which it is; without it, no end.")
@click.option("--undo", is_flag=True, help="Take it back: the exception is reported again.")
@configured
def ack_command(
    fingerprints: Sequence[str], *, reason: str, until: Day | None, undo: bool, config: Path | None, verbose: bool
) -> int:
    """Say that exceptions are known, and leave them alone for a while.

    FINGERPRINT is what `closedwon invoices check` shows behind each, or its first
    characters. Who says it and why is kept. It comes back when the day has passed,
    or when the amount has grown. Nothing is written but our own memory.
    """
    from cli.render.contacts import hanging

    if undo and (reason or until is not None):
        raise click.UsageError("--undo takes it back: leave out --reason and --until")
    if not undo and not reason.strip():
        raise click.UsageError("say why with --reason, for those who ask later")
    with opened(config, verbose=verbose, reason=reason) as (workspace, ledger), choices_told(), misuse_told():
        check = invoice_check(workspace, ledger)
        last = until.of(check.today()) if until is not None else None
        lines = _undone(check, fingerprints) if undo else _done(check, fingerprints, reason.strip(), last)
        for sentence in lines:
            for line in hanging(sentence):
                click.echo(line)
    return 0


def _done(check: InvoiceCheck, fingerprints: Sequence[str], reason: str, until: date | None) -> Iterator[str]:
    from cli.render.invoices.words import comes_back
    from integrations.core.dates import dated
    from integrations.flows.invoicing.answers import acknowledge

    found = acknowledge(check, fingerprints, reason, until)
    for known in found:
        yield f"Left alone{f' until {dated(until)}' if until is not None else ''}: {_said(known)}"
    yield comes_back(found, until, check.settings.comes_back_at)


def _undone(check: InvoiceCheck, fingerprints: Sequence[str]) -> Iterator[str]:
    from integrations.flows.invoicing.answers import take_back

    before = {finding.finding.fingerprint for finding in check.standing().findings() if finding.state == "acknowledged"}
    for known in take_back(check, fingerprints):
        was_left_alone = known.finding.fingerprint in before
        yield f"{'Reported again' if was_left_alone else 'Was not acknowledged, nothing to undo'}: {_said(known)}"


def _said(known: TrackedFinding) -> str:
    from cli.render.words import safe

    return f"{safe(known.finding.message)} ({known.finding.fingerprint})"


BASELINE_EXAMPLES = "closedwon invoices baseline 2026-11-22   what was found up to this day"


@click.command(cls=Examples, examples=BASELINE_EXAMPLES)
@click.argument("first", type=SINCE, metavar="DATE")
@click.option("--reason", type=REASON, default="", help="Why, for those who ask later.")
@configured
def baseline_command(first: Day, *, reason: str, config: Path | None, verbose: bool) -> int:
    """Acknowledge everything that was found up to and with DATE.

    For the first day: from then on only what is new is told. What was set aside
    comes back when its amount grows. Nothing is written but our own memory.
    """
    from cli.render.contacts import hanging
    from cli.render.words import count
    from integrations.core.dates import dated
    from integrations.flows.invoicing.answers import baseline

    with opened(config, verbose=verbose, reason=reason) as (workspace, ledger):
        check = invoice_check(workspace, ledger)
        day = first.of(check.today())
        if day > check.today():
            raise click.UsageError(f"{dated(day)} is still to come: name the first day, or today")
        found = baseline(check, day, reason.strip())
    sentence = f"Nothing that was found up to {dated(day)} is open."
    if found:
        are = "is" if len(found) == 1 else "are"
        has_amounts = any(known.finding.amount is not None for known in found)
        sentence = f"{count(len(found), 'finding')} up to {dated(day)} {are} acknowledged"
        sentence += ", each until its amount grows." if has_amounts else "."
    for line in [*hanging(sentence), "Next: closedwon invoices check"]:
        click.echo(line)
    return 0


DISPUTE_EXAMPLES = """\
closedwon invoices dispute INV/2026/00012 --owner Lena --reason "too many"
closedwon invoices dispute INV/2026/00012              there is news of it
closedwon invoices dispute INV/2026/00012 --settled    it is over"""


@click.command(cls=Examples, examples=DISPUTE_EXAMPLES)
@click.argument("number")
@click.option("--owner", type=REASON, default="", metavar="WHO", help="Who of us clears it up.")
@click.option("--reason", type=REASON, default="", help="What the customer says.")
@click.option("--settled", is_flag=True, help="The dispute is over.")
@configured
def dispute_command(number: str, *, owner: str, reason: str, settled: bool, config: Path | None, verbose: bool) -> int:
    """Say that a customer does not accept an invoice, or does again.

    NUMBER is the invoice's number or id in the ERP. Meanwhile nobody is said not to
    have paid it; if nobody does anything about it, that is told. Said again, it is
    news of the same dispute. Nothing is written but our own memory.
    """
    if settled and (owner or reason):
        raise click.UsageError("--settled ends the dispute: leave out --owner and --reason")
    from cli.render.contacts import hanging
    from cli.render.words import safe
    from integrations.core.dates import dated
    from integrations.flows.invoicing.answers import dispute, settle

    with opened(config, verbose=verbose, reason=reason) as (workspace, ledger), choices_told():
        check = invoice_check(workspace, ledger)
        if settled:
            with misuse_told():
                found = settle(check, number)
            sentence = f"The dispute about invoice {safe(found.number)} is over."
        else:
            _refuse_half(check, number, owner.strip(), reason.strip())
            found = dispute(check, number, owner, reason)
            sentence = f"Invoice {safe(found.number)} is disputed since {dated(found.since)}; "
            sentence += f"{safe(found.owner, 80)} clears it up: {safe(found.reason)}"
    for line in [*hanging(sentence), "Next: closedwon invoices check"]:
        click.echo(line)
    return 0


def _refuse_half(check: InvoiceCheck, number: str, owner: str, reason: str) -> None:
    """Refuse a new dispute without an owner or a reason, before the ERP is asked for the invoice."""
    is_known = any(
        number.strip() in (dispute.number, dispute.invoice) for dispute in check.decisions.disputes().values()
    )
    if not is_known and not (owner and reason):
        raise click.UsageError(
            f"a new dispute needs {'a reason' if owner else 'an owner'}: "
            "say --owner, who of us clears it up, and --reason, what the customer says"
        )
