"""A workspace's set-ups as they are shown: their plans, and the people who follow."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from cli.base import tell_waiting
from cli.contacts.session import (
    Options,
    approval,
    contact_sync,
    has_shown,
    modes_ask,
    only_news,
    tell,
)

if TYPE_CHECKING:
    from config.workspace import Workspace
    from integrations.core.ledger import Ledger
    from integrations.core.model import Deal
    from integrations.core.rows import Failed
    from integrations.flows.contacts.outcome import Line
    from integrations.flows.contacts.outcome import Outcome as PeopleOutcome
    from integrations.flows.invoicing.prospect import Lack
    from integrations.flows.setup import Outcome as Setup
    from integrations.flows.setup import SetUp, Shown


def customers(workspace: Workspace, ledger: Ledger, outcomes: Sequence[Setup]) -> list[str]:
    """The customers (ERP ids) that were set up and have a place that people can be in; each once."""
    if not workspace.has_contacts:
        return []
    from integrations.flows.contacts.memberships import Containers

    made = [
        outcome
        for outcome in outcomes
        if outcome.error is None and not outcome.not_applied and outcome.ending in ("done", "planned", "waiting")
    ]
    named = dict.fromkeys(number for one in made for number in _customers(workspace, one))
    known = set(Containers(workspace.systems, ledger).customers()) if named else set()
    return [number for number in named if number in known]


def announced(workspace: Workspace, outcome: Setup) -> list[str]:
    """The customer of a set-up that was only shown, or approved by its id: its people are a plan of their own."""
    return list(_customers(workspace, outcome)) if workspace.has_contacts and outcome.error is None else []


def _customers(workspace: Workspace, outcome: Setup) -> Iterator[str]:
    """The deal's customer by its ERP id, be it that this very run made it."""
    if outcome.deal is None:
        return
    if outcome.deal.customer.id is not None:
        yield outcome.deal.customer.id
        return
    for result in outcome.results.values():
        is_ours = workspace.systems[result.change.system].contacts is not None and result.change.kind == "customer"
        if is_ours and result.live is not None:
            yield result.live.id


People = frozenset[tuple[str, str, str, tuple[str, ...]]]
"""The rows of a customer's people that a person saw: system, customer, action, the contacts."""


def shown_of(lines: Sequence[Line]) -> People:
    """Return what these lines tell a person."""
    return frozenset((line.system, line.customer, line.action, line.contacts) for line in lines)


def foreseen(workspace: Workspace, ledger: Ledger, shown: Shown) -> tuple[Line, ...]:
    """Return what becomes of the people of a deal's customer once its plan is carried out."""
    customer = shown.deal.customer.id
    if not workspace.has_contacts or customer is None:
        return ()
    from integrations.flows.contacts.sync import foreseen

    made = {(change.system, change.kind) for change in shown.plan.changes if change.action == "create"}
    people = {name: one.people for name, one in workspace.systems.items() if one.people is not None}
    places = [name for name, one in people.items() if (name, one.container) in made]
    return foreseen(contact_sync(workspace, ledger), customer, places)


def people_lines(lines: Sequence[Line]) -> list[str]:
    """These people, under the plan of their customer."""
    if not lines:
        return []
    from cli.render.contacts.plan import plan_lines
    from integrations.flows.contacts.outcome import Outcome as PeopleOutcome

    return ["Its people follow:", *plan_lines(PeopleOutcome(not_applied=True), lines)]


