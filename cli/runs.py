"""`closedwon runs`: what a server did, does and is going to do, and why something waits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.base import Examples, Group, configured, installed

if TYPE_CHECKING:
    from config.settings import Settings
    from integrations.runs import Run

EXAMPLES = """\
closedwon runs                    all of them, the newest first
closedwon runs 42                 those of deal 42, and why it waits
closedwon runs retry 42           look again now, also at what has failed
closedwon runs cancel setup-42-3  leave it alone"""

NAMES = ("show", "retry", "cancel")
REFERENCE = click.argument("reference", metavar="RUN")
CLOSED = ("replaced", "cancelled")
"""States of runs that say nothing any more, left out of the list of all."""


class _Commands(Group):
    """The commands of this module; where none is named, `show`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Understand `runs 42` as `runs show 42`."""
        is_named = bool(args) and args[0] in (*NAMES, "-h", "--help")
        return super().parse_args(ctx, args if is_named else ["show", *args])


@click.command(cls=_Commands, module=__name__, names=NAMES, examples=EXAMPLES)
def command() -> None:
    """List runs of `closedwon serve`, look again at one, or cancel one.

    RUN is a run's id, as the list shows it, or a deal's number for its newest run.
    """


@click.command(cls=Examples, examples="closedwon runs\nclosedwon runs 42\nclosedwon runs contacts --json")
@click.argument("reference", required=False, metavar="[RUN]")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@configured
@installed("serve")
def show_command(reference: str | None, *, as_json: bool, config: Path | None, verbose: bool) -> int:
    """List what was, is and waits: why, since when, the attempts, the next look.

    RUN is a run's id, a deal's number, or a schedule's name. With -v also what was
    cancelled or replaced by a newer run. Contacts nobody.
    """
    from cli.render.runs import document, run_lines

    settings = _settings(config)
    runs = _listed(settings, reference or "")
    if not (verbose or reference):
        runs = [run for run in runs if run.state not in CLOSED]
    if reference and not runs:
        raise _unknown(reference)
    reasons = _reasons(settings, runs)
    if as_json:
        click.echo(json.dumps({"runs": [document(run, reasons.get(run.run)) for run in runs]}, ensure_ascii=False))
        return 0
    for line in run_lines(runs, reasons, is_whole=bool(reference)):
        click.echo(line)
    return 0


@click.command(cls=Examples, examples="closedwon runs retry 42\nclosedwon runs retry setup-42-3")
@REFERENCE
@configured
@installed("serve")
def retry_command(reference: str, *, config: Path | None, verbose: bool) -> int:
    """Look again at once, whatever the run waits for or failed of.

    It is a new run of the same subject, which `closedwon serve` takes up; where none
    runs, at its next start.
    """
    from integrations.engine import Announcer

    del verbose
    settings = _settings(config)
    run = _only(settings, reference)
    if run.state in ("queued", "running"):
        click.echo(f"{run.run} is {run.state} already.")
        return 0
    announcer = Announcer(settings.engine)
    try:
        click.echo(f"{announcer.announce(run.flow, run.subject).run} is queued.")
    finally:
        announcer.close()
    return 0


@click.command(cls=Examples, examples="closedwon runs cancel setup-42-3")
@REFERENCE
@configured
@installed("serve")
def cancel_command(reference: str, *, config: Path | None, verbose: bool) -> int:
    """Leave a run alone: nothing more is begun for it, and the schedule does not find its deal again.

    What is being written at this moment ends first. The next webhook about the deal
    begins a new run.
    """
    from integrations.engine import Announcer

    del verbose
    settings = _settings(config)
    run = _only(settings, reference)
    announcer = Announcer(settings.engine)
    try:
        is_cancelled = announcer.cancel(run.run)
    finally:
        announcer.close()
    click.echo(f"{run.run} is cancelled." if is_cancelled else f"{run.run} is {run.state}: nothing to cancel.")
    return 0


def _settings(config: Path | None) -> Settings:
    from config.settings import find, read

    return read(find(config))


def _listed(settings: Settings, reference: str) -> Sequence[Run]:
    """Return the runs; none where no server ever ran here."""
    if not Path(settings.engine.removeprefix("sqlite:///")).exists():
        return []
    from integrations.runs import Runs, database

    there = database(settings.engine)
    try:
        return Runs(there).listed(reference)
    finally:
        there.dispose()


def _only(settings: Settings, reference: str) -> Run:
    """Return the newest run with this id, or of this deal.

    Raises:
        UsageError: There is none.
    """
    found = _listed(settings, reference)
    if not found:
        raise _unknown(reference)
    return found[0]


def _unknown(reference: str) -> click.UsageError:
    from cli.render.words import safe

    return click.UsageError(f"there is no run {safe(reference, 60)}. To see those there are: closedwon runs")


def _reasons(settings: Settings, runs: Sequence[Run]) -> dict[str, tuple[str, Sequence[str]]]:
    """Return why runs are held and whom they wait for, by run: what the ledger has of their deals."""
    from cli.render.runs import reason
    from integrations.core.ledger import Ledger
    from integrations.runs import HELD, SETUP

    held = {run.subject: run for run in runs if run.flow == SETUP and run.state in HELD}
    if not held:
        return {}
    ledger = Ledger(settings.ledger)
    try:
        return {held[record.deal].run: reason(record.document) for record in ledger.runs(list(held))}
    finally:
        ledger.close()
