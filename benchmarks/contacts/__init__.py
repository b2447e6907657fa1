"""The promises of contact sync about requests, time and memory."""

from __future__ import annotations

import importlib
import sys
from typing import Any

PARTS = ("quiet", "first", "reading")
"""Each is a module of its own with `measure()`."""


def measure() -> dict[str, Any]:
    """Every part, after another: each is measured against processes that do nothing else meanwhile."""
    found: dict[str, Any] = {}
    for name in PARTS:
        print(f"  contacts: {name} …", file=sys.stderr, flush=True)
        found[name] = importlib.import_module(f"benchmarks.contacts.{name}").measure()
    return found
