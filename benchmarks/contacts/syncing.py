"""`closedwon contacts sync` as a process of its own, against a sandbox in another."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from benchmarks.contacts.places import Places, generated, note
from benchmarks.pretend import Sandbox, counted, sandbox
from benchmarks.process import CLOSEDWON, Ended, required

LIMITS = ("--limit", "creates=1000000", "--limit", "updates=1000000")
"""A first sync of thousands is over these safety limits."""


@dataclasses.dataclass(frozen=True)
class Synced:
    """A finished sync.

    Attributes:
        document: What `--json` printed.
        log: The requests that the sandbox received.
    """

    ended: Ended
    document: dict[str, Any]
    log: list[dict[str, Any]]

    @property
    def requests(self) -> dict[str, int]:
        """The requests, by system, as the sandbox counted them."""
        return counted(self.log)

    @property
    def operations(self) -> dict[str, int]:
        """The requests by what they ask for."""
        found: dict[str, int] = {}
        for entry in self.log:
            name = f"{entry['system']} {entry['operation']}"
            found[name] = found.get(name, 0) + 1
        return dict(sorted(found.items()))

    def figures(self) -> dict[str, Any]:
        """Return the figures that are reported of every run."""
        return {
            "wall_seconds": round(self.ended.seconds, 2),
            "processor_seconds": round(self.ended.processor_seconds, 2),
            "peak_mb": round(self.ended.peak_mb, 1),
            "requests": self.requests,
            "counts": self.document["counts"],
        }


@contextlib.contextmanager
def world(customers: int, contacts: int, latency_ms: int = 0) -> Iterator[tuple[Sandbox, Places]]:
    """A sandbox with generated customers that are set up everywhere, and a ledger that knows where."""
    options = ("--customers", str(customers), "--contacts", str(contacts), "--set-up")
    with sandbox(*options, latency_ms=latency_ms) as place:
        places = generated(place.url)
        note(place.folder, places)
        yield place, places


def sync(place: Sandbox, *arguments: str) -> Synced:
    """Run it to its end; rows that somebody has to fix are no failure.

    Raises:
        RuntimeError: It failed, or left something for later: then its figures mean nothing.
    """
    place.forget_requests()
    command = [CLOSEDWON, "contacts", "sync", *arguments, "--yes", "--json", *LIMITS]
    ended = required(command, place.folder)
    document = json.loads(ended.out)
    if document["outcome"] != "done":
        raise RuntimeError(f"the sync ended {document['outcome']}:\n{ended.err[-2000:]}")
    return Synced(ended, document, place.requests())
