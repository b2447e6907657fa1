"""Runs of the contact flows: options, opening the workspace, asking for approval, and reporting."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from cli.base import REASON, configured, confirmed, interactive, ledger_of, open_workspace

if TYPE_CHECKING:
    from config.workspace import Workspace
    from integrations.core.ledger import Ledger
    from integrations.flows.contacts.memory import Problem
    from integrations.flows.contacts.outcome import Outcome
    from integrations.flows.contacts.sync import Approval, ContactSync

READ_ONLY = (
    "Nothing was written, and no --plan approves it: these systems are in mode `read`, "
    "or the customer is not among their `only`."
)
"""The explanation under a plan that no approval covers."""


@dataclasses.dataclass(frozen=True)
class Options:
    """Options of a command that writes: its approval, and the form of its output.

    Attributes:
        command: The command as it was called, to be repeated in messages: `closedwon contacts sync 101`.
        limit: The numbers that replace safety limits in this run, by the limits' names.
        reason: Why, for those who ask later.
        quiet: Print only changes and waits that are new since the last quiet run, and never ask.
    """

    command: str
    dry_run: bool
    yes: bool
    plan: str | None
    limit: Mapping[str, float]
    as_json: bool
    config: Path | None
    verbose: bool
    reason: str = ""
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.quiet and (self.as_json or self.dry_run or self.verbose):
            raise click.UsageError("--quiet prints what is new, in words: leave out --json, -n and -v")
        if self.dry_run and (self.yes or self.plan is not None):
            raise click.UsageError("-n writes nothing: leave out --yes and --plan")
        if self.yes and self.plan is not None:
            raise click.UsageError("--plan approves one plan: leave out --yes")

    def called(self, command: str) -> Options:
        """The same options with this text as the command."""
        return dataclasses.replace(self, command=command)

    @property
    def asks(self) -> bool:
        """Return whether a person is asked for approval: there is a terminal, and no option decides."""
        return interactive() and not (self.quiet or self.as_json or self.yes or self.dry_run or self.plan is not None)


def _limits(context: click.Context, option: click.Parameter, given: Sequence[str]) -> dict[str, float]:
    """Parse `--limit NAME=N`: numbers by the limits' names; if a limit is given twice the last number counts.

    Raises:
        BadParameter: The name is missing or unknown, or the number is not valid for this limit.
    """
    found = {}
    for text in given:
        try:
            name, number = _limit(text)
        except ValueError as error:
            raise click.BadParameter(str(error), context, option) from None
        found[name] = number
    return found


def _limit(text: str) -> tuple[str, float]:
    from cli.render.words import safe
    from integrations.core.meant import did_you_mean
    from integrations.core.plan import LIMITS

    name, equals, number = (part.strip() for part in text.partition("="))
    known = f"the limits are {', '.join(LIMITS)}"
    if not equals:
        raise ValueError(
            f"name the limit that is to be {safe(name, 20)}, as in --limit creates={safe(name, 20)}; {known}"
        )
    if name not in LIMITS:
        raise ValueError(f"there is no limit {safe(name, 40)}; {known}{did_you_mean(name, LIMITS)}")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if name == "archive_share" and not 0 <= value <= 1:
        raise ValueError("archive_share is a share from 0 to 1")
    if not 0 <= value < math.inf or (name not in ("archive_share", "clock_hours") and value % 1):
        raise ValueError(f"{name} is a {'number of hours' if name == 'clock_hours' else 'whole number'}, from 0 on")
    return name, value


limited = click.option(
    "--limit",
    multiple=True,
    callback=_limits,
    metavar="NAME=N",
    help="Replace the safety limit of this name, for this run only; may be given several times.",
)
"""Decorator that adds `--limit`."""


reasoned = click.option(
    "--reason",
    type=REASON,
    default="",
    help="Why, for those who ask later; name none of a customer's people.",
)
"""Decorator that adds `--reason`."""


quieted = click.option(
    "--quiet", is_flag=True, help="Print only what changed and what newly waits since the last --quiet run; ask nobody."
)
"""Decorator that adds `--quiet`."""


def approved(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options of every writing command, which the command gets together as `options`.

    These are `-n`, `--yes`, `--plan`, `--reason`, `--limit`, `--quiet`, `--json`, `--config` and `-v`.
    """

    @functools.wraps(function)
    def collected(*arguments: Any, **given: Any) -> int:
        how = {field.name: given.pop(field.name) for field in dataclasses.fields(Options) if field.name != "command"}
        return function(*arguments, options=Options("", **how), **given)

    for option in (
        configured,
        quieted,
        click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
        limited,
        reasoned,
        click.option("--plan", metavar="ID", help="Approve exactly the plan with this id."),
        click.option("--yes", is_flag=True, help="Do not ask; systems in mode `ask` still wait for a person."),
        click.option("-n", "--dry-run", is_flag=True, help="Show the plan, write nothing."),
    ):
        collected = option(collected)
    return collected


