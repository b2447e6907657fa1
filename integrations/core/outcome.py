"""The endings of runs: as one word, as an exit code, and as the document that `--json` prints; see `docs/json.md`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

from integrations.core.change import WRITING, Change, FieldChange, Result
from integrations.core.document import Document
from integrations.core.errors import Ambiguous, Blocked, ClosedwonError, IntegrationError, Unavailable
from integrations.core.model import plain
from integrations.core.resource import PLACEHOLDER, Later, Live, Resource, about

Ending = Literal["done", "waiting", "failed", "planned"]

INTERRUPTED = 130
"""The exit code after Ctrl-C."""

PRECEDENCE = (INTERRUPTED, 1, 2, 6, 5, 4, 3)
"""Exit codes from the most important on: of several endings the first of these counts."""


def exit_code_of(codes: Iterable[int]) -> int:
    """Return the exit code of several endings: the most important one, by `PRECEDENCE`."""
    found = set(codes)
    return next((code for code in PRECEDENCE if code in found), 0)


class Piece(Protocol):
    """The result of one change."""

    @property
    def status(self) -> str:
        """`done`, `kept`, `planned`, `waiting`, `blocked` or `failed`."""

    @property
    def error(self) -> IntegrationError | None:
        """The reason why the change was not done; None where there is none."""


def ending_of(
    pieces: Iterable[Piece],
    error: IntegrationError | None = None,
    *,
    is_shown: bool = False,
    is_read_only: bool = False,
    is_waiting: bool = False,
    is_failed: bool = False,
    interrupted: bool = False,
) -> Ending:
    """Return a run's ending in one word.

    Args:
        pieces: The results of the changes, without those that are blocked by a change that this run may not write.
        error: The error that stopped the whole run.
        is_shown: There is a plan, and it was only shown.
        is_read_only: There are changes, and this run may write none of them.
        is_waiting: Something else waits.
        is_failed: Something else failed.
        interrupted: Changes that are still planned were not begun.
    """
    if error is not None:
        return "waiting" if error.waits else "failed"
    statuses = {piece.status for piece in pieces}
    if is_failed or "failed" in statuses:
        return "failed"
    if is_shown:
        return "planned"
    if is_waiting or statuses & {"waiting", "blocked"} or (interrupted and "planned" in statuses):
        return "waiting"
    return "planned" if is_read_only else "done"


def exit_code(
    pieces: Iterable[Piece],
    error: IntegrationError | None = None,
    *,
    is_shown: bool = False,
    interrupted: bool = False,
    others: Iterable[int] = (),
) -> int:
    """Return the exit code of a run; the arguments are as for `ending_of`.

    `is_shown` is set also where the plan may only be shown. `others` are exit codes of other parts.
    """
    if interrupted:
        return INTERRUPTED
    listed = list(pieces)
    codes = {piece.error.exit_code for piece in listed if piece.error is not None} | set(others)
    codes |= {error.exit_code} if error is not None else set()
    codes |= {4} if any(piece.status == "waiting" and piece.error is None for piece in listed) else set()
    return exit_code_of(codes | {3} if is_shown else codes)


class HasEnded(Protocol):
    """The ending of one subject of a command."""

    @property
    def exit_code(self) -> int:
        """The exit code that the command would have with this subject alone."""

    @property
    def is_read_only(self) -> bool:
        """Return whether there are changes and this run may write none of them."""

    @property
    def has_written(self) -> bool:
        """Return whether anything was written."""


def exit_code_of_all(ended: Sequence[HasEnded]) -> int:
    """Return the exit code of a command for several: a subject that is only shown does not hide what others wrote."""
    is_done = any(outcome.has_written for outcome in ended)
    return exit_code_of(
        0 if is_done and outcome.is_read_only and outcome.exit_code == 3 else outcome.exit_code for outcome in ended
    )


def error_document(error: ClosedwonError | None) -> dict[str, str] | None:
    """An error as JSON."""
    if error is None:
        return None
    return {"type": error.type, "message": error.message, "next": error.next}


FORMAT = 1
"""Incremented when a key is removed or changes its meaning; a new key alone is no new format."""


@dataclasses.dataclass(frozen=True)
class Stamp:
    """The run that an outcome belongs to.

    Attributes:
        trigger: `hand` or `cron`.
        by: The account of our staff that gave the command.
    """

    run: str = ""
    trigger: str = "cron"
    by: str = ""


def envelope(
    stamp: Stamp,
    *,
    outcome: Ending,
    plan: str,
    changes: Sequence[Mapping[str, Any]],
    counts: Mapping[str, int],
    requests: Mapping[str, int],
    seconds: float,
    error: IntegrationError | None,
) -> dict[str, Any]:
    """Return the JSON document of a run."""
    return {
        "format": FORMAT,
        **dataclasses.asdict(stamp),
        "outcome": outcome,
        "plan": plan or None,
        "changes": list(changes),
        "counts": dict(counts),
        "requests": dict(requests),
        "seconds": round(seconds, 3),
        "error": error_document(error),
    }


def change_document(subject: str, result: Result, person: str) -> dict[str, Any]:
    """Return the document of one change.

    `subject` is what it is for (a deal, a customer); `person` is who waits where nobody is named.
    """
    change = result.change
    live = result.live if result.live is not None else change.found
    return {
        "subject": subject,
        "step": change.step,
        "system": change.system,
        "kind": change.kind,
        "key": change.key,
        "action": change.action,
        "result": result.status,
        "id": live.id if live is not None else None,
        "url": (live.url or None) if live is not None else None,
        "name": _called(change, live),
        "fields": field_documents(change, change.fields),
        "theirs": field_documents(change, change.theirs),
        "waits_for": waits_for(result.status, result.error, change.system, person),
        "error": error_document(result.error),
    }


def field_documents(change: Change[Any], fields: Sequence[FieldChange]) -> list[dict[str, Any]]:
    """Return the documents of the fields that people are shown."""
    resource = type(change.want.resource)
    shown = [field for field in fields if field.name == "active" or not about(resource, field.name).hidden]
    return [{"name": field.name, "old": _value(field.old), "new": _value(field.new)} for field in shown]


def waits_for(status: str, error: IntegrationError | None, system: str, person: str) -> list[dict[str, str]]:
    """Return the persons or systems that a change waits for, by name.

    `person` is who is named where the error does not say.
    """
    if isinstance(error, Blocked):
        return [{"kind": "step", "name": error.step}]
    if status != "waiting" and not (status == "planned" and error is not None):
        return []
    if isinstance(error, Unavailable):
        return [{"kind": "system", "name": system}]
    name = error.who if error is not None else ""
    if not name or isinstance(error, Ambiguous) or name == "the account manager":
        name = person
    return [{"kind": "person", "name": name}]


def _called(change: Change[Any], live: Live[Any] | None) -> str | None:
    """Return the name by which people know the object, or will know it; None where it is not known."""
    resource: Resource | None = live.state if live is not None else None
    if resource is None and change.action in WRITING:
        resource = change.want.resource
    return resource.label() if resource is not None else None


def _value(value: Any) -> Any:
    if isinstance(value, Later):
        return PLACEHOLDER
    if isinstance(value, Document):
        return value.plain()
    return plain(value)
