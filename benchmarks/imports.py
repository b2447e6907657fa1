"""The cost of importing the modules that a command used, by themselves."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import median
from benchmarks.process import required

RUNS = 7

_LOADED = """
import sys
before = set(sys.modules)
from cli.main import run
code = run(sys.argv[2:])
import json
names = [name for name in sys.modules if name not in before]
json.dump(names, open(sys.argv[1], "w"))
sys.exit(code)
"""

_IMPORT = """
import sys, time
names = open(sys.argv[1]).read().split()
begun = time.perf_counter()
for name in names:
    if name not in sys.modules:
        try:
            __import__(name)
        except ImportError:
            pass
print(time.perf_counter() - begun)
"""


def loaded_by(arguments: Sequence[str], folder: Path) -> list[str]:
    """The modules that a command has imported at its end, in the order in which it began to import them."""
    file = folder / "modules.json"
    required([sys.executable, "-c", _LOADED, str(file), *arguments], folder)
    names: list[str] = json.loads(file.read_text(encoding="utf-8"))
    return names


def seconds_to_import(names: Sequence[str], folder: Path) -> float:
    """The median time to import these in a new interpreter."""
    file = folder / "modules.txt"
    file.write_text("\n".join(names), encoding="utf-8")
    return median([float(required([sys.executable, "-c", _IMPORT, str(file)], folder).out) for _ in range(RUNS)])
