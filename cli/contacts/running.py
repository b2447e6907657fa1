"""Carrying out what changes where people are members: planned, asked, done, told."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from cli.base import confirmed, ledger_of, tell_waiting, workspace
from cli.contacts.options import READ_ONLY

if TYPE_CHECKING:
    from cli.contacts.options import Options
    from config.workspace import Workspace
    from integrations.core.ledger import Ledger
    from integrations.flows.contacts.outcome import Outcome
    from integrations.flows.contacts.remembered import Problem
    from integrations.flows.contacts.request import Approval
    from integrations.flows.contacts.sync import ContactSync

Progress = Callable[[int, int | None], None]
ROWS = " rows"
"""The suffix of the subjects under which a quiet run knows the wrong rows of the ERP."""


def no_progress(done: int, total: int | None) -> None:
    """Show nothing."""
    del done, total


def contact_sync(
    place: Workspace, ledger: Ledger, *, limit: Mapping[str, float] | None = None, progress: Progress = no_progress
) -> ContactSync:
    """The flow over a workspace.

    Raises:
        ConfigError: No system has contacts, or several have.
    """
    from integrations.flows.contacts.sync import ContactSync

    return ContactSync(
        place.systems,
        ledger,
        place.locks,
        place.contacts,
        place.settings.general.contacts,
        place.limits(limit),
        patient=True,
        waiting=tell_waiting,
        progress=progress,
    )


@contextlib.contextmanager
def opened(
    config: Path | None, *, verbose: bool, reason: str = "", plan: str | None = None, dry: bool = False
) -> Iterator[tuple[Workspace, Ledger]]:
    """The workspace and its ledger; `reason` and `plan`: why, and what a person approves by its id.

    `dry`: the ledger keeps nothing of what is learned.
    """
    with workspace(config, verbose=verbose, playbooks=False) as place:
        ledger = ledger_of(place, reason=reason, plan=plan, dry=dry)
        try:
            yield place, ledger
        finally:
            ledger.close()


def carry_out(options: Options, flow: Callable[[ContactSync, Approval], Outcome], *, is_choosing: bool = False) -> int:
    """Run a flow as the options allow, tell what came of it, and give the exit code.

    `is_choosing`: a person also settles what the plan leaves open.
    """
    from cli.render.progress import Bar

    found = opened(
        options.config, verbose=options.verbose, reason=options.reason, plan=options.plan, dry=options.dry_run
    )
    with found as (place, ledger), Bar("customers") as bar:
        sync = contact_sync(place, ledger, limit=options.limit, progress=bar.tell)
        allowed = approval(options, bar.pause)
        if is_choosing and isinstance(allowed.ask, Asking):
            allowed = dataclasses.replace(allowed, choose=_choosing(sync, allowed.ask, options.reason))
        outcome = flow(sync, allowed)
        bar.pause()
        exit_code = outcome.exit_code
        if options.quiet:
            fresh = only_news(ledger, outcome)
            if fresh is None:
                return exit_code
            outcome = fresh
        tell(options, outcome, shown_before=has_shown(allowed), asks=modes_ask(place, outcome))
        if outcome.interrupted:
            raise click.Abort
        return exit_code


def only_news(ledger: Ledger, outcome: Outcome) -> Outcome | None:
    """Return what of an outcome the last quiet run did not report; None: nothing."""
    from integrations.core.quiet import Quiet
    from integrations.flows.contacts.memory import Memory

    quiet = Quiet(ledger, "contacts")
    quiet.close(ROWS, map(_item, Memory(ledger).problems()))
    document = outcome.document()
    fresh = quiet.changes(document)
    named = {_item(one): one for one in outcome.problems}
    problems = quiet.fresh(named)
    failed = quiet.fresh([(f"{one.customer} failed", one.error.type) for one in outcome.failed])
    is_stopped = quiet.is_new_error(document)
    is_news = fresh or problems or failed or is_stopped
    quiet.keep()
    if not is_news:
        return None
    lines = tuple(line for line in outcome.lines if (line.customer, line.key) in fresh)
    new = tuple(problem for item, problem in named.items() if item in problems)
    return dataclasses.replace(outcome, lines=lines, problems=new, strangers=())


def _item(problem: Problem) -> tuple[str, str]:
    return f"{problem.customer}{ROWS}", f"{problem.key} {problem.code}"


class Asking:
    """Shows a plan to a person and asks.

    Attributes:
        has_shown: Whether it came to that.
    """

    def __init__(self, pause: Callable[[], None]) -> None:
        self._pause = pause
        self.has_shown = False

    def show(self, shown: Outcome) -> None:
        """Show a plan, unless it was shown and nothing settled since."""
        from cli.render.contacts.plan import plan_lines

        self._pause()
        for line in [] if self.has_shown else plan_lines(shown):
            click.echo(line)
        self.has_shown = True

    def __call__(self, shown: Outcome) -> bool:
        """Whether the person says yes."""
        from cli.render.contacts.closing import planned
        from cli.render.words import whole

        self.show(shown)
        return confirmed(f"{planned(shown)}.  Plan {shown.plan}.  {whole('Do it?')}")


def approval(options: Options, pause: Callable[[], None] = lambda: None) -> Approval:
    """How a run may write; a person who is asked sees the plan."""
    from integrations.flows.contacts.request import Approval

    return Approval(
        dry=options.dry_run, yes=options.yes, plan=options.plan, ask=Asking(pause) if options.asks else None
    )


def _choosing(sync: ContactSync, asking: Asking, reason: str) -> Callable[[Outcome], bool]:
    """The dialogue about which account is whose."""
    from cli.choosing import PersonChoices

    choices = PersonChoices(sync, asking.show, reason)

    def settle(shown: Outcome) -> bool:
        is_settled = choices.settle(shown)
        asking.has_shown = asking.has_shown and not is_settled
        return is_settled

    return settle


def has_shown(allowed: Approval) -> bool:
    """Whether a person saw the plan."""
    return isinstance(allowed.ask, Asking) and allowed.ask.has_shown


def modes_ask(place: Workspace, outcome: Outcome) -> bool:
    """Whether one of the systems in it is written only after a person approved the very plan."""
    return any(place.systems[line.system].settings.mode == "ask" for line in outcome.lines)


def tell(options: Options, outcome: Outcome, *, shown_before: bool, asks: bool, document: bool = True) -> None:
    """Print what came of a run: a document, or words; with `--json` and no `document`, words on stderr alone.

    `shown_before`: a person saw the plan. `asks`: one of its systems is written only after somebody approved it.
    """
    from cli.render.contacts.outcome import ended_lines
    from cli.render.contacts.plan import plan_lines
    from cli.render.words import error_lines, safe

    if options.as_json and document:
        click.echo(json.dumps(outcome.document(), ensure_ascii=False))
    elif not options.as_json and (outcome.error is not None or (outcome.shown_only and not shown_before)):
        for line in plan_lines(outcome):
            click.echo(line)
    if outcome.error is not None:
        for line in error_lines(outcome.error):
            click.echo(line, err=True)
        return
    for line in ended_lines(outcome, shown_before=shown_before, said=options.said):
        click.echo(line, err=options.as_json)
    for line in how_lines(safe(options.said, 1000), outcome, asks=asks):
        click.echo(line, err=True)


class Planned(Protocol):
    """An outcome whose plan may have been shown only."""

    @property
    def plan(self) -> str:
        """Its id."""

    @property
    def shown_only(self) -> bool:
        """True where nothing was to be written, or nobody said yes."""

    @property
    def is_read_only(self) -> bool:
        """True where nothing of it may be written."""


def how_lines(said: str, planned: Planned, *, asks: bool) -> list[str]:
    """The command that does what was shown, by the plan's id alone where a system wants a person; empty once done."""
    from cli.render.words import cells, width, wrapped

    if planned.is_read_only:
        return wrapped("", READ_ONLY, 0)
    plan = planned.plan
    if not (planned.shown_only and plan):
        return []
    ways = [f"  {said} --plan {plan}"] if asks else [f"  {said} --yes      or   --plan {plan}"]
    if not asks and cells(ways[0]) > width():
        ways = [f"  {said} --yes", f"  or with --plan {plan}"]
    return ["Nothing was written. To do it:", *ways]
