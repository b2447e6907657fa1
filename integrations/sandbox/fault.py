"""Faults that tests inject: what goes wrong with which of the next requests."""

from __future__ import annotations

import dataclasses
from typing import Any

KINDS = ("status", "drop_before", "drop_after", "hang_before", "hang_after", "cut", "meanwhile")


@dataclasses.dataclass
class Fault:
    """A fault of the next `times` requests that match; an unnamed part matches any.

    `do`: `status` answers with `status` (and `Retry-After: retry_after`) without doing anything, in the
    vendor's form of a refusal, or with `body` as `media_type`, as something before the vendor might;
    `drop_before` and `hang_before` do not do it either; `drop_after` and `hang_after` do it, then lose the
    answer; `cut` does it and sends half of the answer's body; `meanwhile` serves somebody else's `request`
    (`{"method", "path", "body"}`, to the same system or below `/_sandbox`) first, so that a test can change a
    list between two of its pages. `skip` lets that many matching requests pass first.
    """

    do: str
    system: str | None = None
    method: str | None = None
    path: str | None = None
    operation: str | None = None
    writes: bool | None = None
    times: int = 1
    skip: int = 0
    status: int = 503
    retry_after: float | None = None
    body: str | None = None
    media_type: str = "application/json"
    request: dict[str, Any] = dataclasses.field(default_factory=dict)

    def matches(self, entry: dict[str, Any]) -> bool:
        """Return whether this fault is meant for the request of this log entry.

        A path may be given as the vendor has it, or as it stands on this server, behind the system's name.
        """
        if self.path not in (None, entry["path"], f"/{entry['system']}{entry['path']}"):
            return False
        for name in ("system", "method", "operation", "writes"):
            expected = getattr(self, name)
            if expected is not None and expected != entry[name]:
                return False
        return True
