"""The document that `--json` prints, the same for every flow; see `docs/json.md`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.core.change import WRITING, Change, FieldChange, Result
from integrations.core.document import Document
from integrations.core.errors import Ambiguous, Blocked, IntegrationError, Unavailable
from integrations.core.model import plain
from integrations.core.outcome import Ending, error_document
from integrations.core.resource import PLACEHOLDER, Later, Live, Resource, about

FORMAT = 1
"""Counts up where a key goes, or means something else; a new key alone changes nothing."""


@dataclasses.dataclass(frozen=True)
class Stamp:
    """The run that an outcome is of.

    Attributes:
        trigger: `hand` or `cron`.
        by: The account of our staff whose command it was.
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
