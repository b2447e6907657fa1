"""A server as a process of its own, on the sandbox."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from integrations.sandbox.thread import Running, running
from tests.cli.place import Place

COMMAND = Path(sys.executable).with_name("closedwon")
TOKEN, NEW_TOKEN = "old-hook-token", "new-hook-token"
SETTINGS = """
[serve]
port = 0
look_again_minutes = 0.02

[serve.schedules]
won = ""
contacts = ""
invoices = ""
"""


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait until something is true, and give it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)
    return found


@dataclasses.dataclass
class Served:
    """A server that runs."""

    place: Place
    process: subprocess.Popen[str]
    url: str

    def hook(self, deal: int, token: str = TOKEN, **body: Any) -> requests.Response:
        """Tell it of a deal as Odoo does, which waits a second for the answer."""
        document = {"_model": "crm.lead", "_id": deal, "_action": "Won: tell closedwon(#12)", **body}
        return requests.post(f"{self.url}/hooks/erp/{token}", json=document, timeout=5)

    def at_once(self, deal: int, times: int) -> list[int]:
        """Tell it of a deal several times at once; gives the statuses."""
        with ThreadPoolExecutor(times) as pool:
            return [answer.status_code for answer in pool.map(lambda _: self.hook(deal), range(times))]

    def runs(self, *arguments: str) -> list[dict[str, Any]]:
        """The runs, as `closedwon runs --json` lists them."""
        listed = self.place.run("runs", *arguments, "--json")
        found: list[dict[str, Any]] = listed.document["runs"] if listed.code == 0 else []
        return found

    def states(self, deal: int) -> list[str]:
        """The states of a deal's runs, the newest first."""
        return [run["state"] for run in self.runs(str(deal))]

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)


@contextlib.contextmanager
def serving(place: Place, **environment: str) -> Iterator[Served]:
    """A server with these settings; killed at the end, where it has not ended."""
    tokens = {"HOOK": TOKEN, "NEW_HOOK": NEW_TOKEN}
    with (
        (place.folder / "serve.log").open("a") as log,
        subprocess.Popen(
            [COMMAND, "serve", "--config", str(place.settings)],
            env={**os.environ, **tokens, **environment},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("ready http://"), (place.folder / "serve.log").read_text()
            yield Served(place, process, line.split()[1])
        finally:
            process.kill()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running() as sandbox:
        yield sandbox


def settled(folder: Path, sandbox: Running) -> Place:
    """A folder with settings for a server on the sandbox, which holds the seeded world."""
    place = Place(folder, sandbox)
    place.edit("[erp.billing]\n", '[erp.hook]\ntokens = [{ env = "HOOK" }, { env = "NEW_HOOK" }]\n\n[erp.billing]\n')
    place.settings.write_text(place.settings.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    return place
