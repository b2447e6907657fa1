"""The changes of a plan: for one resource, the difference between a want and the live object."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Generic, Literal

from integrations.core.errors import Blocked, IntegrationError
from integrations.core.names import is_named
from integrations.core.resource import Holder, Live, R, Want
from integrations.core.text import one_line

Action = Literal["create", "send", "manual", "adopt", "update", "archive", "keep", "choose", "blocked"]

WRITING: frozenset[Action] = frozenset({"create", "send", "manual", "adopt", "update", "archive"})


@dataclasses.dataclass(frozen=True)
class FieldChange:
    """Field with the value that the system holds and the wanted one (a `Later` while that is not known)."""

    name: str
    old: Any
    new: Any


@dataclasses.dataclass(frozen=True)
class Change(Generic[R]):
    """Step of a plan.

    Attributes:
        found: The live object; None where there is none yet.
        fields: The fields that will be written.
        theirs: The fields that differ and belong to people (kept values): shown, not overwritten.
        depends_on: Steps that must have succeeded; a failed one blocks this.
        runs_after: Steps that must have ended, however they did.
        error: Why it is `choose` or `blocked`.
        new: A person chose `new`: make one although there is something alike.
        lacked: By field that is written once: the steps that it should name and that do not exist.
        completes: Fields that were written once without something that exists by now, and that nobody has
            touched.
        taken: The objects that already have the names it would have been given first.
    """

    step: str
    system: str
    action: Action
    want: Want[R]
    found: Live[R] | None = None
    fields: tuple[FieldChange, ...] = ()
    theirs: tuple[FieldChange, ...] = ()
    depends_on: frozenset[str] = frozenset()
    runs_after: frozenset[str] = frozenset()
    error: IntegrationError | None = None
    new: bool = False
    lacked: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    completes: frozenset[str] = frozenset()
    taken: tuple[Holder, ...] = ()

    @property
    def key(self) -> str:
        """The resource's key."""
        return self.want.key

    @property
    def kind(self) -> str:
        """The resource's kind."""
        return self.want.kind

    @property
    def is_told_apart(self) -> bool:
        """Return whether the found object has the wanted name with an addition, to tell it from a namesake's."""
        name, there = self._labels()
        return is_named(there, name, len(there))

    @property
    def is_found_as_other(self) -> bool:
        """Return whether the found object has a name other than the wanted one."""
        name, there = self._labels()
        return bool(there) and there.casefold() != name.casefold() and not self.is_told_apart

    def _labels(self) -> tuple[str, str]:
        if self.found is None:
            return "", ""
        return one_line(self.want.resource.label()), one_line(self.found.state.label())

    def wanted(self) -> R:
        """Return the resource as it is wanted; `put` gets it with the values of other steps filled in."""
        return self.want.resource

    @property
    def names(self) -> frozenset[str]:
        """The names of the fields that are to be written."""
        return frozenset(field.name for field in self.fields)


def news(changes: Iterable[Change[Any]]) -> frozenset[str]:
    """Return the steps that people are shown.

    A step that only looks is shown only where its error is the sole sign of some trouble.
    """
    listed = list(changes)
    attempts = {(change.system, type(change.error)) for change in listed if not change.want.look}
    return frozenset(
        change.step
        for change in listed
        if not change.want.look or (change.error is not None and (change.system, type(change.error)) not in attempts)
    )


Status = Literal["done", "kept", "failed", "blocked", "waiting", "planned"]


@dataclasses.dataclass(frozen=True)
class Result:
    """Result of a step.

    Attributes:
        status: `done` written; `kept` needed nothing; `waiting` for a person or a system; `blocked` by
            another step; `planned` shown only (mode `read`, a dry run, or not approved); `failed` unforeseen.
        change: As it was applied: after a lost answer that may differ from the plan's.
        live: The object, where there is one now.
    """

    status: Status
    change: Change[Any]
    live: Live[Any] | None = None
    error: IntegrationError | None = None
    open: bool = False
    """Its intent stays open: the vendor may have done something, and the next look finds out what."""
    unapproved: bool = False
    """It is `waiting` only for approval of this very plan."""


def foreseen(change: Change[Any]) -> Result:
    """Return the result of a change before anything is written."""
    if change.action == "keep":
        return Result("kept", change, live=change.found)
    if change.error is not None:
        return Result(status_of(change.error), change, live=change.found, error=change.error)
    return Result("planned", change, live=change.found)


def status_of(error: IntegrationError) -> Status:
    """Return the status of a step that ended with this error: `blocked`, `waiting` or `failed`."""
    if isinstance(error, Blocked):
        return "blocked"
    return "waiting" if error.waits else "failed"
