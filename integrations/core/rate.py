"""So many requests a second at most, over all processes of this machine."""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path
from typing import Any

from integrations.core.storage import named, open_own


class Rate:
    """A limit of `per_second` permits a second, shared through a SQLite file in `folder`.

    Built on pyrate-limiter's SQLite bucket, which is fair between threads but not between processes: each
    try comes after a random pause, and nobody gives up.
    """

    def __init__(self, folder: Path, name: str, per_second: float) -> None:
        self._folder, self._name, self._per_second = folder, name, per_second
        self._guard = threading.Lock()
        self._limiter: Any = None
        self._bucket: Any = None
        self._taken = 0

    def take(self) -> None:
        """Wait for a permit, as long as it takes.

        Raises:
            ConfigError: The file is a link, or another user's.
            LedgerError: The file can't be read or written.
        """
        if self._per_second:
            with named(self._folder / f"{self._name}.rate"):
                self._wait()

    def _wait(self) -> None:
        while True:
            with self._guard:
                if self._limiter is None:
                    self._open()
                if self._limiter.try_acquire(self._name, blocking=False):
                    self._taken += 1
                    if self._taken % 100 == 0:
                        self._forget()
                    return
                self._forget()
            time.sleep(random.uniform(0.2, 1.0) / self._per_second + 0.001)  # noqa: S311  (jitter, not a secret)

    def close(self) -> None:
        """Release the file."""
        with self._guard:
            if self._bucket is not None:
                self._bucket.close()
            self._limiter = self._bucket = None

    def _forget(self) -> None:
        """Drop the permits of the past, and those of the future: then the clock was set back since."""
        with self._bucket.lock:
            now = self._bucket.now()
            self._bucket.conn.execute("delete from permits where item_timestamp > ?", (now + 1000,)).close()
            self._bucket.conn.commit()
            self._bucket.leak(now)

    def _open(self) -> None:
        import pyrate_limiter  # noqa: PLC0415  (only for systems with a rate limit)
        from pyrate_limiter.limiter import SingleBucketFactory  # noqa: PLC0415

        path = self._folder / f"{self._name}.rate"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in (path, path.with_name(f"{path.name}.lock")):
            os.close(open_own(file, os.O_RDWR | os.O_CREAT))
        if self._per_second >= 1:
            rate = pyrate_limiter.Rate(int(self._per_second), pyrate_limiter.Duration.SECOND)
        else:
            rate = pyrate_limiter.Rate(1, int(1000 / self._per_second))
        self._bucket = pyrate_limiter.SQLiteBucket.init_from_file(
            [rate], table="permits", db_path=str(path), use_file_lock=True
        )
        self._limiter = pyrate_limiter.Limiter(SingleBucketFactory(self._bucket, schedule_leak=False))
        self._forget()
