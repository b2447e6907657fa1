"""Where the vendors' own documents are, and reading them, each once and only when it is needed."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

VARIABLE = "CLOSEDWON_CONTRACTS"
PROJECT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """The documents' folder: `$CLOSEDWON_CONTRACTS`, else `../shared/contracts` beside the project."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else PROJECT.parent / "shared" / "contracts"


def absence() -> str | None:
    """Why nothing can be checked, in a sentence for people; None where the documents are there."""
    if (folder() / "atlassian").is_dir():
        return None
    return f"the vendors' contract documents are absent: set ${VARIABLE} to their folder"


@functools.cache
def load(name: str) -> Any:
    """One JSON document by its path below the folder. The caller must not change it.

    Raises:
        FileNotFoundError: This document is absent.
    """
    return json.loads((folder() / name).read_text(encoding="utf-8"))
