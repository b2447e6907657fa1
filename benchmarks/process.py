"""Running a command as a process of its own, measured from outside."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

CLOSEDWON = str(Path(sys.prefix) / "bin" / "closedwon")
"""The command as it is installed beside this very interpreter."""
TIMEOUT = 900.0
_WATCH = str(Path(__file__).parent / "watch.py")


@dataclasses.dataclass(frozen=True)
class Ended:
    """A process that has ended.

    Attributes:
        seconds: From its start to its end.
        processor_seconds: Of all its threads.
        peak_mb: The most memory that it held.
    """

    code: int
    out: str
    err: str
    seconds: float
    processor_seconds: float
    peak_mb: float


def run(command: Sequence[str], folder: Path | None = None) -> Ended:
    """Run a command to its end; one that takes longer than `TIMEOUT` is killed."""
    with (
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
        tempfile.NamedTemporaryFile("r") as used,
    ):
        watched = [sys.executable, "-S", _WATCH, used.name, *command]
        process = subprocess.Popen(
            watched, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
        alarm = threading.Timer(TIMEOUT, lambda: os.killpg(process.pid, signal.SIGKILL))
        alarm.start()
        try:
            code = process.wait()
        finally:
            alarm.cancel()
        if code < 0:
            raise RuntimeError(f"{' '.join(command)} took longer than {TIMEOUT:.0f} s")
        out.seek(0)
        err.seek(0)
        return Ended(code=code, out=out.read(), err=err.read(), **json.load(used))


def required(command: Sequence[str], folder: Path | None = None, codes: Sequence[int] = (0,)) -> Ended:
    """Run a command that has to end with one of these codes.

    Raises:
        RuntimeError: It did not; with what it said.
    """
    ended = run(command, folder)
    if ended.code not in codes:
        text = (ended.err or ended.out)[-2000:]
        raise RuntimeError(f"{' '.join(command)} ended with {ended.code}:\n{text}")
    return ended
