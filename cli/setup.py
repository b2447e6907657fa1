"""`closedwon setup`: plan, ask, apply; for one deal or for all that are won."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.base import Examples, configured, confirmed, ledger_of, open_workspace
from cli.contacts.session import READ_ONLY, Options, limited, quieted, reasoned
from cli.display import Lacks, Showing, set_up

if TYPE_CHECKING:
    from cli.choice import DealChoices
    from config.workspace import Workspace
    from integrations.core.ledger import Ledger
    from integrations.core.plan import Approval
    from integrations.core.quiet import Quiet
    from integrations.flows.contacts.outcome import Outcome as People
    from integrations.flows.setup import Outcome

EXAMPLES = """\
closedwon setup 42                    show what deal 42 needs, ask, do it
closedwon setup 42 -n                 show it and write nothing
closedwon setup 42 --yes              do it without asking (cron, scripts)
closedwon setup 42 --plan f6db3c76    do exactly the plan that was shown
closedwon setup müller                by a part of its customer's name
closedwon setup 43 44                 several, each shown and asked about
closedwon setup deal.toml             a deal that is in no CRM
closedwon setup --won --yes           every won deal that is not done"""


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("deals", nargs=-1, metavar="[DEAL]...")
@click.option("--won", is_flag=True, help="Every won deal since `deals_since` that is not done.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan, write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask; systems in mode `ask` still wait for a person.")
@click.option("--plan", metavar="ID", help="Approve exactly the plan with this id.")
@click.option("--playbook", metavar="NAME", help="The playbook, where the deal's engagement does not tell.")
@reasoned
@limited
@quieted
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout (several deals: one a line).")
@configured
def command(
    deals: Sequence[str],
    *,
    won: bool,
    dry_run: bool,
    yes: bool,
    plan: str | None,
    playbook: str | None,
    reason: str,
    limit: Mapping[str, float],
    quiet: bool,
    as_json: bool,
    config: Path | None,
    verbose: bool,
) -> int:
    """Make a won deal's customer exist everywhere, once.

    DEAL is its number, its link in the CRM, a part of its customer's name or of its
    own, or a file's path.

    Shows the plan first; of several deals, each. Without a terminal it writes only with
    --yes or --plan. Running it again is always safe: what is there already is left alone.
    """
    _refuse_senseless(deals, playbook, won=won)
    options = Options("", dry_run, yes and plan is None, plan, limit, as_json, config, verbose, reason, quiet)
    from cli.subjects import deal

    with open_workspace(config, verbose=verbose) as workspace:
        ask = not (yes or quiet or as_json)
        references = list(dict.fromkeys(deal(workspace, reference, ask=ask) for reference in deals))
        command = " ".join(["closedwon setup", *(["--won"] if won else references)])
        command += f" --playbook {playbook}" if playbook is not None else ""
        options = dataclasses.replace(options, command=command)
        ledger = ledger_of(workspace, reason=reason, plan=plan, dry=dry_run)
        try:
            return _set_up(workspace, ledger, options, references, playbook)
        finally:
            ledger.close()


def _refuse_senseless(deals: Sequence[str], playbook: str | None, *, won: bool) -> None:
    if won and deals:
        raise click.UsageError("--won is every won deal that is not done: leave out the deals, or leave out --won")
    if not (won or deals):
        raise click.UsageError("name a deal, or say --won")
    if won and playbook is not None:
        raise click.UsageError("--playbook is for deals that are named")


def _set_up(workspace: Workspace, ledger: Ledger, options: Options, deals: Sequence[str], playbook: str | None) -> int:
    from cli.choice import DealChoices
    from cli.display import following

    lacks = _lacks(workspace)
    setup = set_up(workspace, ledger, limit=options.limit, patient=len(deals) == 1)
    setup.follow = following(workspace, ledger)
    if len(deals) == 1:
        showing = Showing(workspace, setup, lacks, options)
        choices = DealChoices(setup, showing, options.reason) if options.asks else None
        outcome = setup.run(deals[0], _approval(options, choices), playbook=playbook)
        while choices is not None and outcome.error is not None and choices.settle(outcome):
            outcome = setup.run(deals[0], _approval(options, choices), playbook=playbook)
        return _ended(showing, outcome, choices)
    from cli.several import set_up_named, set_up_won

    if deals:
        return set_up_named(workspace, setup, options, lacks, deals, playbook)
    return set_up_won(workspace, setup, options, lacks)


def _lacks(workspace: Workspace) -> Lacks:
    """The function that lists what a deal lacks before its first invoice, by the rules that are on.

    Raises:
        ConfigError: The rules' settings make no sense.
    """
    from integrations.core.calendar import today
    from integrations.flows.invoicing.prospect import prospects

    known = prospects(workspace.settings.general.invoices.rules, where=str(workspace.settings.path))
    return lambda deal: known.lacks(deal, today()) if deal is not None else []


def _ended(showing: Showing, outcome: Outcome, choices: DealChoices | None) -> int:
    """Report the outcome, sync the customer's people, and return the exit code of both."""
    workspace, setup, options = showing.place, showing.setup, showing.options
    from cli.display import announce, announced, follow
    from integrations.core.outcome import exit_code_of_all
    from integrations.core.quiet import Quiet

    quiet = Quiet(setup.ledger, "setup") if options.quiet else None
    _show(showing, outcome, choices, quiet)
    if quiet is not None:
        quiet.keep()
    people: list[People] = []
    if not (outcome.interrupted or outcome.not_applied):
        people = follow(workspace, setup.ledger, options, [outcome], has_seen=not (options.quiet or options.as_json))
    if options.as_json:
        contacts = {"contacts": dict(people[0].counts)} if people else {}
        warnings = {"warnings": [lack.document() for lack in showing.lacks(outcome.deal)]}
        document = outcome.document()
        document["changes"] += [line.document() for person in people for line in person.lines]
        click.echo(json.dumps({**document, **warnings, **contacts}, ensure_ascii=False))
    if outcome.interrupted:
        raise click.Abort
    if outcome.not_applied:
        announce(announced(workspace, outcome))
    return exit_code_of_all([outcome, *people])


