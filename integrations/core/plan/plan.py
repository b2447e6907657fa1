"""A plan: all changes of a run, in order, with an id that stands for exactly them; and the safety limits of a run."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import math
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, Literal

from integrations.core.change import Change
from integrations.core.errors import Unsafe
from integrations.core.plan.approval import Fingerprint

_SPACE = 2**256


@dataclasses.dataclass(frozen=True)
class Plan:
    """The changes that a run would make.

    Attributes:
        changes: In the order in which they are shown; each follows the changes that it depends on.
        hashes: By step, the fingerprints of the changes that would be written.
        notes: Further notes for a person, one sentence each.
        never: Steps that a person does not want, with the reasons.
        not_applied: By step, the fingerprints of changes that are shown only: mode `read`, or outside the pilot.
        followed_by: Another flow's changes, shown, limited and approved with these, but written by a run of their own.
    """

    changes: tuple[Change[Any], ...]
    hashes: Mapping[str, Fingerprint]
    notes: tuple[str, ...] = ()
    never: Mapping[str, str] = dataclasses.field(default_factory=dict)
    not_applied: Mapping[str, Fingerprint] = dataclasses.field(default_factory=dict)
    followed_by: tuple[Change[Any], ...] = ()

    @functools.cached_property
    def keys(self) -> frozenset[str]:
        """The fingerprints that a person approves with this plan, in one set."""
        return _all(self.hashes)

    @functools.cached_property
    def id(self) -> str:
        """The id of all that would be written; empty where nothing would be.

        Equal plans of one ledger have the same id. Where nothing may be written, it is the id of what is shown, and
        approves nothing.
        """
        digests = Digests()
        digests.add(self)
        return digests.id

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to write."""
        return not self.hashes

    @property
    def is_read_only(self) -> bool:
        """Return whether there are changes and this run may write none of them."""
        return self.is_empty and bool(self.not_applied)

    def limited_to(self, steps: Container[str]) -> Plan:
        """Return the plan with these steps only."""
        hashes = {step: digest for step, digest in self.hashes.items() if step in steps}
        not_applied = {step: digest for step, digest in self.not_applied.items() if step in steps}
        return dataclasses.replace(
            self,
            changes=tuple(change for change in self.changes if change.step in steps),
            hashes=hashes,
            not_applied=not_applied,
        )


@dataclasses.dataclass
class Digest:
    """A digest of a set of hashes that does not depend on their order: a run adds them as they come, and keeps none."""

    sum: int = 0
    count: int = 0

    def add(self, hashes: Iterable[str]) -> None:
        """Add hashes."""
        for digest in hashes:
            self.sum = (self.sum + int(digest, 16)) % _SPACE
            self.count += 1

    def id(self, prefix: str = "") -> str:
        """Return the id of a plan with these changes; empty where there are none."""
        text = f"{prefix}{self.count} {self.sum:x}"
        return hashlib.sha256(text.encode()).hexdigest()[:8] if self.count else ""


@dataclasses.dataclass
class Digests:
    """Digests of the changes that a run would write, and of those that it may only show."""

    written: Digest = dataclasses.field(default_factory=Digest)
    not_applied: Digest = dataclasses.field(default_factory=Digest)

    def add(self, plan: Plan) -> None:
        """Add a plan."""
        self.written.add(plan.keys)
        self.not_applied.add(_all(plan.not_applied))

    @property
    def is_read_only(self) -> bool:
        """Return whether there are changes and this run may write none of them."""
        return not self.written.count and self.not_applied.count > 0

    @property
    def id(self) -> str:
        """The id of the changes that may be written; without any, of those that are shown: it approves nothing."""
        return self.not_applied.id("shown only ") if self.is_read_only else self.written.id()


def _all(hashes: Mapping[str, Fingerprint]) -> frozenset[str]:
    return frozenset[str]().union(*hashes.values())


