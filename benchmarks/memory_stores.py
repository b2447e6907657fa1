"""Plan and apply of many resources on a store in memory: what the core itself costs."""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks.figures import goal
from benchmarks.process import required

RESOURCES = 10_000
BATCHES = (1000, 50)
SECONDS, PEAK_MB = 3, 150


def measure() -> dict[str, Any]:
    """Each batch size in a process of its own, so that the peaks are theirs."""
    figures = {f"batch_{batch}": _measured(batch) for batch in BATCHES}
    return {"resources": RESOURCES, **figures, "met": all(figure["met"] for figure in figures.values())}


def _measured(batch: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.many_resources", str(RESOURCES), str(batch)]
    measured: dict[str, float] = json.loads(required(command).out)
    seconds = goal(measured["plan"] + measured["apply"], at_most=SECONDS)
    peak = goal(measured["peak_mb"], at_most=PEAK_MB, digits=1)
    return {
        "plan_seconds": round(measured["plan"], 3),
        "apply_seconds": round(measured["apply"], 3),
        "plan_and_apply_seconds": seconds,
        "plan_and_apply_processor_seconds": round(measured["processor"], 3),
        "empty_plan_seconds": round(measured["again"], 3),
        "peak_mb": peak,
        "met": seconds["met"] and peak["met"],
    }