Progress = Callable[[int, int | None], None]
ROWS = " rows"
"""Suffix of the subjects under which quiet runs remember the ERP's faulty rows of a customer."""


def no_progress(done: int, total: int | None) -> None:
    """Show nothing."""
    del done, total


def contact_sync(
    workspace: Workspace, ledger: Ledger, *, limit: Mapping[str, float] | None = None, progress: Progress = no_progress
) -> ContactSync:
    """Make the contact flow of a workspace.

    Raises:
        ConfigError: No system has contacts, or several have.
    """
    from integrations.flows.contacts.sync import ContactSync

    return ContactSync(
        workspace.systems,
        ledger,
        workspace.locks,
        workspace.contacts,
        workspace.settings.general.contacts,
        workspace.limits(limit),
        patient=True,
        waiting=workspace.waiting,
        progress=progress,
    )


@contextlib.contextmanager
def opened(
    config: Path | None, *, verbose: bool, reason: str = "", plan: str | None = None, dry: bool = False
) -> Iterator[tuple[Workspace, Ledger]]:
    """Open the workspace and its ledger, for a run with this `reason` that may approve a `plan` by its id.

    With `dry` the ledger keeps nothing that the run learns.
    """
    with open_workspace(config, verbose=verbose, playbooks=False) as workspace:
        ledger = ledger_of(workspace, reason=reason, plan=plan, dry=dry)
        try:
            yield workspace, ledger
        finally:
            ledger.close()


def carry_out(options: Options, flow: Callable[[ContactSync, Approval], Outcome], *, is_choosing: bool = False) -> int:
    """Run a flow as the options allow, report the outcome, and return the exit code.

    With `is_choosing` a person also settles the choices that a plan leaves open; then the flow runs again.
    """
    from cli.render.progress import Bar

    found = opened(
        options.config, verbose=options.verbose, reason=options.reason, plan=options.plan, dry=options.dry_run
    )
    with found as (workspace, ledger), Bar("customers") as bar:
        sync = contact_sync(workspace, ledger, limit=options.limit, progress=bar.tell)
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
        _tell_and_ask(options, workspace, allowed, outcome)
        while _has_settled(allowed, outcome):
            outcome = flow(sync, allowed)
            bar.pause()
            _tell_and_ask(options, workspace, allowed, outcome)
            exit_code = outcome.exit_code
        return exit_code


def _tell_and_ask(options: Options, workspace: Workspace, allowed: Approval, outcome: Outcome) -> None:
    tell(
        options,
        outcome,
        shown_before=has_shown(allowed),
        asks=modes_ask(workspace, outcome),
        is_asked=allowed.choose is not None,
    )
    if outcome.interrupted:
        raise click.Abort


def _has_settled(allowed: Approval, outcome: Outcome) -> bool:
    """Ask about choices that only the writing has shown; return whether one was settled, so that a run follows."""
    is_over = not outcome.not_applied and outcome.error is None
    return is_over and allowed.choose is not None and allowed.choose(outcome)


def only_news(ledger: Ledger, outcome: Outcome) -> Outcome | None:
    """The part of an outcome that the last quiet run did not report; None if there is nothing new.

    What is returned is remembered as reported.
    """
    from integrations.core.quiet import Quiet
    from integrations.flows.contacts.memory import ContactRepository

    quiet = Quiet(ledger, "contacts")
    quiet.close(ROWS, map(_item, ContactRepository(ledger).problems()))
    document = outcome.document()
    fresh = quiet.changes(document)
    named = {_item(problem): problem for problem in outcome.problems}
    problems = quiet.fresh(named)
    failed = quiet.fresh([(f"{failure.customer} failed", failure.error.type) for failure in outcome.failed])
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
    """Approval by a person, who is shown the plan and asked.

    Attributes:
        has_shown: The plan was shown.
    """

    def __init__(self, pause: Callable[[], None]) -> None:
        self._pause = pause
        self.has_shown = False

    def show(self, shown: Outcome, *, is_asked: bool = False) -> None:
        """Show a plan, unless it was shown and nothing was settled since; with `is_asked` a dialogue follows."""
        from cli.render.contacts import plan_lines

        self._pause()
        for line in [] if self.has_shown else plan_lines(shown, is_asked=is_asked):
            click.echo(line)
        self.has_shown = True

    def __call__(self, shown: Outcome) -> bool:
        """Show the plan and return whether the person approves it."""
        from cli.render.contacts import planned
        from cli.render.words import whole

        self.show(shown)
        return confirmed(f"{planned(shown)}.  Plan {shown.plan}.  {whole('Do it?')}")


