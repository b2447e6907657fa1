"""How long `closedwon -h` takes, beside an interpreter that does nothing."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.figures import goal, median
from benchmarks.process import CLOSEDWON, required

RUNS = 15
GOAL = 0.15
COMMANDS = {
    "help": (CLOSEDWON, "-h"),
    "setup_help": (CLOSEDWON, "setup", "-h"),
    "python": (sys.executable, "-c", "pass"),
}


def measure() -> dict[str, Any]:
    """Medians in seconds; the commands take turns, so that a busy moment meets all of them."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for command in COMMANDS.values():
        required(command)
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            taken[name].append(required(command).seconds)
    seconds = {name: median(values) for name, values in taken.items()}
    return {
        "runs": RUNS,
        "python_seconds": round(seconds["python"], 3),
        "setup_help_seconds": round(seconds["setup_help"], 3),
        "help_seconds": goal(seconds["help"], at_most=GOAL),
        "met": seconds["help"] <= GOAL,
    }
