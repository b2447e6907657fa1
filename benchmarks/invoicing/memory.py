"""From rows in memory to findings, on one core: few invoices and many, and one customer who has them all."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.figures import goal, median
from benchmarks.invoicing.judged import FILE
from benchmarks.invoicing.recording import CUSTOMERS, INVOICES, record
from benchmarks.machine import machine
from benchmarks.pretend import sandbox
from benchmarks.process import required
from config.settings import read
from config.workspace import opened
from integrations.odoo import Settings
from integrations.sandbox.generated_invoices import EACH, EXCEPTIONS

FEW, MANY = 100_000, 1_000_000
ONE_CUSTOMER = (1_000, 10_000)
SECONDS, PEAK_MB, FLAT = 60, 300, 1.2
"""Of the processor, for `MANY`; of memory; and how many times as much of that ten times as many may take."""
LINEAR = 1.5
"""How much more an invoice may take where one customer has ten times as many."""


def measure() -> dict[str, Any]:
    """Each number in a process of its own, so that the peaks are theirs."""
    with sandbox("--no-billing", "--invoices", str(INVOICES), latency_ms=0) as place:
        _recorded(place.folder)
        few, many = _judged(place.folder, FEW), _judged(place.folder, MANY)
        ones = {f"invoices_{number}": _judged(place.folder, number, fold=number // EACH) for number in ONE_CUSTOMER}
    small, large = ones.values()
    return {
        f"invoices_{FEW}": few,
        f"invoices_{MANY}": many,
        "seconds": goal(many["seconds"], at_most=SECONDS, digits=1),
        "peak_mb": goal(max(few["peak_mb"], many["peak_mb"]), at_most=PEAK_MB, digits=1),
        "growth": goal(many["peak_mb"] / few["peak_mb"], at_most=FLAT, digits=2),
        "one_customer": ones,
        "one_customer_growth": goal(
            large["microseconds_per_invoice"] / small["microseconds_per_invoice"], at_most=LINEAR, digits=2
        ),
    }


def _recorded(folder: Path) -> None:
    with opened(read(folder / "closedwon.toml"), playbooks=False) as place:
        settings = place.systems["erp"].settings
        if not isinstance(settings, Settings):
            raise TypeError
        record(settings, folder).write(folder / FILE)


def _judged(folder: Path, invoices: int, fold: int = 1) -> dict[str, Any]:
    """`seconds` and what follows are of the processor, without those of making rows up.

    Raises:
        RuntimeError: Not what is there was found, or a rule broke: then the figures mean nothing.
    """
    command = [sys.executable, "-m", "benchmarks.invoicing.judged", str(folder), str(invoices), str(fold)]
    ended = required(command)
    measured = json.loads(ended.out)
    there = dict.fromkeys(EXCEPTIONS, measured["accounts"] // CUSTOMERS)
    if measured["broken"] or (fold == 1 and measured["findings"] != there):
        raise RuntimeError(f"these were to be judged: {measured}")
    seconds = measured["facts"] + measured["rules"]
    return {
        "invoices": measured["invoices"],
        "customers": measured["accounts"],
        "seconds": round(seconds, 2),
        "facts_seconds": round(measured["facts"], 2),
        "rules_seconds": round(measured["rules"], 2),
        "generator_seconds": round(measured["generator"], 2),
        "wall_seconds": round(ended.seconds, 2),
        "microseconds_per_invoice": round(seconds / measured["invoices"] * 1e6, 1),
        "microseconds_per_invoice_of_the_middle_chunk": round(median(measured["chunks"]) * 1e6, 1),
        "microseconds_per_invoice_of_the_quickest_chunk": round(min(measured["chunks"]) * 1e6, 1),
        "invoices_per_second": round(measured["invoices"] / seconds),
        "peak_mb": round(ended.peak_mb, 1),
        "findings": dict(sorted(measured["findings"].items())),
        "load": machine()["load"],
    }
