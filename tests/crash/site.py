"""A sandbox of one's own, and the command run against it: here, or as a process that can be killed."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import requests

from cli.init import write_sandbox_settings
from cli.main import run
from integrations.sandbox.thread import Running, running
from tests.cli.place import NO_PEOPLE

COMMAND = Path(sys.executable).with_name("closedwon")
LAG, SETTLE = 0.1, 0.6
"""Seconds that Jira's index lags, and that are waited for it: much longer, for this machine may be busy."""
END = 90.0
"""No run takes so long; a process that does hangs, and fails its test."""


@dataclasses.dataclass(frozen=True)
class Ran:
    """How a run of the command ended."""

    code: int
    out: str
    words: str

    @property
    def document(self) -> dict[str, Any]:
        """The one document on stdout."""
        assert self.out, self.words
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def documents(self) -> list[dict[str, Any]]:
        """With `--won`: one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def text(self) -> str:
        """What is on stdout, on one line: where lines are broken is not the point."""
        return " ".join(self.out.split())

    @property
    def outcome(self) -> tuple[int, str]:
        """The exit code, and the document's own word for it."""
        return self.code, str(self.document["outcome"])


@dataclasses.dataclass(frozen=True)
class Machine:
    """A folder with settings, a ledger and locks: what one machine shares with no other."""

    folder: Path

    @property
    def settings(self) -> Path:
        """Its closedwon.toml."""
        return self.folder / "closedwon.toml"

    @property
    def ledger(self) -> Path:
        """Its ledger's file."""
        return self.folder / ".closedwon" / "ledger.sqlite"

    def run(self, *arguments: str) -> Ran:
        """Run the command in this process, for its documents."""
        return self.run_as_shown(*arguments, "--json")

    def run_as_shown(self, *arguments: str) -> Ran:
        """Run the command in this process, as people see it."""
        out, words = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(words):
            code = run([*arguments, "--config", str(self.settings)])
        return Ran(code, out.getvalue(), words.getvalue())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the command as a person would."""
        command = [str(COMMAND), *arguments, "--json", "--config", str(self.settings)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)

    def lose_ledger(self) -> None:
        """The ledger, what SQLite keeps beside it, and the key of its hashes are gone."""
        lost = list((self.folder / ".closedwon").glob("ledger.*"))
        assert lost
        for path in lost:
            path.unlink()


@dataclasses.dataclass(frozen=True)
class Site:
    """The sandbox, and the machines that work with it."""

    sandbox: Running
    folder: Path

    def machine(self, name: str = "here", **general: str) -> Machine:
        """A machine of this name, whose set-ups take no people along; `general` are more lines for its settings."""
        machine = Machine(self.folder / name)
        machine.folder.mkdir()
        write_sandbox_settings(machine.folder, self.sandbox.url)
        text = machine.settings.read_text(encoding="utf-8").replace("settle = 1\n", f"settle = {SETTLE}\n")
        text = text.replace("[erp]", f"{NO_PEOPLE}\n[erp]", 1)
        kept = [line for line in text.splitlines() if line.partition(" = ")[0] not in general]
        machine.settings.write_text(
            "\n".join([*(f"{key} = {value}" for key, value in general.items()), *kept]), encoding="utf-8"
        )
        return machine

    def state(self) -> dict[str, Any]:
        """Every object of every system, and `duplicates`."""
        found: dict[str, Any] = requests.get(f"{self.sandbox.url}/_sandbox/state", timeout=END).json()
        return found

    def writes(self) -> list[str]:
        """The operations since the log began that would change something."""
        return [entry["operation"] for entry in list(self.sandbox.server.log) if entry["writes"]]

    def fault(self, do: str, **which: Any) -> None:
        """Let the requests that match go wrong."""
        answer = requests.post(f"{self.sandbox.url}/_sandbox/faults", json={"do": do, **which}, timeout=END)
        assert answer.status_code == 201, answer.text

    def trap(self, **traps: Any) -> None:
        """How nasty the vendors are today."""
        answer = requests.post(f"{self.sandbox.url}/_sandbox/traps", json=traps, timeout=END)
        assert answer.status_code == 200, answer.text

    def forget_requests(self) -> None:
        """Begin the log of requests anew."""
        self.sandbox.server.log.clear()

    def arrived(self) -> int:
        """How many requests there were."""
        return len(self.sandbox.server.log)


@contextlib.contextmanager
def site(folder: Path, *, latency: float = 0.0) -> Iterator[Site]:
    """A sandbox of one's own."""
    folder.mkdir(parents=True, exist_ok=True)
    with running(latency=latency) as sandbox:
        opened = Site(sandbox, folder)
        opened.trap(jira_index_lag=LAG)
        yield opened


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[str]) -> bool:
    """Wait for something to happen while a process runs; false if the process ended without it."""
    deadline = time.monotonic() + END
    while not happened():
        if process.poll() is not None:
            return happened()
        assert time.monotonic() < deadline, "neither did it happen, nor did the process end"
        time.sleep(0.002)
    return True


def ended(process: subprocess.Popen[str]) -> Ran:
    """The end of a process that ends by itself."""
    with ending([process]):
        out, words = process.communicate(timeout=END)
    return Ran(process.returncode, out, words)


@contextlib.contextmanager
def ending(processes: Sequence[subprocess.Popen[str]]) -> Iterator[None]:
    """Whatever happens in the block, no process outlives it, and none is left with an open pipe."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait(END)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
