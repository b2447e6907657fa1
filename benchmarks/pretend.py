"""A sandbox in a process of its own, and settings for it in a folder of their own."""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import requests

from benchmarks.process import CLOSEDWON, required
from integrations.flows.contacts.settings import FUNCTIONS

LATENCY_MS = 50
_TIMEOUT = 30.0


@dataclasses.dataclass(frozen=True)
class Sandbox:
    """A running sandbox.

    Attributes:
        folder: Where its `closedwon.toml` stands, and our ledger for it.
    """

    url: str
    folder: Path

    def without_people(self) -> None:
        """No contact is a member of anything: a set-up is measured without the sync that follows it."""
        with (self.folder / "closedwon.toml").open("a", encoding="utf-8") as settings:
            settings.write("\n[contacts.memberships]\n" + "".join(f"{function} = []\n" for function in FUNCTIONS))

    def forget_requests(self) -> None:
        """Empty the request log."""
        requests.delete(f"{self.url}/_sandbox/requests", timeout=_TIMEOUT).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests that the systems received since then, the oldest first."""
        found = requests.get(f"{self.url}/_sandbox/requests", timeout=_TIMEOUT)
        found.raise_for_status()
        logged: list[dict[str, Any]] = found.json()["requests"]
        return logged

    def duplicates(self) -> list[str]:
        """Return the objects that exist twice although they are one thing."""
        found = requests.get(f"{self.url}/_sandbox/state", timeout=_TIMEOUT)
        found.raise_for_status()
        twice: list[str] = found.json()["duplicates"]
        return twice


@contextlib.contextmanager
def sandbox(*options: str, latency_ms: int = LATENCY_MS) -> Iterator[Sandbox]:
    """A fresh sandbox until the block ends; `options` are more of the command's."""
    command = [CLOSEDWON, "sandbox", "--port", "0", "--latency", str(latency_ms), *options]
    with (
        tempfile.TemporaryDirectory(prefix="closedwon-bench-") as name,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
    ):
        try:
            url = ready(process)
            required([CLOSEDWON, "init", "--sandbox", url], Path(name))
            yield Sandbox(url, Path(name))
        finally:
            process.terminate()


def ready(process: subprocess.Popen[str]) -> str:
    """The address that a pretend system prints once it answers.

    Raises:
        RuntimeError: It ended before.
    """
    line = process.stdout.readline() if process.stdout is not None else ""
    word, _, url = line.strip().partition(" ")
    if word != "ready":
        raise RuntimeError("the sandbox did not start")
    return url


def counted(log: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return the number of requests to each system."""
    counts: dict[str, int] = {}
    for entry in log:
        counts[entry["system"]] = counts.get(entry["system"], 0) + 1
    return dict(sorted(counts.items()))
