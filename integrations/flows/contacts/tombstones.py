"""Tombstones: somebody is to be out everywhere, a resource of our own, planned and recorded like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from integrations.core.change import Change
from integrations.core.ledger import Ledger
from integrations.core.resource import Live, Lookup, Resource, Want
from integrations.core.store import NUMBER, Answer
from integrations.core.system import Report, System, SystemSettings
from integrations.flows.contacts.memory import Memory
from integrations.flows.contacts.remembered import EVERYWHERE
from integrations.flows.contacts.wanted import SEGMENT, person_of

SYSTEM, STEP = "ledger", "tombstone"


class Tombstone(Resource):
    """A tombstone: a person stays out of every system. `*/contact/1f2e…`, the last part a keyed hash of the address."""

    kind: ClassVar[str] = "tombstone"
    in_playbooks: ClassVar[bool] = False

    reason: str = ""


class Tombstones:
    """Tombstones in the ledger. The mark is the person's hash; it is written atomically with the creation."""

    resource = Tombstone
    writes: Literal["create", "send", "manual"] = "create"
    batch = 1
    id_form = NUMBER

    def __init__(self, memory: Memory, bury: Callable[[], None]) -> None:
        """`bury`: keeps the tombstone, and what later runs have to do because of it."""
        self._memory, self._bury = memory, bury

    def find(self, lookups: Sequence[Lookup[Tombstone]]) -> Answer:
        """Return what the ledger holds of these people."""
        found = {lookup.key: tombstone_of(self._memory, person_of(lookup.key)) for lookup in lookups}
        return {key: _live(key, reason) if reason is not None else None for key, reason in found.items()}

    def put(self, changes: Sequence[Change[Tombstone]]) -> Answer:
        """Keep the tombstone; twice is once."""
        self._bury()
        return {change.key: _live(change.key, change.wanted().reason) for change in changes}


def _live(key: str, reason: str) -> Live[Tombstone]:
    return Live(person_of(key), Tombstone(key=key, reason=reason))


def tombstone_of(memory: Memory, person: str) -> str | None:
    """Return why a person is out everywhere; None: they are not."""
    stone = memory.tombstones_of([person]).get((person, EVERYWHERE))
    return stone.reason if stone is not None else None


def tombstone(person: str, reason: str) -> Want[Any]:
    """Return that this person (a keyed hash) is to be out everywhere."""
    return Want(STEP, SYSTEM, Tombstone(key=f"{EVERYWHERE}{SEGMENT}{person}", reason=reason))


def system(ledger: Ledger, bury: Callable[[], None]) -> System:
    """The ledger, as a system with a store of tombstones."""
    return System(
        name=SYSTEM,
        title="Closedwon",
        settings=SystemSettings(adapter=SYSTEM, mode="write"),
        stores={Tombstone.kind: Tombstones(Memory(ledger), bury)},
        check=lambda _: Report(account=""),
    )
