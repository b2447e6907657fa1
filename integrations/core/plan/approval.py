"""Approvals: what a person approves of a plan, what that covers, and how a run is allowed to write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Generic, TypeVar

from integrations.core.change import Change
from integrations.core.model import plain
from integrations.core.resource import BASE_FIELDS, about, is_empty

Shown = TypeVar("Shown")
"""What a person is shown before being asked."""

Fingerprint = frozenset[str]
"""A change as a set of keyed hashes: one of what is done to which object, one of each field with its old and new
value. Approved is what a person saw of it; a part of that is approved too."""

Hash = Callable[[Any], str]

UNKNOWN = ""
"""The id of a container that a plan has yet to make, or to take over."""


@dataclasses.dataclass(frozen=True)
class Approval(Generic[Shown]):
    """The way in which a run may write.

    Attributes:
        dry: Never.
        yes: Wherever the system's mode is `write`, without asking.
        plan: Exactly the plan with this id.
        approved: What was approved with a plan that this one is a part of; nobody is asked again.
        choose: Has a person settle what the plan leaves open; returns whether anything was settled, and it is
            planned anew. None where there is nobody to ask.
        ask: Asks a person, who sees the plan; None where there is nobody to ask.
    """

    dry: bool = False
    yes: bool = False
    plan: str | None = None
    approved: Approved | None = None
    choose: Callable[[Shown], bool] | None = None
    ask: Callable[[Shown], bool] | None = None


@dataclasses.dataclass(frozen=True)
class Approved:
    """The changes that may be written: nothing else is, whatever a later look finds.

    Attributes:
        keys: The fingerprints of the changes, in one set.
        by_person: A person saw and approved exactly these; otherwise systems in mode `ask` wait for one.
        containers: By system, the ids of those that the approved plan made or took over: it said of them only that.
    """

    keys: AbstractSet[str]
    by_person: bool
    containers: AbstractSet[tuple[str, str]] = frozenset()

    def allows(self, change: Change[Any], hashed: Hash) -> bool:
        """Return whether the change is a part of what was approved, or completes what its creation began."""
        if any(way <= self.keys for way in _ways(change, hashed, self.keys)):
            return True
        if (change.system, change.want.resource.container) not in self.containers:
            return False
        # Whoever is in a place that is taken over is as new to us there as all others.
        resource = change.want.resource.in_container(UNKNOWN)
        change = dataclasses.replace(change, want=dataclasses.replace(change.want, resource=resource))
        is_completed = all(is_empty(field.old) for field in change.fields)
        creation = _covered(change, _head(change, "create", None), hashed, self.keys)
        return change.action in ("create", "adopt") and is_completed and creation <= self.keys


def fingerprint(change: Change[Any], hashed: Hash) -> Fingerprint:
    """Return the fingerprint of a change: the part of it that a person approves.

    Versions and addresses of pages are never in it.
    """
    head = _head(change, change.action, change.found.id if change.found is not None else None)
    return frozenset([hashed(head), *(hashed([head, name, *values]) for name, *values in _fields(change))])


def _ways(change: Change[Any], hashed: Hash, approved: AbstractSet[str]) -> Iterator[Fingerprint]:
    """Yield the sets of which one has to be approved.

    A field whose expression was approved, before its value could be known, is covered by that. What is found by the
    very mark that an approved creation gave it is covered by that creation, as far as fields are completed there.
    """
    head = _head(change, change.action, change.found.id if change.found is not None else None)
    yield _covered(change, head, hashed, approved)
    found = change.found
    is_ours = found is not None and found.ours and not found.is_former
    is_completed = all(is_empty(field.old) or field.name in change.completes for field in change.fields)
    if found is not None and (found.is_begun or (is_ours and is_completed)):
        for action in ("create", "send", "manual"):
            yield _covered(change, _head(change, action, None), hashed, approved)


def _covered(change: Change[Any], head: list[Any], hashed: Hash, approved: AbstractSet[str]) -> Fingerprint:
    keys = {hashed(head)}
    for name, old, new in _fields(change):
        before = None if head[-1] is None else old
        key = hashed([head, name, before, new])
        later = change.want.later.get(name)
        is_expected = later is not None and key not in approved
        keys.add(hashed([head, name, before, later.text]) if later is not None and is_expected else key)
    return frozenset(keys)


def _head(change: Change[Any], action: str, found: str | None) -> list[Any]:
    """Return the action, the object and its owner, and what was shown of the whole change."""
    want = change.want
    resource = want.proposed or want.resource
    there = [change.found.ours, change.found.is_former] if change.found is not None and found is not None else []
    return [
        change.system, change.kind, change.step, resource.key, resource.customer, resource.active, _places(change),
        change.new, *there, list(want.terms), action, found,
    ]  # fmt: skip


def _places(change: Change[Any]) -> list[Any]:
    """Return the fields by which an object is looked up: its container, an account that somebody named."""
    resource = change.want.resource
    names = [name for name in type(resource).model_fields if about(type(resource), name).looked_up]
    return [[name, plain(getattr(resource, name))] for name in sorted(names)]


def _fields(change: Change[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield each field's name, old and new value; an expression where the value is not known yet."""
    want = change.want
    unknown = want.open
    old = {field.name: plain(field.old) for field in change.fields}
    if change.found is None:
        names = [*want.fields(), *(name for name in want.resource.names if name not in want.fields())]
    else:
        names = list(old)
    for name in names:
        if name in unknown:
            yield name, old.get(name), unknown[name].text
        elif name not in BASE_FIELDS and not about(type(want.resource), name).looked_up:
            yield name, old.get(name), plain(getattr(want.resource, name))
