"""What became of one step."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from integrations.core.change import Change
from integrations.core.errors import Blocked, IntegrationError
from integrations.core.resource import Live

Status = Literal["done", "kept", "failed", "blocked", "waiting", "planned"]


@dataclasses.dataclass(frozen=True)
class Result:
    """What became of one step.

    Attributes:
        status: `done` written; `kept` needed nothing; `waiting` for a person or a system; `blocked` by another
            step; `planned` shown only (mode `read`, a dry run, or not approved); `failed` unforeseen.
        change: As it was carried out, which may be another than the plan had it after a lost answer.
        live: The object, where there is one now.
    """

    status: Status
    change: Change[Any]
    live: Live[Any] | None = None
    error: IntegrationError | None = None
    open: bool = False
    """Its intent stays open: the vendor may have done something, and what came of it is looked for."""
    unapproved: bool = False
    """It is `waiting` only because nobody has approved this very plan."""


def foreseen(change: Change[Any]) -> Result:
    """Return how a change stands before anything is written."""
    if change.action == "keep":
        return Result("kept", change, live=change.found)
    if change.error is not None:
        return Result(status_of(change.error), change, live=change.found, error=change.error)
    return Result("planned", change, live=change.found)


def status_of(error: IntegrationError) -> Status:
    """How a step ends that has this error."""
    if isinstance(error, Blocked):
        return "blocked"
    return "waiting" if error.waits else "failed"
