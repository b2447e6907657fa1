"""Memory and time of a full pass that finds nothing to do, over few contacts and over many."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.contacts.places import note
from benchmarks.contacts.pretend_erp import customer_ids
from benchmarks.contacts.syncing import LIMITS
from benchmarks.figures import goal
from benchmarks.machine import machine
from benchmarks.pretend import ready
from benchmarks.process import CLOSEDWON, Ended, required
from integrations.flows.contacts.settings import FUNCTIONS

EACH = 50
"""Contacts of each customer."""
FEW, MANY = 10_000, 1_000_000
PEAK_MB = 200
FLAT = 1.2
"""How many times as much memory a hundred times as many contacts may take."""
_NOBODY = "\n[contacts.memberships]\n" + "\n".join(f"{function} = []" for function in FUNCTIONS)
"""No function gives a membership: all contacts are read and judged, and the other systems, which nobody serves here,
are never asked."""


def measure() -> dict[str, Any]:
    """Each number in a world of its own, by `contacts sync --full`."""
    few, many = _measured(FEW), _measured(MANY)
    growth = goal(many["peak_mb"]["value"] / few["peak_mb"]["value"], at_most=FLAT, digits=2)
    return {f"contacts_{FEW}": few, f"contacts_{MANY}": many, "growth": growth}


def _measured(contacts: int) -> dict[str, Any]:
    with _world(contacts // EACH) as folder:
        ended = _synced(folder)
        load = machine()["load"]
        again = _synced(folder)
    return {
        "contacts": contacts,
        "wall_seconds": round(ended.seconds, 2),
        "processor_seconds": round(ended.processor_seconds, 2),
        "contacts_per_second": round(contacts / ended.seconds),
        "peak_mb": goal(max(ended.peak_mb, again.peak_mb), at_most=PEAK_MB, digits=1),
        "requests": json.loads(ended.out)["requests"],
        "again_seconds": round(again.seconds, 2),
        "load": load,
    }


@contextlib.contextmanager
def _world(customers: int) -> Iterator[Path]:
    command = [sys.executable, "-m", "benchmarks.contacts.pretend_erp", str(customers), str(EACH)]
    with (
        tempfile.TemporaryDirectory(prefix="closedwon-bench-") as name,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
    ):
        try:
            folder = Path(name)
            required([CLOSEDWON, "init", "--sandbox", ready(process)], folder)
            with (folder / "closedwon.toml").open("a", encoding="utf-8") as settings:
                settings.write(_NOBODY)
            note(folder, {str(number): {"jira": str(number)} for number in customer_ids(customers)})
            yield folder
        finally:
            process.kill()


def _synced(folder: Path) -> Ended:
    """Sync with everything read and nothing wanted.

    Raises:
        RuntimeError: It failed, or wanted something all the same: then the figures mean nothing.
    """
    command = [CLOSEDWON, "contacts", "sync", "--full", "--yes", "--json", *LIMITS]
    ended = required(command, folder)
    document = json.loads(ended.out)
    asked = {system for system, number in document["requests"].items() if number}
    if document["outcome"] != "done" or asked != {"erp"}:
        raise RuntimeError(f"this was to be reading alone: {document['outcome']}, {document['requests']}")
    return ended
