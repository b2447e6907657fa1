"""A run of `closedwon setup 42 --yes` against a sandbox of 50 ms: its requests and time, and their goals."""

from __future__ import annotations

import shutil
from typing import Any

import requests

from benchmarks.critical_path import longest_chain
from benchmarks.figures import goal, median
from benchmarks.imports import loaded_by, seconds_to_import
from benchmarks.pretend import LATENCY_MS, Sandbox, counted, sandbox
from benchmarks.process import CLOSEDWON, Ended, required
from benchmarks.script import STEPS, requests_of, round_trips_of

DEAL = "42"
RUNS = 5
FACTOR, ALLOWANCE = 1.3, 0.2


def measure() -> dict[str, Any]:
    """Medians of several runs, each on a world of its own; the requests are the same in each."""
    with sandbox() as place:
        place.without_people()
        runs = [_once(place) for _ in range(RUNS)]
        _anew(place)
        modules = loaded_by(["setup", DEAL, "--yes"], place.folder)
        importing = seconds_to_import(modules, place.folder)
        again = _again(place)
    wall = median([ended.seconds for ended, _ in runs])
    chain = median([len(_chain(log)) for _, log in runs])
    path = chain * LATENCY_MS / 1000
    log = runs[-1][1]
    needless = {name: max(0, number - requests_of(name)) for name, number in counted(log).items()}
    figure = goal(wall, at_most=FACTOR * path + importing + ALLOWANCE)
    return {
        "latency_ms": LATENCY_MS,
        "runs": RUNS,
        "requests": counted(log),
        "requests_of_a_script": {name: requests_of(name) for name in counted(log)},
        "more_than_the_script": {**needless, "met": not any(needless.values())},
        "critical_path": {"round_trips": chain, "seconds": round(path, 3)},
        "critical_path_of_a_script": {"round_trips": round_trips_of(), "seconds": round_trips_of() * LATENCY_MS / 1000},
        "modules": len(modules),
        "import_seconds": round(importing, 3),
        "wall_seconds": figure,
        "quickest_seconds": round(min(ended.seconds for ended, _ in runs), 3),
        "processor_seconds": round(median([ended.processor_seconds for ended, _ in runs]), 3),
        "again": again,
        "operations": [f"{entry['system']} {entry['operation']}" for entry in log],
        "script": [f"{step.system} {step.operation}: {step.why}" for step in STEPS],
        "met": figure["met"] and not any(needless.values()),
    }


def _chain(log: list[dict[str, Any]]) -> list[tuple[float, float]]:
    return longest_chain((entry["begun"], entry["ended"]) for entry in log)


def _anew(place: Sandbox) -> None:
    """The seeded world, and a ledger that knows nothing of it."""
    requests.post(f"{place.url}/_sandbox/reset", timeout=30).raise_for_status()
    for file in (place.folder / ".closedwon").glob("ledger.*"):
        file.unlink()
    shutil.rmtree(place.folder / ".closedwon" / "locks", ignore_errors=True)


def _once(place: Sandbox) -> tuple[Ended, list[dict[str, Any]]]:
    _anew(place)
    ended = required([CLOSEDWON, "setup", DEAL, "--yes"], place.folder)
    return ended, place.requests()


def _again(place: Sandbox) -> dict[str, Any]:
    """The run after it, which has nothing to do."""
    place.forget_requests()
    ended = required([CLOSEDWON, "setup", DEAL, "--yes"], place.folder)
    log = place.requests()
    return {
        "requests": counted(log),
        "writes": sum(entry["writes"] for entry in log),
        "round_trips": len(_chain(log)),
        "wall_seconds": round(ended.seconds, 3),
    }
