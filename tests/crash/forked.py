"""The command as a process that begins with all modules read: to be killed often, it has to start quickly."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence

from tests.crash.beginning import begin
from tests.crash.site import END, Machine, Ran, Site

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        *(
            "cli.invoices.commands",
            "cli.invoices.session",
            "cli.render.invoices.tickets",
            "cli.render.invoices.findings",
        ),
        *("cli.render.invoices.findings", "integrations.flows.invoicing.check", "integrations.odoo.billing"),
        *("cli.contacts.commands", "cli.contacts.session", "cli.render.contacts", "cli.render.contacts"),
        *("config.workspace", "integrations.flows.contacts.revoke", "integrations.core.ledger"),
        *("integrations.odoo", "integrations.jira", "integrations.appuio", "integrations.confluence"),
        *("phonenumbers", "email_validator", "jira"),
        *("pytest", "phonenumbers.data.region_CH", "cli.render.progress"),
    ]
)


class Forked:
    """One run of the command, with a process, a standard output and an end of its own."""

    def __init__(self, machine: Machine, *arguments: str) -> None:
        """Start it."""
        name = uuid.uuid4().hex[:8]
        self._out, self._words = machine.folder / f"{name}.out", machine.folder / f"{name}.words"
        command = [*arguments, "--json", "--config", str(machine.settings)]
        self._process = _CONTEXT.Process(target=begin, args=(command, self._out, self._words))
        self._process.start()

    def reaches(self, happened: Callable[[], bool]) -> bool:
        """Wait for something to happen while it runs; false if it ended without."""
        deadline = time.monotonic() + END
        while not happened():
            if self._process.exitcode is not None:
                return happened()
            assert time.monotonic() < deadline, "neither did it happen, nor did the process end"
            time.sleep(0.001)
        return True

    def send(self, signal: int) -> None:
        """Send it a signal, unless it is over."""
        if self._process.exitcode is None and self._process.pid is not None:
            os.kill(self._process.pid, signal)

    def kill(self) -> None:
        """Kill it with -9, and let its end be known."""
        self._process.kill()
        self._process.join(END)

    def ended(self) -> Ran:
        """How it ends by itself."""
        self._process.join(END)
        code = self._process.exitcode
        assert code is not None, "the process does not end"
        # One that was killed at once has written neither.
        out, words = (path.read_text(encoding="utf-8") if path.exists() else "" for path in (self._out, self._words))
        return Ran(code, out, words)


@contextlib.contextmanager
def forked(machine: Machine, *arguments: str) -> Iterator[Forked]:
    """Start the command; whatever happens in the block, it does not outlive it."""
    process = Forked(machine, *arguments)
    try:
        yield process
    finally:
        process.kill()


def at_once(*runs: tuple[Machine, Sequence[str]]) -> list[Ran]:
    """The command several times at once; how each ended."""
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(forked(machine, *arguments)) for machine, arguments in runs]
        return [process.ended() for process in processes]


def kill_at(place: Site, machine: Machine, arguments: Sequence[str], boundary: int, do: str) -> None:
    """Start the command, and kill it while this request hangs: not done yet (`hang_before`), or done (`hang_after`).

    Systems are asked at the same time, so that a run may take a request less than the last one: then it ends.
    """
    server = place.sandbox.server
    place.fault(do, skip=boundary)

    def hangs() -> bool:
        reached = not server.faults and len(server.log) > boundary
        return reached and (do == "hang_before" or server.log[boundary]["status"] is not None)

    with forked(machine, *arguments) as process:
        if not process.reaches(hangs):
            assert process.ended().code == 0, process.ended().words
            assert place.arrived() <= boundary
            server.faults.clear()