def _approval(options: Options, choices: DealChoices | None) -> Approval[Outcome]:
    from integrations.core.plan import Approval

    if choices is None:
        return Approval(dry=options.dry_run, yes=options.yes, plan=options.plan)

    def ask(outcome: Outcome) -> bool:
        from cli.display import closing

        choices.show(outcome)
        plan = outcome.plan.id if outcome.plan is not None else ""
        return confirmed(f"{closing(outcome)}.  Plan {plan}.  Do it?")

    return Approval(choose=choices.settle, ask=ask)


def _show(showing: Showing, outcome: Outcome, choices: DealChoices | None, quiet: Quiet | None) -> None:
    setup, options = showing.setup, showing.options
    from cli.render.setup import outcome_lines, stopped_lines

    if quiet is not None and not quiet.is_news(outcome.document()):
        return
    if outcome.error is not None:
        playbook = setup.playbooks.get(outcome.playbook or "")
        for line in stopped_lines(outcome, None if options.as_json else playbook):
            click.echo(line, err=True)
    elif not options.as_json:
        asks = any(setup.systems[result.change.system].settings.mode == "ask" for result in outcome.results.values())
        _show_plan(showing, outcome, choices, asks=asks)
        for line in [] if outcome.not_applied else outcome_lines(outcome):
            click.echo(line)


def _show_plan(showing: Showing, outcome: Outcome, choices: DealChoices | None, *, asks: bool) -> None:
    """Print the plan unless it was shown for approval, and the command that applies it."""
    from cli.display import closed
    from cli.render.words import wrapped
    from integrations.flows.setup.outcome import called

    if outcome.plan is None:
        return
    asked = choices is not None
    has_shown = choices is not None and choices.has_shown(outcome)
    if not asked or (outcome.plan.is_empty and not outcome.not_applied and not has_shown):
        showing(showing.setup.shown(outcome))
    if outcome.not_applied and not asked:
        for line in wrapped("", closed(outcome), 0):
            click.echo(line)
    if outcome.is_read_only:
        for line in wrapped("", READ_ONLY, 0):
            click.echo(line, err=True)
    elif outcome.not_applied and not outcome.plan.is_empty:
        click.echo("Nothing was written. To do it:", err=True)
        how = f"--plan {outcome.plan.id}" if asks else f"--yes      or   --plan {outcome.plan.id}"
        click.echo(f"  closedwon setup {called(outcome)} {how}", err=True)
