"""The first sync of many contacts, beside the time that the limits and the latency allow."""

from __future__ import annotations

from typing import Any

from benchmarks.contacts.bound import Work, bound, work
from benchmarks.contacts.replay import seconds
from benchmarks.contacts.syncing import Synced, sync, world
from benchmarks.figures import goal
from benchmarks.machine import machine
from benchmarks.pretend import LATENCY_MS
from integrations.core.system import SystemSettings

CONTACTS, CUSTOMERS = 10_000, 200
RATIO, PEAK_MB = 1.2, 200


def measure() -> dict[str, Any]:
    """Without latency, then with; the sandbox's own time for the same requests is measured in between."""
    at_once, done = _synced(0)
    wanted = work(CONTACTS, at_once.document["changes"])
    floor = _floor(wanted)
    later, load = _synced(LATENCY_MS)
    return {
        "contacts": CONTACTS,
        "customers": CUSTOMERS,
        "requests_that_nobody_saves": wanted.requests(),
        "sandbox_alone_seconds": round(floor, 2),
        "latency_0": {**_figures(at_once, wanted, 0, floor), "load": done},
        f"latency_{LATENCY_MS}": {**_figures(later, wanted, LATENCY_MS, floor), "load": load},
    }


def _concurrency() -> dict[str, int]:
    """As the settings of `closedwon init --sandbox` leave it: the default."""
    default: int = SystemSettings.model_fields["concurrency"].default
    return dict.fromkeys(("erp", "jira", "panel", "wiki"), default)


def _synced(latency_ms: int) -> tuple[Synced, list[float]]:
    with world(CUSTOMERS, CONTACTS, latency_ms) as (place, _):
        return sync(place), machine()["load"]


def _floor(wanted: Work) -> float:
    with world(CUSTOMERS, CONTACTS) as (place, places):
        return seconds(place.url, place.folder, wanted, places, _concurrency())


def _figures(run: Synced, wanted: Work, latency_ms: int, floor: float) -> dict[str, Any]:
    least = bound(wanted.requests(), _concurrency(), latency_ms / 1000, floor)
    ratio = goal(run.ended.seconds / least, at_most=RATIO, digits=2)
    peak = goal(run.ended.peak_mb, at_most=PEAK_MB, digits=1)
    return {**run.figures(), "bound_seconds": round(least, 2), "of_the_bound": ratio, "peak_mb": peak}
