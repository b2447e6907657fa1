"""Trust in this machine's clock: the time as the systems give it, and as earlier runs recorded it.

Who has been gone for long enough, and what is due, follows from the clock. While it is in doubt, nothing of
that is judged.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import math
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from integrations.core.dates import dated_moment
from integrations.core.errors import Unsafe
from integrations.core.http import TIMES
from integrations.core.ledger import Ledger
from integrations.core.plan import Limits, limit_option

PAUSE = timedelta(days=2)
"""Time since the last run after which a clock that no system confirms is doubted; a second run confirms it."""

NOTHING = "nothing is judged gone, back or due"


@dataclasses.dataclass(frozen=True)
class Clock:
    """This machine's clock.

    Attributes:
        ledger: Keeps the time of the newest run.
        limits: `clock_hours` is how far the clock may differ; where a person lifted it, the clock is right from now on.
        now: What the clock shows, with a zone.
        lifting: The instruction, in words, before the option that lifts the guard.
    """

    ledger: Ledger
    limits: Limits
    now: Callable[[], datetime]
    lifting: str = "run the command again with"

    @staticmethod
    @contextlib.contextmanager
    def watching() -> Iterator[None]:
        """Note the time in the systems' answers for the duration of the block."""
        token = TIMES.set({})
        try:
            yield
        finally:
            TIMES.reset(token)

    def wrong(self, shown: datetime | None = None) -> Unsafe | None:
        """Return an error if the clock differs from the time of the systems or of earlier runs; else None.

        The wrong clock may be another than ours. `shown` is the newest date of a record: nothing was written
        in the future.
        """
        return self._wrong(shown, self.ledger.last_run())

    def _wrong(self, shown: datetime | None, last: datetime | None) -> Unsafe | None:
        now, times = self.now(), _told()
        allowed = timedelta(hours=self.limits.clock_hours)
        far = max(times, key=lambda title: abs(times[title] - now), default=None)
        if far is not None and abs(times[far] - now) > allowed:
            return self._differs(now, times[far], f"{far} says that it is")
        if shown is not None and shown - now > allowed:
            return self._differs(now, shown, "there are records of")
        if last is not None and last - now > allowed:
            return self._differs(now, last, "the last run was on")
        return None

    def judge(self, shown: datetime | None = None, *, keep: bool = True) -> Unsafe | None:
        """Return the error that keeps this run from judging anything gone, back or due; None where it may judge.

        Either the clock is wrong, or nothing confirms it and much time has passed since the last run.

        Args:
            shown: As for `wrong`.
            keep: Record that there was a run now, unless the clock is wrong.
        """
        last = self.ledger.last_run()
        wrong = self._wrong(shown, last)
        if wrong is not None:
            return wrong
        now = self.now()
        if keep and (last is None or now > last or "clock_hours" in self.limits.lifted):
            self.ledger.ran(now)
        allowed = max(PAUSE, timedelta(hours=self.limits.clock_hours))
        if last is None or _told() or now - last <= allowed:
            return None
        return Unsafe(
            f"this machine's clock shows {_zoned(now)}, no system tells the time, and the last run was on "
            f"{_zoned(last)}: {NOTHING}",
            next="If the clock is right, run the command again.",
        )

    def _differs(self, now: datetime, other: datetime, sentence: str) -> Unsafe:
        option = limit_option("clock_hours", math.ceil(abs(other - now) / timedelta(hours=1)))
        return Unsafe(
            f"this machine's clock shows {_zoned(now)}, and {sentence} {_zoned(other)}: {NOTHING}",
            next=f"Set the clock right. If it is right: {self.lifting} {option}",
        )


_zoned = functools.partial(dated_moment, zone=True)


def _told() -> dict[str, datetime]:
    """Return the current time by each system's last answer."""
    heard = dict(TIMES.get() or {})
    # The monotonic clock carries an answer's time forward: the wall clock is what is in doubt.
    return {title: moment + timedelta(seconds=time.monotonic() - at) for title, (moment, at) in heard.items()}
