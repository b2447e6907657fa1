"""`closedwon setup`: plan, ask, apply; for one deal or for all that are won."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.base import Examples, configured, confirmed, interactive, ledger_of, tell_waiting, workspace
from cli.contacts.options import READ_ONLY, Options, limited, reasoned

if TYPE_CHECKING:
    from config.workspace import Workspace
    from integrations.core.ledger import Ledger
    from integrations.core.model import Deal
    from integrations.core.playbook import Playbook
    from integrations.flows.invoicing.prospect import Lack
    from integrations.flows.setup import Approval, Outcome, SetUp, Shown

Lacks = Callable[["Deal | None"], "Sequence[Lack]"]
"""What a deal lacks before its first invoice."""

EXAMPLES = """\
closedwon setup 42                    show what deal 42 needs, ask, do it
closedwon setup 42 -n                 show it and write nothing
closedwon setup 42 --yes              do it without asking (cron, scripts)
closedwon setup 42 --plan f6db3c76    do exactly the plan that was shown
closedwon setup deal.toml             a deal that is in no CRM
closedwon setup --won --yes           every won deal that is not done"""


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("deal", required=False)
@click.option("--won", is_flag=True, help="Every won deal since `deals_since` that is not done.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan, write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask; systems in mode `ask` still wait for a person.")
@click.option("--plan", metavar="ID", help="Approve exactly the plan with this id.")
@click.option("--playbook", metavar="NAME", help="The playbook, where the deal's engagement does not tell.")
@reasoned
@limited
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout (--won: one a line).")
@configured
def command(
    deal: str | None,
    *,
    won: bool,
    dry_run: bool,
    yes: bool,
    plan: str | None,
    playbook: str | None,
    reason: str,
    limit: Mapping[str, float],
    as_json: bool,
    config: Path | None,
    verbose: bool,
) -> int:
    """Make a won deal's customer exist everywhere, once.

    Shows the plan first. Without a terminal it writes only with --yes or --plan.
    Running it again is always safe: what is there already is left alone.
    """
    if won == (deal is not None):
        raise click.UsageError("name a deal, or say --won")
    if won and (plan is not None or playbook is not None):
        raise click.UsageError("--plan and --playbook are for one deal")
    if dry_run and (yes or plan is not None):
        raise click.UsageError("-n writes nothing: leave out --yes and --plan")
    with workspace(config, verbose=verbose) as place:
        ledger = ledger_of(place, reason=reason, plan=plan, dry=dry_run)
        try:
            if won:
                from cli.won import set_up_won

                return set_up_won(place, ledger, limit=limit, dry=dry_run, yes=yes, as_json=as_json)
            setup = set_up(place, ledger, limit=limit, deal=str(deal))
            lacks = _lacks(place)
            approval = _approval(lacks, dry=dry_run, yes=yes, plan=plan, as_json=as_json, verbose=verbose)
            outcome = setup.run(reference(str(deal)), approval, playbook=playbook)
            options = Options("", dry_run, yes and plan is None, plan, limit, as_json, config, verbose, reason)
            return _ended(place, setup, outcome, options, lacks, asked=approval.ask is not None)
        finally:
            ledger.close()


def _lacks(place: Workspace) -> Lacks:
    """Tells what a deal lacks before its first invoice, by the rules that are on.

    Raises:
        ConfigError: Their settings make no sense.
    """
    from integrations.core.calendar import today
    from integrations.flows.invoicing.prospect import prospects

    known = prospects(place.settings.general.invoices.rules, where=str(place.settings.path))
    return lambda deal: known.lacks(deal, today()) if deal is not None else []


def _ended(place: Workspace, setup: SetUp, outcome: Outcome, options: Options, lacks: Lacks, *, asked: bool) -> int:
    """Tell what came of it, let the customer's people follow, and give the exit code of both."""
    from cli.contacts.following import announce, announced, customers, follow
    from integrations.flows.setup.outcome import exit_code_of_all

    _show(outcome, setup, lacks, as_json=options.as_json, verbose=options.verbose, asked=asked)
    people = None
    if not (outcome.interrupted or outcome.shown_only or options.plan is not None):
        people = follow(place, setup.ledger, options, customers(place, setup.ledger, [outcome]))
    if options.as_json:
        contacts = {"contacts": dict(people.counts)} if people is not None else {}
        warnings = {"warnings": [one.document() for one in lacks(outcome.deal)]}
        click.echo(json.dumps({**outcome.document(), **warnings, **contacts}, ensure_ascii=False))
    if outcome.interrupted:
        raise click.Abort
    if outcome.shown_only or options.plan is not None:
        announce(announced(place, outcome))
    return exit_code_of_all([outcome, *([people] if people is not None else [])])


