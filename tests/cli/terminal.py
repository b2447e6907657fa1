"""The command on a terminal, with a person who types."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

LIMIT = 30.0
"""Seconds after which a person gives up."""
COMMAND = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); import cli.main; cli.main.main()"
"""What a shell does first: Ctrl-C reaches only a process that the terminal is its own."""
PATIENCE = 1.0
"""Seconds after which a person presses a key again."""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """`closedwon` in a process of its own whose standard streams are a terminal of 80 columns."""

    def __init__(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._master, slave = pty.openpty()
        self.screen = ""
        """All that came so far, as it came."""
        self._seen = 0
        self._process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            start_new_session=True,
            env={
                **os.environ,
                "TERM": "xterm",
                "COLUMNS": "80",
                "PYTHONPATH": str(Path(__file__).parents[2]),
                **(environment or {}),
            },
        )
        os.close(slave)

    @property
    def text(self) -> str:
        """All that came so far, without colours."""
        return COLOURS.sub("", self.screen).replace("\r\n", "\n")

    def wait_for(self, sentence: str) -> None:
        """Read until this stands on the screen, behind what was waited for before."""
        deadline = time.monotonic() + LIMIT
        while sentence not in self.text[self._seen :]:
            assert time.monotonic() < deadline, f"{sentence!r} did not come:\n{self.text}"
            assert self._read(), f"it ended without {sentence!r}:\n{self.text}"
        self._seen = self.text.index(sentence, self._seen) + len(sentence)

    def answer(self, question: str, line: str) -> None:
        """Wait for a question and type the answer."""
        self.wait_for(question)
        os.write(self._master, f"{line}\n".encode())

    def press_ctrl_c(self) -> int:
        """Press Ctrl-C and give the exit code.

        Python may miss it in the very moment in which it begins to wait for a line; then a person presses again,
        though not while it says that it stops.
        """
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            if "Stopped." not in self.text[self._seen :]:
                os.write(self._master, b"\x03")
            while select.select([self._master], [], [], PATIENCE)[0]:
                if not self._read():
                    return self._process.wait(LIMIT)
        raise AssertionError(f"it did not end:\n{self.text}")

    def kill(self) -> None:
        """End it for good, whatever it does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        os.close(self._master)

    def end(self) -> int:
        """Read the rest and give the exit code."""
        deadline = time.monotonic() + LIMIT
        while self._read():
            assert time.monotonic() < deadline, f"it did not end:\n{self.text}"
        return self._process.wait(LIMIT)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], LIMIT)
        assert ready, f"nothing came any more:\n{self.text}"
        try:
            part = os.read(self._master, 65536)
        except OSError:  # Linux: the other end is closed
            return False
        self.screen += part.decode(errors="replace")
        return bool(part)
