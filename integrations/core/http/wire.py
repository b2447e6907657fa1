"""What the senders of all systems share, and how hard each may press its own."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path

REQUESTS: ContextVar[Counter[str] | None] = ContextVar("requests", default=None)
"""The requests sent by system, for the run in whose context they are sent; None where nobody counts."""

TIMES: ContextVar[dict[str, tuple[datetime, float]] | None] = ContextVar("times", default=None)
"""The time that each system's last answer bore, by the system's title, with our monotonic clock then; None where
nobody listens."""


def note_time(title: str, date: datetime) -> None:
    """Note what a system says of the time, for the run in whose context it answered."""
    heard = TIMES.get()
    if heard is not None:
        heard[title] = (date, time.monotonic())


@dataclasses.dataclass(frozen=True)
class Limits:
    """How hard one system may be pressed; the same fields as in the settings."""

    concurrency: int = 4
    rate: float = 0
    timeout: float = 30
    patience: float = 60


@dataclasses.dataclass(frozen=True)
class Sent:
    """One request that went out, for `-v`: nothing of its body or query."""

    system: str
    operation: str
    status: int | None
    """None: the answer was lost."""
    milliseconds: float


@dataclasses.dataclass
class Wire:
    """What the senders of one run share: where locks and limits live, and who listens.

    Attributes:
        folder: A folder of this user's on this machine, the same for all runs.
        sent: Told of every request.
        waiting: Told, in words, when a system makes us wait: system, seconds, why.
    """

    folder: Path
    sent: Callable[[Sent], None] = lambda _: None
    waiting: Callable[[str, float, str], None] = lambda *_: None
