"""The people of customers who were just set up: they follow, as far as the set-up itself was approved."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from cli.contacts.options import Options
from cli.contacts.running import approval, contact_sync, has_shown, modes_ask, only_news, tell

if TYPE_CHECKING:
    from config.workspace import Workspace
    from integrations.core.ledger import Ledger
    from integrations.flows.contacts.outcome import Line, Outcome
    from integrations.flows.setup import Outcome as Setup
    from integrations.flows.setup import Shown


def customers(place: Workspace, ledger: Ledger, outcomes: Sequence[Setup]) -> list[str]:
    """The customers (ERP ids) that were set up and have a place that people can be in; each once."""
    if not place.has_contacts:
        return []
    from integrations.flows.contacts.places import Places

    made = [
        one
        for one in outcomes
        if one.error is None and not one.shown_only and one.ending in ("done", "planned", "waiting")
    ]
    named = dict.fromkeys(number for one in made for number in _customers(place, one))
    known = set(Places(place.systems, ledger).customers()) if named else set()
    return [number for number in named if number in known]


def announced(place: Workspace, outcome: Setup) -> list[str]:
    """The customer of a set-up that was only shown, or approved by its id: its people are a plan of their own."""
    return list(_customers(place, outcome)) if place.has_contacts and outcome.error is None else []


def _customers(place: Workspace, outcome: Setup) -> Iterator[str]:
    """The deal's customer by its ERP id, be it that this very run made it."""
    if outcome.deal is None:
        return
    if outcome.deal.customer.id is not None:
        yield outcome.deal.customer.id
        return
    for result in outcome.results.values():
        is_ours = place.systems[result.change.system].contacts is not None and result.change.kind == "customer"
        if is_ours and result.live is not None:
            yield result.live.id


People = frozenset[tuple[str, str, str, tuple[str, ...]]]
"""The rows of a customer's people that a person saw: system, customer, action, the contacts."""


def shown_of(lines: Sequence[Line]) -> People:
    """Return what these lines tell a person."""
    return frozenset((line.system, line.customer, line.action, line.contacts) for line in lines)


def foreseen(place: Workspace, ledger: Ledger, shown: Shown) -> tuple[Line, ...]:
    """Return what becomes of the people of a deal's customer once its plan is carried out."""
    customer = shown.deal.customer.id
    if not place.has_contacts or customer is None:
        return ()
    from integrations.flows.contacts.preview import foreseen

    made = {(one.system, one.kind) for one in shown.plan.changes if one.action == "create"}
    people = {name: one.people for name, one in place.systems.items() if one.people is not None}
    places = [name for name, one in people.items() if (name, one.container) in made]
    return foreseen(contact_sync(place, ledger), customer, places)


def people_lines(lines: Sequence[Line]) -> list[str]:
    """These people, under the plan of their customer."""
    if not lines:
        return []
    from cli.render.contacts.plan import plan_lines
    from integrations.flows.contacts.outcome import Outcome

    return ["Its people follow:", *plan_lines(Outcome(shown_only=True), lines)]


def follow(
    place: Workspace, ledger: Ledger, options: Options, named: Sequence[str], seen: People = frozenset()
) -> Outcome | None:
    """Bring these customers' people in step; None where there are none. Not a word where nothing is to do.

    `seen`: what a person saw of them with the set-up's plan, and approved: asked is only about what goes beyond that.

    Raises:
        Abort: Ctrl-C came meanwhile.
    """
    from cli.render.contacts.words import is_quiet
    from integrations.flows.contacts.request import Request

    if not named:
        return None
    options = dataclasses.replace(options, said=said(named))
    sync = contact_sync(place, ledger, limit=options.limit)
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
    tell(options, shown, shown_before=has_shown(allowed), asks=modes_ask(place, outcome), document=False)
    if outcome.interrupted:
        raise click.Abort
    return outcome


def _planned(outcome: Outcome) -> list[Line]:
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
