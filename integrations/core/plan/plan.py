"""A plan: all changes of a run, in order, with an id that stands for exactly them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from integrations.core.change import WRITING, Change
from integrations.core.errors import Unsafe
from integrations.core.model import plain
from integrations.core.resource import Later

Scope = Callable[[str], bool]
"""Whether this run may write in a system: not in mode `read`, and the customer in the pilot."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a run would do.

    Attributes:
        changes: In the order in which they are shown; each after those that it needs.
        id: Stands for what would be written; equal for equal plans of one ledger.
        hashes: By step, of the changes that would be written: an approved plan's are kept.
        notes: What a person should know besides, one sentence each.
        never: Steps that a person does not want, with the reason.
    """

    changes: tuple[Change[Any], ...]
    id: str
    hashes: Mapping[str, str]
    notes: tuple[str, ...] = ()
    never: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.hashes


def fingerprint(change: Change[Any], hashed: Callable[[Any], str], terms: Sequence[str | None] = ()) -> str:
    """A keyed hash over what a person approves: system, kind, key, action, live id, fields, old and new value.

    `terms`: what holds for all changes of the plan. A field given by an expression is covered by its expression,
    resolved or not.
    """
    fields = []
    for field in change.fields:
        later = change.want.later.get(field.name)
        new = later.text if later is not None else field.new
        fields.append([field.name, plain(field.old), plain(new.text if isinstance(new, Later) else new)])
    found = change.found.id if change.found is not None else None
    fields.sort(key=lambda field: str(field[0]))
    return hashed(
        [change.system, change.kind, change.key, change.action, found, fields, *([list(terms)] if terms else [])]
    )


def plan_id(hashes: Mapping[str, str]) -> str:
    """The id of a plan with these changes."""
    return hashlib.sha256("\n".join(sorted(hashes.values())).encode()).hexdigest()[:8]


def writes(change: Change[Any], scope: Scope) -> bool:
    """Whether this change would be written by this run."""
    return change.action in WRITING and scope(change.system)


@dataclasses.dataclass(frozen=True)
class Limits:
    """How much one command may do in one system to one kind, before somebody says yes to it by number.

    Attributes:
        all: Replaces every limit for one run (`--limit N`).
    """

    creates: int = 50
    updates: int = 50
    sends: int = 20
    archives: int = 10
    archive_share: float = 0.2
    """Of the existing objects, from 10 on."""
    all: int | None = None


_Counted = Literal["creates", "updates", "sends", "archives"]

_COUNTED: Mapping[str, _Counted] = {
    "create": "creates",
    "manual": "creates",
    "adopt": "updates",
    "update": "updates",
    "send": "sends",
    "archive": "archives",
}


@dataclasses.dataclass
class Tally:
    """How much one command is about to do, over all plans of its run.

    Attributes:
        existing: How many objects there are, by system and kind; those that the plans found count too where it
            says nothing.
        archived: How many of them earlier runs archived lately: their share counts together with this run's, or many
            small runs would do what one may not.
    """

    existing: Mapping[tuple[str, str], int] = dataclasses.field(default_factory=dict)
    archived: Mapping[tuple[str, str], int] = dataclasses.field(default_factory=dict)
    counts: Counter[tuple[str, str, _Counted]] = dataclasses.field(default_factory=Counter)
    found: Counter[tuple[str, str]] = dataclasses.field(default_factory=Counter)

    def add(self, plan: Plan) -> None:
        """Count what a plan would write."""
        for change in plan.changes:
            self.found[change.system, change.kind] += change.found is not None
            if change.step in plan.hashes:
                self.counts[change.system, change.kind, _COUNTED[change.action]] += 1

    def over(self, limits: Limits) -> Unsafe | None:
        """What is over a safety limit, as one sentence for all; None where nothing is."""
        over = [
            f"{number} {counted} of {system}.{kind}, {allowed} allowed"
            for (system, kind, counted), number in self.counts.items()
            if number > (allowed := self._allowed(system, kind, counted, limits))
        ]
        if not over:
            return None
        most = max(self.counts.values())
        return Unsafe(
            "over a safety limit: " + "; ".join(over),
            next=f"Look at the plan with -n; if it is right, run the command again with --limit {most}.",
        )

    def _allowed(self, system: str, kind: str, counted: _Counted, limits: Limits) -> int:
        if limits.all is not None:
            return limits.all
        allowed: int = getattr(limits, counted)
        existing = self.existing.get((system, kind), self.found[system, kind])
        if counted != "archives":
            return allowed
        earlier = self.archived.get((system, kind), 0)
        if existing + earlier < 10:
            return allowed
        return max(0, min(allowed, int((existing + earlier) * limits.archive_share) - earlier))


def over_limit(plan: Plan, limits: Limits) -> Unsafe | None:
    """What of one plan is over a safety limit, as one sentence for all; None where nothing is."""
    tally = Tally()
    tally.add(plan)
    return tally.over(limits)
