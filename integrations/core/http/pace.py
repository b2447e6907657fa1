"""The pace at which a system may be asked: the time by its own clock, and the end of a pause that it asked for."""

from __future__ import annotations

import json
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from integrations.core.dates import lately
from integrations.core.storage import named

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)


def elapsed() -> float:
    """Return seconds since some moment in the past, which nobody can set; on Linux the time asleep counts too."""
    return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)


class Clock:
    """A system's clock.

    `Date` has whole seconds, so one answer gives the time to within a second plus the request's duration; further
    answers narrow that down. Within these bounds, and before the first answer, our own clock is used.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._ahead: tuple[float, float] | None = None
        """The least and the most by which it is ahead of `elapsed`, in seconds."""

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
        """Return the time in seconds since 1970, to within a second."""
        ours = time.time()
        if self._ahead is None:
            return ours
        low, high = self._ahead
        return min(max(ours, elapsed() + low), elapsed() + high)

    def now(self) -> datetime:
        """Return the time, to within a second."""
        return datetime.fromtimestamp(self.seconds(), UTC)


LONGEST = 24 * 3600.0
"""The longest pause in seconds: a vendor's longest quota window is an hour, so a longer wait is a mistake."""


class NotBefore:
    """The end of the pause that a system has asked for, kept in a file `<system>.wait` beside the locks.

    A 429 concerns all of us: every thread, and the runs that begin meanwhile.
    """

    def __init__(self, folder: Path, system: str) -> None:
        self._folder, self._path = folder, folder / f"{system}.wait"
        self._name = str(self._path)

    def remaining(self) -> float:
        """Return the seconds until the system may be asked again; 0 where it asked for no pause."""
        try:
            with open(self._name, "rb") as file:  # noqa: PTH123  (asked before every request)
                document = json.loads(file.read())
            since, until = float(document["since"]), float(document["until"])
        except (OSError, ValueError, TypeError, KeyError):
            return 0.0
        # A clock that was set back makes a short pause a long one: it lasts no longer than it was meant to.
        return max(0.0, min(until - time.time(), until - since, LONGEST))

    def postpone(self, seconds: float) -> None:
        """Make all senders wait this many seconds from now; a pause that ends later is not shortened.

        Raises:
            LedgerError: The file can't be written.
        """
        if seconds > self.remaining():
            with named(self._path):
                self._write(seconds)

    def _write(self, seconds: float) -> None:
        now = time.time()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Replaced as a whole: nobody reads half of it, and a link of this name is not followed.
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}-{threading.get_ident()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"since": now, "until": now + min(seconds, LONGEST)}, file)
        draft.replace(self._path)


def until(seconds: float) -> str:
    """Return the moment in so many seconds, for people: `14:05:10`, with the day unless it is today."""
    return lately(datetime.now(UTC) + timedelta(seconds=seconds), seconds=True)
