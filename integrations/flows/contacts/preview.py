"""The people who will be let in once a set-up has made the customer's places: shown with its plan, before that."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from integrations.core.apply import Result
from integrations.core.change import Change
from integrations.core.errors import IntegrationError
from integrations.core.model import Roster
from integrations.core.plan import Approval
from integrations.core.rows import attempt
from integrations.flows.contacts.chunk import Chunk, Chunks
from integrations.flows.contacts.memory import Memory
from integrations.flows.contacts.outcome import Line
from integrations.flows.contacts.places import Place, Places, subject
from integrations.flows.contacts.request import Request
from integrations.flows.contacts.summary import line_of
from integrations.flows.contacts.sync import ContactSync
from integrations.flows.contacts.wanted import memberships


def foreseen(sync: ContactSync, customer: str, systems: Collection[str]) -> tuple[Line, ...]:
    """Return what becomes of a customer's people, by its id in the ERP; nothing where that can't be told now.

    `systems`: those in which the customer has no place yet, and gets one.
    """
    lines: tuple[Line, ...] = ()
    if customer in Places(sync.systems, sync.ledger).customers():
        outcome = sync.run(Request((customer,)), Approval(dry=True))
        lines = outcome.lines if outcome.error is None else ()
    let_in = attempt("", lambda: tuple(_let_in(sync, customer, systems)))
    return lines if isinstance(let_in, IntegrationError) else (*lines, *let_in)


def _let_in(sync: ContactSync, customer: str, systems: Collection[str]) -> Iterator[Line]:
    chunks = Chunks(sync.systems, sync.ledger, Memory(sync.ledger), sync.source, sync.settings, sync.now, sync.waiting)
    rosters = [one for one in sync.source.rosters([customer]) if isinstance(one, Roster)]
    household = chunks.households(rosters, asking=False)[customer]
    places = {name: Place("", frozenset({subject(customer)})) for name in systems if name not in household.places}
    for person, entry in household.entries:
        if household.buried(person, entry) is not None:
            continue
        known = sync.systems, sync.settings, household.accounts
        for wanted in memberships(customer, entry, person, places, *known):
            change = Change(wanted.want.step, wanted.want.system, "create", wanted.want)
            chunk = Chunk({customer: household}, wanted={change.step: wanted})
            line = line_of(Result("planned", change), chunk, sync.systems)
            if line is not None:
                yield line
