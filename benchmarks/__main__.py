"""`python -m benchmarks [SECTION…]`: every measurement as one JSON document on stdout; words go to stderr."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

from benchmarks.machine import machine

SECTIONS = ("setup", "startup", "memory_stores", "likeness", "won", "contacts", "invoicing")
"""Each is a module of its own with `measure()`."""


def main(names: list[str]) -> int:
    """Measure these sections, or all; gives the exit code. A goal that is missed is no failure of the benchmark."""
    unknown = sorted(set(names) - set(SECTIONS))
    if unknown:
        print(f"There is no {', '.join(unknown)}; there are: {', '.join(SECTIONS)}", file=sys.stderr)
        return 2
    document: dict[str, Any] = {"machine": machine()}
    for name in names or SECTIONS:
        print(f"{name} …", file=sys.stderr, flush=True)
        document[name] = importlib.import_module(f"benchmarks.{name}").measure()
    print(json.dumps(document, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