def reference(deal: str) -> str:
    """What the deals' source is asked for."""
    return deal.strip()


def set_up(
    place: Workspace,
    ledger: Ledger,
    *,
    limit: Mapping[str, float] | None = None,
    deal: str = "",
    patient: bool = True,
) -> SetUp:
    """The flow over a workspace; a deal that ends in `.toml` is read from that file."""
    from integrations.flows.setup import SetUp

    source: Any
    if deal.endswith(".toml"):
        from integrations.file import FileDeals

        record = next((system for system in place.systems.values() if system.customers is not None), None)
        source = FileDeals(*((record.customers, record.account_manager) if record is not None else ()))
    else:
        source = place.deals
    return SetUp(
        place.systems,
        ledger,
        place.locks,
        source,
        place.playbooks,
        place.public,
        place.limits(limit),
        patient=patient,
        waiting=tell_waiting,
    )


def _approval(lacks: Lacks, *, dry: bool, yes: bool, plan: str | None, as_json: bool, verbose: bool) -> Approval:
    from integrations.flows.setup import Approval

    def ask(shown: Shown) -> bool:
        from cli.render.lacks import lack_lines
        from cli.render.plan import closing, plan_lines

        for line in (*plan_lines(shown, verbose=verbose), *lack_lines(lacks(shown.deal))):
            click.echo(line)
        return confirmed(f"{closing(list(shown.results.values()))}.  Plan {shown.plan.id}.  Do it?")

    asks = interactive() and not as_json and not yes and plan is None and not dry
    return Approval(dry=dry, yes=yes, plan=plan, ask=ask if asks else None)


def _show(outcome: Outcome, setup: SetUp, lacks: Lacks, *, as_json: bool, verbose: bool, asked: bool) -> None:
    from cli.render.outcome import outcome_lines, stopped_lines

    playbook = setup.playbooks.get(outcome.playbook or "")
    if outcome.error is not None:
        for line in stopped_lines(outcome, None if as_json else playbook):
            click.echo(line, err=True)
    elif not as_json:
        asks = any(setup.systems[result.change.system].settings.mode == "ask" for result in outcome.results.values())
        _show_plan(outcome, playbook, lacks, verbose=verbose, asked=asked, asks=asks)
        for line in [] if outcome.shown_only else outcome_lines(outcome):
            click.echo(line)


def _show_plan(
    outcome: Outcome, playbook: Playbook | None, lacks: Lacks, *, verbose: bool, asked: bool, asks: bool
) -> None:
    """The plan, unless it was shown already to be approved."""
    from cli.render.lacks import lack_lines
    from cli.render.plan import closing, plan_lines
    from cli.render.words import wrapped
    from integrations.flows.setup import Shown
    from integrations.flows.setup.outcome import called

    if outcome.plan is None or outcome.deal is None or playbook is None:
        return
    if not asked or (outcome.plan.is_empty and not outcome.shown_only):
        shown = Shown(outcome.deal, playbook, outcome.plan, outcome.results, outcome.reference, outcome.named)
        for line in (*plan_lines(shown, verbose=verbose), *lack_lines(lacks(outcome.deal))):
            click.echo(line)
    if outcome.shown_only and not asked:
        for line in wrapped("", f"{closing(list(outcome.results.values()))}.  Plan {outcome.plan.id}.", 0):
            click.echo(line)
    if outcome.is_read_only:
        for line in wrapped("", READ_ONLY, 0):
            click.echo(line, err=True)
    elif outcome.shown_only and not outcome.plan.is_empty:
        click.echo("Nothing was written. To do it:", err=True)
        how = f"--plan {outcome.plan.id}" if asks else f"--yes      or   --plan {outcome.plan.id}"
        click.echo(f"  closedwon setup {called(outcome)} {how}", err=True)
