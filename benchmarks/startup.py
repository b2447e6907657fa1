"""The time that `closedwon -h` takes, beside an interpreter that does nothing."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.figures import goal, median
from benchmarks.process import CLOSEDWON, Ended, required

RUNS = 15
GOAL = 0.15
COMMANDS = {
    "help": (CLOSEDWON, "-h"),
    "setup_help": (CLOSEDWON, "setup", "-h"),
    "python": (sys.executable, "-c", "pass"),
}


def measure() -> dict[str, Any]:
    """Medians in seconds; the commands take turns, so that a busy moment meets all of them."""
    taken: dict[str, list[Ended]] = {name: [] for name in COMMANDS}
    for command in COMMANDS.values():
        required(command)
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            taken[name].append(required(command))
    seconds = {name: median([ended.seconds for ended in runs]) for name, runs in taken.items()}
    return {
        "runs": RUNS,
        "python_seconds": round(seconds["python"], 3),
        "setup_help_seconds": round(seconds["setup_help"], 3),
        "help_seconds": goal(seconds["help"], at_most=GOAL),
        "help_processor_seconds": round(median([ended.processor_seconds for ended in taken["help"]]), 3),
        "met": seconds["help"] <= GOAL,
    }
