"""The sandbox in a thread of this process, for tests, benchmarks and the demonstration."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from integrations.sandbox.app import FILE, Listener, bind, build
from integrations.sandbox.growth import Growth
from integrations.sandbox.pretend import Pretend, World
from integrations.sandbox.server import Server
from integrations.sandbox.state import State

START_TIMEOUT = 10.0


@dataclasses.dataclass(frozen=True)
class Running:
    """A sandbox that answers at `url`; `server` is its inside, for tests that look or wait there."""

    url: str
    server: Server


@contextlib.contextmanager
def running(
    systems: Sequence[Pretend] | None = None,
    *,
    data: Path | None = None,
    latency: float = 0.0,
    growth: Growth | None = None,
) -> Iterator[Running]:
    """Serve on a free port until the block ends.

    `systems` picks some pretend systems (without the page for people), None serves the whole sandbox;
    `data` keeps the state in a folder, None in memory; `latency` is in seconds; `growth` is what the whole sandbox
    has beside the seeded world.
    """
    if systems is None:
        server = build(data, latency, growth)
    else:
        state = State(data / FILE if data is not None else None)
        server = Server(systems, World(state), latency=latency)
    sock = bind()
    started = threading.Event()
    listener = Listener(server, sock, started.set)
    thread = threading.Thread(target=listener.listen, name="sandbox", daemon=True)
    thread.start()
    try:
        if not started.wait(START_TIMEOUT):
            raise RuntimeError("the sandbox did not start")
        yield Running(f"http://127.0.0.1:{sock.getsockname()[1]}", server)
    finally:
        listener.should_exit = True
        thread.join(START_TIMEOUT)
        sock.close()
        server.world.state.close()
