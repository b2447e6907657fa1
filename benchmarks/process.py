"""Running a command as a process of its own, measured from outside."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

CLOSEDWON = str(Path(sys.prefix) / "bin" / "closedwon")
"""The command as it is installed beside this very interpreter."""
TIMEOUT = 900.0


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
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        alarm = threading.Timer(TIMEOUT, process.kill)
        alarm.start()
        try:
            # Only wait4 tells what this one child used.
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            alarm.cancel()
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Ended(
            code=process.returncode,
            out=out.read(),
            err=err.read(),
            seconds=seconds,
            processor_seconds=usage.ru_utime + usage.ru_stime,
            peak_mb=usage.ru_maxrss / 1024,
        )


def required(command: Sequence[str], folder: Path | None = None, codes: Sequence[int] = (0,)) -> Ended:
    """Run a command that has to end with one of these codes.

    Raises:
        RuntimeError: It did not; with what it said.
    """
    ended = run(command, folder)
    if ended.code not in codes:
        said = (ended.err or ended.out)[-2000:]
        raise RuntimeError(f"{' '.join(command)} ended with {ended.code}:\n{said}")
    return ended
