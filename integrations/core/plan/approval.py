"""Approvals: the part of a plan that a person approves, the changes that it covers, and the ways to write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Generic, TypeVar

from integrations.core.change import Change
from integrations.core.model import plain
from integrations.core.resource import BASE_FIELDS, about, is_empty

Shown = TypeVar("Shown")
"""The outcome that a person is shown before being asked."""

Fingerprint = frozenset[str]
"""A change as a set of keyed hashes: one for the action and its object, one for each field with its old and new value.

A person approves the set that was shown; a subset of it is approved too."""

Hash = Callable[[Any], str]

UNKNOWN = ""
"""The id of a container that a plan has yet to make or to take over."""


@dataclasses.dataclass(frozen=True)
class Approval(Generic[Shown]):
    """The way in which a run may write.

    Attributes:
        dry: Nothing is written.
        yes: Everything is written without asking, in systems whose mode is `write`.
        plan: Only the plan with this id is written.
        approved: The approval of a plan that this one is a part of; nobody is asked again.
        choose: Lets a person settle what the plan leaves open; returns whether anything was settled, so that a new plan
            is needed. None where there is nobody to ask.
        ask: Shows a person the plan and asks; None where there is nobody to ask.
    """

    dry: bool = False
    yes: bool = False
    plan: str | None = None
    approved: Approved | None = None
    choose: Callable[[Shown], bool] | None = None
    ask: Callable[[Shown], bool] | None = None


@dataclasses.dataclass(frozen=True)
class Approved:
    """The changes that may be written, and no others, whatever a later look finds.

    Attributes:
        keys: The fingerprints of the changes, joined in one set.
        by_person: A person saw and approved exactly these; otherwise systems in mode `ask` wait for one.
        containers: Those that the approved plan made or took over, as (system, id): it could not name their ids yet.
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
        # The plan was shown before anybody looked into a place that it takes over: its people count as new there.
        resource = change.want.resource.in_container(UNKNOWN)
        change = dataclasses.replace(change, want=dataclasses.replace(change.want, resource=resource))
        is_completed = all(is_empty(field.old) for field in change.fields)
        creation = _covered(change, _head(change, "create", None), hashed, self.keys)
        return change.action in ("create", "adopt") and is_completed and creation <= self.keys


def fingerprint(change: Change[Any], hashed: Hash) -> Fingerprint:
    """Return the fingerprint of a change: the part of it that a person approves.

    An object's version and its page's address are never in it.
    """
    head = _head(change, change.action, change.found.id if change.found is not None else None)
    return frozenset([hashed(head), *(hashed([head, name, *values]) for name, *values in _fields(change))])


def _ways(change: Change[Any], hashed: Hash, approved: AbstractSet[str]) -> Iterator[Fingerprint]:
    """Yield the sets of keys, one of which has to be approved.

    A field is also covered by its expression, if that was approved before its value could be known. An object that
    bears the very mark of an approved creation is covered by that creation, as far as empty fields are completed.
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
