"""Set-ups of a workspace as commands show them, and the contact syncs that follow them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import TYPE_CHECKING, Any

import click

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
    from integrations.core.plan import Approval, Plan
    from integrations.core.rows import Failed
    from integrations.flows.contacts.outcome import Outcome as PeopleOutcome
    from integrations.flows.contacts.sync import Foreseen
    from integrations.flows.invoicing.prospect import Lack
    from integrations.flows.setup import Follow, SetUp, Shown
    from integrations.flows.setup import Outcome as Setup


def customers(workspace: Workspace, ledger: Ledger, outcomes: Sequence[Setup]) -> list[str]:
    """The customers that were set up and have an organization or page for their people, by ERP id; each once."""
    if not workspace.has_contacts:
        return []
    from integrations.flows.contacts.memberships import Containers

    made = [
        outcome
        for outcome in outcomes
        if outcome.error is None and not outcome.not_applied and outcome.ending in ("done", "planned", "waiting")
    ]
    named = dict.fromkeys(number for outcome in made for number in _customers(workspace, outcome))
    known = set(Containers(workspace.systems, ledger).customers()) if named else set()
    return [number for number in named if number in known]


def announced(workspace: Workspace, outcome: Setup) -> list[str]:
    """The customer of a set-up that was only shown without its people, as a list of one ERP id or none."""
    is_open = workspace.has_contacts and outcome.error is None and outcome.following is None
    return list(_customers(workspace, outcome)) if is_open else []


def _customers(workspace: Workspace, outcome: Setup) -> Iterator[str]:
    """The ERP id of the deal's customer, also if this very run made it; none where it is not known."""
    if outcome.deal is None:
        return
    if outcome.deal.customer.id is not None:
        yield outcome.deal.customer.id
        return
    for result in outcome.results.values():
        is_ours = workspace.systems[result.change.system].contacts is not None and result.change.kind == "customer"
        if is_ours and result.live is not None:
            yield result.live.id


def following(workspace: Workspace, ledger: Ledger) -> Follow:
    """The function by which the set-up flow asks for the people who follow a deal's plan."""

    def follow(deal: Deal, plan: Plan) -> Foreseen | None:
        customer = deal.customer.id
        if not workspace.has_contacts or customer is None:
            return None
        from integrations.flows.contacts.sync import foreseen

        made = {(change.system, change.kind) for change in plan.changes if change.action in ("create", "adopt")}
        people = {name: system.people for name, system in workspace.systems.items() if system.people is not None}
        places = [name for name, system in people.items() if (name, system.container) in made]
        changes = [change for change in plan.changes if workspace.systems[change.system].contacts is not None]
        return foreseen(contact_sync(workspace, ledger), customer, places, changes, deal.account_manager)

    return follow


def people_lines(shown: Shown) -> list[str]:
    """The lines about people, to be printed under their customer's plan."""
    from integrations.flows.contacts.sync import Foreseen

    following = shown.following
    if not isinstance(following, Foreseen) or not following.outcome.lines:
        return []
    from cli.render.contacts import plan_lines
    from cli.render.words import safe, wrapped

    outcome = following.outcome
    notes = [line for note in outcome.notes for line in wrapped("note  ", safe(note), 6)]
    return ["Its people follow:", *plan_lines(outcome, outcome.lines), *notes]


def closing(outcome: Setup) -> str:
    """The sum of a plan with the people who follow: `4 new; 6 people new in 3 systems`."""
    from cli.render.contacts import planned
    from cli.render.setup import closing
    from integrations.flows.contacts.sync import Foreseen

    summary = closing(list(outcome.results.values()))
    following = outcome.following
    if not isinstance(following, Foreseen) or not following.outcome.lines:
        return summary
    return f"{summary}; {planned(following.outcome)}"


def closed(outcome: Setup) -> str:
    """The same sum as a sentence, with the plan's id if there is one."""
    plan = outcome.plan.id if outcome.plan is not None else ""
    return f"{closing(outcome)}.  Plan {plan}." if plan else f"{closing(outcome)}."


def follow(
    workspace: Workspace,
    ledger: Ledger,
    options: Options,
    outcomes: Sequence[Setup],
    *,
    has_seen: bool,
    is_silent: bool = False,
) -> list[PeopleOutcome]:
    """Sync the people of customers that were set up, as far as they were approved together with the set-up.

    Those of a customer that the set-up itself made could not be shown with it: they are a plan of their own, which
    `--yes` covers too, about which a person is asked, and which is named elsewhere. Not a word where nothing is to do.
    `has_seen`: the plans were shown, be it that nobody was asked. `is_silent`: nobody reads along.

    Raises:
        Abort: Ctrl-C was pressed meanwhile.
    """
    from integrations.core.plan import Approval, Approved

    named = customers(workspace, ledger, outcomes)
    shown = [outcome for outcome in outcomes if outcome.following is not None and _customer_of(outcome) in named]
    known = {_customer_of(outcome) for outcome in shown}
    others = [customer for customer in named if customer not in known]
    keys = {key for outcome in shown for key in _approved_keys(outcome)}
    if options.yes:
        keys |= {key for customer in others for key in _keys_now(workspace, ledger, customer)}
        named, others = [*named], []
    else:
        named = [customer for customer in named if customer in known]
    approved = Approved(keys, by_person=not options.yes, containers=_containers(workspace, outcomes))
    ended = []
    if named:
        allowed: Approval[PeopleOutcome] = Approval(approved=approved)
        ended.append(_synced(workspace, ledger, options, named, allowed, has_seen=has_seen, is_silent=is_silent))
    if others and options.asks:
        ended.append(_synced(workspace, ledger, options, others, approval(options)))
    else:
        announce(others)
    return [outcome for outcome in ended if outcome is not None]


