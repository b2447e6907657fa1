"""Carrying out what changes where people are members: planned, asked, done, told."""

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
"""Why changes are shown that nobody can approve."""


@dataclasses.dataclass(frozen=True)
class Options:
    """Options of a command that writes: its approval, and the form of its output.

    Attributes:
        command: The command as it was called, for naming it again: `closedwon contacts sync 101`.
        limit: The numbers that replace safety limits in this run, by the limits' names.
        reason: Why, for those who ask later.
        quiet: Print only what changed since the last quiet run, and what newly waits; ask nobody.
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
        """Return the same for a command that is called so."""
        return dataclasses.replace(self, command=command)

    @property
    def asks(self) -> bool:
        """Return whether a person is to be asked."""
        return interactive() and not (self.quiet or self.as_json or self.yes or self.dry_run or self.plan is not None)


def _limits(context: click.Context, option: click.Parameter, given: Sequence[str]) -> dict[str, float]:
    """Numbers by the names of the limits that they replace; of one that is given twice the last counts.

    Raises:
        BadParameter: A limit is not named, or there is none of that name, or the number makes no sense for it.
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
"""Adds `--limit`."""


reasoned = click.option(
    "--reason",
    type=REASON,
    default="",
    help="Why, for those who ask later; name none of a customer's people.",
)
"""Adds `--reason`."""


quieted = click.option(
    "--quiet", is_flag=True, help="Print only what changed and what newly waits since the last --quiet run; ask nobody."
)
"""Adds `--quiet`."""


def approved(function: Callable[..., int]) -> Callable[..., int]:
    """Add `-n`, `--yes`, `--plan`, `--reason`, `--limit`, `--quiet`, `--json`, `--config` and `-v` as `options`."""

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
"""The suffix of the subjects under which a quiet run knows the wrong rows of the ERP."""


def no_progress(done: int, total: int | None) -> None:
    """Show nothing."""
    del done, total


def contact_sync(
    workspace: Workspace, ledger: Ledger, *, limit: Mapping[str, float] | None = None, progress: Progress = no_progress
) -> ContactSync:
    """The flow over a workspace.

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
    """The workspace and its ledger; `reason` and `plan`: why, and what a person approves by its id.

    `dry`: the ledger keeps nothing of what is learned.
    """
    with open_workspace(config, verbose=verbose, playbooks=False) as workspace:
        ledger = ledger_of(workspace, reason=reason, plan=plan, dry=dry)
        try:
            yield workspace, ledger
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
    """Have a person settle what only the writing has shown; returns whether anything was, and is to be written."""
    is_over = not outcome.not_applied and outcome.error is None
    return is_over and allowed.choose is not None and allowed.choose(outcome)


def only_news(ledger: Ledger, outcome: Outcome) -> Outcome | None:
    """Return what of an outcome the last quiet run did not report; None: nothing."""
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
    """Shows a plan to a person and asks.

    Attributes:
        has_shown: Whether it came to that.
    """

    def __init__(self, pause: Callable[[], None]) -> None:
        self._pause = pause
        self.has_shown = False

    def show(self, shown: Outcome, *, is_asked: bool = False) -> None:
        """Show a plan, unless it was shown and nothing settled since; `is_asked`: a dialogue about it follows."""
        from cli.render.contacts import plan_lines

        self._pause()
        for line in [] if self.has_shown else plan_lines(shown, is_asked=is_asked):
            click.echo(line)
        self.has_shown = True

    def __call__(self, shown: Outcome) -> bool:
        """Return whether the person says yes."""
        from cli.render.contacts import planned
        from cli.render.words import whole

        self.show(shown)
        return confirmed(f"{planned(shown)}.  Plan {shown.plan}.  {whole('Do it?')}")


def approval(options: Options, pause: Callable[[], None] = lambda: None) -> Approval:
    """Return how a run may write; a person who is asked sees the plan."""
    from integrations.flows.contacts.sync import Approval

    return Approval(
        dry=options.dry_run, yes=options.yes, plan=options.plan, ask=Asking(pause) if options.asks else None
    )


def _choosing(sync: ContactSync, asking: Asking, reason: str) -> Callable[[Outcome], bool]:
    """The dialogue about which account is whose."""
    from cli.choice import PersonChoices

    choices = PersonChoices(sync, lambda shown: asking.show(shown, is_asked=True), reason)

    def settle(shown: Outcome) -> bool:
        is_settled = choices.settle(shown)
        asking.has_shown = asking.has_shown and not is_settled
        return is_settled

    return settle


def has_shown(allowed: Approval) -> bool:
    """Return whether a person saw the plan."""
    return isinstance(allowed.ask, Asking) and allowed.ask.has_shown


def modes_ask(workspace: Workspace, outcome: Outcome) -> bool:
    """Return whether one of the systems in it is written only after a person approved the very plan."""
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
    """Print what came of a run: a document, or words; with `--json` and no `document`, words on stderr alone.

    `shown_before`: a person saw the plan. `asks`: one of its systems is written only after somebody approved it.
    `is_asked`: a dialogue about what is open follows.
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
    """An outcome whose plan may have been shown only."""

    @property
    def plan(self) -> str:
        """Its id."""

    @property
    def not_applied(self) -> bool:
        """True where nothing was to be written, or nobody said yes."""

    @property
    def is_read_only(self) -> bool:
        """True where nothing of it may be written."""


def how_lines(command: str, planned: Planned, *, asks: bool) -> list[str]:
    """The command that does what was shown, by the plan's id alone where a system wants a person; empty once done."""
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
