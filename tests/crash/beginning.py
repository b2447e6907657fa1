"""What a forked process does. It reads this module first, and so nothing else of the tests: that would take longer."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cli.main import run


def begin(command: Sequence[str], out: Path, words: Path) -> None:
    """Run the command; what it says goes into two files."""
    for path, stream in ((out, sys.stdout), (words, sys.stderr)):
        stream.flush()
        with path.open("w", encoding="utf-8") as file:
            os.dup2(file.fileno(), stream.fileno())
    sys.exit(run(command))
