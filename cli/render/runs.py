"""Runs of a server as people and programs read them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cli.render.serve import titled
from cli.render.words import safe, system_label, table, wrapped
from integrations.core.dates import lately
from integrations.runs import Run

MOST = 50
"""Runs of a list."""
WHY = {
    "Unavailable": "it is down, or asks us to wait",
    "Uncertain": "an answer was lost: it is looked whether it was done",
    "Conflict": "it changed meanwhile",
    "AuthError": "a right or a key is missing: closedwon check",
    "Ambiguous": "somebody has to choose",
    "Unsafe": "it is over a safety limit",
    "Rejected": "somebody has to correct the data",
    "ConfigError": "the settings are wrong: closedwon serve --check",
    "Unforeseen": "something unforeseen happened: closedwon serve -v shows where",
    "": "a plan waits to be approved",
}
"""Kinds of error in words, where the ledger has no better ones."""


def reason(record: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    """Return why a set-up is held, and whom it waits for, from the ledger's document of it."""
    held = [step for step in record["steps"] if step["result"] in ("waiting", "failed")]
    names = dict.fromkeys(wait["name"] for step in held for wait in step["waits_for"])
    if record.get("error"):
        return str(record["error"]["message"]), list(names)
    errors = [
        f"{system_label(step['system'])} {step['step']}: {step['error']['message']}" for step in held if step["error"]
    ]
    return (errors[0] if errors else ""), list(names)


def why(run: Run, found: tuple[str, Sequence[str]] | None) -> str:
    """Return why a run is held, in words; empty where nothing holds it."""
    if run.state not in ("waiting", "failed"):
        return ""
    if found is not None and found[0]:
        return found[0]
    label = f"{system_label(run.system)}: " if run.system else ""
    return label + WHY.get(run.error, run.error)


def document(run: Run, found: tuple[str, Sequence[str]] | None) -> dict[str, Any]:
    """Return a run as JSON; moments in ISO 8601."""
    moments = {
        name: _moment(value).isoformat(timespec="seconds") if value is not None else None
        for name, value in dataclasses.asdict(run).items()
        if name in ("made", "began", "ended", "since", "next_look")
    }
    waits = list(found[1]) if found is not None else []
    return {**dataclasses.asdict(run), **moments, "why": why(run, found) or None, "waits_for": waits}


def run_lines(runs: Sequence[Run], reasons: Mapping[str, tuple[str, Sequence[str]]], *, is_whole: bool) -> list[str]:
    """Return the list of runs; `is_whole`: with the whole reason below each that is held."""
    if not runs:
        return ["No runs yet. They come with: closedwon serve"]
    shown = runs[:MOST]
    header = ("run", "what", "state", "tries", "since", "next look")
    rows = [
        (run.run, titled(run), run.state, str(run.attempts), _when(run.since or run.ended), _when(run.next_look))
        for run in shown
    ]
    lines = table(header, rows, right=frozenset({3}), shortened=frozenset({1, 0}))
    held = [run for run in shown if why(run, reasons.get(run.run))]
    for run in held:
        who = ", ".join(safe(name) for name in (reasons.get(run.run) or ("", []))[1])
        text = safe(why(run, reasons.get(run.run)), 1000 if is_whole else 140)
        lines += wrapped(f"{run.run}  ", f"{text}{f' ({who})' if who else ''}", 2)
    if held:
        lines.append("To look again at once: closedwon runs retry RUN")
    if len(runs) > MOST:
        lines.append(f"{len(runs) - MOST} older: closedwon runs DEAL")
    return lines


def _moment(value: float) -> datetime:
    return datetime.fromtimestamp(value, UTC)


def _when(value: float | None) -> str:
    return lately(_moment(value)) if value is not None else "-"
