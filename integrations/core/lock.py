"""Locks that hold over processes: what a run asks of them, and those of this machine, a file per key.

The kernel frees a file's lock when its process ends, however it ends. Two machines that share nothing but the
vendors' systems do not see each other's; those that share a server do (`server_lock.py`).
"""

from __future__ import annotations

import collections
import contextlib
import fcntl
import hashlib
import json
import os
import random
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from integrations.core.dates import lately
from integrations.core.errors import LedgerError, Unavailable
from integrations.core.storage import named, open_own

WAIT = 60.0
"""Seconds to wait for a lock."""


class Locks(Protocol):
    """Locks by key, which one process holds at a time."""

    failure: LedgerError | None
    """Why a lock that was held is lost; from then on none can be held."""

    def hold(
        self, key: str, *, wait: float = WAIT, waiting: Callable[[str], None] | None = None
    ) -> AbstractContextManager[None]:
        """Hold `key` for the block; `waiting` is told once, in words, who holds it now.

        Raises:
            Unavailable: Somebody else still held it after `wait` seconds; names process, host and since when.
            LedgerError: It can't be held, whoever holds it.
        """

    def check(self) -> None:
        """Look whether everything that is held is still held: asked just before something is written.

        Raises:
            LedgerError: It is not.
        """

    def close(self) -> None:
        """Release what locks are taken with."""


class FileLocks:
    """Locks by key, as files in a folder that is made when it is missing (mode 0700)."""

    failure: LedgerError | None = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self) -> None:
        """Do nothing: the kernel takes no lock from a process that lives."""

    def close(self) -> None:
        """Do nothing: a file is closed with its lock."""

    @contextlib.contextmanager
    def hold(self, key: str, *, wait: float = WAIT, waiting: Callable[[str], None] | None = None) -> Iterator[None]:
        """Hold `key` for the block; `waiting` is called once, with the present holder in words.

        Raises:
            Unavailable: It was still held after `wait` seconds; the message names process, host and since when.
            ConfigError: The lock's file is a link, or belongs to another user.
            LedgerError: The lock's file can't be created.
        """
        path = self._folder / (hashlib.sha256(key.encode()).hexdigest()[:24] + ".lock")
        # The file is never removed: a process that waits for it would lock another file than the next comer.
        descriptor = _opened(path)
        try:
            self._acquire(descriptor, key, wait, waiting)
            # A full disk has no room for the holder's name; the lock needs none.
            with contextlib.suppress(OSError):
                _sign(descriptor)
            yield
        finally:
            os.close(descriptor)

    @staticmethod
    def _acquire(descriptor: int, key: str, wait: float, waiting: Callable[[str], None] | None) -> None:
        deadline = time.monotonic() + wait
        is_announced = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Unavailable(
                        f"{key} is being worked on by {_holder(descriptor)}", next="Try again when it has ended."
                    ) from None
                if waiting is not None and not is_announced:
                    is_announced = True
                    waiting(_holder(descriptor))
                time.sleep(random.uniform(0.02, 0.08))  # noqa: S311  (jitter, not a secret)
            else:
                return


def _opened(path: Path) -> int:
    """Open a lock's file, which is made where it is missing, and its folder (mode 0700)."""
    with named(path):
        try:
            return open_own(path, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return open_own(path, os.O_RDWR | os.O_CREAT)


def _sign(descriptor: int) -> None:
    """Write the lock's holder into its file."""
    os.ftruncate(descriptor, 0)
    since = datetime.now().astimezone().isoformat()
    holder = {"process": os.getpid(), "host": socket.gethostname(), "since": since}
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _holder(descriptor: int) -> str:
    try:
        holder = json.loads(os.pread(descriptor, 1000, 0))
        since = datetime.fromisoformat(holder["since"])
    except (ValueError, KeyError, TypeError):
        return "another process"
    return f"process {holder['process']} on {holder['host']} since {lately(since, seconds=True)}"


class Slots:
    """At most `number` holders at once, over all processes of this machine: one locked file a slot.

    A slot's file is opened when it is first taken, and stays open until `close`.
    """

    def __init__(self, folder: Path, name: str, number: int) -> None:
        slots = [_Slot(folder / f"{name}.{slot}.slot") for slot in range(number)]
        # Shuffled, so that several processes do not all try the same slot first.
        random.shuffle(slots)
        self._free = collections.deque(slots)
        # Our own threads wait in line for each other; only other processes are asked again and again.
        self._ours = threading.BoundedSemaphore(number)

    @contextlib.contextmanager
    def take(self) -> Iterator[None]:
        """Take any free slot for the block; waits without a limit."""
        with self._ours:
            slot = self._taken()
            try:
                yield
            finally:
                slot.release()
                self._free.append(slot)

    def close(self) -> None:
        """Release the files."""
        for slot in self._free:
            slot.close()

    def _taken(self) -> _Slot:
        while True:
            for _ in range(len(self._free)):
                slot = self._free.popleft()
                is_taken = False
                try:
                    is_taken = slot.take()
                finally:
                    if not is_taken:
                        self._free.append(slot)
                if is_taken:
                    return slot
            time.sleep(random.uniform(0.002, 0.01))  # noqa: S311  (jitter, not a secret)


class _Slot:
    """A slot: a file, and its descriptor while it is open; garbage collection closes it at the latest."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._close: Callable[[], object] = lambda: None

    def take(self) -> bool:
        """Lock the file without waiting; False where another process holds it."""
        if self._descriptor is None:
            self._descriptor = _opened(self._path)
            # Not at exit: by then threads may still send, and the kernel closes the file anyway.
            closing = weakref.finalize(self, os.close, self._descriptor)
            closing.atexit = False
            self._close = closing
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Unlock the file."""
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file."""
        self._close()
        self._descriptor = None


class Rate:
    """A limit of `per_second` permits a second, shared by all processes through a SQLite file in `folder`.

    Built on pyrate-limiter's SQLite bucket, which is fair between threads but not between processes (one got 1 of 253
    permits in 5 s): each try comes after a random pause, and nobody gives up.
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
                    # Only now and then: the bucket's clean-up takes a lock that all processes share.
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
        """Drop expired permits, and those of the future, which a clock that was set back left behind."""
        with self._bucket.lock:
            now = self._bucket.now()
            self._bucket.conn.execute("delete from permits where item_timestamp > ?", (now + 1000,)).close()
            self._bucket.conn.commit()
            self._bucket.leak(now)

    # The library creates both files with the default mode; made here, they are this user's alone.
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
