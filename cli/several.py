"""`closedwon setup` for several deals: the named ones, or every won deal that is not done."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import click

from cli.base import picked
from cli.choice import DealChoices
from cli.contacts.session import READ_ONLY, Options
from cli.deals import won_deals
from cli.display import Showing, closing, follow
from cli.render.progress import tracked
from cli.render.setup import outcome_lines, stopped_lines, summary_line
from cli.render.words import error_lines, safe, wrapped
from integrations.core.errors import Conflict, IntegrationError, LedgerError, Unsafe
from integrations.core.model import Deal
from integrations.core.outcome import exit_code_of_all
from integrations.core.plan import Approval
from integrations.core.quiet import Quiet
from integrations.core.rows import attempt
from integrations.core.several import Several
from integrations.flows.setup import OpenHeir, Outcome, SetUp, in_turn

if TYPE_CHECKING:
    from cli.display import Lacks
    from config.workspace import Workspace

ANSWERS: Mapping[Literal["y", "n", "a", "q"], str] = {"y": "yes", "n": "no", "a": "all", "q": "quit"}

ALL = "all of them"
"""The subject under which quiet runs remember an error that stops all deals at once."""


def set_up_won(workspace: Workspace, setup: SetUp, options: Options, lacks: Lacks) -> int:
    """Set up every won deal since `deals_since` that is not done; return the exit code.

    Raises:
        ConfigError: The settings do not say `deals_since`.
    """
    deals, failed = won_deals(workspace, setup)
    return _Deals(workspace, setup, options, lacks).set_up(
        deals, [Outcome(answer.id, error=answer.error) for answer in failed]
    )


def set_up_named(
    workspace: Workspace, setup: SetUp, options: Options, lacks: Lacks, references: Sequence[str], playbook: str | None
) -> int:
    """Set up the named deals; return the exit code."""
    choices = DealChoices(setup, Showing(workspace, setup, lacks, options), options.reason) if options.asks else None
    read = {reference: _read(setup, reference, choices) for reference in dict.fromkeys(references)}
    deals = [deal for deal in read.values() if isinstance(deal, Deal)]
    failed = [Outcome(name, error=error) for name, error in read.items() if not isinstance(error, Deal)]
    called = {deal.id: name for name, deal in read.items() if isinstance(deal, Deal)}
    return _Deals(workspace, setup, options, lacks, playbook, called).set_up(deals, failed)


def _read(setup: SetUp, reference: str, choices: DealChoices | None) -> Deal | IntegrationError:
    """Read a deal, asking a person for the heir of its customer where that is open; else the error."""
    deal = attempt("", setup.read, reference)
    while choices is not None and isinstance(deal, OpenHeir) and choices.settle(Outcome(reference, error=deal)):
        deal = attempt("", setup.read, reference)
    return deal


class _Deals:
    """A run of `closedwon setup` for several deals."""

    def __init__(
        self,
        workspace: Workspace,
        setup: SetUp,
        options: Options,
        lacks: Lacks,
        playbook: str | None = None,
        called: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare the run; `called` has, by deal id, the argument that named it: a file's deal is read by its path."""
        self._workspace, self._setup, self._options, self._lacks = workspace, setup, options, lacks
        self._playbook, self._called = playbook, called or {}
        self._several: Several[Outcome] = self._all([])
        self._ended = 0
        self._quiet = Quiet(setup.ledger, "setup") if options.quiet else None
        self._has_said = not options.quiet
        self._showing = Showing(workspace, setup, lacks, options)
        self._choices = DealChoices(setup, self._showing, options.reason)

    def _all(self, groups: Sequence[Sequence[str]]) -> Several[Outcome]:
        setup = self._setup
        return Several(
            run=lambda reference, approval: setup.run(reference, approval, playbook=self._playbook),
            stopped=lambda reference, error: Outcome(reference, error=error),
            ledger=setup.ledger,
            limits=setup.limits,
            groups=groups,
            at_once=setup.at_once,
            locks=setup.locks,
        )

    def set_up(self, deals: Sequence[Deal], failed: Sequence[Outcome]) -> int:
        """Plan, show, ask and apply; return the exit code."""
        code = self._set_up(deals, failed)
        if self._quiet is not None:
            self._quiet.keep()
        return code

    def _set_up(self, deals: Sequence[Deal], failed: Sequence[Outcome]) -> int:
        if self._quiet is not None:
            self._quiet.fresh([], {ALL})
        groups, senseless = in_turn(deals)
        failed = self._tell([*failed, *senseless])
        if not groups:
            sentence = "No other won deal is left." if failed else "No won deal is left to set up."
            if not self._options.quiet:
                click.echo(sentence, err=self._options.as_json)
            return exit_code_of_all(failed)
        self._several = self._all([[self._called.get(number, number) for number in group] for group in groups])
        outcomes = [*failed, *(self._asked() if self._options.asks else self._unasked(len(deals)))]
        people = []
        if self._ended and self._has_said:
            click.echo(summary_line(outcomes), err=self._options.as_json)
        if self._ended:
            people = follow(self._workspace, self._setup.ledger, self._options, outcomes, has_seen=self._options.asks)
        if self._options.as_json:
            for ended in people:
                click.echo(json.dumps({"deal": None, **ended.document()}, ensure_ascii=False))
        return exit_code_of_all([*outcomes, *people])

    def _unasked(self, number: int) -> Sequence[Outcome]:
        """Set up without asking: as `--yes` or `--plan` approve, else all plans are only shown."""
        several, options = self._several, self._options
        if not options.yes or self._may_be_over(number):
            planned = self._planned(several.groups)
            over = several.over_limit(planned, by_id=not options.yes)
            if over is not None and not options.dry_run:
                return self._refused(planned, over)
            if not (options.yes or options.plan):
                planned = self._tell(planned)
            if options.plan is not None:
                if not several.approve(options.plan, planned):
                    return self._unknown(planned)
            elif not options.yes:
                self._say_how(planned)
                return planned
        approval: Approval[Outcome] = Approval(yes=options.yes, plan=options.plan)
        return self._written(several.written(lambda _: approval))

    def _unknown(self, planned: Sequence[Outcome]) -> Sequence[Outcome]:
        """Refuse all deals, because the given id is not that of their present plan."""
        plan = self._several.plan_id(planned)
        error = Conflict(
            f"the plan is not {self._options.plan} any more, it is {plan or 'empty'}",
            next=f"Look at it; to apply it: {self._options.command} --plan {plan}" if plan else "",
        )
        return self._refused(planned, error)

    def _refused(self, planned: Sequence[Outcome], error: IntegrationError) -> Sequence[Outcome]:
        """Report the error for which nothing was written: once for people, in each deal's document for programs."""
        refused = [dataclasses.replace(outcome, error=outcome.error or error) for outcome in planned]
        if self._options.as_json:
            return self._tell(refused)
        if isinstance(error, Unsafe):
            self._tell(planned)
        if self._quiet is None or self._quiet.fresh([(ALL, f"{error.type} {error.message}")]):
            _say(error)
        return refused

    def _asked(self) -> Sequence[Outcome]:
        """Set up with a person who is asked about each deal; a customer's second deal is planned after the first.

        Approved deals of a round are written before the next round is planned, so that it sees what they made.
        """
        several, outcomes, agreed = self._several, list[Outcome](), list[Outcome]()
        answer: Literal["y", "n", "a", "q"] = "y"
        for turn, ids in enumerate(several.rounds()):
            if answer == "q":
                break
            planned = self._planned([[number] for number in ids])
            answer = "y" if turn or answer != "a" else answer
            approved: list[Outcome] = []
            for first in planned:
                outcome = self._settled(first) if answer in ("y", "n") else first
                if outcome.error is not None or outcome.plan is None or outcome.plan.is_empty:
                    approved += [outcome] if outcome.error is None else self._tell([outcome])
                    continue
                if answer in ("y", "n"):
                    answer = self._ask(outcome)
                if answer in ("y", "a"):
                    approved.append(outcome)
                elif answer == "q":
                    break
            agreed += approved
            over = several.over_limit(agreed)
            if over is not None:
                _say(over)
                return [*outcomes, *(dataclasses.replace(outcome, error=over) for outcome in approved)]
            known = {outcome.reference for outcome in approved}
            outcomes += [outcome for outcome in planned if outcome.reference not in known]
            outcomes += self._written(self._write_approved(approved))
        return outcomes

    def _write_approved(self, outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
        plans = {
            outcome.reference: outcome.plan
            for outcome in outcomes
            if outcome.error is None and outcome.plan is not None
        }
        for plan in plans.values():
            self._setup.ledger.approve(plan.id, sorted(plan.keys))
        return self._several.written(lambda name: Approval(plan=plans[name].id), [[name] for name in plans])

    def _ask(self, outcome: Outcome) -> Literal["y", "n", "a", "q"]:
        self._choices.show(outcome)
        plan = outcome.plan.id if outcome.plan is not None else ""
        return picked(f"{closing(outcome)}.  Plan {plan}.  Do it?", ANSWERS)

    def _settled(self, outcome: Outcome) -> Outcome:
        """Ask about the choices that a plan leaves open, and return the outcome planned anew with the answers."""
        while self._choices.settle(outcome):
            (outcome,) = self._planned([[outcome.reference]])
        return outcome

    def _planned(self, groups: Sequence[Sequence[str]]) -> list[Outcome]:
        order = [reference for group in groups for reference in group]
        planned = tracked(self._several.planned(groups), len(order), "planning")
        return sorted(planned, key=lambda outcome: order.index(outcome.reference))

    def _written(self, outcomes: Iterator[Outcome]) -> list[Outcome]:
        found: list[Outcome] = []
        for outcome in outcomes:
            self._ended += 1
            if self._options.asks:
                click.echo()
            found += self._tell([outcome])
        return found

    def _may_be_over(self, deals: int) -> bool:
        """Return whether so many deals could exceed a safety limit: only then all are planned before any is written."""
        limits = self._setup.limits
        allowed = min(limits.creates, limits.updates, limits.sends)
        kinds = [
            Counter((step.system, step.resource.kind) for step in playbook.steps)
            for playbook in self._setup.playbooks.values()
        ]
        most = max((number for counts in kinds for number in counts.values()), default=0)
        return deals * most > allowed

    def _say_how(self, planned: Sequence[Outcome]) -> None:
        """Print the command that applies the plans that were shown."""
        if all(outcome.is_read_only for outcome in planned):
            for line in wrapped("", READ_ONLY, 0):
                click.echo(line, err=True)
            return
        plan = self._several.plan_id(planned)
        if plan:
            click.echo("Nothing was written. To do it:", err=True)
            click.echo(f"  {self._options.command} --yes      or   --plan {plan}", err=True)

    def _tell(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Print each outcome; return them, with an error for one that could not be rendered."""
        ended: list[Outcome] = []
        for outcome in outcomes:
            if self._quiet is not None and not self._quiet.is_news(outcome.document()):
                ended.append(outcome)
                continue
            self._has_said = True
            failed = attempt("", self._tell_one, outcome)
            if failed is not None:
                self._tell_one(Outcome(outcome.reference, error=failed))
            ended.append(outcome if failed is None else dataclasses.replace(outcome, error=failed))
        return ended

    def _tell_one(self, outcome: Outcome) -> None:
        if self._options.as_json:
            click.echo(json.dumps(outcome.document(), ensure_ascii=False))
        elif outcome.error is not None:
            click.echo(f"Deal {safe(outcome.reference)}", err=True)
            # What was done before the ledger failed fills the line already.
            for line in stopped_lines(outcome, None, 0 if isinstance(outcome.error, LedgerError) else 2):
                click.echo(line, err=True)
        elif outcome.not_applied and outcome.deal is not None:
            self._showing(self._setup.shown(outcome))
            for line in wrapped("", f"{closing(outcome)}.", 0):
                click.echo(line)
        else:
            for line in outcome_lines(outcome, numbered=True):
                click.echo(line)


def _say(error: IntegrationError) -> None:
    for line in error_lines(error):
        click.echo(line, err=True)
