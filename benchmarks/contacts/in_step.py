"""The ledger that a first sync of very many contacts leaves, without its hundred thousand requests.

What follows is measured on a ledger, and asks the target systems for nothing: what they hold does not matter then. So
the product's own flow runs once over the sandbox's ERP with people stores that answer that everybody is there as
wanted; it plans, remembers and keeps its cursor just as ever. Customers that are to change afterwards are synced
for real before: their people keep the ids that the systems gave them.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from config.settings import find
from config.workspace import checked, opened
from integrations.core.change import Change
from integrations.core.ledger import Ledger
from integrations.core.resource import Live, Lookup
from integrations.core.system import Answer, MemberStore, System
from integrations.flows.contacts.outcome import Request
from integrations.flows.contacts.sync import Approval, ContactSync


class InStep:
    """A store of people in which everybody is as wanted."""

    def __init__(self, people: MemberStore[Any]) -> None:
        self.resource, self.writes, self.batch = people.resource, people.writes, people.batch
        self.container, self.access, self.id_form = people.container, people.access, people.id_form

    def find(self, lookups: Sequence[Lookup[Any]]) -> Answer:
        """There, by the id that is known or by one that stands for the person."""
        return {lookup.key: Live(lookup.id or _number(lookup.key), lookup.resource) for lookup in lookups}

    def put(self, changes: Sequence[Change[Any]]) -> Answer:
        """Write nothing, for nothing differs."""
        raise RuntimeError(f"{len(changes)} changes, though everybody was as wanted")

    def present(self, place: str) -> Sequence[Any]:
        """Return nobody whom the ERP does not know."""
        del place
        return ()

    def memberships(self, email: str = "") -> Sequence[Any]:
        """Return nothing: nobody is looked for."""
        del email
        return ()


def keep(folder: Path) -> None:
    """Make one full pass over all customers, with the settings in `folder`.

    Raises:
        RuntimeError: It did not come to its end.
    """
    with opened(checked(find(folder / "closedwon.toml"))) as place:
        ledger = Ledger(place.settings.ledger_file)
        systems = {name: _in_step(system) for name, system in place.systems.items()}
        settings = place.settings.general.contacts
        sync = ContactSync(systems, ledger, place.locks, place.contacts, settings, place.limits())
        outcome = sync.run(Request(full=True), Approval(yes=True))
        ledger.close()
    if outcome.ending != "done":
        raise RuntimeError(f"it ended {outcome.ending}: {outcome.error}")


def _in_step(system: System) -> System:
    if system.people is None:
        return system
    people = InStep(system.people)
    return dataclasses.replace(system, people=people, stores={**system.stores, people.resource.kind: people})


def _number(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]
