"""`closedwon invoices ack`: that an exception is known, and why it is left alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.base import REASON, Examples, configured
from cli.days import UNTIL, Day
from cli.invoices.running import choices_told, invoice_check, misuse_told, opened

if TYPE_CHECKING:
    from integrations.flows.invoicing.check import InvoiceCheck
    from integrations.flows.invoicing.remembered import Known

EXAMPLES = """\
closedwon invoices ack 4f2a91c03d --reason "pays in parts" --until 2026-12-31
closedwon invoices ack 4f2a 9b01 --reason "as agreed"    several, cut short
closedwon invoices ack 4f2a --reason "holidays" --until 2w
closedwon invoices ack 4f2a --undo                       tell of it again"""


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("fingerprints", nargs=-1, required=True, metavar="FINGERPRINT...")
@click.option("--reason", type=REASON, default="", help="Why it is left alone, for those who ask later.")
@click.option("--until", type=UNTIL, help="The last day on which it is; without it, no end.")
@click.option("--undo", is_flag=True, help="Take it back: the exception is told of again.")
@configured
def command(
    fingerprints: Sequence[str], *, reason: str, until: Day | None, undo: bool, config: Path | None, verbose: bool
) -> int:
    """Say that exceptions are known, and leave them alone for a while.

    FINGERPRINT is what `closedwon invoices check` shows behind each, or its first
    characters. Who says it and why is kept. It comes back when the day has passed,
    or when the amount has grown. Nothing is written but our own memory.
    """
    from cli.render.contacts.words import hanging

    if undo and (reason or until is not None):
        raise click.UsageError("--undo takes it back: leave out --reason and --until")
    if not undo and not reason.strip():
        raise click.UsageError("say why with --reason, for those who ask later")
    with opened(config, verbose=verbose, reason=reason) as (place, ledger), choices_told(), misuse_told():
        check = invoice_check(place, ledger)
        last = until.of(check.today()) if until is not None else None
        said = _undone(check, fingerprints) if undo else _done(check, fingerprints, reason.strip(), last)
        for sentence in said:
            for line in hanging(sentence):
                click.echo(line)
    return 0


def _done(check: InvoiceCheck, fingerprints: Sequence[str], reason: str, until: date | None) -> Iterator[str]:
    from cli.render.invoices.words import comes_back
    from integrations.core.dates import dated
    from integrations.flows.invoicing.deciding import acknowledge

    found = acknowledge(check, fingerprints, reason, until)
    for known in found:
        yield f"Left alone{f' until {dated(until)}' if until is not None else ''}: {_said(known)}"
    yield comes_back(found, until, check.settings.comes_back_at)


def _undone(check: InvoiceCheck, fingerprints: Sequence[str]) -> Iterator[str]:
    from integrations.flows.invoicing.deciding import take_back

    before = {one.finding.fingerprint for one in check.standing().findings() if one.state == "acknowledged"}
    for known in take_back(check, fingerprints):
        was_left_alone = known.finding.fingerprint in before
        yield f"{'Told of again' if was_left_alone else 'Was not acknowledged, nothing to undo'}: {_said(known)}"


def _said(known: Known) -> str:
    from cli.render.words import safe

    return f"{safe(known.finding.message)} ({known.finding.fingerprint})"