def _customer_of(outcome: Setup) -> str | None:
    return outcome.deal.customer.id if outcome.deal is not None else None


def _approved_keys(outcome: Setup) -> AbstractSet[str]:
    """The approved keys of changes to a customer's people; if no person was asked, all that the plan showed."""
    if outcome.approval is not None and outcome.approval.by_person:
        return outcome.approval.keys
    return outcome.following.plan.keys if outcome.following is not None else frozenset()


def _keys_now(workspace: Workspace, ledger: Ledger, customer: str) -> AbstractSet[str]:
    from integrations.flows.contacts.sync import foreseen

    found = foreseen(contact_sync(workspace, ledger), customer)
    return found.plan.keys if found is not None else frozenset()


def _containers(workspace: Workspace, outcomes: Sequence[Setup]) -> frozenset[tuple[str, str]]:
    """Pairs of system and id of the organizations and pages that these set-ups made or adopted."""
    kinds = {(name, system.people.container) for name, system in workspace.systems.items() if system.people is not None}
    results = [result for outcome in outcomes for result in outcome.results.values() if result.live is not None]
    return frozenset(
        (result.change.system, result.live.id)
        for result in results
        if result.live is not None and result.change.action in ("create", "adopt")
        if (result.change.system, result.change.kind) in kinds
    )


def _synced(
    workspace: Workspace,
    ledger: Ledger,
    options: Options,
    named: Sequence[str],
    allowed: Approval[PeopleOutcome],
    *,
    has_seen: bool = False,
    is_silent: bool = False,
) -> PeopleOutcome | None:
    """Sync these customers' people and report the outcome; None where there are none."""
    from cli.render.contacts import is_quiet
    from integrations.flows.contacts.outcome import Request

    options = dataclasses.replace(options, command=said(named))
    outcome = contact_sync(workspace, ledger, limit=options.limit).run(Request(tuple(named)), allowed)
    # Whoever holds a customer sets it up as well, and its people follow there; else the next sync takes it.
    outcome = dataclasses.replace(outcome, left=())
    if is_quiet(outcome):
        return outcome if outcome.counts["keep"] else None
    if is_silent:
        return outcome
    shown = only_news(ledger, outcome) if options.quiet else outcome
    if shown is None:
        return outcome
    tell(
        options, shown, shown_before=has_seen or has_shown(allowed), asks=modes_ask(workspace, outcome), document=False
    )
    if outcome.interrupted:
        raise click.Abort
    return outcome


def said(named: Sequence[str]) -> str:
    """The command that syncs these customers on its own."""
    return " ".join(["closedwon contacts sync", *named])


def announce(named: Sequence[str]) -> None:
    """Print on stderr the command by which the people follow."""
    if named:
        from cli.render.words import safe, whole, wrapped

        whose = "Its people follow" if len(named) == 1 else "Their people follow"
        for line in wrapped(f"{whose} with: ", whole(safe(said(named))) if len(named) < 8 else safe(said(named)), 2):
            click.echo(line, err=True)


Lacks = Callable[["Deal | None"], "Sequence[Lack]"]
"""Function that lists what a deal lacks before its first invoice."""


class Showing:
    """Printer of deals' plans, each with its lacks before the first invoice and its customer's people."""

    def __init__(self, workspace: Workspace, setup: SetUp, lacks: Lacks, options: Options) -> None:
        self.place, self.setup, self.lacks, self.options = workspace, setup, lacks, options

    def __call__(self, shown: Shown, *, asked: Collection[str] = ()) -> None:
        """Print a deal's plan; `asked` are the steps about which a dialogue follows."""
        from cli.render.setup import lack_lines, plan_lines

        lines = [*plan_lines(shown, verbose=self.options.verbose, asked=asked), *lack_lines(self.lacks(shown.deal))]
        for line in (*lines, *people_lines(shown)):
            click.echo(line)


class _Anywhere:
    """Deals of the CRM, and of files: a reference that ends in `.toml` is a file's path."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def get(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """Read deals by their ids in the CRM or their files' paths; see `Source.get`."""
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
        """Scan the CRM's deals: files are only read by name."""
        return self._workspace.deals.scan(since, won_only=won_only)


def set_up(
    workspace: Workspace,
    ledger: Ledger,
    *,
    limit: Mapping[str, float] | None = None,
    patient: bool = True,
) -> SetUp:
    """Make the set-up flow of a workspace; without `patient` it does not wait for a customer that is locked."""
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
        waiting=workspace.waiting,
    )