def follow(
    workspace: Workspace, ledger: Ledger, options: Options, named: Sequence[str], seen: People = frozenset()
) -> PeopleOutcome | None:
    """Bring these customers' people in step; None where there are none. Not a word where nothing is to do.

    `seen`: what a person saw of them with the set-up's plan, and approved: asked is only about what goes beyond that.

    Raises:
        Abort: Ctrl-C came meanwhile.
    """
    from cli.render.contacts.plan import is_quiet
    from integrations.flows.contacts.outcome import Request

    if not named:
        return None
    options = dataclasses.replace(options, said=said(named))
    sync = contact_sync(workspace, ledger, limit=options.limit)
    allowed = approval(options)
    asking = allowed.ask
    if asking is not None and seen:
        allowed = dataclasses.replace(
            allowed, ask=lambda outcome: shown_of(_planned(outcome)) <= seen or asking(outcome)
        )
    outcome = sync.run(Request(tuple(named)), allowed)
    # Whoever holds a customer sets it up as well, and its people follow there; else the next sync takes it.
    outcome = dataclasses.replace(outcome, left=())
    if is_quiet(outcome):
        return outcome if outcome.counts["keep"] else None
    shown = only_news(ledger, outcome) if options.quiet else outcome
    if shown is None:
        return outcome
    tell(options, shown, shown_before=has_shown(allowed), asks=modes_ask(workspace, outcome), document=False)
    if outcome.interrupted:
        raise click.Abort
    return outcome


def _planned(outcome: PeopleOutcome) -> list[Line]:
    return [line for line in outcome.lines if line.status == "planned"]


def said(named: Sequence[str]) -> str:
    """The command that does it on its own."""
    return " ".join(["closedwon contacts sync", *named])


def announce(named: Sequence[str]) -> None:
    """Say how the people follow."""
    if named:
        from cli.render.words import safe, whole, wrapped

        whose = "Its people follow" if len(named) == 1 else "Their people follow"
        for line in wrapped(f"{whose} with: ", whole(safe(said(named))) if len(named) < 8 else safe(said(named)), 2):
            click.echo(line, err=True)


Lacks = Callable[["Deal | None"], "Sequence[Lack]"]
"""What a deal lacks before its first invoice."""


class Showing:
    """Prints plans of deals, with what they lack before their first invoice, and their customers' people.

    Attributes:
        people: What was shown of the people.
    """

    def __init__(self, workspace: Workspace, setup: SetUp, lacks: Lacks, options: Options) -> None:
        self.place, self.setup, self.lacks, self.options = workspace, setup, lacks, options
        self.people: People = frozenset()

    def __call__(self, shown: Shown, *, people: bool = True, asked: Collection[str] = ()) -> None:
        """Print one; the people are left out where they follow in the same run, unasked.

        `asked`: the steps about which a dialogue follows.
        """
        from cli.render.setup import lack_lines, plan_lines

        lines = foreseen(self.place, self.setup.ledger, shown) if people else ()
        self.people |= shown_of(lines)
        said = [*plan_lines(shown, verbose=self.options.verbose, asked=asked), *lack_lines(self.lacks(shown.deal))]
        for line in (*said, *people_lines(lines)):
            click.echo(line)


class _Anywhere:
    """Deals of the CRM, and of files: a reference that ends in `.toml` is a file's path."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def get(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """Return what is known of each."""
        from integrations.file import FileDeals

        files = [key for key in keys if key.endswith(".toml")]
        others = [key for key in keys if not key.endswith(".toml")]
        found = dict(self._workspace.deals.get(others)) if others else {}
        if files:
            record = next((system for system in self._workspace.systems.values() if system.customers is not None), None)
            source = FileDeals(*((record.customers, record.account_manager) if record is not None else ()))
            found |= source.get(files)
        return found

    def scan(self, since: date | None, *, won_only: bool = False) -> Iterator[Deal | Failed]:
        """Those of the CRM."""
        return self._workspace.deals.scan(since, won_only=won_only)


def set_up(
    workspace: Workspace, ledger: Ledger, *, limit: Mapping[str, float] | None = None, patient: bool = True
) -> SetUp:
    """The flow over a workspace."""
    from integrations.flows.setup import SetUp

    return SetUp(
        workspace.systems,
        ledger,
        workspace.locks,
        _Anywhere(workspace),
        workspace.playbooks,
        workspace.public,
        workspace.limits(limit),
        patient=patient,
        at_once=workspace.settings.general.deals_at_once,
        waiting=tell_waiting,
    )
