"""`closedwon setup --won --yes` over 200 won deals on a sandbox of 50 ms, then once more."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.figures import goal
from benchmarks.pretend import LATENCY_MS, Sandbox, counted, sandbox
from benchmarks.process import CLOSEDWON, Ended, required

DEALS = 200
PER_SECOND, PEAK_MB = 10, 150
MORE = 16


def measure() -> dict[str, Any]:
    """As the command ships (four deals at a time), and with more hands: `deals_at_once` and `concurrency` of 16.

    Four at a time can't reach the goal at this latency: a deal has more than eight round trips one after another.
    """
    shipped, more = _measured(None), _measured(MORE)
    return {"goal_deals_per_second": PER_SECOND, "as_shipped": shipped, f"{MORE}_at_once": more, "met": more["met"]}


def _measured(at_once: int | None) -> dict[str, Any]:
    """Deals per second over the whole command; the sandbox's own won deals are set up along with the generated."""
    with sandbox("--deals", str(DEALS)) as place:
        place.without_people()
        if at_once is not None:
            _more_hands(place.folder / "closedwon.toml", at_once)
        first, log = _run(place)
        outcomes = _outcomes(first)
        second, again = _run(place)
        duplicates = place.duplicates()
    number = sum(outcomes.values())
    speed = goal(number / first.seconds, at_least=PER_SECOND, digits=2)
    peak = goal(first.peak_mb, at_most=PEAK_MB, digits=1)
    return {
        "latency_ms": LATENCY_MS,
        "deals": number,
        "outcomes": outcomes,
        "wall_seconds": round(first.seconds, 2),
        "processor_seconds": round(first.processor_seconds, 2),
        "deals_per_second": speed,
        "peak_mb": peak,
        "requests": counted(log),
        "requests_per_deal": {name: round(count / number, 2) for name, count in counted(log).items()},
        "requests_at_once": _at_once(log),
        "duplicates": duplicates,
        "again": {
            "wall_seconds": round(second.seconds, 2),
            "outcomes": _outcomes(second),
            "requests": counted(again),
            "writes": sum(entry["writes"] for entry in again),
        },
        "met": speed["met"] and peak["met"] and not duplicates,
    }


def _more_hands(settings: Path, at_once: int) -> None:
    text = settings.read_text(encoding="utf-8")
    text = text.replace("deals_since", f"deals_at_once = {at_once}\ndeals_since", 1)
    settings.write_text(text.replace('mode = "write"', f'mode = "write"\nconcurrency = {at_once}'), encoding="utf-8")


def _run(place: Sandbox) -> tuple[Ended, list[dict[str, Any]]]:
    """Customers whom only a person can settle are left waiting: exit code 4."""
    place.forget_requests()
    ended = required([CLOSEDWON, "setup", "--won", "--yes", "--json"], place.folder, codes=(0, 4))
    return ended, place.requests()


def _outcomes(ended: Ended) -> dict[str, int]:
    return dict(Counter(json.loads(line)["outcome"] for line in ended.out.splitlines() if line.startswith("{")))


def _at_once(log: list[dict[str, Any]]) -> int:
    """The most requests that were under way at one moment."""
    moments = [(entry["begun"], 1) for entry in log] + [(entry["ended"], -1) for entry in log]
    most = under_way = 0
    for _, change in sorted(moments):
        under_way += change
        most = max(most, under_way)
    return most
