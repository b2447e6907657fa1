"""The promises of invoicing about requests, time and memory."""

from __future__ import annotations

import importlib
import sys
from typing import Any

PARTS = ("memory", "wire")
"""Each is a module of its own with `measure()`."""


def measure() -> dict[str, Any]:
    """Every part, after another: each is measured against processes that do nothing else meanwhile."""
    found: dict[str, Any] = {}
    for name in PARTS:
        print(f"  invoicing: {name} …", file=sys.stderr, flush=True)
        found[name] = importlib.import_module(f"benchmarks.invoicing.{name}").measure()
    return found
