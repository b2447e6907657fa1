"""Safety limits as tests lift them: all at once, or by the options that a message gives."""

from __future__ import annotations

import re

from integrations.core.plan import Limits

_OPTION = re.compile(r"--limit ([a-z_]+)=(\d+(?:\.\d+)?)")


def options(text: str) -> list[str]:
    """The options in a message, as the command line takes them: `--limit`, `archives=31`."""
    return [part for name, number in _OPTION.findall(text) for part in ("--limit", f"{name}={number}")]


def lifted(text: str, limits: Limits | None = None) -> Limits:
    """The limits with those replaced that a message names."""
    return (limits or Limits()).lift({name: float(number) for name, number in _OPTION.findall(text)})


def lenient(number: int) -> Limits:
    """So many changes of each sort, and as large a share."""
    return Limits().lift(dict.fromkeys(("creates", "updates", "sends", "archives"), number) | {"archive_share": 1})