def approval(options: Options, pause: Callable[[], None] = lambda: None) -> Approval:
    """The approval that the options give a run; `pause` takes the progress bar away before a person is asked."""
    from integrations.flows.contacts.sync import Approval

    return Approval(
        dry=options.dry_run, yes=options.yes, plan=options.plan, ask=Asking(pause) if options.asks else None
    )


def _choosing(sync: ContactSync, asking: Asking, reason: str) -> Callable[[Outcome], bool]:
    """The dialogue about the accounts of people; after an answer the plan is shown anew."""
    from cli.choice import PersonChoices

    choices = PersonChoices(sync, lambda shown: asking.show(shown, is_asked=True), reason)

    def settle(shown: Outcome) -> bool:
        is_settled = choices.settle(shown)
        asking.has_shown = asking.has_shown and not is_settled
        return is_settled

    return settle


def has_shown(allowed: Approval) -> bool:
    """Return whether the plan was shown to a person before."""
    return isinstance(allowed.ask, Asking) and allowed.ask.has_shown


def modes_ask(workspace: Workspace, outcome: Outcome) -> bool:
    """Return whether a system of this plan is in mode `ask`: it needs a person's approval of the very plan."""
    return any(workspace.systems[line.system].settings.mode == "ask" for line in outcome.lines)


def tell(
    options: Options,
    outcome: Outcome,
    *,
    shown_before: bool,
    asks: bool,
    document: bool = True,
    is_asked: bool = False,
) -> None:
    """Print the outcome of a run: a JSON document or words; with `--json` but no `document`, only words on stderr.

    Args:
        options: How it was called.
        outcome: The outcome.
        shown_before: A person saw the plan, so it is not printed again.
        asks: A system of the plan is in mode `ask`.
        document: Whether `--json` prints the outcome here.
        is_asked: A dialogue about open choices follows, so their commands need not be printed.
    """
    from cli.render.contacts import ended_lines, plan_lines
    from cli.render.words import error_lines, safe

    if options.as_json and document:
        click.echo(json.dumps(outcome.document(), ensure_ascii=False))
    elif not options.as_json and (outcome.error is not None or (outcome.not_applied and not shown_before)):
        for line in plan_lines(outcome):
            click.echo(line)
    if outcome.error is not None:
        for line in error_lines(outcome.error):
            click.echo(line, err=True)
        return
    for line in ended_lines(outcome, shown_before=shown_before, command=options.command, is_asked=is_asked):
        click.echo(line, err=options.as_json)
    for line in how_lines(safe(options.command, 1000), outcome, asks=asks):
        click.echo(line, err=True)


class Planned(Protocol):
    """An outcome with a plan that may not have been applied."""

    @property
    def plan(self) -> str:
        """The plan's id; empty where there is nothing to approve."""

    @property
    def not_applied(self) -> bool:
        """True if the plan was only shown, or its approval was refused."""

    @property
    def is_read_only(self) -> bool:
        """True if no approval covers the plan: its systems are in mode `read`, or the customer is excluded."""


def how_lines(command: str, planned: Planned, *, asks: bool) -> list[str]:
    """The commands that apply a plan that was shown; `--yes` is left out if a system `asks`. Empty once applied."""
    from cli.render.words import cells, width, wrapped

    if planned.is_read_only:
        return wrapped("", READ_ONLY, 0)
    plan = planned.plan
    if not (planned.not_applied and plan):
        return []
    ways = [f"  {command} --plan {plan}"] if asks else [f"  {command} --yes      or   --plan {plan}"]
    if not asks and cells(ways[0]) > width():
        ways = [f"  {command} --yes", f"  or with --plan {plan}"]
    return ["Nothing was written. To do it:", *ways]