Limit = Literal["creates", "updates", "sends", "archives", "archive_share", "everybody_gone", "clock_hours"]
"""The names by which `--limit NAME=N` replaces a safety limit."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """Safety limits of one run; a person lifts one by its name.

    `creates`, `updates`, `sends` and `archives` count the changes of one kind in one system.

    Attributes:
        archive_share: Share of the existing objects that may be archived, from 10 objects on.
        everybody_gone: Memberships that may be there while the ERP shows no contact at all.
        clock_hours: Hours by which this machine's clock may differ from what the systems and earlier runs
            showed.
        lifted: Names of those that `--limit` replaced for this run.
    """

    creates: int = 50
    updates: int = 50
    sends: int = 20
    archives: int = 10
    archive_share: float = 0.2
    everybody_gone: int = 0
    clock_hours: float = 1
    lifted: frozenset[str] = frozenset()

    def lift(self, numbers: Mapping[str, float]) -> Limits:
        """Return the limits with these values replaced, by name."""
        values: dict[str, Any] = {name: int(number) if number % 1 == 0 else number for name, number in numbers.items()}
        return dataclasses.replace(self, **values, lifted=self.lifted | numbers.keys())


LIMITS: tuple[str, ...] = tuple(field.name for field in dataclasses.fields(Limits) if field.name != "lifted")
"""The names of all limits."""


def limit_option(name: str, number: float) -> str:
    """Return the option that replaces a limit: `--limit archives=31`."""
    return f"--limit {name}={int(number) if number == int(number) else number}"


_Counted = Literal["creates", "updates", "sends", "archives"]

_COUNTED: Mapping[str, _Counted] = {
    "create": "creates",
    "manual": "creates",
    "adopt": "updates",
    "update": "updates",
    "send": "sends",
    "archive": "archives",
}

_FEW = 10
"""The number of objects below which no share is computed: of few, one is a large share."""


@dataclasses.dataclass
class ChangeCounter:
    """Counts the changes that one command is about to make, over all plans of its run.

    Attributes:
        existing: The number of objects, by system and kind; where it is missing, the objects that the plans found.
        archived: The number of them that earlier runs archived lately. It counts towards this run's share: many small
            runs could otherwise do what one may not.
    """

    existing: Mapping[tuple[str, str], int] = dataclasses.field(default_factory=dict)
    archived: Mapping[tuple[str, str], int] = dataclasses.field(default_factory=dict)
    counts: Counter[tuple[str, str, _Counted]] = dataclasses.field(default_factory=Counter)
    found: Counter[tuple[str, str]] = dataclasses.field(default_factory=Counter)

    def add(self, plan: Plan) -> None:
        """Count what a plan would write.

        The share of what follows the plan is judged by the run that writes it, which knows all existing objects.
        """
        for change in plan.changes:
            self.found[change.system, change.kind] += change.found is not None
        for change in (*plan.changes, *plan.followed_by):
            if change.step in plan.hashes:
                self.counts[change.system, change.kind, _COUNTED[change.action]] += 1

    def over_limit(self, limits: Limits) -> Unsafe | None:
        """Return one error for all limits that are exceeded, with the options that lift them; None where none is."""
        excesses: list[str] = []
        needed: dict[str, float] = {}
        for (system, kind, counted), number in self.counts.items():
            lifting = dict(self._lifting(system, kind, counted, number, limits))
            if lifting:
                allowed = self._allowed(system, kind, counted, limits)
                excesses.append(f"{number} {counted} of {system}.{kind}, {allowed} allowed")
            for name, value in lifting.items():
                needed[name] = max(value, needed.get(name, 0))
        if not excesses:
            return None
        options = " ".join(limit_option(name, value) for name, value in needed.items())
        return Unsafe(
            "over a safety limit: " + "; ".join(excesses),
            next=f"Look at the plan with -n; if it is right, run the command again with {options}.",
        )

    def _lifting(
        self, system: str, kind: str, counted: _Counted, number: int, limits: Limits
    ) -> Iterator[tuple[str, float]]:
        """Yield the limits that so many changes exceed, each with the number that would let them pass."""
        if number > getattr(limits, counted):
            yield counted, number
        earlier, there = self._earlier_and_there(system, kind)
        if counted == "archives" and there >= _FEW and earlier + number > _share(there, limits):
            yield "archive_share", min(1.0, math.ceil((earlier + number) / there * 100) / 100)

    def _allowed(self, system: str, kind: str, counted: _Counted, limits: Limits) -> int:
        allowed: int = getattr(limits, counted)
        earlier, there = self._earlier_and_there(system, kind)
        if counted != "archives" or there < _FEW:
            return allowed
        return max(0, min(allowed, _share(there, limits) - earlier))

    def _earlier_and_there(self, system: str, kind: str) -> tuple[int, int]:
        """Return how many objects were archived lately, and how many there were before that."""
        earlier = self.archived.get((system, kind), 0)
        return earlier, earlier + self.existing.get((system, kind), self.found[system, kind])


def _share(there: int, limits: Limits) -> int:
    """Return the number of objects that the share allows.

    The small addend is for binary fractions: 0.29 of 100 objects are 29.
    """
    return math.floor(there * limits.archive_share + 1e-9)
