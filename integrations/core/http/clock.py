"""The time by a system's own clock, as the `Date` of its answers gives it.

Two machines may disagree by minutes about what time it is, and both by as much with the vendor. The age of something
in a vendor's system is therefore measured by the vendor's clock alone.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)


def elapsed() -> float:
    """Seconds since some moment in the past, which nobody can set; a stopped process and, on Linux, sleep count too."""
    return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)


class Clock:
    """One system's clock.

    `Date` has whole seconds, so that an answer tells the time to within one second and its own duration; further
    answers narrow that down. Within these bounds, and before the first answer, our own clock is as good as any.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._ahead: tuple[float, float] | None = None
        """By how much it is ahead of `elapsed`, at least and at most."""

    def hear(self, date: datetime, sent: float, received: float) -> None:
        """Learn from the `Date` of an answer that was made between these two moments of `elapsed`."""
        second = date.timestamp()
        low, high = second - received, second + 1 - sent
        with self._guard:
            if self._ahead is not None:
                known_low, known_high = self._ahead
                # Clocks drift, and are set, and several servers may answer: then the newest answer counts.
                if low <= known_high and known_low <= high:
                    low, high = max(low, known_low), min(high, known_high)
            self._ahead = low, high

    def seconds(self) -> float:
        """The time in seconds since 1970, to within a second."""
        ours = time.time()
        if self._ahead is None:
            return ours
        low, high = self._ahead
        return min(max(ours, elapsed() + low), elapsed() + high)

    def now(self) -> datetime:
        """The time, to within a second."""
        return datetime.fromtimestamp(self.seconds(), UTC)
