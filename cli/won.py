"""`closedwon setup --won`: every won deal that is not done; the line for a crontab."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from cli.base import interactive, tell_waiting
from cli.contacts.following import customers, follow
from cli.contacts.options import READ_ONLY, Options
from cli.render.outcome import outcome_lines, stopped_lines, summary_line
from cli.render.plan import closing
from cli.render.progress import tracked
from cli.render.words import error_lines, safe, wrapped
from integrations.core.errors import ConfigError, Fault, LedgerError
from integrations.core.model import Deal
from integrations.core.plan import over_limit
from integrations.core.plan.plan import Plan
from integrations.core.playbook import Subject
from integrations.core.rows import Failed, attempt
from integrations.flows.setup import Approval, Outcome, SetUp, is_over, moved, set_up_many
from integrations.flows.setup.outcome import exit_code_of_all

if TYPE_CHECKING:
    from config.workspace import Workspace
    from integrations.core.ledger import Ledger


def set_up_won(
    place: Workspace, ledger: Ledger, *, limit: Mapping[str, float], dry: bool, yes: bool, as_json: bool
) -> int:
    """Set up every won deal since `deals_since` that is not done; gives the exit code.

    Raises:
        ConfigError: The settings do not say `deals_since`.
    """
    since = place.settings.general.deals_since
    if since is None:
        fault = Fault(str(place.settings.path), "deals_since", "is missing, and --won needs it")
        raise ConfigError(fault, next="Say from which day on won deals are to be set up: deals_since = 2026-01-01")
    # Whether such a run is over is not known: planning its deal once more finds what is there.
    finished = {run.deal: run for run in ledger.runs() if attempt("", is_over, run, place.systems) is True}
    read = list(place.deals.scan(since, won_only=True))
    failed = [Outcome(one.id, error=one.error) for one in read if isinstance(one, Failed)]
    won = [one for one in read if isinstance(one, Deal) and one.stage == "won"]
    again = moved(ledger, place.systems, won, finished)
    deals = [one for one in won if one.id not in finished or one.id in again]
    setup = SetUp(
        place.systems,
        ledger,
        place.locks,
        place.deals,
        place.playbooks,
        place.public,
        place.limits(limit),
        patient=False,
        at_once=place.settings.general.deals_at_once,
        waiting=tell_waiting,
    )
    _tell(failed, as_json=as_json)
    if not deals:
        click.echo("No other won deal is left." if failed else "No won deal is left to set up.", err=as_json)
        return exit_code_of_all(failed)
    planned: list[Outcome] = []
    if dry or not yes or _may_be_over(setup, len(deals)):
        planned = list(tracked(_each(setup, deals, lambda _: Approval(dry=True)), len(deals), "planning"))
        over = over_limit(_together(planned), setup.limits)
        if over is not None or dry or not yes:
            planned = _tell(planned, as_json=as_json)
        if over is not None:
            for line in error_lines(over):
                click.echo(line, err=True)
            return over.exit_code
    is_read_only = bool(planned) and all(outcome.is_read_only for outcome in planned)
    if dry or (not yes and (is_read_only or not _approved(planned, as_json=as_json))):
        if is_read_only:
            for line in wrapped("", READ_ONLY, 0):
                click.echo(line, err=True)
        else:
            click.echo("Nothing was written. To do it: closedwon setup --won --yes", err=True)
        return exit_code_of_all([*failed, *planned])
    outcomes = _apply(setup, deals, {} if yes else _approvals(planned, ledger), as_json=as_json)
    options = Options("", dry_run=False, yes=yes, plan=None, limit=limit, as_json=as_json, config=None, verbose=False)
    people = follow(place, ledger, options, customers(place, ledger, outcomes))
    return exit_code_of_all([*failed, *outcomes, *([people] if people is not None else [])])


def _approved(planned: Sequence[Outcome], *, as_json: bool) -> bool:
    if as_json or not interactive():
        return False
    return click.confirm(f"{summary_line(planned)} Do it?", default=False, err=True)


def _approvals(planned: Sequence[Outcome], ledger: Ledger) -> dict[str, Approval]:
    """How each deal may be applied that was shown: exactly as it was, if it is its customer's first.

    What a customer's later deals come to is only known when the first is through: they write where that needs
    no approval of the very plan, and wait for one elsewhere.
    """
    found: dict[str, Approval] = {}
    customers: set[str] = set()
    for outcome in planned:
        if outcome.plan is None or outcome.deal is None:
            continue
        customer = Subject.of(outcome.deal).customer
        if customer in customers:
            continue
        customers.add(customer)
        ledger.approve(outcome.plan.id, list(outcome.plan.hashes.values()))
        found[outcome.reference] = Approval(plan=outcome.plan.id)
    return found


def _apply(setup: SetUp, deals: Sequence[Deal], approvals: Mapping[str, Approval], *, as_json: bool) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for outcome in _each(setup, deals, lambda deal: approvals.get(deal.id, Approval(yes=True))):
        if interactive() and not as_json:
            click.echo(f"\n{len(outcomes) + 1} of {len(deals)}")
        outcomes += _tell([outcome], as_json=as_json)
    click.echo(summary_line(outcomes), err=as_json)
    return outcomes


def _each(setup: SetUp, deals: Sequence[Deal], approval: Callable[[Deal], Approval]) -> Iterator[Outcome]:
    return set_up_many(
        deals,
        lambda deal: setup.run(deal.id, approval(deal)),
        at_once=setup.at_once,
        is_stopped=lambda: setup.ledger.failure is not None,
    )


def _may_be_over(setup: SetUp, deals: int) -> bool:
    """Whether so many deals could come to more than a safety limit: only then are all planned first."""
    limits = setup.limits
    allowed = min(limits.creates, limits.updates, limits.sends)
    kinds = [
        Counter((step.system, step.resource.kind) for step in playbook.steps) for playbook in setup.playbooks.values()
    ]
    most = max((number for counts in kinds for number in counts.values()), default=0)
    return deals * most > allowed


def _together(outcomes: Sequence[Outcome]) -> Plan:
    """All plans as one, for the safety limits."""
    changes = tuple(
        dataclasses.replace(change, step=f"{outcome.reference}/{change.step}")
        for outcome in outcomes
        if outcome.plan is not None
        for change in outcome.plan.changes
    )
    hashes = {
        f"{outcome.reference}/{step}": fingerprint
        for outcome in outcomes
        if outcome.plan is not None
        for step, fingerprint in outcome.plan.hashes.items()
    }
    return Plan(changes, "", hashes)


def _tell(outcomes: Sequence[Outcome], *, as_json: bool) -> list[Outcome]:
    """Print how each ended; gives them, with an error where it could not be put into words."""
    told: list[Outcome] = []
    for outcome in outcomes:
        failed = attempt("", _tell_one, outcome, as_json=as_json)
        if failed is not None:
            _tell_one(Outcome(outcome.reference, error=failed), as_json=as_json)
        told.append(outcome if failed is None else dataclasses.replace(outcome, error=failed))
    return told


def _tell_one(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(outcome.document(), ensure_ascii=False))
    elif outcome.error is not None:
        click.echo(f"Deal {safe(outcome.reference)}", err=True)
        # What was done before the ledger failed fills the line already.
        for line in stopped_lines(outcome, None, 0 if isinstance(outcome.error, LedgerError) else 2):
            click.echo(line, err=True)
    elif outcome.shown_only and outcome.deal is not None:
        name = safe(outcome.deal.customer.name, 50)
        first = f"Deal {safe(outcome.deal.id)}  "
        for line in wrapped(first, f"{name}: {closing(list(outcome.results.values()))}.", len(first)):
            click.echo(line)
    else:
        for line in outcome_lines(outcome, numbered=True):
            click.echo(line)
